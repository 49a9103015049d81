/** How many AVPs a message has, found out before anything is made of them. */

import type { DecodeLimits } from "./decode-limits.js";
import { HEADER_LENGTH } from "./header.js";
import type { Issue } from "./issue.js";
import type { RawMessage } from "./raw-message.js";
import { UNABLE_TO_COMPLY } from "./result-code.js";

/** The shortest AVP: a header. */
const LEAST_AVP = 8;

/**
 * An issue where the message has more AVPs than `limits.maxAvps`. It looks at none in a message that is too short to hold as many, which nearly
 * every one is; in the others at one more than there may be, however many there are.
 */
export function tooManyAvps(raw: RawMessage, { maxAvps, maxGroupedDepth }: DecodeLimits): Issue | undefined {
  if (raw.length - HEADER_LENGTH < (maxAvps + 1) * LEAST_AVP) return undefined;
  if (countAvps(raw, maxAvps + 1, maxGroupedDepth) <= maxAvps) return undefined;
  return { resultCode: UNABLE_TO_COMPLY, message: `more than ${maxAvps} AVPs`, offset: 0, path: "" };
}

/**
 * AVPs in the message, those within groups included, `enough` at most. Which AVPs are groups, only a grammar knows: what reads as a list of AVPs
 * counts as one, to `maxDepth` levels, as far as it does.
 */
export function countAvps(raw: RawMessage, enough: number, maxDepth: number): number {
  const { view } = raw;
  /** Ends of the groups around the one that is read. */
  const ends: number[] = [];
  let count = 0;
  let end = raw.end;
  for (let at = raw.start + HEADER_LENGTH; count < enough; ) {
    const word = end - at >= LEAST_AVP ? view.getInt32(at + 4) : 0;
    const length = word & 0xffffff;
    const header = word < 0 ? 12 : 8;
    if (length < header || length > end - at) {
      // The end of this list, or no list at all: it goes on behind it.
      const outer = ends.pop();
      if (outer === undefined) return count;
      at = (end + 3) & ~3;
      end = outer;
      continue;
    }
    count++;
    if (ends.length < maxDepth && length - header >= LEAST_AVP) {
      ends.push(end);
      end = at + length;
      at += header;
    } else at += (length + 3) & ~3;
  }
  return count;
}
