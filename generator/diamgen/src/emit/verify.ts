import { ts } from "ts-morph";
import type { EmittedFile } from "./emitted-file.js";

/** What the generator made is not TypeScript: a defect of the generator, never of the dictionary. */
export class EmitError extends Error {
  override readonly name = "EmitError";
}

/**
 * Refuses what does not parse or declares a name twice. The templates write what TypeScript's formatter would write (a test sees to it):
 * formatting takes longer than all else together.
 */
export function verify(files: readonly EmittedFile[]): EmittedFile[] {
  return files.map(({ path, text }) => {
    const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, false, ts.ScriptKind.TS);
    const [first] = (source as unknown as { parseDiagnostics: ts.DiagnosticWithLocation[] }).parseDiagnostics;
    if (first !== undefined) {
      const { line } = source.getLineAndCharacterOfPosition(first.start);
      const near = text.split("\n")[line];
      throw new EmitError(`${path}:${line + 1}: ${ts.flattenDiagnosticMessageText(first.messageText, " ")}\n${near}`);
    }
    const twice = duplicateOf(source);
    if (twice !== undefined) throw new EmitError(`${path}: ${twice} is declared twice`);
    // What a template repeats ends with an empty line.
    return { path, text: `${text.trimEnd()}\n` };
  });
}

/** A value or a type that the top level declares twice; an enumeration is one of each. */
function duplicateOf(source: ts.SourceFile): string | undefined {
  const seen = new Set<string>();
  const names: string[] = [];
  for (const statement of source.statements) {
    if (ts.isVariableStatement(statement))
      for (const { name } of statement.declarationList.declarations) names.push(`value ${name.getText(source)}`);
    else if (ts.isClassDeclaration(statement))
      names.push(`value ${statement.name?.text}`, `type ${statement.name?.text}`);
    else if (ts.isFunctionDeclaration(statement)) names.push(`value ${statement.name?.text}`);
    else if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement))
      names.push(`type ${statement.name.text}`);
  }
  for (const name of names) {
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return undefined;
}
