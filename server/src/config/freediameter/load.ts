/** An operator's freeDiameter.conf as settings that stand below server.yaml and the environment. */
import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { ConfigError, problem, type Texts } from "../diagnostics.js";
import { checked } from "./check.js";
import { convert } from "./convert.js";
import { parseFile } from "./parser.js";
import type { ReportLine, Settings } from "./report.js";

export interface FreeDiameterConf {
  readonly file: string;
  readonly settings: Settings;
  readonly report: readonly ReportLine[];
  readonly texts: Texts;
}

/** @throws {ConfigError} freeDiameter would not start with this file, or it cannot be read */
export function readFreeDiameterConf(file: string): FreeDiameterConf {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const message = `cannot be read: ${(error as Error).message}`;
    throw new ConfigError([problem("CF1009", { file, line: 1, column: 1 }, message)], new Map());
  }
  return parseFreeDiameterConf(file, text);
}

/** @throws {ConfigError} */
export function parseFreeDiameterConf(file: string, text: string, hasIpv6 = machineHasIpv6()): FreeDiameterConf {
  const { directives, texts, diagnostics } = parseFile(file, text);
  const problems = [...diagnostics, ...checked(directives, { file, line: 1, column: 1 })];
  if (problems.length > 0) throw new ConfigError(problems, texts);
  return { file, texts, ...convert(directives, hasIpv6) };
}

function machineHasIpv6(): boolean {
  return Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ family }) => family === "IPv6"));
}
