/** What an agent does to the messages that it passes on, and all that it does: RFC 6733 sections 6.1.9 and 6.2.2. */
import { Avp, AvpFlag, avpLength, writeAvps } from "../codec/avp.js";
import { RawMessage } from "../codec/raw-message.js";
import { AvpCode } from "../peer/base-avps.js";

const HOP_BY_HOP = 12;

/**
 * The request with Route-Record of the peer that it came from appended; all else is copied octet for octet, known or not. Its Hop-by-Hop
 * Identifier is still the old one: it gets that of the connection that it is sent on.
 */
export function forwardRequest(request: RawMessage, receivedFrom: string): RawMessage {
  const routeRecord = new Avp(AvpCode.ROUTE_RECORD, 0, AvpFlag.MANDATORY, ascii(receivedFrom));
  const { length } = request;
  const raw = RawMessage.from(new Uint8Array(length + avpLength(routeRecord)));
  raw.bytes.set(request.toBytes());
  writeAvps(raw.bytes, raw.view, length, [routeRecord]);
  raw.view.setUint32(0, 0x01000000 | raw.length);
  return raw;
}

/** The answer with the Hop-by-Hop Identifier that the request came with; all else octet for octet. */
export function forwardAnswer(answer: RawMessage, hopByHop: number): RawMessage {
  const raw = answer.own();
  raw.view.setUint32(HOP_BY_HOP, hopByHop);
  return raw;
}

/** An identity that was checked when its peer was let in: printable ASCII. */
function ascii(identity: string): Uint8Array {
  return Uint8Array.from(identity, (character) => character.charCodeAt(0));
}
