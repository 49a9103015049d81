/**
 * Messages with one peer, counted as they pass: plain numbers and one look at the header, nothing allocated but for a command or a result
 * that is new. A peer cannot make keys without limit: beyond the caps, all counts as "other".
 */
import { CommandFlag } from "../codec/header.js";
import type { RawMessage } from "../codec/raw-message.js";
import { Histogram, type LatencyStatistics } from "./histogram.js";
import { readResult, result } from "./result.js";

/** Commands (by application id and code) that are counted apart, a peer. */
export const MAX_COMMANDS = 64;
/** Results that are counted apart, a command of a peer. */
export const MAX_RESULTS = 32;

/** There and back. */
export interface Ways {
  readonly sent: number;
  readonly received: number;
}

/** Answers with one result. */
export interface ResultStatistics extends Ways {
  /** Of Experimental-Result; 0 for a Result-Code; "other" for all beyond the first 32. */
  readonly vendorId: number | "other";
  /** Result-Code or Experimental-Result-Code; 0 for an answer that has neither. */
  readonly resultCode: number | "other";
}

export interface CommandStatistics {
  /** "other", both of them, for all beyond the first 64. */
  readonly applicationId: number | "other";
  readonly commandCode: number | "other";
  readonly requests: Ways;
  readonly answers: Ways;
  /** Requests with the T bit, which are among `requests` too. */
  readonly retransmissions: Ways;
  readonly results: readonly ResultStatistics[];
  /** From our request to its answer. */
  readonly answeredIn: LatencyStatistics;
  /** From the peer's request to the answer of our handler. */
  readonly servedIn: LatencyStatistics;
}

type Direction = 0 | 1;
const SENT = 0;
const RECEIVED = 1;

class ResultCount {
  readonly vendorId: number;
  readonly code: number;
  readonly counts: [number, number] = [0, 0];

  constructor(vendorId: number, code: number) {
    this.vendorId = vendorId;
    this.code = code;
  }
}

export class CommandTraffic {
  readonly applicationId: number;
  readonly commandCode: number;
  readonly requests: [number, number] = [0, 0];
  readonly answers: [number, number] = [0, 0];
  readonly retransmissions: [number, number] = [0, 0];
  readonly answeredIn = new Histogram();
  readonly servedIn = new Histogram();
  private readonly results: ResultCount[] = [];
  private otherResults: ResultCount | undefined;

  constructor(applicationId: number, commandCode: number) {
    this.applicationId = applicationId;
    this.commandCode = commandCode;
  }

  result(vendorId: number, code: number): ResultCount {
    const { results } = this;
    for (let i = 0; i < results.length; i++) {
      const candidate = results[i] as ResultCount;
      if (candidate.code === code && candidate.vendorId === vendorId) return candidate;
    }
    if (results.length >= MAX_RESULTS) {
      this.otherResults ??= new ResultCount(0, 0);
      return this.otherResults;
    }
    const count = new ResultCount(vendorId, code);
    results.push(count);
    return count;
  }

  add(other: CommandTraffic): void {
    for (const name of ["requests", "answers", "retransmissions"] as const) addWays(this[name], other[name]);
    this.answeredIn.add(other.answeredIn);
    this.servedIn.add(other.servedIn);
    for (const { vendorId, code, counts } of other.results) addWays(this.result(vendorId, code).counts, counts);
    if (other.otherResults === undefined) return;
    this.otherResults ??= new ResultCount(0, 0);
    addWays(this.otherResults.counts, other.otherResults.counts);
  }

  snapshot(isOther: boolean): CommandStatistics {
    const results: ResultStatistics[] = this.results.map(({ vendorId, code, counts }) => ({
      vendorId,
      resultCode: code,
      ...ways(counts),
    }));
    if (this.otherResults !== undefined)
      results.push({ vendorId: "other", resultCode: "other", ...ways(this.otherResults.counts) });
    return {
      applicationId: isOther ? "other" : this.applicationId,
      commandCode: isOther ? "other" : this.commandCode,
      requests: ways(this.requests),
      answers: ways(this.answers),
      retransmissions: ways(this.retransmissions),
      results,
      answeredIn: this.answeredIn.snapshot(),
      servedIn: this.servedIn.snapshot(),
    };
  }
}

export class Traffic {
  readonly octets: [number, number] = [0, 0];
  private readonly commands: CommandTraffic[] = [];
  private others: CommandTraffic | undefined;
  /** Most messages are of the command of the one before. */
  private last: CommandTraffic | undefined;

  /** A whole message, as it is sent. */
  sent(bytes: Uint8Array): void {
    const code = ((bytes[5] as number) << 16) | ((bytes[6] as number) << 8) | (bytes[7] as number);
    const applicationId =
      (((bytes[8] as number) << 24) |
        ((bytes[9] as number) << 16) |
        ((bytes[10] as number) << 8) |
        (bytes[11] as number)) >>>
      0;
    this.count(SENT, bytes[4] as number, this.command(applicationId, code), bytes, 0, bytes.length);
  }

  received(raw: RawMessage): void {
    const command = this.command(raw.applicationId, raw.commandCode);
    this.count(RECEIVED, raw.flags, command, raw.bytes, raw.start, raw.end);
  }

  private count(
    direction: Direction,
    flags: number,
    command: CommandTraffic,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    this.octets[direction] += end - start;
    if (flags & CommandFlag.REQUEST) {
      command.requests[direction]++;
      if (flags & CommandFlag.RETRANSMITTED) command.retransmissions[direction]++;
      return;
    }
    command.answers[direction]++;
    readResult(bytes, start, end);
    command.result(result.vendorId, result.code).counts[direction]++;
  }

  /** The counters of a command. */
  command(applicationId: number, code: number): CommandTraffic {
    const { last, commands } = this;
    if (last !== undefined && last.commandCode === code && last.applicationId === applicationId) return last;
    for (let i = 0; i < commands.length; i++) {
      const candidate = commands[i] as CommandTraffic;
      if (candidate.commandCode !== code || candidate.applicationId !== applicationId) continue;
      this.last = candidate;
      return candidate;
    }
    if (commands.length >= MAX_COMMANDS) return this.other();
    const command = new CommandTraffic(applicationId, code);
    commands.push(command);
    this.last = command;
    return command;
  }

  private other(): CommandTraffic {
    this.others ??= new CommandTraffic(0, 0);
    return this.others;
  }

  add(other: Traffic): void {
    addWays(this.octets, other.octets);
    for (const command of other.commands) this.command(command.applicationId, command.commandCode).add(command);
    if (other.others !== undefined) this.other().add(other.others);
  }

  snapshot(): { readonly octets: Ways; readonly commands: readonly CommandStatistics[] } {
    const commands = this.commands.map((command) => command.snapshot(false));
    if (this.others !== undefined) commands.push(this.others.snapshot(true));
    return { octets: ways(this.octets), commands };
  }
}

function ways([sent, received]: readonly [number, number]): Ways {
  return { sent, received };
}

function addWays(to: [number, number], from: readonly [number, number]): void {
  to[SENT] += from[SENT];
  to[RECEIVED] += from[RECEIVED];
}
