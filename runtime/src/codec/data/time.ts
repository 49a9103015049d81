/**
 * Time: RFC 6733 section 4.3.1; the first four octets of an NTP timestamp.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |1|   seconds since 1900-01-01T00:00:00Z (1968 to 2036)         |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |0|   seconds since 2036-02-07T06:28:16Z (2036 to 2104)         |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import type { DataFormat } from "./format.js";
import { invalidLength, unfit } from "./problem.js";

/** Seconds from 1900 to 1970. */
const TO_1970 = 2_208_988_800;
const ERA = 2 ** 32;
const HALF_ERA = 2 ** 31;

/** The instant of an NTP second count, 0 to 2^32 - 1: the era is told by the high bit, as SNTP does it. */
export function readTime(seconds: number): Date {
  return new Date((seconds - TO_1970 + (seconds < HALF_ERA ? ERA : 0)) * 1000);
}

/**
 * The NTP second count of an instant; fractions of a second are dropped.
 *
 * @throws {EncodeError} before 1968-01-20T03:14:08Z, after 2104-02-26T09:42:23Z, or for an invalid Date
 */
export function ntpSeconds(date: Date): number {
  const seconds = date instanceof Date ? Math.floor(date.getTime() / 1000) + TO_1970 : Number.NaN;
  if (!(seconds >= HALF_ERA && seconds < HALF_ERA + ERA)) {
    throw unfit(date, "a Time (a Date from 1968-01-20T03:14:08Z to 2104-02-26T09:42:23Z)");
  }
  return seconds >>> 0;
}

export const time: DataFormat<Date> = {
  name: "Time",
  minLength: 4,
  decode(data) {
    if (data.length !== 4) throw invalidLength("Time", data.length, "4");
    return readTime(new DataView(data.buffer, data.byteOffset, 4).getUint32(0));
  },
  encode(value) {
    const data = new Uint8Array(4);
    new DataView(data.buffer).setUint32(0, ntpSeconds(value));
    return data;
  },
};
