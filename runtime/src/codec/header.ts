/**
 * RFC 6733 section 3:
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |    Version    |                 Message Length                |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   | Command Flags |                  Command Code                 |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |                         Application-ID                        |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |                      Hop-by-Hop Identifier                    |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |                      End-to-End Identifier                    |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |  AVPs ...
 */

/** Octets of the header. */
export const HEADER_LENGTH = 20;

/** Command Flags: R, P, E, T of RFC 6733 section 3; the other four bits are reserved. */
export const CommandFlag = { REQUEST: 0x80, PROXIABLE: 0x40, ERROR: 0x20, RETRANSMITTED: 0x10 } as const;

/** What a decoded message knows of its header. Version and length are the codec's business. */
export class Header {
  declare flags: number;
  declare commandCode: number;
  declare applicationId: number;
  declare hopByHop: number;
  declare endToEnd: number;

  constructor(flags: number, commandCode: number, applicationId: number, hopByHop: number, endToEnd: number) {
    this.flags = flags;
    this.commandCode = commandCode;
    this.applicationId = applicationId;
    this.hopByHop = hopByHop;
    this.endToEnd = endToEnd;
  }
}

/** Reads the header at `start`; 20 octets must be there. */
export function readHeader(view: DataView, start: number): Header {
  const word = view.getUint32(start + 4);
  return new Header(
    word >>> 24,
    word & 0xffffff,
    view.getUint32(start + 8),
    view.getUint32(start + 12),
    view.getUint32(start + 16),
  );
}

/** Writes the header at `start` of a message that ends before `end`. */
export function writeHeader(view: DataView, start: number, end: number, header: Header): void {
  view.setUint32(start, 0x01000000 | (end - start));
  view.setUint32(start + 4, (header.flags << 24) | header.commandCode);
  view.setUint32(start + 8, header.applicationId);
  view.setUint32(start + 12, header.hopByHop);
  view.setUint32(start + 16, header.endToEnd);
}
