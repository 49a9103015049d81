/** Identifiers that the node gives out: RFC 6733 sections 3 (Hop-by-Hop, End-to-End) and 8.8 (Session-Id). */

/** 0 to 1, as Math.random. */
export type Random = () => number;

/** Unsigned 32-bit numbers, one after the other, over the edge to 0. */
export class Sequence {
  private value: number;

  constructor(start: number) {
    this.value = start >>> 0;
  }

  next(): number {
    const value = this.value;
    this.value = (value + 1) >>> 0;
    return value;
  }
}

/** Section 3: "normally a monotonically increasing number, whose start value was randomly generated". One per connection. */
export function hopByHopSequence(random: Random): Sequence {
  return new Sequence(Math.floor(random() * 0x100000000));
}

/** Section 3: the high 12 bits are the low 12 bits of the time in seconds, the low 20 bits random. One per node. */
export function endToEndSequence(nowMs: number, random: Random): Sequence {
  const seconds = Math.floor(nowMs / 1000);
  return new Sequence((seconds % 0x1000) * 0x100000 + Math.floor(random() * 0x100000));
}

/** Seconds from 1900, the epoch of NTP, to 1970. */
const NTP_EPOCH_SECONDS = 2_208_988_800;

/** Session-Ids of the form that section 8.8 recommends: `<DiameterIdentity>;<high 32 bits>;<low 32 bits>[;<optional value>]`. One per node. */
export class SessionIds {
  private readonly originHost: string;
  private readonly end: string;
  private high: number;
  private low = 0;

  /**
   * The high 32 bits begin as the time in NTP format, the low ones at 0: no Session-Id comes again after a restart.
   *
   * @param instance the optional value behind them, where another process with this `originHost` may have begun in the same second
   */
  constructor(originHost: string, nowMs: number, instance?: string | undefined) {
    this.originHost = originHost;
    this.end = instance === undefined ? "" : `;${instance}`;
    this.high = (Math.floor(nowMs / 1000) + NTP_EPOCH_SECONDS) >>> 0;
  }

  next(): string {
    const sessionId = `${this.originHost};${this.high};${this.low}${this.end}`;
    this.low = (this.low + 1) >>> 0;
    if (this.low === 0) this.high = (this.high + 1) >>> 0;
    return sessionId;
  }
}
