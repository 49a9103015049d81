/** The runtime's limits, by its own names. */
import { DiameterError, defaultLimits, type Limits, limits } from "@diamgen/runtime";
import { z } from "zod";
import { setting } from "./setting.js";

/** One line each; what they are against is in the runtime's documentation of `Limits`. */
const DESCRIPTIONS: Readonly<Record<keyof Limits, string>> = {
  maxMessageLengthBeforeCer: "Octets of a message before the capabilities exchange.",
  maxMessageLength: "Octets of a message of an identified peer; at most 16777212.",
  maxAvps: "AVPs in one message, those within groups too.",
  maxGroupedDepth: "Grouped AVPs within one another.",
  maxFailedAvpBytes: "Octets of an AVP that is echoed in Failed-AVP.",
  cerTimeoutMs: "Milliseconds from a connection to its Capabilities-Exchange-Request or -Answer.",
  frameTimeoutMs: "Milliseconds from the first octet of a message to its last.",
  connectTimeoutMs: "Milliseconds for one address of a peer that the server connects to.",
  handshakeTimeoutMs: "Milliseconds for a TLS handshake.",
  maxWaitingBytes: "Octets of requests of one connection that wait because `maxPending` are being served.",
  closeTimeoutMs: "Milliseconds that a peer has to close its side of a connection.",
  maxUnidentified: "Connections whose peer is not identified yet.",
  maxUnidentifiedPerAddress: "The same from one address.",
  maxPending: "Requests of one connection that are not answered yet.",
  maxOutputBytes: "Octets that wait to be sent on one connection, beyond which it is torn down.",
  highWaterBytes: "Octets that wait to be sent, above which the sender is told to wait.",
  handlerTimeoutMs: "Milliseconds that a request may be worked on, behind which 5012 is answered.",
  maxDuplicateCacheBytes: "Octets of answers that are kept to answer duplicates with.",
};

const NAMES = Object.keys(defaultLimits) as (keyof Limits)[];

const shape = Object.fromEntries(
  NAMES.map((name) => [name, setting(limit(name).default(defaultLimits[name]), DESCRIPTIONS[name])]),
) as { [name in keyof Limits]: z.ZodDefault<z.ZodInt> };

export const limitsSettings = setting(
  z.strictObject(shape).prefault({}),
  "What the server bears from others before it says no.",
);

/** The runtime knows the ranges, and says them. */
function limit(name: keyof Limits): z.ZodInt {
  return z.int().check((context) => {
    try {
      // Which of the two is too great for the other is not for one alone to say.
      const room = name === "highWaterBytes" ? { maxOutputBytes: Number.MAX_SAFE_INTEGER } : {};
      limits({ [name]: context.value, ...room });
    } catch (error) {
      if (!(error instanceof DiameterError)) throw error;
      const message = error.message.replace(/^limits: /, "").replace(new RegExp(`^${name} `), "");
      context.issues.push({ code: "custom", input: context.value, message });
    }
  });
}
