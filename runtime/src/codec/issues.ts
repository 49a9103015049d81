/** The cold path of decoding: from what was noted (offsets) to what is answered (path, words, Failed-AVP). */
import type { KnownAvps } from "../codegen/types.js";
import { Avp, AvpFlag, encodeAvps } from "./avp.js";
import { HEADER_LENGTH } from "./header.js";
import { knownMinLength, type Note } from "./input.js";
import type { Issue } from "./issue.js";
import {
  AVP_NOT_ALLOWED,
  AVP_OCCURS_TOO_MANY_TIMES,
  AVP_UNSUPPORTED,
  INVALID_AVP_LENGTH,
  INVALID_AVP_VALUE,
  MISSING_AVP,
  UNABLE_TO_COMPLY,
} from "./result-code.js";

interface Step {
  readonly code: number;
  readonly vendorId: number;
  readonly flags: number;
  readonly at: number;
  /** Behind its data, as far as the group goes. */
  readonly end: number;
}

/** Works out each note of the message between `start` and `end`. `maxBytes`: of an offending AVP's data, in Failed-AVP. */
export function explain(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
  notes: readonly Note[],
  known: readonly KnownAvps[],
  maxBytes: number,
): Issue[] {
  return notes.map((note) => {
    if (note.resultCode === MISSING_AVP) {
      const [outer, group] = locate(view, start, end, note.at, true);
      const groups = group === undefined ? outer : [...outer, group];
      const flags = AvpFlag.MANDATORY | (note.vendorId === 0 ? 0 : AvpFlag.VENDOR);
      const avp = new Avp(note.code, note.vendorId, flags, new Uint8Array(note.minLength));
      return issue(note.resultCode, (group?.at ?? start) - start, groups, avp);
    }
    const [groups, step] = locate(view, start, end, note.at, false);
    const avp =
      note.resultCode === INVALID_AVP_LENGTH || step === undefined
        ? truncated(bytes, view, note.at, groups.at(-1)?.end ?? end, known, maxBytes)
        : new Avp(step.code, step.vendorId, step.flags, slice(bytes, headerEnd(view, note.at), step.end, maxBytes));
    const whole = issue(note.resultCode, note.at - start, groups, avp);
    const cut = step !== undefined && avp.data.length === maxBytes && step.end - headerEnd(view, note.at) > maxBytes;
    return cut ? { ...whole, cut } : whole;
  });
}

function issue(resultCode: number, offset: number, groups: readonly Step[], avp: Avp): Issue {
  const path = [...groups, avp].map((a) => (a.vendorId === 0 ? `${a.code}` : `${a.vendorId}:${a.code}`)).join("/");
  // RFC 6733 section 7.5: the offending AVP goes within the groups that hold it, and these hold nothing else.
  const failedAvp = groups.reduceRight(
    (inner, group) => new Avp(group.code, group.vendorId, group.flags, encodeAvps([inner])),
    avp,
  );
  return { resultCode, message: `${WORDS[resultCode] ?? "is wrong"}: AVP ${path}`, offset, path, failedAvp };
}

const WORDS: Readonly<Record<number, string>> = {
  [AVP_UNSUPPORTED]: "unknown AVP with the M bit",
  [INVALID_AVP_VALUE]: "invalid value",
  [MISSING_AVP]: "missing",
  [AVP_NOT_ALLOWED]: "not allowed here",
  [AVP_OCCURS_TOO_MANY_TIMES]: "occurs too many times",
  [UNABLE_TO_COMPLY]: "nested too deeply",
  [INVALID_AVP_LENGTH]: "invalid length",
};

/**
 * The groups that hold the AVP at `target`, from the top level down, and the AVP itself; undefined where too little is left for a header.
 * For a missing AVP, `target` is where the lacking group's data begins: the AVP found is then that group.
 */
function locate(
  view: DataView,
  start: number,
  end: number,
  target: number,
  isData: boolean,
): [Step[], Step | undefined] {
  const groups: Step[] = [];
  let at = start + HEADER_LENGTH;
  let limit = end;
  while (at < target && limit - at >= 8) {
    const word = view.getInt32(at + 4);
    const length = word & 0xffffff;
    const data = at + (word < 0 ? 12 : 8);
    if (data > limit) break;
    const step = stepAt(view, at, limit);
    if (isData && data === target) return [groups, step];
    // The data of an empty group at the end of another begins where both end.
    if (at + length > target || (isData && at + length === target)) {
      groups.push(step);
      at = data;
      limit = step.end;
    } else at = Math.max(at + ((length + 3) & ~3), at + 8);
  }
  return [groups, limit - target >= 8 && !isData ? stepAt(view, target, limit) : undefined];
}

function stepAt(view: DataView, at: number, limit: number): Step {
  const word = view.getInt32(at + 4);
  return {
    code: view.getUint32(at),
    vendorId: word < 0 && limit - at >= 12 ? view.getUint32(at + 8) : 0,
    flags: word >>> 24,
    at,
    end: Math.min(limit, at + (word & 0xffffff)),
  };
}

/** RFC 6733 section 7.1.5, 5014: the header, padded with zeros where it is cut off, and zeros for data of the shortest length allowed. */
function truncated(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  end: number,
  known: readonly KnownAvps[],
  maxBytes: number,
): Avp {
  const header = new DataView(new ArrayBuffer(12));
  for (let i = 0; i < 12 && at + i < end; i++) header.setUint8(i, bytes[at + i] as number);
  const code = header.getUint32(0);
  const flags = header.getUint8(4);
  const vendorId = flags & AvpFlag.VENDOR ? header.getUint32(8) : 0;
  const length = end - at >= 8 ? view.getUint32(at + 4) & 0xffffff : 0;
  const data = at + (flags & AvpFlag.VENDOR ? 12 : 8);
  // Of an AVP whose bounds are sound only its size is wrong: it goes back as it came.
  if (data <= at + length && at + length <= end)
    return new Avp(code, vendorId, flags, slice(bytes, data, at + length, maxBytes));
  return new Avp(code, vendorId, flags, new Uint8Array(knownMinLength(code, vendorId, known) ?? 0));
}

function headerEnd(view: DataView, at: number): number {
  return view.getInt32(at + 4) < 0 ? at + 12 : at + 8;
}

/** As `failedAvpOf` has it, but what is not sent is not copied first. */
function slice(bytes: Uint8Array, from: number, to: number, maxBytes: number): Uint8Array {
  return Uint8Array.prototype.slice.call(bytes, from, Math.min(to, from + maxBytes));
}
