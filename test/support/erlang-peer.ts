/**
 * diameter 2.2.7 of Erlang/OTP 25 as a strict peer on this machine, with OTP's own dictionaries.
 *
 * ```ts
 * await using peer = await ErlangPeer.start({ identity: "erlang.diameter.test" });
 * await peer.connect(port);
 * const maa = await peer.call("sip", "MAR", { "Auth-Application-Id": 6, ... });
 * expect(maa).toMatchObject({ name: "MAA", errors: [] });
 * expect(peer.received.filter(({ errors }) => errors.length > 0)).toEqual([]);
 * ```
 *
 * It checks more than freeDiameter does: every message is decoded by the grammar of its command, with arities, flags and values. `errors`
 * are its findings, as they would stand in its answer: Result-Code, and the AVP at fault. Strings are octets for it: those that are no
 * ASCII come as `{ hex }`.
 */

import { readFileSync, rmSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atom, type Term, termText, tuple } from "./erlang/term.js";
import { Program, run, type WaitOptions } from "./process.js";
import { type Requirement, repositoryPath, requireFile, requireTool } from "./requirement.js";

const OTP = "/usr/lib/erlang/lib/diameter-2.2.7";
const SIP_DICTIONARY = `${OTP}/examples/dict/rfc4740_sip.dia`;
const DIGEST_DICTIONARY = `${OTP}/examples/dict/rfc4590_digest.dia`;
const NAS_DICTIONARY = `${OTP}/examples/dict/rfc4005_nas.dia`;

export const erlangRequirements: readonly Requirement[] = [
  requireTool("erl"),
  requireTool("erlc"),
  requireFile(`${OTP}/include/diameter.hrl`, "apt-get install erlang-dev"),
  requireFile(SIP_DICTIONARY, "apt-get install erlang-examples"),
  requireFile(NAS_DICTIONARY, "apt-get install erlang-examples"),
];

/** The applications that it knows, as OTP's dictionaries have them: RFC 4740, and accounting of RFC 6733 section 9. */
export type ErlangApplication = "sip" | "accounting";

const DICTIONARIES: Readonly<Record<ErlangApplication, string>> = {
  sip: "rfc4740_sip",
  accounting: "diameter_gen_acct_rfc6733",
};

export interface ErlangPeerOptions {
  /** Its Origin-Host; the realm is what follows the first dot. */
  readonly identity: string;
  /** Both where left out. */
  readonly applications?: readonly ErlangApplication[];
  /** Tw without jitter, also below the 6 s that RFC 3539 allows; 30,000 where left out. */
  readonly watchdogMs?: number;
}

/** Result-Code, and what goes into Failed-AVP. */
export type ErlangError = readonly [
  resultCode: number,
  avp?: { readonly code: number; readonly vendor: number | null; readonly name: string | null; readonly hex: string },
];

/** What it read: an AVP that may be there more than once is an array; groups are objects. */
export type ErlangAvps = Readonly<Record<string, unknown>>;

export interface ErlangMessage {
  /** In its dictionary: "MAR"; "answer-message" where the E bit is set, "unknown" where it has none. */
  readonly name: string;
  readonly errors: readonly ErlangError[];
  readonly avps: ErlangAvps;
  readonly flags: number;
  readonly applicationId: number;
  /** The whole message. */
  readonly hex: string;
}

export interface ErlangAnswer extends Pick<ErlangMessage, "name" | "errors" | "avps"> {
  /** Why there was no answer: "timeout", "failover", "no_connection". */
  readonly error?: string;
}

/** Answered with that message, by an answer-message with that Result-Code, or not at all. */
export type ErlangReply =
  | { readonly answer: string; readonly avps: Readonly<Record<string, Term>> }
  | { readonly error: number }
  | "discard";

/** The Disconnect-Causes that it can say. */
export type ErlangCause = "rebooting" | "busy" | "goaway";

/** One scheduler of each kind, which sleeps at once when it has nothing to do. */
const EMULATOR = ["+S", "1:1", "+SDcpu", "1:1", "+SDio", "1", "+sbwt", "none", "-noshell"];

type Event = { readonly event: string } & Readonly<Record<string, unknown>>;

const START_TIMEOUT_MS = 30_000;

export class ErlangPeer implements AsyncDisposable {
  readonly identity: string;
  private readonly program: Program;
  private readonly all: Event[] = [];
  private parsed = 0;
  private calls = 0;
  private listening = 0;

  private constructor(identity: string, program: Program) {
    this.identity = identity;
    this.program = program;
  }

  /** Starts it and waits until it listens. */
  static async start({ identity, applications, watchdogMs = 30_000 }: ErlangPeerOptions): Promise<ErlangPeer> {
    const names = applications ?? (["sip", "accounting"] as const);
    let program: Program | undefined;
    try {
      const folder = await compiled();
      program = Program.start("erl", [...EMULATOR, "-pa", folder, "-run", "diamgen_peer", "main"], {
        cwd: folder,
        interactive: true,
      });
      const peer = new ErlangPeer(identity, program);
      peer.tell("start", {
        host: identity,
        realm: identity.slice(identity.indexOf(".") + 1),
        applications: names.map((name) => tuple(atom(name), atom(DICTIONARIES[name]))),
        watchdog: watchdogMs,
      });
      await peer.listen(0, START_TIMEOUT_MS);
      return peer;
    } catch (error) {
      await program?.stop("SIGKILL");
      throw error;
    }
  }

  /** Where it listens, on 127.0.0.1. */
  get port(): number {
    return this.listening;
  }

  /** Every message that it has received so far, those of the base protocol too. */
  get received(): readonly ErlangMessage[] {
    return this.messages("recv");
  }

  get sent(): readonly ErlangMessage[] {
    return this.messages("send");
  }

  /** Position for `from`: waits look at what comes after it. */
  get position(): number {
    return this.events().length;
  }

  /** Connects, and connects again whenever the connection was closed. Resolves when capabilities are exchanged. */
  async connect(port: number): Promise<void> {
    const from = this.position;
    this.dial(port);
    await this.up({ from });
  }

  /** The same without waiting. */
  dial(port: number): void {
    this.tell("connect", port);
  }

  /** Waits until a peer's watchdog is OKAY: capabilities are exchanged. */
  async up(options: WaitOptions = {}): Promise<void> {
    await this.event("up", {}, options);
  }

  async down(options: WaitOptions = {}): Promise<void> {
    await this.event("down", {}, options);
  }

  /** Waits until a connection that it made was closed before capabilities were exchanged, for this reason in Erlang's words. */
  async refused(reason: RegExp, options: WaitOptions = {}): Promise<void> {
    await this.event("closed", { reason }, options);
  }

  /** Says DPR to its peers. It connects to them no more, and listens on another port. */
  async disconnect(cause: ErlangCause): Promise<void> {
    const from = this.position;
    this.tell("disconnect", atom(cause));
    await this.listen(from);
  }

  /** How it answers requests of that name from now on; DIAMETER_TOO_BUSY where this was not called. */
  serve(name: string, reply: ErlangReply): void {
    if (reply === "discard") this.tell("serve", atom(name), atom("discard"));
    else if ("error" in reply) this.tell("serve", atom(name), tuple(atom("answer_message"), reply.error));
    else this.tell("serve", atom(name), tuple(atom("answer"), atom(reply.answer), reply.avps));
  }

  /** Sends a request and waits for its answer. Session-Id, Origin-Host and Origin-Realm may be left out. */
  async call(
    application: ErlangApplication,
    name: string,
    avps: Readonly<Record<string, Term>>,
  ): Promise<ErlangAnswer> {
    const id = ++this.calls;
    this.tell("call", id, atom(application), atom(name), avps);
    return this.answer(id);
  }

  /** The same with a request as it is, which need not be correct; the identifiers in the header are its own. */
  async callOctets(application: ErlangApplication, request: Uint8Array): Promise<ErlangAnswer> {
    const id = ++this.calls;
    this.tell("call_octets", id, atom(application), request);
    return this.answer(id);
  }

  /** The first message of that name that it received or sent after `from`. */
  async message(direction: "recv" | "send", name: string, options: WaitOptions = {}): Promise<ErlangMessage> {
    return (await this.event("message", { direction, name }, options)) as unknown as ErlangMessage;
  }

  /** Stands still, as a machine that hangs: its connections stay. */
  freeze(): void {
    this.program.kill("SIGSTOP");
  }

  thaw(): void {
    this.program.kill("SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program.stop("SIGKILL");
  }

  private async listen(from: number, timeoutMs = 10_000): Promise<void> {
    const { port } = await this.event("listening", {}, { from, timeoutMs });
    this.listening = port as number;
  }

  private tell(command: string, ...args: readonly Term[]): void {
    this.program.write(`${termText(tuple(atom(command), ...args))}.\n`);
  }

  private async answer(id: number): Promise<ErlangAnswer> {
    return (await this.event("answer", { id })) as unknown as ErlangAnswer;
  }

  /** The first event with these properties; a string may be given by a pattern. */
  private event(
    event: string,
    properties: Readonly<Record<string, unknown>>,
    options: WaitOptions = {},
  ): Promise<Event> {
    const wanted = Object.entries({ event, ...properties });
    return this.program.waitUntil(
      () => {
        const events = this.events().slice(options.from ?? 0);
        return events.find((each) => wanted.every(([key, value]) => fits(each[key], value)));
      },
      `say ${wanted.map(([key, value]) => `${key} ${value}`).join(", ")}`,
      options,
    );
  }

  private messages(direction: "recv" | "send"): readonly ErlangMessage[] {
    const events = this.events().filter((event) => event.event === "message" && event.direction === direction);
    return events as unknown as readonly ErlangMessage[];
  }

  /** Lines of JSON; diameter's own reports stand between them. */
  private events(): readonly Event[] {
    const { stdout } = this.program;
    const end = stdout.lastIndexOf("\n") + 1;
    for (const line of stdout.slice(this.parsed, end).split("\n")) {
      if (!line.startsWith('{"')) continue;
      const event = JSON.parse(line) as Event;
      if (event.event === "failed") throw new Error(`${this.program.name}: ${event.reason}`);
      this.all.push(event);
    }
    this.parsed = end;
    return this.all;
  }
}

function fits(value: unknown, wanted: unknown): boolean {
  return wanted instanceof RegExp ? wanted.test(String(value)) : value === wanted;
}

let folder: Promise<string> | undefined;

/** A folder with the program and the dictionaries, compiled once; it goes when the tests end. */
function compiled(): Promise<string> {
  folder ??= compile();
  return folder;
}

async function compile(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "diamgen-erlang-"));
  process.once("exit", () => rmSync(path, { recursive: true, force: true }));
  const sip = join(path, "rfc4740_sip_with_sessions.dia");
  await writeFile(sip, withSessionCommands(readFileSync(SIP_DICTIONARY, "utf8"), readFileSync(NAS_DICTIONARY, "utf8")));
  const dictionaries = [DIGEST_DICTIONARY, "rfc4590_digest", sip, DICTIONARIES.sip];
  const program = ["-pa", path, "-run", "diamgen_peer", "compile", path];
  for (const [command, ...args] of [
    ["erlc", "-o", path, repositoryPath("test/support/erlang/diamgen_peer.erl")],
    ["erl", ...EMULATOR, ...program, ...dictionaries],
  ] as const) {
    const { code, output } = await run(command, args);
    if (code !== 0) throw new Error(output);
  }
  return path;
}

/** AVPs of the base protocol in its session commands. */
const BASE_AVP =
  /(?:Session-Id|Result-Code|Origin-(?:Host|Realm|State-Id)|Destination-(?:Host|Realm)|Auth-Application-Id|Termination-Cause|User-Name|Class|Error-Message|Error-Reporting-Host|Failed-AVP|Redirect-[\w-]+|Proxy-Info|Route-Record|AVP)/;

/**
 * OTP's dictionary of RFC 4740 has no STR and no ASR, which section 6.7 uses, and its diameter knows a command by its application. They are
 * taken from OTP's dictionary of RFC 4005, without the AVPs which that application adds.
 */
function withSessionCommands(sip: string, nas: string): string {
  const isBase = new RegExp(`^\\s*(?:\\* )?[<{[] ${BASE_AVP.source} [>}\\]]$`);
  const commands = ["STR", "STA", "ASR", "ASA"].map((name) => {
    const [head = "", ...lines] =
      new RegExp(`^ *${name} ::=.*\\n[^:]*\\* \\[ AVP \\]`, "m").exec(nas)?.[0].split("\n") ?? [];
    if (head === "") throw new Error(`${NAS_DICTIONARY} has no ${name}`);
    return [head, "", ...lines.filter((line) => isBase.test(line)), ""].join("\n");
  });
  return sip.replace("@messages\n", `@messages\n\n${commands.join("\n")}`);
}
