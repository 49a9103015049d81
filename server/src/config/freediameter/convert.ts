/** Directives to settings, and to what is said of each. */
import { isIPv6 } from "node:net";
import path from "node:path";
import type { AclEntry } from "./acl.js";
import { lastOf } from "./check.js";
import { extension } from "./extensions.js";
import { IGNORED, IGNORED_OF_PEER } from "./ignored.js";
import type { Directive } from "./parser.js";
import { peerTimers } from "./peer-timers.js";
import { type ReportLine, Settings, settingName } from "./report.js";

const PORT = 3868;
/** What freeDiameter 1.2.1 of Debian takes; the version that wrote RFC 6733's 5658 into its documentation is older. */
const SECURE_PORT = 5868;

/** An embedded one, where nothing else is said. */
const DATABASE = { type: "sqlite", path: "/var/lib/diamgen/diamgen.db" };

export interface Converted {
  readonly settings: Settings;
  readonly report: readonly ReportLine[];
}

type Said = Pick<ReportLine, "outcome" | "why" | "settings">;

function said(outcome: Said["outcome"], why = "", settings: readonly string[] = []): Said {
  return { outcome, why, settings };
}

/** @throws {ConfigError} a file of an extension cannot be used */
export function convert(directives: readonly Directive[], hasIpv6: boolean): Converted {
  return new Conversion(directives, hasIpv6).converted();
}

class Conversion {
  readonly #settings = new Settings();
  readonly #report: ReportLine[] = [];
  readonly #directives: readonly Directive[];
  readonly #hasIpv6: boolean;
  readonly #acl: AclEntry[] = [];

  constructor(directives: readonly Directive[], hasIpv6: boolean) {
    this.#directives = directives;
    this.#hasIpv6 = hasIpv6;
  }

  converted(): Converted {
    this.#settings.value.database = DATABASE;
    for (const directive of this.#directives) if (directive.name === "LoadExtension") this.#extension(directive);
    const tls = this.#usesTls;
    this.#listen(tls);
    for (const directive of this.#directives) {
      const what = this.#one(directive, tls);
      if (what !== undefined) this.#say(directive, what.outcome, what.why, what.settings);
    }
    this.#report.sort((a, b) => (a.file === b.file ? a.line - b.line || a.column - b.column : 0));
    return { settings: this.#settings, report: this.#report };
  }

  #last(name: string): Directive | undefined {
    return lastOf(this.#directives, name);
  }

  #has(name: string): boolean {
    return this.#last(name) !== undefined;
  }

  get #securePort(): number {
    return this.#last("SecPort")?.number ?? SECURE_PORT;
  }

  get #inband(): boolean {
    const ofPeers = this.#peers.some(({ inner }) => lastOf(inner, "TLS_old_method") !== undefined);
    return this.#has("TLS_old_method") || ofPeers || this.#acl.some(({ oldTls }) => oldTls);
  }

  get #peers(): readonly Directive[] {
    return this.#directives.filter(({ name }) => name === "ConnectPeer");
  }

  /** Certificates are needed where there is a listener or a peer with TLS, and read only then. */
  get #usesTls(): boolean {
    if (!this.#has("TLS_Cred")) return false;
    return (
      this.#securePort !== 0 || this.#inband || this.#peers.some(({ inner }) => lastOf(inner, "No_TLS") === undefined)
    );
  }

  #say(
    at: Directive,
    outcome: ReportLine["outcome"],
    why: string,
    settings: readonly string[] = [],
    prefix = "",
  ): void {
    this.#report.push({ ...at.at, directive: prefix + written(at), outcome, settings, why });
  }

  #extension(directive: Directive): void {
    const entries = extension(directive, this.#settings, (outcome, why, settings) =>
      this.#say(directive, outcome, why, settings),
    );
    this.#acl.push(...entries);
  }

  /** Every ListenOn with both ports. */
  #listen(tls: boolean): void {
    const addresses = this.#directives.filter(({ name, texts }) => name === "ListenOn" && this.#reachable(texts[0]!));
    const all = this.#has("No_IPv6") || !this.#hasIpv6 ? "0.0.0.0" : "::";
    const first = this.#last("Port") ?? this.#last("SecPort") ?? this.#directives[0];
    if (first === undefined || this.#has("No_TCP")) return;
    const port = this.#last("Port")?.number ?? PORT;
    const security = tls && this.#inband ? "either" : "none";
    const places =
      addresses.length === 0
        ? [{ host: all, at: first.at }]
        : addresses.map(({ texts, at }) => ({ host: texts[0]!, at }));
    for (const { host, at } of places) {
      if (port !== 0) this.#settings.add("listen", { host, port, transport: "tcp", security }, at);
      if (tls && this.#securePort !== 0)
        this.#settings.add("listen", { host, port: this.#securePort, transport: "tls" }, at);
    }
  }

  #reachable(address: string): boolean {
    return !this.#has(isIPv6(address) ? "No_IPv6" : "No_IP");
  }

  /** Undefined for what is said elsewhere. */
  #one(directive: Directive, tls: boolean): Said | undefined {
    const { name, texts, number, at } = directive;
    const set = (to: readonly string[], value: unknown, why = "") => {
      this.#settings.set(to, value, at);
      return said("honoured", why, [settingName(to)]);
    };
    const ignored = IGNORED[name];
    if (ignored !== undefined) return said("ignored", ignored);
    const several = ["LoadExtension", "ConnectPeer", "ListenOn", "TLS_CA", "TLS_CRL"];
    if (!several.includes(name) && this.#last(name) !== directive)
      return said("ignored", "said again below, and the last one counts");
    switch (name) {
      case "Identity":
        return set(["identity"], texts[0]);
      case "Realm":
        return set(["realm"], texts[0]);
      case "TcTimer":
        return set(["timers", "reconnectMs"], number! * 1000);
      case "TwTimer":
        return set(["timers", "watchdogMs"], number! * 1000);
      case "Port":
        return said("honoured", number === 0 ? "nowhere without TLS" : "", ["listen"]);
      case "SecPort":
        return this.#securePortSaid(directive, tls);
      case "ListenOn":
        return this.#listenOn(directive);
      case "No_IP":
      case "No_IPv6":
        if (name === "No_IP" && !this.#has("ListenOn"))
          return said("ignored", "`::` takes IPv4 as well; ListenOn with an address of IPv6 does not");
        return said("honoured", "for where the server listens", ["listen"]);
      case "No_TCP":
        return said("honoured", "there is no SCTP: so the server listens nowhere", ["listen"]);
      case "NoRelay":
        return said("honoured", "the server never relays");
      case "TLS_old_method":
        return said("honoured", "in band, where the peer offers it", ["listen"]);
      case "ConnectPeer":
        return this.#peer(directive);
      case "TLS_Cred":
      case "TLS_CA":
      case "TLS_CRL":
        return this.#certificate(directive, tls);
    }
  }

  #securePortSaid(directive: Directive, tls: boolean): Said {
    if (directive.number === 0) return said("honoured", "nowhere with TLS from the first octet");
    return said(tls ? "honoured" : "ignored", tls ? "" : "there is no TLS_Cred", ["listen"]);
  }

  #listenOn(directive: Directive): Said {
    const [address] = directive.texts;
    if (this.#has("No_TCP") || !this.#reachable(address!))
      return said("ignored", "excluded by No_TCP, No_IP or No_IPv6");
    const loopback = /^(?:127\.|::1$)/.test(address!);
    const why = loopback
      ? "freeDiameter 1.2.1 drops a loopback address, and listens on all; here it is listened on"
      : "";
    return said("honoured", why, ["listen"]);
  }

  #certificate(directive: Directive, tls: boolean): Said {
    const { name, texts, at } = directive;
    if (!tls) return said("ignored", "there is no TLS: SecPort is 0, and no peer has it");
    const files = texts.map((file) => path.resolve(file));
    const put = (key: string, value: unknown) => {
      this.#settings.set(["tls", key], value, at);
      return `tls.${key}`;
    };
    if (name === "TLS_Cred") {
      return said("honoured", "", [put("certificate", files[0]), put("key", files[1])]);
    }
    const key = name === "TLS_CA" ? "ca" : "crl";
    const before = (this.#settings.value.tls as Record<string, readonly string[] | undefined> | undefined)?.[key] ?? [];
    return said("honoured", "", [put(key, [...before, ...files])]);
  }

  #peer(directive: Directive): Said {
    const { texts, inner, at } = directive;
    const [identity = ""] = texts;
    const has = (name: string) => lastOf(inner, name) !== undefined;
    const of = `ConnectPeer ${JSON.stringify(identity)}: `;
    if (has("No_TCP") || this.#has("No_TCP"))
      return said("ignored", "by SCTP only, which there is not: it may not connect either");
    const [target, ...further] = inner.filter(({ name }) => name === "ConnectTo");
    const security = has("No_TLS") ? "none" : has("TLS_old_method") || this.#has("TLS_old_method") ? "inband" : "tls";
    const port = lastOf(inner, "Port")?.number ?? (security === "tls" ? SECURE_PORT : PORT);
    const transport = security === "tls" ? { transport: "tls" } : { transport: "tcp", security };
    const host = target?.texts[0] ?? identity;
    const own = peerTimers(inner);
    const realm = lastOf(inner, "Realm")?.texts[0];
    const peer = { host, port, ...transport, identity, ...own.settings, ...(realm !== undefined && { realm }) };
    const became = settingName(this.#settings.add("peers", peer, at));
    const how = { none: "without TLS", inband: "with TLS in band", tls: "with TLS from the first octet" }[security];
    for (const part of inner) {
      const why = further.includes(part) ? "a peer has one ConnectTo here: the first" : IGNORED_OF_PEER[part.name];
      const timer = own.said.get(part);
      if (timer !== undefined)
        this.#say(part, timer.outcome, timer.why, timer.outcome === "honoured" ? [became] : [], of);
      else if (why !== undefined) this.#say(part, "ignored", why, [], of);
      else this.#say(part, "honoured", "", [became], of);
    }
    return said("honoured", `${host} port ${port}, ${how}`, [became]);
  }
}

/** As it stands in the file, more or less. */
function written({ name, texts, number }: Directive): string {
  const quoted = texts.map((text) => JSON.stringify(text));
  if (number !== undefined) return `${name} = ${number}`;
  if (quoted.length === 0) return name;
  return `${name} = ${quoted.join(name === "LoadExtension" ? " : " : ", ")}`;
}
