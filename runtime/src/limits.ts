import { type DecodeLimits, decodeLimits } from "./codec/decode-limits.js";
import { ConfigurationError } from "./errors.js";

/** The largest value of the 24-bit Message Length field that is a multiple of four. */
const LONGEST_MESSAGE = 0xfffffc;
const LONGEST_TIMER = 0x7fffffff;

/**
 * What the runtime bears from others before it says no. Every figure is ours: RFC 6733 has none. Byte counts are octets on the wire,
 * times are milliseconds.
 */
export interface Limits extends DecodeLimits {
  /**
   * Octets of a message on a connection whose peer has not been identified by a CER or CEA; 65,536.
   * Against: strangers who make us hold memory (a message is held until its last octet is there).
   */
  readonly maxMessageLengthBeforeCer: number;
  /** Octets of a message of an identified peer; 1 MiB; at most 16,777,212. Against: the same from a peer gone wrong. */
  readonly maxMessageLength: number;
  /** AVPs in one message, requests and answers, those within groups too; 4096. Against: a message of 100,000 empty AVPs that keeps the event loop busy. */
  readonly maxAvps: number;
  /**
   * Groups that may hold themselves, within one another; 16. Against: a nesting that exhausts the stack (freeDiameter #88). How deep others
   * go, their grammar says.
   */
  readonly maxGroupedDepth: number;
  /** Octets of an AVP that is echoed in Failed-AVP, cut behind that; 1024. Against: being used as an amplifier. */
  readonly maxFailedAvpBytes: number;
  /** From the connection to the CER or CEA; 10,000 ms. Against: connections that say nothing. */
  readonly cerTimeoutMs: number;
  /** From the first octet of a message to its last; 10,000 ms. Against: one octet a second (slowloris), and lengths that promise too much. */
  readonly frameTimeoutMs: number;
  /** For one address of a peer that we connect to; 10,000 ms. Against: addresses that drop what we send. */
  readonly connectTimeoutMs: number;
  /** For one TLS handshake, from either side; 10,000 ms. Against: peers that begin one and say nothing more, or one octet a second. */
  readonly handshakeTimeoutMs: number;
  /** From our FIN to the peer's, before the connection is torn down; 5000 ms. Against: peers that never close their side. */
  readonly closeTimeoutMs: number;
  /**
   * Connections accepted whose peer is not identified yet; 64. Each TLS listener counts its unfinished handshakes apart, by the same
   * figure. Against: thousands of half-open connections.
   */
  readonly maxUnidentified: number;
  /** The same from one address; 8. Against: one stranger who takes all of `maxUnidentified`. */
  readonly maxUnidentifiedPerAddress: number;
  /**
   * Requests sent to one peer and not answered yet, and requests of one peer that are being served; 4096. Against: a peer that answers nothing
   * while we go on sending, and a peer that sends faster than we serve.
   */
  readonly maxPending: number;
  /** Octets that wait to be sent on one connection; beyond it the connection is torn down; 8 MiB. Against: a peer that never reads. */
  readonly maxOutputBytes: number;
  /** Octets that wait to be sent above which `Connection.write` says false; 256 KiB. Against: reaching `maxOutputBytes`. */
  readonly highWaterBytes: number;
  /** From a request's arrival to its handler's answer, behind which we answer 5012; 30,000 ms. Against: handlers that hang. */
  readonly handlerTimeoutMs: number;
  /**
   * Octets of one connection's requests that wait because `maxPending` are being served; 1 MiB. Reading pauses at half of it, and what goes
   * beyond it is answered 5012. Against: a flood of requests.
   */
  readonly maxWaitingBytes: number;
  /** Octets of answers kept to answer duplicates with (opt-in per command), the oldest go first; 16 MiB. Against: memory that grows with the traffic. */
  readonly maxDuplicateCacheBytes: number;
}

/** Default, least and greatest value. */
const ranges: { readonly [name in keyof Limits]: readonly [number, number, number] } = {
  maxMessageLengthBeforeCer: [65_536, 20, LONGEST_MESSAGE],
  maxMessageLength: [1_048_576, 20, LONGEST_MESSAGE],
  maxAvps: [decodeLimits.maxAvps, 1, LONGEST_MESSAGE >> 3],
  maxGroupedDepth: [decodeLimits.maxGroupedDepth, 1, 1000],
  maxFailedAvpBytes: [decodeLimits.maxFailedAvpBytes, 12, LONGEST_MESSAGE],
  cerTimeoutMs: [10_000, 1, LONGEST_TIMER],
  frameTimeoutMs: [10_000, 1, LONGEST_TIMER],
  connectTimeoutMs: [10_000, 1, LONGEST_TIMER],
  handshakeTimeoutMs: [10_000, 1, LONGEST_TIMER],
  closeTimeoutMs: [5000, 1, LONGEST_TIMER],
  maxUnidentified: [64, 1, Number.MAX_SAFE_INTEGER],
  maxUnidentifiedPerAddress: [8, 1, Number.MAX_SAFE_INTEGER],
  maxPending: [4096, 1, Number.MAX_SAFE_INTEGER],
  maxOutputBytes: [8_388_608, 1, Number.MAX_SAFE_INTEGER],
  highWaterBytes: [262_144, 1, Number.MAX_SAFE_INTEGER],
  handlerTimeoutMs: [30_000, 1, LONGEST_TIMER],
  maxWaitingBytes: [1_048_576, 0, Number.MAX_SAFE_INTEGER],
  maxDuplicateCacheBytes: [16_777_216, 0, Number.MAX_SAFE_INTEGER],
};

/**
 * All limits: the defaults, with those in `overrides` in their place.
 *
 * @throws {ConfigurationError} naming every limit that does not exist, is no whole number or is out of its range
 */
export function limits(overrides: { readonly [name in keyof Limits]?: number | undefined } = {}): Limits {
  const problems: string[] = [];
  const result: Record<string, number> = {};
  for (const [name, [fallback]] of Object.entries(ranges)) result[name] = fallback;
  for (const [name, value] of Object.entries(overrides)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(ranges, name)) {
      problems.push(`there is no limit ${JSON.stringify(name)}`);
      continue;
    }
    const [, least, greatest] = ranges[name as keyof Limits];
    if (!Number.isSafeInteger(value) || value < least || value > greatest) {
      problems.push(`${name} must be a whole number between ${least} and ${greatest}, got ${String(value)}`);
    }
    result[name] = value;
  }
  if (problems.length === 0 && (result.highWaterBytes as number) > (result.maxOutputBytes as number)) {
    if (overrides.highWaterBytes === undefined) result.highWaterBytes = result.maxOutputBytes as number;
    else
      problems.push(
        `highWaterBytes (${result.highWaterBytes}) must not exceed maxOutputBytes (${result.maxOutputBytes})`,
      );
  }
  if (problems.length > 0) throw new ConfigurationError(`limits: ${problems.join("; ")}`);
  return Object.freeze(result) as unknown as Limits;
}

/** The limits where nobody says otherwise. */
export const defaultLimits: Limits = /*@__PURE__*/ limits();
