/** What is compared: the generated codec and the interpreting codec of each message of each application that has generated code. */

import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import {
  type Application,
  type AvpDefinition,
  avpKey,
  type Command,
  type Dictionary,
  type Grammar,
  type InterpretingCodec,
  interpreter,
  loadDictionary,
  type Rule,
} from "@diamgen/dictionary";
import type { AnyCommand, ApplicationDefinition, Codec, KnownAvps } from "@diamgen/runtime/codegen";
import { type Field, fieldsOf, type GrammarPlace } from "../../generator/diamgen/src/emit/fields.js";
import { fillFor } from "../../generator/diamgen/src/emit/fill.js";
import { layOut } from "../../generator/diamgen/src/emit/layout.js";
import { repositoryPath } from "../support/require.js";

export interface Subject {
  readonly title: string;
  readonly dictionary: Dictionary;
  readonly application: Application;
  readonly command: Command;
  readonly side: "request" | "answer";
  readonly grammar: Grammar;
  // biome-ignore lint/suspicious/noExplicitAny: of any command
  readonly generated: Codec<any, any>;
  readonly interpreting: InterpretingCodec;
  /** What counts as known on the side of the generated codec, and its definitions; the extensions of both are the same. */
  readonly known: readonly KnownAvps[];
  readonly extensions: readonly AvpDefinition[];
  readonly place: GrammarPlace;
  readonly groups: ReadonlyMap<string, GroupGrammar>;
  readonly fillable: ReadonlySet<Rule>;
}

interface GroupGrammar {
  readonly grammar: Grammar;
  readonly place: GrammarPlace;
}

/** A set of dictionaries and the folder of what was generated from them. */
interface Source {
  readonly title: string;
  readonly dictionaries: readonly string[];
  readonly generated: string;
  /** Its AVPs are known to all, as a node's `extensions` are. */
  readonly extension?: string;
}

const xmlFiles = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".xml"))
    .sort()
    .map((name) => path.join(folder, name));

/** The SDK. */
export const SDK: Source = {
  title: "",
  dictionaries: xmlFiles(repositoryPath("dictionaries")),
  generated: repositoryPath("generated/src"),
  extension: "opensips",
};

/** The tiny dictionaries of test/golden: bounds, recursion, all data types, which no real application has in such density. */
export const GOLDEN: readonly Source[] = readdirSync(repositoryPath("test/golden"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => ({
    title: `golden ${name}: `,
    dictionaries: [repositoryPath(`test/golden/${name}/dictionary.xml`)],
    generated: repositoryPath(`test/golden/${name}/expected`),
  }));

/** One for each side of each command; none of applications without generated code. */
export async function subjectsOf(source: Source): Promise<Subject[]> {
  const { dictionary, diagnostics } = await loadDictionary(source.dictionaries);
  if (dictionary === undefined) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  const layout = layOut(dictionary);
  const extended = source.extension;
  const extensions = dictionary.documents.find(({ document }) => document.name === extended)?.avps ?? [];
  const extensionSets: KnownAvps[] =
    extended === undefined ? [] : [(await importFrom(source, extended)).avps as KnownAvps];
  const interpreting = interpreter(dictionary, { known: extensions });
  const subjects: Subject[] = [];
  for (const folder of layout.folders) {
    const { application } = folder;
    if (application === undefined || !existsSync(path.join(source.generated, folder.name, "index.ts"))) continue;
    const module = await importFrom(source, folder.name);
    const known = [...(module.application as ApplicationDefinition).avps, ...extensionSets];
    const groups = new Map(
      [...folder.groups].map(([key, group]) => [key, { grammar: group.grammar, place: { folder, layout, group } }]),
    );
    for (const command of application.commands) {
      const constant = folder.commands.get(command)?.constant ?? "";
      const { [constant]: generated } = module as Record<string, AnyCommand>;
      if (generated === undefined) throw new Error(`${folder.name} does not export ${constant}`);
      for (const side of ["request", "answer"] as const) {
        const place = { folder, layout };
        subjects.push({
          title: `${source.title}${application.key} ${command.name} ${side}`,
          dictionary,
          application,
          command,
          side,
          grammar: command[side],
          generated: generated[side],
          interpreting: interpreting.codec(application, command, side),
          known,
          extensions,
          place,
          groups,
          fillable: fillableRules(application, command[side], place),
        });
      }
    }
  }
  return subjects;
}

async function importFrom(source: Source, folder: string): Promise<Record<string, unknown>> {
  const file = path.join(source.generated, folder, "index.ts");
  return (await import(/* @vite-ignore */ pathToFileURL(file).href)) as Record<string, unknown>;
}

/** The grammar of a group as a subject's application sees it, with the place that the emitter gives it; undefined for other AVPs. */
export function groupOf({ groups }: Subject, avp: AvpDefinition): GroupGrammar | undefined {
  return groups.get(avpKey(avp.vendorId, avp.code));
}

const fieldsOfPlaces = new WeakMap<GrammarPlace, readonly Field[]>();

/** The emitter's properties of a grammar; worked out once for each place that `groupOf` or a subject gives. */
export function fieldsIn(grammar: Grammar, place: GrammarPlace): readonly Field[] {
  const fields = fieldsOfPlaces.get(place) ?? fieldsOf(grammar, place);
  fieldsOfPlaces.set(place, fields);
  return fields;
}

/** Rules whose AVPs both codecs fill in where they are left out. */
function fillableRules(application: Application, grammar: Grammar, place: GrammarPlace): ReadonlySet<Rule> {
  const plain = fieldsIn(grammar, place);
  const filled = fieldsOf(grammar, place, fillFor(application, place)).filter(
    (field, i) => field.create !== plain[i]?.create,
  );
  return new Set(grammar.rules.filter((rule) => filled.some(({ avp }) => avp === rule.avp)));
}

/** How many inputs each subject is given, by DIAMGEN_FUZZ_RUNS. */
export function runs(fallback: number): number {
  return Number(process.env.DIAMGEN_FUZZ_RUNS ?? fallback);
}
