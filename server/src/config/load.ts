/** server.yaml and the environment to a Config, or everything that is wrong with them. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { contradictions } from "./contradictions.js";
import { type ConfigDiagnostic, ConfigError, type Place, problem } from "./diagnostics.js";
import { type Environment, type Override, overridesFrom } from "./environment.js";
import { type Config, configSchema, type Parsed } from "./schema/index.js";
import { mapSettings, type Path } from "./schema/walk.js";
import { YamlDocument } from "./yaml/document.js";
import { diagnosticsOf, type Places } from "./yaml/issues.js";

/** Rejects with a ConfigError. */
export async function loadConfig(file: string, environment: Environment = process.env): Promise<Config> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const at = { file, line: 1, column: 1 };
    const hint = "See server/examples/server.yaml for one to begin with.";
    throw new ConfigError([problem("CF1009", at, `cannot be read: ${(error as Error).message}`, hint)], new Map());
  }
  return parseConfig(file, text, environment);
}

/** @throws {ConfigError} */
export function parseConfig(file: string, text: string, environment: Environment = {}): Config {
  const folder = path.dirname(path.resolve(file));
  const document = new YamlDocument(file, text, folder);
  const { overrides, diagnostics } = overridesFrom(environment, configSchema, folder);
  const texts = new Map([document, ...overrides.map((override) => override.document)].map((d) => [d.file, d.text]));
  // What a variable holds may be a secret, and what is wrong with it is in one line anyway.
  for (const {
    document: { file: name },
  } of overrides)
    texts.delete(name);
  const problems: ConfigDiagnostic[] = [...document.diagnostics, ...diagnostics];
  if (document.diagnostics.length === 0) {
    const value = overlaid(document.value ?? {}, overrides);
    const places = new Origins(document, overrides);
    const parsed = configSchema.safeParse(value);
    if (!parsed.success) problems.push(...diagnosticsOf(parsed.error.issues, configSchema, value, places));
    else {
      const config = finished(parsed.data, folder);
      problems.push(...contradictions(config, places));
      if (problems.length === 0) return config;
    }
  }
  throw new ConfigError(problems.sort(byPlace), texts);
}

/** The realm and the ports filled in, paths absolute. */
export function finished(parsed: Parsed, folder: string): Config {
  const resolved = mapSettings(configSchema, parsed, (value, info) =>
    info.path === true && typeof value === "string" && value !== ":memory:" ? path.resolve(folder, value) : value,
  ) as typeof parsed;
  const { identity, realm = identity.slice(identity.indexOf(".") + 1), listen, peers, ...rest } = resolved;
  return { identity, realm, listen: listen.map(withPort), peers: peers.map(withPort), ...rest };
}

/** As the runtime has it: RFC 6733 section 11.4 registers 3868 for TCP and 5868 for TLS. */
function withPort<P extends { port?: number | undefined; transport: "tcp" | "tls" }>(place: P): P & { port: number } {
  return { ...place, port: place.port ?? (place.transport === "tls" ? 5868 : 3868) };
}

function overlaid(value: unknown, overrides: readonly Override[]): unknown {
  let result = value;
  for (const { path: to, document } of overrides) {
    if (document.diagnostics.length === 0) result = put(result, to, document.value);
  }
  return result;
}

/** A copy with another value at the path; what stands in the way of an object gives way. */
function put(value: unknown, [key, ...rest]: Path, inner: unknown): unknown {
  if (key === undefined) return inner;
  const object = typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
  return { ...object, [key]: put((object as Record<string, unknown>)[key], rest, inner) };
}

/** Where a setting comes from: the last variable that says it, or the file. */
class Origins implements Places {
  readonly #document: YamlDocument;
  readonly #overrides: readonly Override[];

  constructor(document: YamlDocument, overrides: readonly Override[]) {
    this.#document = document;
    this.#overrides = overrides;
  }

  place(path: Path): Place {
    const [document, rest] = this.#origin(path);
    return document.place(rest);
  }

  keyPlace(path: Path, key: string): Place {
    const [document, rest] = this.#origin([...path, key]);
    return rest.length === 0 ? document.place([]) : document.keyPlace(rest.slice(0, -1), key);
  }

  #origin(path: Path): [YamlDocument, Path] {
    const origin = this.#overrides.findLast(({ path: to }) => to.every((key, index) => path[index] === key));
    return origin === undefined ? [this.#document, path] : [origin.document, path.slice(origin.path.length)];
  }
}

function byPlace({ at: a }: ConfigDiagnostic, { at: b }: ConfigDiagnostic): number {
  if (a.file !== b.file) return a.file < b.file ? 1 : -1;
  return a.line - b.line || a.column - b.column;
}
