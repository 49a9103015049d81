/**
 * What the records of a session say of it. RFC 6733 section 8.2 has a server take records in any order and at any time, so nothing here decides
 * what is kept: this is what can be read from what was kept.
 */

import { type AccountingRecord, AccountingRecordType } from "./accounting-record.js";
import { NumberRanges, type Range } from "./number-ranges.js";

/**
 * - "open": begun, and no STOP has come.
 * - "silent": open, and nothing has come for longer than its supervision allows: the timer Ts of RFC 6733 section 8.2.
 * - "stopped": a STOP has come.
 */
export type AccountingSessionState = "open" | "silent" | "stopped";

/**
 * What a conforming client does not send, or what is still on its way.
 *
 * - "noStart": no START.
 * - "severalStarts", "severalStops": under different numbers or with different contents; what is sent again is one record.
 * - "afterStop": a record of later number, or of the same number and later time, than the STOP.
 * - "collision": two records under one number and type.
 */
export type SessionIrregularity = "noStart" | "severalStarts" | "severalStops" | "afterStop" | "collision";

/** A session, or a sub-session where Accounting-Sub-Session-Id is in use (RFC 6733 section 9.8.6). */
export interface AccountingSession {
  readonly sessionId: string;
  readonly subSessionId: bigint | undefined;
  readonly state: AccountingSessionState;
  /** Of its last record. */
  readonly originHost: string;
  /** User-Name (1); undefined where no record has it. */
  readonly userName: string | undefined;
  /** When the START was; undefined where none has come. */
  readonly startedAt: Date | undefined;
  /** When its last record was. */
  readonly lastAt: Date;
  /** When it came to us. */
  readonly lastReceivedAt: Date;
  /** When the first STOP was. */
  readonly stoppedAt: Date | undefined;
  /** From START to STOP, or to the last record; from its first record where there is no START. */
  readonly seconds: number;
  readonly records: number;
  readonly interims: number;
  /**
   * Accounting-Record-Numbers between the least and the greatest that did not come, first and last of each run. Not always a loss: a client
   * that cannot deliver replaces an INTERIM that waits by the next one (RFC 6733 section 9.5).
   */
  readonly missing: readonly Range[];
  readonly irregular: readonly SessionIrregularity[];
}

/** When an open session counts as silent. */
export interface SessionSupervision {
  /** Now. */
  readonly at: Date;
  /** Seconds without a record. Default: twice the interval between INTERIM records, as RFC 6733 section 8.2 has it for Ts. */
  readonly silentAfterSeconds?: number | undefined;
  /** The interval of sessions whose records do not say it (Acct-Interim-Interval, 85), seconds. Where neither says it, nothing is silent. */
  readonly interimIntervalSeconds?: number | undefined;
}

type SessionRecord = AccountingRecord & { readonly collision: number };

const USER_NAME = 1;
const ACCT_INTERIM_INTERVAL = 85;

const { START_RECORD, INTERIM_RECORD, STOP_RECORD } = AccountingRecordType;

/** The records of one Session-Id, in any order. */
export class SessionRecords {
  readonly sessionId: string;
  readonly #parts = new Map<bigint | undefined, Part>();

  constructor(sessionId: string) {
    this.sessionId = sessionId;
  }

  add(record: SessionRecord): void {
    const part = this.#parts.get(record.subSessionId) ?? new Part();
    this.#parts.set(record.subSessionId, part);
    part.add(record);
  }

  /** The session; where there are sub-sessions, each of them. */
  sessions(supervision: SessionSupervision): readonly AccountingSession[] {
    const whole = this.#parts.get(undefined);
    // Section 9.8.6: a STOP that names no sub-session ends all of them.
    const ends = this.#parts.size > 1 && whole?.isStopAlone === true ? whole : undefined;
    return [...this.#parts].flatMap(([subSessionId, part]) => {
      if (part === ends) return [];
      return [{ sessionId: this.sessionId, subSessionId, ...part.session(supervision, ends?.stop) }];
    });
  }
}

/** Those of one sub-session; or those without one. */
class Part {
  #start: SessionRecord | undefined;
  #first: SessionRecord | undefined;
  #last: SessionRecord | undefined;
  #stop: SessionRecord | undefined;
  /** The greatest number of an INTERIM or START, and the latest time of that number. */
  #furthest: SessionRecord | undefined;
  #lastReceivedAt = new Date(0);
  #userName: string | undefined;
  #interval: number | undefined;
  #collision = false;
  readonly #numbers = new NumberRanges();
  readonly #counts = { [START_RECORD]: 0, [INTERIM_RECORD]: 0, [STOP_RECORD]: 0, others: 0 };

  get stop(): SessionRecord | undefined {
    return this.#stop;
  }

  get isStopAlone(): boolean {
    return this.#counts[STOP_RECORD] === this.#records;
  }

  get #records(): number {
    return Object.values(this.#counts).reduce((sum, count) => sum + count, 0);
  }

  add(record: SessionRecord): void {
    const { recordType: type, time, receivedAt, avps } = record;
    this.#counts[type === START_RECORD || type === INTERIM_RECORD || type === STOP_RECORD ? type : "others"] += 1;
    this.#numbers.add(record.recordNumber);
    if (record.collision > 0) this.#collision = true;
    if (this.#first === undefined || time < this.#first.time) this.#first = record;
    if (this.#last === undefined || time >= this.#last.time) this.#last = record;
    if (receivedAt > this.#lastReceivedAt) this.#lastReceivedAt = receivedAt;
    if (type === START_RECORD && (this.#start === undefined || time < this.#start.time)) this.#start = record;
    if (type === STOP_RECORD) {
      if (this.#stop === undefined || time < this.#stop.time) this.#stop = record;
    } else if (this.#furthest === undefined || isLater(record, this.#furthest)) this.#furthest = record;
    for (const { code, vendorId, value } of avps) {
      if (vendorId !== 0) continue;
      if (code === USER_NAME && typeof value === "string") this.#userName = value;
      if (code === ACCT_INTERIM_INTERVAL && typeof value === "number") this.#interval = value;
    }
  }

  /** @param stop of all sub-sessions */
  session(supervision: SessionSupervision, stop: SessionRecord | undefined) {
    const last = this.#last as SessionRecord;
    const ended = this.#stop ?? stop;
    const from = this.#start ?? (this.#first as SessionRecord);
    return {
      state: ended !== undefined ? "stopped" : this.#isSilent(supervision) ? "silent" : "open",
      originHost: last.originHost,
      userName: this.#userName,
      startedAt: this.#start?.time,
      lastAt: last.time,
      lastReceivedAt: this.#lastReceivedAt,
      stoppedAt: ended?.time,
      seconds: Math.max(0, Math.round(((ended ?? last).time.getTime() - from.time.getTime()) / 1000)),
      records: this.#records,
      interims: this.#counts[INTERIM_RECORD],
      missing: this.#numbers.gaps,
      irregular: this.#irregular(),
    } as const;
  }

  #isSilent({ at, silentAfterSeconds, interimIntervalSeconds }: SessionSupervision): boolean {
    const interval = this.#interval ?? interimIntervalSeconds;
    const seconds = silentAfterSeconds ?? (interval === undefined || interval === 0 ? undefined : 2 * interval);
    return seconds !== undefined && at.getTime() - this.#lastReceivedAt.getTime() > seconds * 1000;
  }

  #irregular(): readonly SessionIrregularity[] {
    const found: readonly (readonly [SessionIrregularity, boolean])[] = [
      ["noStart", this.#start === undefined],
      ["severalStarts", this.#counts[START_RECORD] > 1],
      ["severalStops", this.#counts[STOP_RECORD] > 1],
      ["afterStop", this.#stop !== undefined && this.#furthest !== undefined && isLater(this.#furthest, this.#stop)],
      ["collision", this.#collision],
    ];
    return found.filter(([, is]) => is).map(([irregularity]) => irregularity);
  }
}

/** By number; by time where a client numbers all its records alike. */
function isLater(a: SessionRecord, b: SessionRecord): boolean {
  return a.recordNumber === b.recordNumber ? a.time > b.time : a.recordNumber > b.recordNumber;
}
