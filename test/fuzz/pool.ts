/** The sound messages that the fuzzer changes: of all commands of several applications, drawn once, by the interpreting codec. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Application,
  type AvpDefinition,
  avpKey,
  type Command,
  type Dictionary,
  type Grammar,
  interpreter,
  loadDictionary,
  type ValueInit,
} from "@diamgen/dictionary";
import { hostileRequests, withAvps } from "../../runtime/src/testing/index.js";
import { Random } from "../differential/random.js";
import { simpleValue } from "../differential/values.js";
import { type Sound, soundOf } from "./places.js";

export interface Pool {
  readonly dictionary: Dictionary;
  /** Sound requests: drawn ones, and those of other implementations and of OpenSIPS in test/fixtures/bench. */
  readonly requests: readonly Sound[];
  /** Sound answers, those with the E bit too, by `commandKey`. */
  readonly answers: ReadonlyMap<number, readonly Sound[]>;
  readonly cer: Sound;
  readonly hostile: readonly Uint8Array[];
}

/** One number for application and command. */
export function commandKey(applicationId: number, code: number): number {
  return applicationId * 0x1000000 + code;
}

/** Where all of them go, and come from. */
export const REALM = "example.net";
/** The node under fire. */
export const HOST = "server.test";

/** Keys of the applications whose commands are drawn. */
export const APPLICATIONS = ["ro", "sip", "s6a", "cx", "rx", "accounting"] as const;

const FIXTURES = ["ccr.bin", "ccrbig.bin", "mar.bin", "dwr.bin"];
/** Of each command: with how much of what is optional. */
const FULLNESS = [0, 0.1, 0.3, 0.6];
/** Optional AVPs of a message, at most. */
const MOST = 60;
const DESTINATION_HOST = 293;
/** Left to what the codec fills in, or to whoever would have to be on the way. */
const LEFT_OUT = new Set([258, 259, 260, 264, 282, 284, 296].map((code) => avpKey(0, code)));
const DESTINATION_HOST_KEY = avpKey(0, DESTINATION_HOST);
const DESTINATION_REALM = avpKey(0, 283);
const RESULT_CODE = avpKey(0, 268);
/** In the command's own grammar, where 3xxx has the E bit. */
const RESULTS = [2001, 2001, 2001, 2002, 1001, 4001, 5012];
const ERRORS = [3001, 3002, 3004, 3006, 5012];

/** @param root of the repository */
export async function poolOf(root: string, cer: Uint8Array): Promise<Pool> {
  const files = [...APPLICATIONS.map((name) => `${name}.xml`), "digest.xml"];
  const present = files.map((name) => join(root, "dictionaries", name));
  const { dictionary, diagnostics } = await loadDictionary(present);
  if (dictionary === undefined) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  const fixtures = FIXTURES.map((name) =>
    // For whoever serves the realm: the host that they were made for is not ours.
    withAvps(new Uint8Array(readFileSync(join(root, "test/fixtures/bench", name))), (avps) =>
      avps.filter((avp) => Buffer.from(avp).readUInt32BE(0) !== DESTINATION_HOST),
    ),
  );
  const requests = [...fixtures, ...drawn(dictionary, "request").flatMap(({ messages }) => messages)];
  const answers = drawn(dictionary, "answer").map(({ key, messages }) => [key, messages] as const);
  const errors = new Map(drawn(dictionary, "error").map(({ key, messages }) => [key, messages]));
  const sound = (octets: Uint8Array): Sound => soundOf(octets, dictionary);
  return {
    dictionary,
    requests: requests.map(sound),
    answers: new Map(answers.map(([key, messages]) => [key, [...messages, ...(errors.get(key) ?? [])].map(sound)])),
    cer: soundOf(cer, dictionary),
    hostile: fixtures.flatMap((request) => hostileRequests(request)).map(({ octets }) => octets),
  };
}

type Side = "request" | "answer" | "error";

/** The same whatever the seed: the seed draws what is done to them. */
function drawn(dictionary: Dictionary, side: Side): { readonly key: number; readonly messages: Uint8Array[] }[] {
  const random = new Random(1);
  const codecs = interpreter(dictionary);
  const names: readonly string[] = APPLICATIONS;
  const applications = dictionary.applications.filter(({ key }) => names.includes(key));
  return applications.flatMap((application) =>
    application.commands.map((command) => {
      const codec = codecs.codec(application, command, side);
      const messages = (side === "error" ? FULLNESS.slice(0, 1) : FULLNESS).map((fullness) => {
        const init = values(application, grammarOf(dictionary, command, side), random, fullness);
        if (side !== "request") init[RESULT_CODE] = side === "error" ? random.of(ERRORS) : random.of(RESULTS);
        const fill = { sessionId: "fuzzer.test;1;1", originHost: "fuzzer.test", originRealm: REALM };
        return codec.encode(codec.create(init, fill));
      });
      return { key: commandKey(application.id, command.code), messages };
    }),
  );
}

function grammarOf({ answerMessage }: Dictionary, command: Command, side: Side): Grammar {
  return side === "error" ? (answerMessage as Grammar) : command[side];
}

function values(
  application: Application,
  grammar: Grammar,
  random: Random,
  fullness: number,
): Record<string, ValueInit | readonly ValueInit[]> {
  let left = MOST;
  const draw = (grammar: Grammar, depth: number): Record<string, ValueInit | readonly ValueInit[]> => {
    const init: Record<string, ValueInit | readonly ValueInit[]> = {};
    for (const { avp, min, max } of grammar.rules) {
      const key = avpKey(avp.vendorId, avp.code);
      if (depth === 0 && key === DESTINATION_HOST_KEY) {
        if (min > 0) init[key] = HOST;
        continue;
      }
      if (depth === 0 && LEFT_OUT.has(key)) continue;
      const more = left > 0 && max > 0 && random.chance(fullness * 0.6 ** depth);
      const count = more ? Math.min(max, Math.max(1, min) + random.below(2)) : min;
      if (count === 0) continue;
      left -= count;
      const values = Array.from({ length: count }, () => (key === DESTINATION_REALM ? REALM : value(avp, depth)));
      init[key] = max > 1 ? values : (values[0] as ValueInit);
    }
    return init;
  };
  const value = (avp: AvpDefinition, depth: number): ValueInit => {
    const group = avp.type === "Grouped" ? application.groups.get(avpKey(avp.vendorId, avp.code)) : undefined;
    return group === undefined && avp.type !== "Grouped" ? simpleValue(avp, random) : draw(group as Grammar, depth + 1);
  };
  return draw(grammar, 0);
}
