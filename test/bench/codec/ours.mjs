// Our side of the codec benchmark: typed decoding with all checks, and encoding into the slab, as the node does it.
import { RawMessage } from "@diamgen/runtime/codec";
import { deviceWatchdog } from "@diamgen/sdk/base";
import { multimediaAuth } from "@diamgen/sdk/sip";
import { decodeMessage, encodeToSlab } from "../../../runtime/dist/codec/message.js";
import { slab } from "../../../runtime/dist/codec/output.js";

const COMMANDS = { dwr: deviceWatchdog, mar: multimediaAuth };
const ro = await import("@diamgen/sdk/ro").catch((error) => {
  // A checkout without dictionaries/ro.xml does without CCR.
  if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
});
if (ro !== undefined) Object.assign(COMMANDS, { ccr: ro.creditControl, ccrbig: ro.creditControl });

export const messages = Object.keys(COMMANDS);

export function ours(name, bytes, view, start, end) {
  const command = COMMANDS[name];
  const { request } = command;
  const known = command.application.avps;
  const raw = new RawMessage(bytes, view, start, end);
  const decoded = decodeMessage(request, raw, known);
  if (!decoded.ok) throw new Error(`${name}: ${decoded.issues.map((issue) => issue.message).join("; ")}`);
  const { message } = decoded;
  return {
    decode: () => decodeMessage(request, raw, known),
    encode: () => encodeToSlab(request, message),
    encoded: () => Buffer.from(slab.bytes.subarray(0, encodeToSlab(request, message))),
  };
}
