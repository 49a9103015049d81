/** Payloads drawn from a seed: sound messages, changed by what the dictionary says of them, or by what it does not. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Dictionary, loadDictionary } from "@diamgen/dictionary";
import {
  avpOctets,
  avpsIn,
  hostileRequests,
  nestedAvps,
  withAvps,
  withHeader,
} from "../../runtime/src/testing/index.js";
import { KINDS, type Mutation, mutate } from "../differential/mutations.js";
import type { Random } from "../differential/random.js";

export interface Corpus {
  readonly dictionary: Dictionary;
  /** Sound requests, made by other implementations and by OpenSIPS: test/fixtures/bench. */
  readonly requests: readonly Uint8Array[];
  readonly cer: Uint8Array;
  readonly hostile: readonly Uint8Array[];
}

/** @param root of the repository */
export async function corpusOf(root: string, cer: Uint8Array): Promise<Corpus> {
  const folder = join(root, "dictionaries");
  const files = ["ro.xml", "sip.xml", "digest.xml"];
  const { dictionary } = await loadDictionary(files.map((name) => join(folder, name)));
  if (dictionary === undefined) throw new Error("the dictionaries cannot be read");
  const fixture = (name: string) => new Uint8Array(readFileSync(join(root, "test/fixtures/bench", name)));
  const requests = ["ccr.bin", "ccrbig.bin", "mar.bin", "dwr.bin"].map((name) =>
    // For whoever serves the realm: the host that they were made for is not ours.
    withAvps(fixture(name), (avps) => avps.filter((avp) => Buffer.from(avp).readUInt32BE(0) !== 293)),
  );
  const hostile = requests.flatMap((request) => hostileRequests(request)).map(({ octets }) => octets);
  return { dictionary, requests, cer, hostile };
}

const MANY = 64;

/** One payload: a request that is changed, several that are glued together, or one of the hostile inputs. */
export function payload(corpus: Corpus, random: Random, ids: () => number): Uint8Array {
  if (random.chance(0.002)) return random.of(corpus.hostile);
  const count = random.chance(0.1) ? random.between(2, 5) : 1;
  const messages = Array.from({ length: count }, () => changed(random.of(corpus.requests), corpus, random, ids()));
  return random.chance(0.02)
    ? cut(Buffer.concat(messages), random)
    : messages.length === 1
      ? (messages[0] as Uint8Array)
      : Buffer.concat(messages);
}

/** A CER that is changed. */
export function strangeCER(corpus: Corpus, random: Random, id: number): Uint8Array {
  return changed(corpus.cer, corpus, random, id);
}

function changed(sound: Uint8Array, { dictionary }: Corpus, random: Random, id: number): Uint8Array {
  let octets = withHeader(sound, { hopByHop: id, endToEnd: id });
  // Some arrive as they are: the sound and the wrong have to get along on one connection.
  if (random.chance(0.1)) return octets;
  // Not both: what takes a message of 300 levels apart and puts it together again costs more than what is tested here.
  if (random.chance(0.15)) return structured(octets, dictionary, random);
  const mutations: Mutation[] = Array.from({ length: random.between(0, 3) }, () => ({
    kind: random.of(KINDS),
    at: random.below(0x10000),
    value: random.below(0x100000000),
  }));
  octets = mutate(octets, mutations, dictionary);
  return random.chance(0.1) ? header(octets, random) : octets;
}

/** What the mutations of single AVPs do not do: too many, too deep, out of range. */
function structured(octets: Uint8Array, dictionary: Dictionary, random: Random): Uint8Array {
  const avps = avpsIn(octets);
  if (avps.length === 0) return octets;
  const at = random.below(avps.length);
  const avp = avps[at] as Uint8Array;
  const code = Buffer.from(avp).readUInt32BE(0);
  switch (random.below(4)) {
    case 0:
      return withAvps(octets, () => [...avps, ...Array<Uint8Array>(MANY).fill(avp)]);
    case 1:
      return withAvps(octets, () => [...avps, nestedAvps(code, random.of([1, 16, 17, 300]))]);
    case 2: {
      const enumerated = avps.findIndex(
        (one) => dictionary.avps.get(`0:${Buffer.from(one).readUInt32BE(0)}`)?.type === "Enumerated",
      );
      if (enumerated < 0) return octets;
      const value = Buffer.alloc(4);
      value.writeUInt32BE(random.below(0x100000000));
      const changedAvp = avpOctets(Buffer.from(avps[enumerated] as Uint8Array).readUInt32BE(0), value);
      return withAvps(octets, () => avps.with(enumerated, changedAvp));
    }
    default:
      return withAvps(octets, () => avps.filter((_, index) => index !== at));
  }
}

function header(octets: Uint8Array, random: Random): Uint8Array {
  switch (random.below(6)) {
    case 0:
      return withHeader(octets, { flags: random.below(256) });
    case 1:
      return withHeader(octets, { commandCode: random.of([257, 258, 271, 272, 274, 280, 282, 286, 0, 0xffffff]) });
    case 2:
      return withHeader(octets, { applicationId: random.of([0, 1, 3, 4, 6, 0xffffffff, random.below(0x100000000)]) });
    case 3:
      return withHeader(octets, { version: random.below(4) });
    case 4:
      return withHeader(octets, {
        length: random.of([0, 19, 20, octets.length + 4, octets.length - 4, 0xfffffc, random.below(0x1000000)]),
      });
    default:
      return withHeader(octets, { hopByHop: random.below(0x100000000), endToEnd: random.below(4) });
  }
}

/** Ends in the middle. */
function cut(octets: Uint8Array, random: Random): Uint8Array {
  return octets.subarray(0, random.below(octets.length + 1));
}
