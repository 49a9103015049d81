/** A `diamgen-server` with several workers, and clients of it. */
import { readFileSync } from "node:fs";
import { DiameterNode, type NodeOptions } from "@diamgen/runtime";
import * as accounting from "@diamgen/sdk/accounting";
import * as digest from "@diamgen/sdk/digest";
import * as opensips from "@diamgen/sdk/opensips";
import * as sip from "@diamgen/sdk/sip";
import { type RunningProgram, startProgram } from "../program.js";
import { REALM } from "./caller.js";

/** A line of the log. */
export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly worker?: number;
  readonly pid?: number;
  readonly [fact: string]: unknown;
}

export class Workers implements AsyncDisposable {
  readonly running: RunningProgram;

  private constructor(running: RunningProgram) {
    this.running = running;
  }

  /** Resolves when all workers listen. */
  static async start(file: string, env: Readonly<Record<string, string>> = {}): Promise<Workers> {
    return new Workers(await startProgram(file, env));
  }

  get port(): number {
    return this.running.port;
  }

  get program(): RunningProgram["program"] {
    return this.running.program;
  }

  get log(): readonly LogLine[] {
    return this.program.output
      .split("\n")
      .filter((line) => line.startsWith("{") && line.endsWith("}"))
      .map((line) => JSON.parse(line) as LogLine);
  }

  /** Process ids of the workers that were started last, by their numbers. */
  get pids(): ReadonlyMap<number, number> {
    const serving = this.log.filter(({ msg, pid = 0 }) => msg === "a worker serves" && isRunning(pid));
    return new Map(serving.map(({ worker = 0, pid = 0 }) => [worker, pid]));
  }

  /** Process ids of all workers, whatever they do. */
  get children(): readonly number[] {
    const { pid } = this.program;
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
  }

  /** The worker that a peer is connected to, by the log. */
  ownerOf(originHost: string): number | undefined {
    return this.log.findLast(({ msg, peer }) => msg === "peer connected" && peer === originHost)?.worker;
  }

  /** Waits for a line of the log. */
  waitFor(what: string, find: (line: LogLine) => boolean, from = 0): Promise<LogLine> {
    return this.program.waitUntil(() => this.log.slice(from).find(find), `log ${what}`, { timeoutMs: 20_000 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.running[Symbol.asyncDispose]();
  }
}

/** A process that is no zombie. */
export function isRunning(pid: number): boolean {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** A client that is not connected yet. */
export function client(name: string, port: number, options: Partial<NodeOptions> = {}): DiameterNode {
  return new DiameterNode({
    originHost: `${name}.${REALM}`,
    originRealm: REALM,
    applications: [sip.application, accounting.application],
    extensions: [opensips.avps, digest.avps],
    peers: [{ host: "127.0.0.1", port }],
    reconnectMs: 50,
    // The time of the start would be a restart, where one name connects twice.
    originStateId: 1,
    ...options,
  });
}
