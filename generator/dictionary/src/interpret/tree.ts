import { type Avp, decodeAvps, type RawMessage } from "@diamgen/runtime/codec";
import { type Application, type AvpDefinition, avpKey, type Command, type Dictionary } from "../model/dictionary.js";
import { FORMATS, type SimpleValue } from "./formats.js";

/** A message as a dictionary sees it: named where it knows a name, octets where it does not. */
export interface MessageTree {
  readonly raw: RawMessage;
  readonly application?: Application | undefined;
  readonly command?: Command | undefined;
  readonly avps: readonly AvpTree[];
}

export interface AvpTree {
  readonly avp: Avp;
  readonly definition?: AvpDefinition | undefined;
  /** Of a group. */
  readonly members?: readonly AvpTree[] | undefined;
  /** Of all others; undefined where the dictionary does not know the AVP, or the octets are no value of its type. */
  readonly value?: SimpleValue | undefined;
  /** Why there is no value. */
  readonly problem?: string | undefined;
}

const MAX_DEPTH = 16;

/** Takes a message apart by a dictionary. Reads what can be read, whatever the grammar says of it; never throws. */
export function messageTree(dictionary: Dictionary, raw: RawMessage): MessageTree {
  const { application, command } = commandOf(dictionary, raw);
  return { raw, application, command, avps: Array.from(raw.avps(), (avp) => avpTree(dictionary, avp, 0)) };
}

/** A command is its application's; the base protocol's are found in any. */
function commandOf(
  dictionary: Dictionary,
  raw: RawMessage,
): { application?: Application | undefined; command?: Command | undefined } {
  const { applicationId, commandCode } = raw;
  const candidates = dictionary.applications.filter(({ id }) => id === applicationId || id === 0);
  for (const application of candidates.sort((a, b) => b.id - a.id)) {
    const command = application.commands.find(({ code }) => code === commandCode);
    if (command !== undefined) return { application, command };
  }
  return { application: candidates.find(({ id }) => id === applicationId) };
}

function avpTree(dictionary: Dictionary, avp: Avp, depth: number): AvpTree {
  const definition = dictionary.avps.get(avpKey(avp.vendorId, avp.code));
  if (definition === undefined) return { avp };
  if (definition.type === "Grouped") {
    if (depth >= MAX_DEPTH) return { avp, definition, problem: `groups are read ${MAX_DEPTH} deep` };
    return { avp, definition, members: decodeAvps(avp.data).map((member) => avpTree(dictionary, member, depth + 1)) };
  }
  try {
    return { avp, definition, value: FORMATS[definition.type].decode(avp.data) };
  } catch (error) {
    return { avp, definition, problem: error instanceof Error ? error.message : String(error) };
  }
}
