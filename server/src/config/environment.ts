/**
 * Settings from the environment: DIAMGEN_ and the path in upper case, `__` between its parts and `_` between the words of one:
 * DIAMGEN_DATABASE__BUSY_TIMEOUT_MS is database.busyTimeoutMs. The value is YAML, `!file PATH` too, but where the setting is a text: then it is
 * that text.
 */
import { didYouMean } from "@diamgen/dictionary";
import { z } from "zod";
import { type ConfigDiagnostic, problem } from "./diagnostics.js";
import { objectOf, type Path, unwrap } from "./schema/walk.js";
import { YamlDocument } from "./yaml/document.js";

export type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = "DIAMGEN_";

/** Of the project's own tests; and what Kubernetes and Docker set for a service that is called diamgen. */
const NOT_OURS =
  /^DIAMGEN_(?:REQUIRE|(?:\w+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?|NAME|ENV_\w+))$/;

export interface Override {
  readonly name: string;
  readonly path: Path;
  readonly document: YamlDocument;
}

/** "database.busyTimeoutMs" of an object's path is DATABASE__BUSY_TIMEOUT_MS. */
export function variableOf(path: readonly string[]): string {
  return PREFIX + path.map((key) => key.replace(/([a-z\d])([A-Z])/g, "$1_$2").toUpperCase()).join("__");
}

/** Every setting that can be said in one variable: lists are said whole. */
export function variables(schema: z.ZodType): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  const visit = (at: z.ZodType, path: readonly string[]): void => {
    const { schema: here } = unwrap(at);
    if (path.length > 0) found.set(variableOf(path), path);
    const options = here instanceof z.ZodDiscriminatedUnion ? (here.options as z.ZodType[]) : [here];
    for (const option of options)
      for (const [key, inner] of Object.entries(objectOf(option, undefined)?.shape ?? {}))
        visit(inner as z.ZodType, [...path, key]);
  };
  visit(schema, []);
  return found;
}

export function overridesFrom(
  environment: Environment,
  schema: z.ZodType,
  folder: string,
): { readonly overrides: readonly Override[]; readonly diagnostics: readonly ConfigDiagnostic[] } {
  const known = variables(schema);
  const overrides: Override[] = [];
  const diagnostics: ConfigDiagnostic[] = [];
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith(PREFIX) || text === undefined) continue;
    const path = known.get(name);
    const file = `environment variable ${name}`;
    if (path === undefined) {
      if (NOT_OURS.test(name)) continue;
      const hint = didYouMean(name, known.keys()) ?? "DIAMGEN_DATABASE__PATH is database.path, and so on.";
      diagnostics.push(problem("CF1006", { file, line: 1, column: 1 }, "there is no such setting", hint));
      continue;
    }
    const isText = textAt(schema, path) && !/^\s*!file\s/.test(text);
    const document = new YamlDocument(file, isText ? JSON.stringify(text) : text, folder);
    diagnostics.push(...document.diagnostics);
    overrides.push({ name, path, document });
  }
  // The whole before its parts.
  overrides.sort((a, b) => a.path.length - b.path.length);
  return { overrides, diagnostics };
}

/** Whether the setting is a text, in any of the objects that it may stand in. */
function textAt(schema: z.ZodType, path: readonly string[]): boolean {
  let candidates = [schema];
  for (const key of path)
    candidates = candidates.flatMap((at) => {
      const { schema: here } = unwrap(at);
      const options = here instanceof z.ZodDiscriminatedUnion ? (here.options as z.ZodType[]) : [here];
      return options.flatMap((option) =>
        option instanceof z.ZodObject ? ((option.shape[key] ?? []) as z.ZodType) : [],
      );
    });
  return candidates.some((at) => unwrap(at).schema instanceof z.ZodString);
}
