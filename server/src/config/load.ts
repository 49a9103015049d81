/** freeDiameter.conf, server.yaml and the environment to a Config, or everything that is wrong with them. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { contradictions } from "./contradictions.js";
import { type ConfigDiagnostic, ConfigError, problem } from "./diagnostics.js";
import { type Environment, overridesFrom } from "./environment.js";
import { type FreeDiameterConf, readFreeDiameterConf } from "./freediameter/load.js";
import type { ReportLine } from "./freediameter/report.js";
import { Layers } from "./layers.js";
import { type Config, configSchema, type Parsed } from "./schema/index.js";
import { mapSettings } from "./schema/walk.js";
import { YamlDocument } from "./yaml/document.js";
import { diagnosticsOf } from "./yaml/issues.js";

/** Files that a configuration is made of: at least one. */
export interface Sources {
  /** server.yaml; what it says wins over freeDiameter.conf. */
  readonly config?: string | undefined;
  readonly freeDiameterConf?: string | undefined;
}

export interface Loaded {
  readonly config: Config;
  /** What became of each directive of freeDiameter.conf; empty without one. */
  readonly report: readonly ReportLine[];
}

/** Rejects with a ConfigError. */
export async function loadConfig(
  { config, freeDiameterConf }: Sources,
  environment: Environment = process.env,
): Promise<Loaded> {
  const base = freeDiameterConf === undefined ? undefined : readFreeDiameterConf(freeDiameterConf);
  if (config === undefined) return parseSources(freeDiameterConf ?? "", "", environment, base);
  let text: string;
  try {
    text = await readFile(config, "utf8");
  } catch (error) {
    const at = { file: config, line: 1, column: 1 };
    const hint = "See server/examples/server.yaml for one to begin with.";
    throw new ConfigError([problem("CF1009", at, `cannot be read: ${(error as Error).message}`, hint)], new Map());
  }
  return parseSources(config, text, environment, base);
}

/** @throws {ConfigError} */
export function parseConfig(file: string, text: string, environment: Environment = {}): Config {
  return parseSources(file, text, environment).config;
}

/** @throws {ConfigError} */
export function parseSources(file: string, text: string, environment: Environment, base?: FreeDiameterConf): Loaded {
  const folder = path.dirname(path.resolve(file));
  const document = new YamlDocument(file, text, folder);
  const { overrides, diagnostics } = overridesFrom(environment, configSchema, folder);
  // What a variable holds may be a secret, and what is wrong with it is in one line anyway.
  const texts = new Map(base?.texts);
  if (!texts.has(file)) texts.set(file, document.shown);
  const problems: ConfigDiagnostic[] = [...document.diagnostics, ...diagnostics];
  if (document.diagnostics.length === 0) {
    const layers = new Layers(base, document, overrides);
    const { value } = layers;
    const parsed = configSchema.safeParse(value);
    if (!parsed.success) problems.push(...diagnosticsOf(parsed.error.issues, configSchema, value, layers));
    else {
      const config = finished(parsed.data, folder);
      problems.push(...contradictions(config, layers));
      if (problems.length === 0) return { config, report: layers.report };
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

function byPlace({ at: a }: ConfigDiagnostic, { at: b }: ConfigDiagnostic): number {
  if (a.file !== b.file) return a.file < b.file ? 1 : -1;
  return a.line - b.line || a.column - b.column;
}
