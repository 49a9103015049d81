/** A message in a line, for people. */
import { decodeAvps, RawMessage } from "@diamgen/runtime";
import type { TraceEvent } from "../admin/operations.js";
import { commandName } from "../monitoring/labels.js";
import { printable } from "../printable.js";
import { addressText } from "./output.js";

const SESSION_ID = 263;
const VENDOR_ID = 266;
const RESULT_CODE = 268;
const EXPERIMENTAL_RESULT = 297;
const EXPERIMENTAL_RESULT_CODE = 298;

/** `12:34:56.789 <- client.example.net Multimedia-Auth-Request 592 octets 1a2b3c4d client;1;2`; behind an answer, its result. */
export function messageLine({ time, direction, peer, remote, octets }: TraceEvent): string {
  const raw = RawMessage.from(Buffer.from(octets, "base64"));
  const name = `${commandName(raw.commandCode)}-${raw.isRequest ? "Request" : "Answer"}`;
  const marks = [raw.isRetransmitted && "again", raw.isError && "error"].filter((mark) => mark !== false);
  const session = raw.avp(SESSION_ID);
  const parts = [
    new Date(time).toISOString().slice(11, 23),
    direction === "in" ? "<-" : "->",
    peer ?? addressText(remote),
    name,
    ...(raw.isRequest ? [] : [resultOf(raw)]),
    ...marks,
    `${raw.length} octets`,
    raw.hopByHop.toString(16).padStart(8, "0"),
    ...(session === undefined ? [] : [Buffer.from(session.data).toString("utf8")]),
  ];
  return printable(parts.join(" "));
}

/** "2001"; "10415:5001" for an Experimental-Result. */
function resultOf(raw: RawMessage): string {
  const result = raw.avp(RESULT_CODE);
  if (result !== undefined) return numberIn(result.data);
  const group = raw.avp(EXPERIMENTAL_RESULT);
  const members = group === undefined ? [] : decodeAvps(group.data);
  const part = (code: number) => numberIn(members.find((avp) => avp.code === code)?.data ?? new Uint8Array());
  return group === undefined ? "no result" : `${part(VENDOR_ID)}:${part(EXPERIMENTAL_RESULT_CODE)}`;
}

function numberIn(data: Uint8Array): string {
  return data.length === 4 ? String(Buffer.from(data).readUInt32BE()) : "?";
}
