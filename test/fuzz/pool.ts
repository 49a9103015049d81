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
  type GroupInit,
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
  readonly cer: Sound;
  readonly hostile: readonly Uint8Array[];
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
  const requests = [...fixtures, ...drawn(dictionary)];
  return {
    dictionary,
    requests: requests.map((octets) => soundOf(octets, dictionary)),
    cer: soundOf(cer, dictionary),
    hostile: fixtures.flatMap((request) => hostileRequests(request)).map(({ octets }) => octets),
  };
}

/** The same whatever the seed: the seed draws what is done to them. */
function drawn(dictionary: Dictionary): Uint8Array[] {
  const random = new Random(1);
  const codecs = interpreter(dictionary);
  const names: readonly string[] = APPLICATIONS;
  const applications = dictionary.applications.filter(({ key }) => names.includes(key));
  return applications.flatMap((application) =>
    application.commands.flatMap((command) =>
      FULLNESS.map((fullness) => {
        const codec = codecs.codec(application, command, "request");
        const init = request(application, command, random, fullness);
        return codec.encode(
          codec.create(init, { sessionId: "fuzzer.test;1;1", originHost: "fuzzer.test", originRealm: REALM }),
        );
      }),
    ),
  );
}

function request(application: Application, command: Command, random: Random, fullness: number): GroupInit {
  let left = MOST;
  const draw = (grammar: Grammar, depth: number): GroupInit => {
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
  return draw(command.request, 0);
}
