/** What is wrong with directives that are each well-formed: what freeDiameter refuses when it has read them all. */
import { accessSync, constants } from "node:fs";
import { isIP } from "node:net";
import path from "node:path";
import { type ConfigDiagnostic, type Place, problem } from "../diagnostics.js";
import type { Directive } from "./parser.js";

const IDENTITY = /^[A-Za-z0-9.-]*$/;
const FILES = ["TLS_Cred", "TLS_CA", "TLS_CRL", "TLS_DH_File"];

/** Two directives that exclude one another, each in the file or for one peer. */
const EXCLUDING = [
  ["No_IP", "No_IPv6"],
  ["No_TCP", "No_SCTP"],
] as const;

/** The last one of a name: freeDiameter overwrites. */
export function lastOf(directives: readonly Directive[], name: string): Directive | undefined {
  return directives.findLast((directive) => directive.name === name);
}

/** The file's own name is for what is missing. */
export function checked(directives: readonly Directive[], start: Place): ConfigDiagnostic[] {
  const peers = directives.filter(({ name }) => name === "ConnectPeer");
  const found = [...contradictions(directives, peers), ...names(directives, peers), ...missing(directives, start)];
  for (const { name, texts, at } of directives) {
    if (name === "ListenOn" && isIP(texts[0]!.replace(/%.*$/, "")) === 0)
      found.push(problem("CF2001", at, "ListenOn must be an IP address", "freeDiameter resolves no names here."));
    if (!FILES.includes(name)) continue;
    for (const file of texts) {
      try {
        accessSync(file, constants.R_OK);
      } catch (error) {
        const hint = path.isAbsolute(file)
          ? undefined
          : `As ${path.resolve(file)}: paths start from the working directory.`;
        found.push(problem("CF2006", at, `${name}: ${(error as Error).message}`, hint));
      }
    }
  }
  return found;
}

function contradictions(directives: readonly Directive[], peers: readonly Directive[]): ConfigDiagnostic[] {
  const found: ConfigDiagnostic[] = [];
  const add = (one: Directive | undefined, other: Directive | undefined) => {
    if (one === undefined || other === undefined) return;
    const [first, second] = isBefore(one, other) ? [one, other] : [other, one];
    found.push(problem("CF2005", second.at, `${second.name} contradicts ${first.name} in line ${first.at.line}`));
  };
  for (const [one, other] of EXCLUDING) {
    add(lastOf(directives, one), lastOf(directives, other));
    for (const { inner } of peers) {
      add(lastOf(directives, one), lastOf(inner, other));
      add(lastOf(inner, one), lastOf(directives, other));
      add(lastOf(inner, one), lastOf(inner, other));
    }
  }
  return found;
}

function isBefore({ at: one }: Directive, { at: other }: Directive): boolean {
  return one.line < other.line || (one.line === other.line && one.column < other.column);
}

function names(directives: readonly Directive[], peers: readonly Directive[]): ConfigDiagnostic[] {
  const found: ConfigDiagnostic[] = [];
  const identities = [...directives, ...peers.flatMap(({ inner }) => inner)].filter(({ name }) =>
    ["Identity", "Realm", "ConnectPeer"].includes(name),
  );
  for (const { name, texts, at } of identities)
    if (!IDENTITY.test(texts[0]!))
      found.push(problem("CF2001", at, `${name} may have letters, digits, hyphens and dots only`));
  const seen = new Map<string, Place>();
  for (const { texts, at } of peers) {
    const identity = texts[0]!.toLowerCase();
    const before = seen.get(identity);
    if (before !== undefined)
      found.push(problem("CF2005", at, `ConnectPeer has ${JSON.stringify(texts[0])} in line ${before.line} already`));
    seen.set(identity, at);
  }
  const identity = lastOf(directives, "Identity");
  if (identity !== undefined && lastOf(directives, "Realm") === undefined && !/\../.test(identity.texts[0]!))
    found.push(
      problem(
        "CF2004",
        identity.at,
        "there is no Realm, and Identity has no dot to begin it behind",
        'Add Realm = "...";',
      ),
    );
  return found;
}

function missing(directives: readonly Directive[], start: Place): ConfigDiagnostic[] {
  const securePort = lastOf(directives, "SecPort");
  const old = lastOf(directives, "TLS_old_method");
  const credentials = lastOf(directives, "TLS_Cred");
  if (credentials === undefined) {
    if (securePort?.number === 0 && old === undefined) return [];
    const at = old?.at ?? securePort?.at ?? start;
    return [
      problem("CF2004", at, "TLS_Cred is missing", 'Add TLS_Cred = "cert.pem", "key.pem"; or SecPort = 0; for no TLS.'),
    ];
  }
  if (lastOf(directives, "TLS_CA") !== undefined) return [];
  const hint = "freeDiameter does not start where TLS_CA has not the issuer of its own certificate.";
  return [problem("CF2004", credentials.at, "TLS_CA is missing", hint)];
}
