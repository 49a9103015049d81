/** Database servers of Debian for tests: a data folder of their own, a private socket and port, and a user who is not root where they refuse root. */

import { chmodSync, chownSync, copyFileSync, readdirSync, readFileSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Certificate } from "./certificate.js";
import { Program, run } from "./process.js";
import { findUser } from "./users.js";

/** How to run programs as a user: nothing to be done where we are not root. */
export interface RunAs {
  command(program: string, args: readonly string[]): readonly [string, readonly string[]];
  /** Gives a folder or a file to the user. */
  own(path: string): void;
}

/** @param names of users, the first that there is */
export function runAs(...names: readonly string[]): RunAs {
  const user = process.getuid?.() === 0 ? names.map(findUser).find((one) => one !== undefined) : undefined;
  if (user === undefined) return { command: (program, args) => [program, args], own: () => {} };
  const { uid, gid } = user;
  return {
    // setpriv becomes the program: signals reach it.
    command: (program, args) => [
      "setpriv",
      [`--reuid=${uid}`, `--regid=${gid}`, "--clear-groups", "--", program, ...args],
    ],
    own: (path) => chownSync(path, uid, gid),
  };
}

/** A folder for a daemon, short enough for the path of a Unix socket. */
export async function daemonFolder(name: string, as: RunAs): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `diamgen-${name}-`));
  await chmod(folder, 0o700);
  as.own(folder);
  return folder;
}

/** TLS of a database server: its certificate, and whom it trusts to issue certificates of clients. */
export interface ServerTls {
  readonly certificate: Certificate;
  readonly trust: Certificate;
}

/** The files of TLS in the folder of a daemon, as its own: servers refuse keys that others may read. */
export function tlsFiles({ certificate, trust }: ServerTls, folder: string, as: RunAs) {
  const copy = (file: string, name: string): string => {
    const to = join(folder, name);
    copyFileSync(file, to);
    chmodSync(to, 0o600);
    as.own(to);
    return to;
  };
  return {
    cert: copy(certificate.certificate, "cert.pem"),
    key: copy(certificate.key, "key.pem"),
    ca: copy(trust.certificate, "ca.pem"),
  };
}

/** Runs a program to its end, which must be a success. */
export async function runOnce(as: RunAs, program: string, args: readonly string[]): Promise<void> {
  const { code, output } = await run(...as.command(program, args));
  if (code !== 0) throw new Error(`${program} ended with ${code}:\n${output}`);
}

/** A daemon that can be killed and started again over the same data. */
export class Daemon implements AsyncDisposable {
  readonly folder: string;
  private readonly as: RunAs;
  private readonly program: string;
  private readonly args: readonly string[];
  private readonly ready: RegExp;
  private running: Program | undefined;

  constructor(folder: string, as: RunAs, program: string, args: readonly string[], ready: RegExp) {
    this.folder = folder;
    this.as = as;
    this.program = program;
    this.args = args;
    this.ready = ready;
  }

  /** Starts it and waits until it serves. */
  async start(): Promise<void> {
    this.running = Program.start(...this.as.command(this.program, this.args));
    try {
      await this.running.waitFor(this.ready, { timeoutMs: 30_000 });
    } catch (error) {
      await this.running.stop("SIGKILL");
      throw error;
    }
  }

  /** Undefined while it does not run. */
  get pid(): number | undefined {
    return this.running?.pid;
  }

  /** As if the power had gone, as far as the process can tell. */
  async kill(): Promise<void> {
    await this.running?.stop("SIGKILL");
  }

  /** It no longer answers, and its sockets stay. Resolves when it stands still: a thread that runs meanwhile may still answer. */
  async freeze(): Promise<void> {
    const pids = this.signal("SIGSTOP");
    const deadline = Date.now() + 10_000;
    while (!pids.every(standsStill)) {
      if (Date.now() > deadline) throw new Error(`${this.program} goes on after SIGSTOP`);
      await setTimeout(2);
    }
  }

  thaw(): void {
    this.signal("SIGCONT");
  }

  /** To it and to the processes that it has started: PostgreSQL has one for each connection. */
  private signal(signal: NodeJS.Signals): readonly number[] {
    const { running } = this;
    if (running === undefined || running.ended) return [];
    // First itself: then it starts no others.
    running.kill(signal);
    const children = readFileSync(`/proc/${running.pid}/task/${running.pid}/children`, "utf8").trim();
    const pids = children === "" ? [] : children.split(" ").map(Number);
    for (const pid of pids) process.kill(pid, signal);
    return [running.pid, ...pids];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.thaw();
    await this.running?.stop("SIGKILL");
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Every thread of it is stopped (proc(5): state T), or it has ended. */
function standsStill(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).every((thread) => {
      // The name may have blanks and brackets: the state stands behind the last one.
      const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, "utf8");
      return /[TtZX]/.test(stat[stat.lastIndexOf(")") + 2] ?? "");
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return true;
    throw error;
  }
}

/** One of a database, in a session of its own. */
export interface Transaction {
  commit(): Promise<void>;
  /** Ends the session, and with it what was not committed. */
  end(): Promise<void>;
}
