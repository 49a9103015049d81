/**
 * freeDiameter 1.2.1 of Debian as a peer on this machine.
 *
 * ```ts
 * await using server = await FreeDiameter.start({ identity: "server.diameter.test", accept: ["*.diameter.test"] });
 * await using client = await RawClient.connect(server.port);
 * ...
 * await server.waitState("client.diameter.test", "OPEN");
 * ```
 *
 * What to know of 1.2.1: `ListenOn = "127.0.0.1"` is ignored, it listens on every address; its Host-IP-Address names
 * an address that is not loopback; TwTimer is at least 6 s; TLS_Cred is required, and its CN must be the identity;
 * at SIGTERM it sends DPR with REBOOTING.
 */

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { type Certificate, selfSigned } from "./certificate.js";
import { type DumpedMessage, parseDumps } from "./freediameter-dump.js";
import { type ExitStatus, freePort, Program, type WaitOptions } from "./process.js";
import { requireTool } from "./requirement.js";

export const freeDiameterRequirements = [requireTool("freeDiameterd"), requireTool("openssl")];

export type FreeDiameterState =
  | "CLOSED"
  | "CLOSING"
  | "CLOSING_GRACE"
  | "WAITCNXACK"
  | "WAITCNXACK_ELEC"
  | "WAITCEA"
  | "OPEN"
  | "OPEN_HANDSHAKE"
  | "OPEN_NEW"
  | "SUSPECT"
  | "REOPEN"
  | "ZOMBIE";

export interface FreeDiameterPeer {
  /** Its Origin-Host; any other in its CEA makes freeDiameter close the connection. */
  readonly identity: string;
  readonly port: number;
  /** 127.0.0.1 where left out. */
  readonly host?: string;
  /** True: TLS from the first octet, to its secure port. "inband": TLS behind CER and CEA, as RFC 3588 had it. Plain TCP where left out. */
  readonly tls?: boolean | "inband";
  /** Seconds; those of the node where left out. */
  readonly tcTimer?: number;
  readonly twTimer?: number;
}

export interface FreeDiameterOptions {
  /** Its Origin-Host; the realm is what follows the first dot, unless `realm` says otherwise. */
  readonly identity: string;
  readonly realm?: string;
  /** A free one where left out; another is tried then where it turns out to be taken. */
  readonly port?: number;
  /** Chooses that free one. */
  readonly choosePort?: () => Promise<number>;
  /** For TLS from the first octet; 0, none, where left out. */
  readonly securePort?: number;
  /** Peers that it connects to; they may also connect to it. */
  readonly peers?: readonly FreeDiameterPeer[];
  /** Identities that may connect without TLS and without being a peer; "*" may stand before the first dot. */
  readonly accept?: readonly string[];
  /** The same with TLS, from the first octet or behind CER and CEA. */
  readonly acceptTls?: readonly string[];
  readonly acceptInband?: readonly string[];
  /** Seconds between attempts to connect; 1 where left out. */
  readonly tcTimer?: number;
  /** Seconds of silence before DWR, from 6; 30 where left out. */
  readonly twTimer?: number;
  /** Relays and advertises the relay application; true where left out. */
  readonly relay?: boolean;
  /** Further extensions of /usr/lib/freeDiameter with their configuration, such as ["dict_sip.fdx"]. */
  readonly extensions?: readonly (string | readonly [file: string, configuration: string])[];
  /** For its identity; a self-signed one of its own where left out. */
  readonly certificate?: Certificate;
  /** PEM file of the certificates that TLS trusts; its own where left out. */
  readonly trust?: string;
  /** Lines for the end of the configuration file. */
  readonly extra?: readonly string[];
  /** Dumps every message to the output, for `messages()`; true where left out. */
  readonly dump?: boolean;
}

/** dbg_msg_dumps, one hex digit per group of hooks (errors, sent and received, routing, peers); 4 is one line with all AVPs. */
const DUMP_SENT_AND_RECEIVED = "0x0040";
const START_TIMEOUT_MS = 15_000;
/** Another program may take a port between our choosing it and freeDiameter's binding it; so often in a row it is something else. */
const MOST_PORTS = 5;
/** freeDiameter gives its peers up to 16 s to close; a test that needs longer is broken. */
const STOP_TIMEOUT_MS = 20_000;

export class FreeDiameter implements AsyncDisposable {
  readonly identity: string;
  readonly port: number;
  /** Holds its configuration and certificates until `stop`. */
  readonly folder: string;
  private readonly program: Program;

  private constructor(identity: string, port: number, folder: string, program: Program) {
    this.identity = identity;
    this.port = port;
    this.folder = folder;
    this.program = program;
  }

  /** Starts it and waits until it listens. */
  static async start(options: FreeDiameterOptions): Promise<FreeDiameter> {
    const { path, reason } = requireTool("freeDiameterd");
    if (path === "") throw new Error(reason);
    const { choosePort = freePort } = options;
    for (let tried = 1; ; tried++) {
      try {
        return await FreeDiameter.startOn(options.port ?? (await choosePort()), path, options);
      } catch (error) {
        if (options.port !== undefined || tried === MOST_PORTS || !isPortTaken(error)) throw error;
      }
    }
  }

  private static async startOn(port: number, path: string, options: FreeDiameterOptions): Promise<FreeDiameter> {
    const folder = await mkdtemp(join(tmpdir(), "diamgen-freediameter-"));
    let program: Program | undefined;
    try {
      const file = join(folder, "freeDiameter.conf");
      await writeFile(file, await configuration(options, port, folder));
      program = Program.start(path, ["-c", file], { cwd: folder });
      await program.waitFor("freeDiameterd daemon initialized.", { timeoutMs: START_TIMEOUT_MS });
      await listening(port);
      return new FreeDiameter(options.identity, port, folder, program);
    } catch (error) {
      await program?.stop();
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  get pid(): number {
    return this.program.pid;
  }

  get output(): string {
    return this.program.output;
  }

  waitFor(pattern: RegExp | string, options?: WaitOptions): Promise<RegExpExecArray> {
    return this.program.waitFor(pattern, options);
  }

  /** Waits until it reports that the peer has entered the state, after output position `from`. */
  async waitState(peer: string, state: FreeDiameterState, options?: WaitOptions): Promise<void> {
    await this.waitFor(new RegExp(`-> '?STATE_${state}\\b[^\\n]*'${peer.replaceAll(".", "\\.")}'`), options);
  }

  /** The first message to or from a peer that it reports after output position `from`, such as ("RCV", "Device-Watchdog-Answer"). */
  async waitMessage(direction: "SND" | "RCV", name: string, options?: WaitOptions): Promise<DumpedMessage> {
    const verb = direction === "SND" ? "SND to" : "RCV from";
    const [line] = await this.waitFor(new RegExp(`${verb} '[^\\n]*: ${name}\\([^\\n]*\\n`), options);
    const [message] = parseDumps(line);
    if (message === undefined) throw new Error(`freeDiameter's dump is not understood: ${line}`);
    return message;
  }

  /** Every message that it has dumped so far: what it sent, and what it understood of what it received. */
  messages(): readonly DumpedMessage[] {
    return parseDumps(this.output);
  }

  /** Ends it at once, without DPR. */
  async kill(): Promise<ExitStatus> {
    return this.stop("SIGKILL");
  }

  /** Ends it in order, with DPR to its peers. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<ExitStatus> {
    try {
      this.program.kill(signal);
      return await this.program.waitExit({ timeoutMs: STOP_TIMEOUT_MS });
    } finally {
      await this.program.stop("SIGKILL");
      await rm(this.folder, { recursive: true, force: true });
    }
  }

  /** By force where it does not end: freeDiameter 1.2.1 may hang in its own shutdown, when a DPR came to it right behind a DWR. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop().catch(() => {});
  }
}

async function configuration(options: FreeDiameterOptions, port: number, folder: string): Promise<string> {
  const { identity, peers = [], extensions = [], relay = true, dump = true } = options;
  const { accept = [], acceptTls = [], acceptInband = [] } = options;
  const { certificate, key } = options.certificate ?? (await selfSigned(identity, folder));
  const lines = [
    `Identity = "${identity}";`,
    `Realm = "${options.realm ?? identity.slice(identity.indexOf(".") + 1)}";`,
    `Port = ${port};`,
    `SecPort = ${options.securePort ?? 0};`,
    "No_SCTP;",
    "No_IPv6;",
    'ListenOn = "127.0.0.1";',
    `TcTimer = ${options.tcTimer ?? 1};`,
    `TwTimer = ${options.twTimer ?? 30};`,
    `TLS_Cred = "${certificate}", "${key}";`,
    `TLS_CA = "${options.trust ?? certificate}";`,
  ];
  if (!relay) lines.push("NoRelay;");
  if (dump) lines.push(loadExtension("dbg_msg_dumps.fdx", DUMP_SENT_AND_RECEIVED));
  const allowed = [
    ...accept.map((name) => `ALLOW_IPSEC ${name}\n`),
    ...acceptTls.map((name) => `${name}\n`),
    ...acceptInband.map((name) => `ALLOW_OLD_TLS ${name}\n`),
  ];
  if (allowed.length > 0) {
    const list = join(folder, "acl_wl.conf");
    await writeFile(list, allowed.join(""));
    lines.push(loadExtension("acl_wl.fdx", list));
  }
  for (const extension of extensions) {
    lines.push(typeof extension === "string" ? loadExtension(extension) : loadExtension(extension[0], extension[1]));
  }
  for (const peer of peers) {
    const settings = [`ConnectTo = "${peer.host ?? "127.0.0.1"}";`, `Port = ${peer.port};`];
    if (peer.tls === "inband") settings.push("TLS_old_method;");
    else if (peer.tls !== true) settings.push("No_TLS;");
    if (peer.tcTimer !== undefined) settings.push(`TcTimer = ${peer.tcTimer};`);
    if (peer.twTimer !== undefined) settings.push(`TwTimer = ${peer.twTimer};`);
    lines.push(`ConnectPeer = "${peer.identity}" { ${settings.join(" ")} };`);
  }
  return `${[...lines, ...(options.extra ?? [])].join("\n")}\n`;
}

function loadExtension(file: string, setting?: string): string {
  return `LoadExtension = "${file}"${setting === undefined ? "" : ` : "${setting}"`};`;
}

/** It ends by itself then, with this among its last words; `waitFor` has them in its error. */
function isPortTaken(error: unknown): boolean {
  return error instanceof Error && error.message.includes("Address already in use");
}

/** freeDiameter says that it is initialized a moment before it listens. Looked up instead of tried: a connection would be one more for it. */
async function listening(port: number): Promise<void> {
  const entry = new RegExp(`:${port.toString(16).toUpperCase().padStart(4, "0")} 0+:0000 0A `);
  for (const deadline = Date.now() + START_TIMEOUT_MS; Date.now() < deadline; ) {
    const tables = await Promise.all(
      ["tcp", "tcp6"].map((name) => readFile(`/proc/net/${name}`, "latin1").catch(() => "")),
    );
    if (tables.some((table) => entry.test(table))) return;
    await setTimeout(10);
  }
  throw new Error(`freeDiameterd does not listen on port ${port}`);
}
