/**
 * A second opinion on a message: header and AVPs read by a walker written apart from the codec under test.
 *
 * ```
 *  0                   1                   2                   3
 * |    Version    |                 Message Length                |   RFC 6733 section 3
 * | Command Flags |                  Command Code                 |
 * |                         Application-ID                        |
 * |                      Hop-by-Hop Identifier                    |
 * |                      End-to-End Identifier                    |
 * |                           AVPs ...
 *
 * |                           AVP Code                            |   section 4.1
 * |V M P r r r r r|                  AVP Length                   |
 * |                        Vendor-ID (opt)                        |
 * |    Data ...                               padding to 4 octets |
 * ```
 */

export interface DissectedAvp {
  readonly code: number;
  /** 0 where the V bit is clear. */
  readonly vendorId: number;
  /** The flags octet as it stands. */
  readonly flags: number;
  /** AVP Length: header and data, without padding. */
  readonly length: number;
  readonly data: Buffer;
}

export interface DissectedMessage {
  readonly version: number;
  readonly length: number;
  readonly flags: number;
  readonly request: boolean;
  readonly proxiable: boolean;
  readonly error: boolean;
  readonly retransmitted: boolean;
  readonly code: number;
  readonly applicationId: number;
  readonly hopByHop: number;
  readonly endToEnd: number;
  readonly avps: readonly DissectedAvp[];
}

/** Reads one whole message. Throws where lengths do not add up. */
export function dissect(message: Uint8Array): DissectedMessage {
  const bytes = bufferOf(message);
  if (bytes.length < 20) throw new Error(`${bytes.length} octets are no Diameter header`);
  const length = bytes.readUIntBE(1, 3);
  if (length !== bytes.length) throw new Error(`Message Length ${length}, but ${bytes.length} octets`);
  const flags = bytes.readUInt8(4);
  return {
    version: bytes.readUInt8(0),
    length,
    flags,
    request: (flags & 0x80) !== 0,
    proxiable: (flags & 0x40) !== 0,
    error: (flags & 0x20) !== 0,
    retransmitted: (flags & 0x10) !== 0,
    code: bytes.readUIntBE(5, 3),
    applicationId: bytes.readUInt32BE(8),
    hopByHop: bytes.readUInt32BE(12),
    endToEnd: bytes.readUInt32BE(16),
    avps: dissectAvps(bytes.subarray(20)),
  };
}

/** Reads a sequence of AVPs, such as the data of a grouped AVP. Throws where lengths do not add up. */
export function dissectAvps(data: Uint8Array): readonly DissectedAvp[] {
  const bytes = bufferOf(data);
  const avps: DissectedAvp[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (bytes.length - at < 8) throw new Error(`${bytes.length - at} octets at ${at} are no AVP header`);
    const code = bytes.readUInt32BE(at);
    const flags = bytes.readUInt8(at + 4);
    const length = bytes.readUIntBE(at + 5, 3);
    const header = (flags & 0x80) !== 0 ? 12 : 8;
    if (length < header) throw new Error(`AVP ${code} at ${at}: length ${length} is less than its header`);
    const padded = length + ((4 - (length % 4)) % 4);
    if (at + padded > bytes.length) throw new Error(`AVP ${code} at ${at}: length ${length} passes the end`);
    const vendorId = header === 12 ? bytes.readUInt32BE(at + 8) : 0;
    avps.push({ code, vendorId, flags, length, data: Buffer.from(bytes.subarray(at + header, at + length)) });
    at += padded;
  }
  return avps;
}

/** The first AVP of that code and vendor. */
export function findAvp(
  avps: DissectedMessage | readonly DissectedAvp[],
  code: number,
  vendorId = 0,
): DissectedAvp | undefined {
  const list = "avps" in avps ? avps.avps : avps;
  return list.find((avp) => avp.code === code && avp.vendorId === vendorId);
}

/** Result-Code (268), or undefined. */
export function resultCode(message: DissectedMessage): number | undefined {
  return findAvp(message, 268)?.data.readUInt32BE(0);
}

/** A copy with other identifiers in the header. */
export function withIdentifiers(
  message: Uint8Array,
  identifiers: { readonly hopByHop?: number; readonly endToEnd?: number },
): Buffer {
  const copy = Buffer.from(message);
  if (identifiers.hopByHop !== undefined) copy.writeUInt32BE(identifiers.hopByHop, 12);
  if (identifiers.endToEnd !== undefined) copy.writeUInt32BE(identifiers.endToEnd, 16);
  return copy;
}

/** For messages of failed assertions: one line for the header, one per AVP. */
export function printed(message: DissectedMessage): string {
  const bits = ["R", "P", "E", "T"].map((bit, index) => ((message.flags & (0x80 >> index)) !== 0 ? bit : "-")).join("");
  const header = `code ${message.code} app ${message.applicationId} ${bits} length ${message.length}`;
  const lines = message.avps.map(({ code, vendorId, flags, data }) => {
    const marks = ["V", "M", "P"].map((bit, index) => ((flags & (0x80 >> index)) !== 0 ? bit : "-")).join("");
    return `  ${code}${vendorId === 0 ? "" : `/v${vendorId}`} ${marks} ${data.toString("hex")}`;
  });
  return [header, ...lines].join("\n");
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
