/**
 * Our dictionaries against the facts of some twenty other ones and of the text of the RFCs (`../shared/facts/facts.json`). They were
 * written from the RFCs, not from these, so a difference is somebody's error. Those that were judged stand in judged.ts, each with the reason.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type AvpDefinition, avpKey, type Dictionary, type Grammar, loadDictionary } from "@diamgen/dictionary";
import { beforeAll, expect, test } from "vitest";
import { describeWith, repositoryPath, requireShared } from "../support/require.js";
import { JUDGED } from "./judged.js";

interface FactAvp {
  readonly name: string;
  readonly code: number;
  readonly vendorId: number;
  readonly type: string;
  readonly mFlag: Readonly<Record<string, string>> | null;
  readonly where: Readonly<Record<string, string | null>>;
}
interface FactRule {
  readonly avp: string;
  readonly min: number;
  readonly max: number | null;
  readonly position: string;
}
interface Facts {
  readonly avps: readonly FactAvp[];
  readonly grammar: readonly {
    readonly command: string;
    readonly code: number;
    readonly appId: number;
    readonly source: string;
    readonly request: readonly FactRule[];
    readonly answer: readonly FactRule[];
  }[];
  readonly groups: readonly {
    readonly vendorId: number;
    readonly code: number;
    readonly source: string;
    readonly members: readonly FactRule[];
  }[];
  readonly enums: readonly {
    readonly vendorId: number;
    readonly code: number;
    readonly values: readonly { readonly code: number; readonly names: Readonly<Record<string, readonly string[]>> }[];
  }[];
}

/** Their AVPs have numbers that are nobody's, or other people's: captures of OpenSIPS are the only source (dictionaries/opensips.xml). */
const WITHOUT_FACTS: readonly string[] = ["opensips"];

/** Sources of M rules that follow the tables of the RFCs; Wireshark's has none for every second AVP, and others derive from it. */
const M_SOURCES = ["fd-c", "fd-csv-rfc"];
/** It has the values of the RFC that defines the AVP and no more; others add those of all applications, and reserved ones. */
const ENUM_SOURCE = "otp-dia";
const RFC_TEXT = /^rfc-text\b/;

const factsFile = requireShared("facts/facts.json");

describeWith([factsFile], "our dictionaries and the facts", () => {
  const facts: Facts = JSON.parse(readFileSync(factsFile.path, "utf8"));
  const used = new Set<string>();
  let dictionary: Dictionary;
  let ours: readonly AvpDefinition[];

  beforeAll(async () => {
    const folder = repositoryPath("dictionaries");
    const files = readdirSync(folder).filter((name) => name.endsWith(".xml"));
    const loaded = await loadDictionary(files.map((name) => join(folder, name)));
    expect(loaded.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    dictionary = loaded.dictionary!;
    ours = [...dictionary.avps.values()].filter(({ document }) => !WITHOUT_FACTS.includes(document));
    // Or else the tests below say nothing.
    expect(ours.length).toBeGreaterThan(90);
  });

  /** What is left of the differences when those that were judged are taken out. */
  function unjudged(differences: readonly string[]): string[] {
    for (const difference of differences) if (JUDGED.has(difference)) used.add(difference);
    return differences.filter((difference) => !JUDGED.has(difference));
  }

  test("names, types and M rules of AVPs", () => {
    const byKey = new Map(facts.avps.map((fact) => [avpKey(fact.vendorId, fact.code), fact]));
    const differences = ours.flatMap(({ name, code, vendorId, type, mandatory }) => {
      const fact = byKey.get(avpKey(vendorId, code));
      if (fact === undefined) return [`${name}: no facts`];
      const found: string[] = [];
      if (fact.name !== name) found.push(`${name}: name ${fact.name}`);
      if (fact.type !== type) found.push(`${name}: type ${type}, facts ${fact.type}`);
      for (const source of M_SOURCES) {
        const rule = fact.mFlag?.[source];
        if (rule !== undefined && rule !== mandatory) found.push(`${name}: M ${mandatory}, ${source} ${rule}`);
      }
      return found;
    });
    expect(unjudged(differences)).toEqual([]);
  });

  test("every AVP of the documents is there", () => {
    const documents = new Set(ours.map(({ source }) => source?.replace(" ", "")));
    const missing = facts.avps
      .filter(({ where }) =>
        [...documents].some((source) => source !== undefined && where["rfc-text"]?.startsWith(source)),
      )
      .filter(({ vendorId, code }) => !dictionary.avps.has(avpKey(vendorId, code)))
      .map(({ name }) => `${name}: missing`);
    expect(unjudged(missing)).toEqual([]);
  });

  test("enumerated values", () => {
    const byKey = new Map(facts.enums.map((fact) => [avpKey(fact.vendorId, fact.code), fact]));
    const differences = ours.flatMap(({ name, code, vendorId, enums }) => {
      const values = byKey.get(avpKey(vendorId, code))?.values ?? [];
      const found: string[] = [];
      for (const value of enums) {
        const names = Object.keys(values.find((fact) => fact.code === value.code)?.names ?? {});
        if (!names.some((other) => comparable(other) === comparable(value.name))) {
          found.push(`${name}: ${value.name} (${value.code}), facts ${names.join(" or ") || "nothing"}`);
        }
      }
      for (const fact of values) {
        const theirs = Object.entries(fact.names).find(([, sources]) => sources.includes(ENUM_SOURCE))?.[0];
        if (theirs !== undefined && !enums.some((value) => value.code === fact.code)) {
          found.push(`${name}: nothing, facts ${theirs} (${fact.code})`);
        }
      }
      return found;
    });
    expect(unjudged(differences)).toEqual([]);
  });

  test("grammars of commands, in the order of the RFC", () => {
    const ids = new Set(dictionary.applications.map(({ id }) => id));
    const fromText = facts.grammar.filter(({ source, appId }) => RFC_TEXT.test(source) && ids.has(appId));
    expect(fromText.length).toBeGreaterThanOrEqual(13);
    const differences = fromText.flatMap(({ command: name, code, appId, request, answer }) => {
      const command = dictionary.applications
        .filter(({ id }) => id === appId)
        .flatMap(({ commands }) => commands)
        .find((candidate) => candidate.code === code);
      if (command === undefined) return [`${name}: missing`];
      return [
        ...(command.name === name ? [] : [`${name}: name ${command.name}`]),
        ...compare(`${name}-Request`, command.request, request),
        ...compare(`${name}-Answer`, command.answer, answer),
      ];
    });
    expect(unjudged(differences)).toEqual([]);
  });

  test("grammars of groups, in the order of the RFC", () => {
    const fromText = facts.groups.filter(
      ({ source, vendorId, code }) =>
        RFC_TEXT.test(source) && ours.some((our) => our.code === code && our.vendorId === vendorId),
    );
    expect(fromText.length).toBeGreaterThanOrEqual(10);
    const differences = fromText.flatMap(({ vendorId, code, members }) => {
      const { name, grammar } = dictionary.avps.get(avpKey(vendorId, code))!;
      return compare(name, grammar, members);
    });
    expect(unjudged(differences)).toEqual([]);
  });

  test("nothing is judged that is no difference", () => {
    expect([...JUDGED.keys()].filter((difference) => !used.has(difference))).toEqual([]);
  });
});

/** Sources spell the names of values with blanks, hyphens and underscores, with and without DIAMETER_. */
function comparable(name: string): string {
  return name
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, "_")
    .replace(/^DIAMETER_/, "");
}

function compare(name: string, grammar: Grammar | undefined, facts: readonly FactRule[]): string[] {
  const ours = (grammar?.rules ?? []).map(({ avp, position, min, max }) => words(avp.name, position, min, max));
  if (grammar?.wildcard) ours.push("AVP");
  const theirs = facts.map(({ avp, position, min, max }) =>
    avp === "AVP" ? avp : words(avp, position, min, max ?? Number.POSITIVE_INFINITY),
  );
  const found = [
    ...ours.filter((rule) => !theirs.includes(rule)).map((rule) => `${name}: ${rule}, not in the facts`),
    ...theirs.filter((rule) => !ours.includes(rule)).map((rule) => `${name}: not ${rule}, as in the facts`),
  ];
  return found.length === 0 && ours.join() !== theirs.join() ? [`${name}: another order`] : found;
}

function words(avp: string, position: string, min: number, max: number): string {
  return `${avp} ${position} ${min} to ${max}`;
}
