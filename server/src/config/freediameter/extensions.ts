/** What becomes of LoadExtension: of those extensions that have to do with what this server does. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { ConfigError, problem } from "../diagnostics.js";
import { type AclEntry, parseAcl, withoutCovered } from "./acl.js";
import type { Directive } from "./parser.js";
import { type ReportLine, type Settings, settingName } from "./report.js";

/** Where freeDiameter looks for a relative path that is not below the working directory. */
const CONFIGURATIONS = "/etc/freeDiameter";

const DATABASE =
  "its built-in MySQL database opensips, user opensips, is not used: `database` says which is. The same one is { type: mariadb, socketPath: /run/mysqld/mysqld.sock, user: opensips, password: ..., database: opensips }";

const IGNORED: readonly (readonly [RegExp, string])[] = [
  [/^dict_sip\.fdx$/, "the AVPs and commands of RFC 4740 are known without it"],
  [
    /^dict_/,
    "the server serves accounting and SIP authentication, and knows their AVPs; for further ones there is `dictionaries`",
  ],
  [/^dbg_/, "for debugging freeDiameter; `logging.level: debug` says more here"],
  [/^rt_/, "nothing is routed here: requests for others are refused"],
  [/^app_sip/, "app_sip is configured by a file of its own; the server does its task with `database`"],
];

export interface ExtensionsFound {
  readonly acl: readonly AclEntry[];
}

/** The report's lines about one LoadExtension. @throws {ConfigError} a file of it cannot be used */
export function extension(
  directive: Directive,
  settings: Settings,
  say: (outcome: ReportLine["outcome"], why: string, settings?: readonly string[]) => void,
): readonly AclEntry[] {
  const [file = "", configuration] = directive.texts;
  const name = path.basename(file);
  if (name === "acl_wl.fdx") return whitelist(directive, configuration, settings, say);
  if (name === "app_opensips.fdx") {
    opensips(directive, configuration, settings, say);
    return [];
  }
  say("ignored", IGNORED.find(([pattern]) => pattern.test(name))?.[1] ?? "there is nothing here that does its task");
  return [];
}

function opensips(
  { at }: Directive,
  configuration: string | undefined,
  settings: Settings,
  say: (outcome: ReportLine["outcome"], why: string, settings?: readonly string[]) => void,
): void {
  const became: string[] = [];
  for (const part of (configuration ?? "").split(";")) {
    const colon = part.indexOf(":");
    if (colon < 0 || part.slice(0, colon).trim() !== "extra-avps-file") continue;
    became.push(settingName(settings.add("dictionaries", path.resolve(part.slice(colon + 1).trim()), at)));
  }
  const library = /library-mode\s*:/.test(configuration ?? "") ? "; library-mode means nothing here" : "";
  say("honoured", `this server does its task${library}; ${DATABASE}`, became);
}

function whitelist(
  { at }: Directive,
  configuration: string | undefined,
  settings: Settings,
  say: (outcome: ReportLine["outcome"], why: string, settings?: readonly string[]) => void,
): readonly AclEntry[] {
  const fail = (message: string): never => {
    throw new ConfigError([problem("CF2006", at, message)], new Map());
  };
  if (configuration === undefined) return fail("acl_wl.fdx needs a file: who may connect");
  const file = found(configuration);
  let text = "";
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    fail(`${file} cannot be read: ${(error as Error).message}`);
  }
  const { counting, covered } = withoutCovered(parseAcl(file, text));
  const became = counting.map(({ pattern, ipsec, at: place }) =>
    settingName(settings.add(ipsec ? "accept" : "acceptSecured", pattern, place)),
  );
  const shadowed =
    covered.length === 0 ? "" : `; ${covered.map(({ pattern }) => pattern).join(", ")} under a * already`;
  say("honoured", `${file}: names with ALLOW_IPSEC without TLS, others with TLS only${shadowed}`, became);
  return counting;
}

function found(configuration: string): string {
  const here = path.resolve(configuration);
  const there = path.join(CONFIGURATIONS, configuration);
  return !path.isAbsolute(configuration) && !existsSync(here) && existsSync(there) ? there : here;
}
