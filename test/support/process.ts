/**
 * Child processes for tests: output collected, lines awaited with a deadline, ended by their own process id.
 *
 * ```ts
 * await using server = Program.start("node", ["server/bin/diamgen-server.js", "--config", file]);
 * await server.waitFor(/listening on .*:(\d+)/);
 * ```
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { basename } from "node:path";

export interface ProgramOptions {
  readonly cwd?: string;
  /** Added to the environment of the tests; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Written to standard input, which is then closed; without it standard input is empty. */
  readonly input?: string | Uint8Array;
  /** Standard input stays open for `write`. */
  readonly interactive?: boolean;
}

export interface ExitStatus {
  /** null where a signal ended the program. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface WaitOptions {
  /** Milliseconds; 10000 where left out. */
  readonly timeoutMs?: number;
  /** Looks only at output from this position on, such as `program.output.length` before a step. */
  readonly from?: number;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const KILL_AFTER_MS = 5_000;

/** Programs that still run, so that none outlives this process, however a test ends. */
const running = new Set<Program>();

function killAll(): void {
  for (const program of running) program.kill("SIGKILL");
}

process.once("exit", killAll);
// vitest ends its workers by SIGTERM, which would skip "exit".
process.once("SIGTERM", () => {
  killAll();
  process.kill(process.pid, "SIGTERM");
});

export class Program implements AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  /** Resolves when the program has ended and its output is complete; never rejects. */
  readonly exited: Promise<ExitStatus>;
  private readonly child: ChildProcess;
  private readonly changed = new Set<() => void>();
  private readonly out: Buffer[] = [];
  private readonly both: Buffer[] = [];
  private status: ExitStatus | undefined;

  private constructor(name: string, child: ChildProcess) {
    this.name = name;
    this.child = child;
    this.pid = child.pid ?? 0;
    running.add(this);
    child.stdout?.on("data", (chunk: Buffer) => this.collect(chunk, true));
    child.stderr?.on("data", (chunk: Buffer) => this.collect(chunk, false));
    this.exited = new Promise((resolve) => {
      child.once("close", (code, signal) => {
        this.status = { code, signal };
        running.delete(this);
        this.notify();
        resolve(this.status);
      });
    });
  }

  /** Starts a program. Throws where it cannot be started at all. */
  static start(command: string, args: readonly string[] = [], options: ProgramOptions = {}): Program {
    const child = spawn(command, args, {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: environment(options.env),
      stdio: [options.input === undefined && !options.interactive ? "ignore" : "pipe", "pipe", "pipe"],
    });
    child.on("error", () => {}); // ENOENT shows below; a failed kill shows in `exited`
    if (child.pid === undefined) throw new Error(`${command} cannot be started`);
    child.stdin?.on("error", () => {}); // a program may end without reading its input
    if (options.interactive) child.stdin?.write(options.input ?? "");
    else child.stdin?.end(options.input);
    return new Program(basename(command), child);
  }

  /** Standard output and standard error, in the order in which they came. */
  get output(): string {
    return Buffer.concat(this.both).toString("utf8");
  }

  get stdout(): string {
    return Buffer.concat(this.out).toString("utf8");
  }

  get ended(): boolean {
    return this.status !== undefined;
  }

  /** Writes to the standard input of an interactive program. */
  write(text: string): void {
    this.child.stdin?.write(text);
  }

  /** Waits for output that matches. Rejects with the output so far at the deadline, or when the program ends first. */
  async waitFor(pattern: RegExp | string, options: WaitOptions = {}): Promise<RegExpExecArray> {
    const { source, flags } = typeof pattern === "string" ? new RegExp(escaped(pattern)) : pattern;
    const expression = new RegExp(source, flags.replace(/[gy]/g, ""));
    return this.waitUntil(
      () => expression.exec(this.output.slice(options.from ?? 0)) ?? undefined,
      `say ${expression}`,
      options,
    );
  }

  /** Waits for what `find` finds, which is asked whenever there is more output. `what` stands in the error: "the program did not ...". */
  async waitUntil<T>(
    find: () => T | undefined,
    what: string,
    { timeoutMs = DEFAULT_TIMEOUT_MS }: { readonly timeoutMs?: number } = {},
  ): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    let late = false;
    try {
      for (;;) {
        const found = find();
        if (found !== undefined) return found;
        if (this.ended) throw new Error(`${this.name} ended before it did ${what}:\n${this.tail()}`);
        if (late) throw new Error(`${this.name} did not ${what} within ${timeoutMs} ms:\n${this.tail()}`);
        await new Promise<void>((resolve) => {
          const wake = () => {
            this.changed.delete(wake);
            resolve();
          };
          this.changed.add(wake);
          timer ??= setTimeout(() => {
            late = true;
            this.notify();
          }, timeoutMs);
        });
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits for the program to end by itself. */
  async waitExit({ timeoutMs = DEFAULT_TIMEOUT_MS }: { readonly timeoutMs?: number } = {}): Promise<ExitStatus> {
    const status = await before(this.exited, timeoutMs);
    if (status === undefined) throw new Error(`${this.name} still runs after ${timeoutMs} ms:\n${this.tail()}`);
    return status;
  }

  /** Sends a signal to this program alone; nothing where it has ended. */
  kill(signal: NodeJS.Signals): void {
    if (!this.ended && this.child.exitCode === null && this.child.signalCode === null) this.child.kill(signal);
  }

  /** SIGTERM, and SIGKILL where the program still runs 5 s later. Safe to call twice. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<ExitStatus> {
    this.kill(signal);
    const status = await before(this.exited, KILL_AFTER_MS);
    if (status !== undefined) return status;
    this.kill("SIGKILL");
    return this.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  private collect(chunk: Buffer, fromStdout: boolean): void {
    if (fromStdout) this.out.push(chunk);
    this.both.push(chunk);
    this.notify();
  }

  private notify(): void {
    for (const wake of [...this.changed]) wake();
  }

  private tail(): string {
    return this.output.slice(-4_000);
  }
}

/** Runs a program to its end. */
export async function run(
  command: string,
  args: readonly string[] = [],
  options: ProgramOptions & { readonly timeoutMs?: number } = {},
): Promise<ExitStatus & { readonly stdout: string; readonly output: string }> {
  await using program = Program.start(command, args, options);
  const status = await program.waitExit({ timeoutMs: options.timeoutMs ?? 60_000 });
  return { ...status, stdout: program.stdout, output: program.output };
}

/** A TCP port that was free on every address a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "0.0.0.0");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

function environment(changes: ProgramOptions["env"] = {}): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries({ ...process.env, ...changes }).filter(([, value]) => value !== undefined));
}

async function before<T>(promise: Promise<T>, timeoutMs: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
