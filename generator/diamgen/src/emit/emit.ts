import type { Dictionary } from "@diamgen/dictionary";
import { applicationFiles } from "./application-files.js";
import { documentFiles } from "./document-files.js";
import { type EmittedFile, GENERATED_MARK } from "./emitted-file.js";
import { indexFile } from "./index-file.js";
import { layOut } from "./layout.js";
import { comment } from "./names.js";
import { verify } from "./verify.js";

export interface EmitOptions {
  /** Version of the generator, for the header. */
  readonly version: string;
}

/** TypeScript for a dictionary: the same dictionary gives the same octets. Throws EmitError if what it made is not sound TypeScript. */
export function emitTypeScript(dictionary: Dictionary, options: EmitOptions): EmittedFile[] {
  const layout = layOut(dictionary);
  const files: EmittedFile[] = [];
  for (const folder of layout.folders) {
    const header = headerOf(folder.document?.document.name ?? folder.application?.document ?? "", dictionary, options);
    const modules = [...documentFiles(folder, layout, header), ...applicationFiles(folder, layout, dictionary, header)];
    files.push(...modules, indexFile(folder, modules, header));
  }
  return verify(files);
}

/** Generator and inputs, the importing document first: no date, no path of a machine. */
function headerOf(documentName: string, dictionary: Dictionary, options: EmitOptions): string {
  const inputs = new Map<string, string>();
  const visit = (linked: Dictionary["documents"][number]): void => {
    const { name, file, hash } = linked.document;
    if (inputs.has(name)) return;
    inputs.set(name, comment(`${file.replace(/^.*[\\/]/s, "")} ${hash.slice(0, 16)}`));
    linked.imports.forEach(visit);
  };
  const root = dictionary.documents.find((linked) => linked.document.name === documentName);
  if (root !== undefined) visit(root);
  return `${GENERATED_MARK} ${options.version} from ${[...inputs.values()].join(", ")} (sha256). Do not edit: change the dictionary and run diamgen generate.`;
}
