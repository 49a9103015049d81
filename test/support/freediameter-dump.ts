/**
 * freeDiameter's own account of messages (dbg_msg_dumps.fdx, one line each), read back: what it sent, and what it
 * understood of what it received.
 *
 * ```
 * RCV from 'b.diameter.test': Disconnect-Peer-Request(282)[R---], Length=80, Hop-By-Hop-Id=0x4a8dc74d,
 *   End-to-End=0x97f193f8, { Origin-Host(264)[-M]="b.diameter.test" }, { Disconnect-Cause(273)[-M]='BUSY' (1 (0x1)) }
 * ```
 *
 * A grouped AVP has its members for a value: `{ Subscription-Id(443)[-M]={ A }, { B } }`. From the first AVP with the
 * M bit on that freeDiameter does not know, it reads no further: that one and those after it are "unknown" and
 * their values "(not set)".
 */

export interface DumpedAvp {
  /** By freeDiameter's dictionary; "unknown" where it has none, or did not look. */
  readonly name: string;
  readonly code: number;
  /** 0 where there is none. */
  readonly vendorId: number;
  /** V and M bit, such as "-M". */
  readonly flags: string;
  /** As printed: `"text"`, `5 (0x5)`, `'NAME' (5 (0x5))`, `<00 FF>`, an address; "" for a grouped AVP. */
  readonly value: string;
  readonly avps: readonly DumpedAvp[];
}

export interface DumpedMessage {
  readonly direction: "SND" | "RCV";
  /** The identity, or "<unknown peer>" before its CER is understood. */
  readonly peer: string;
  readonly name: string;
  readonly code: number;
  readonly applicationId: number;
  /** Such as "RP--". */
  readonly flags: string;
  readonly length: number;
  readonly hopByHop: number;
  readonly endToEnd: number;
  readonly avps: readonly DumpedAvp[];
}

const MESSAGE =
  /(SND to|RCV from) '([^']*)': (.*)\((?:(\d+)\/)?(\d+)\)\[([RPET-]{4})\], Length=(\d+), Hop-By-Hop-Id=(0x[0-9a-f]+), End-to-End=(0x[0-9a-f]+)/;
const HEAD = /\{ (.*?)\((?:(\d+)\/)?(\d+)\)\[([VM-]{2})\]=/y;
/** A quoted text may hold braces; it ends where what follows closes the AVP. */
const TEXT = /".*?"(?= \}(?:, \{ | \}|$))/y;
const VALUE = /.*?(?= \}(?:, \{ | \}|$))/y;

/** The messages in the whole lines of the output. */
export function parseDumps(output: string): readonly DumpedMessage[] {
  return output.split("\n").slice(0, -1).flatMap(messageIn);
}

function messageIn(line: string): readonly DumpedMessage[] {
  const match = MESSAGE.exec(line);
  if (match === null) return [];
  const [, direction, peer = "", name = "", applicationId, code, flags = "", length, hopByHop, endToEnd] = match;
  const avps = line.indexOf(", { ");
  return [
    {
      direction: direction === "SND to" ? "SND" : "RCV",
      peer,
      name,
      code: Number(code),
      applicationId: Number(applicationId ?? 0),
      flags,
      length: Number(length),
      hopByHop: Number(hopByHop),
      endToEnd: Number(endToEnd),
      avps: avps < 0 ? [] : new AvpReader(line.slice(avps + 2)).list(),
    },
  ];
}

class AvpReader {
  private readonly line: string;
  private at = 0;

  constructor(line: string) {
    this.line = line;
  }

  /** `{ A }, { B }` */
  list(): readonly DumpedAvp[] {
    const avps = [this.avp()];
    while (this.line.startsWith(", { ", this.at)) {
      this.at += 2;
      avps.push(this.avp());
    }
    return avps;
  }

  private avp(): DumpedAvp {
    const [, name = "", vendorId, code, flags = ""] = this.take(HEAD);
    const grouped = this.line.startsWith("{ ", this.at);
    const avps = grouped ? this.list() : [];
    const value = grouped ? "" : this.take(this.line.startsWith('"', this.at) ? TEXT : VALUE)[0];
    this.at += " }".length;
    return { name, code: Number(code), vendorId: Number(vendorId ?? 0), flags, value, avps };
  }

  private take(pattern: RegExp): RegExpExecArray {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.line);
    if (match === null) throw new Error(`freeDiameter's dump is not understood at: ${this.line.slice(this.at)}`);
    this.at = pattern.lastIndex;
    return match;
  }
}
