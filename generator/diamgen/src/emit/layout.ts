import type { Application, AvpDefinition, Command, Dictionary, Grammar, LinkedDocument } from "@diamgen/dictionary";
import { avpKey } from "@diamgen/dictionary";
import { kebabCase, pascalCase, Scope } from "./names.js";
import { type CommandNames, nameCommands, nameDocument, nameEnumerations, nameGroups } from "./naming.js";
import { circularGroups } from "./recursion.js";
import { MODULE_NAMES } from "./reserved.js";

/**
 * Which folder holds what, and what it is called there. A document's AVPs are leaves in `<document>/`; an application's commands
 * and the groups that they reach lie in `<application>/`, for their grammar is the application's.
 */
export interface Folder {
  readonly name: string;
  /** AVPs that are at home here. */
  readonly document?: LinkedDocument | undefined;
  readonly application?: Application | undefined;
  readonly commands: ReadonlyMap<Command, CommandNames>;
  /** Groups whose classes are here, with the grammar that they have here, by `avpKey`. */
  readonly groups: ReadonlyMap<string, GroupPlace>;
  /** What the enumerations of fields are called here, wherever they are at home, by `avpKey`. */
  readonly enumerations: ReadonlyMap<string, EnumerationPlace>;
}

export interface GroupPlace {
  readonly avp: AvpDefinition;
  readonly grammar: Grammar;
  readonly className: string;
  /** It may hold itself, straight or through others. */
  readonly circular: boolean;
}

export interface EnumerationPlace {
  readonly name: string;
  /** Folder of its `avps.ts`, and its name there. */
  readonly folder: string;
  readonly exported: string;
}

export interface Layout {
  readonly folders: readonly Folder[];
  /** Identifiers of an AVP in its document's folder. */
  readonly avps: ReadonlyMap<string, AvpNames>;
  readonly suffixes: Suffixes;
}

export interface AvpNames {
  readonly folder: string;
  /** The AVP definition: the bare name, or with suffix Avp where a class or an enumeration has it. */
  readonly definition: string;
  /** The enumeration's object and type. */
  readonly enumeration?: string | undefined;
}

/** What is put behind an AVP's identifier where the bare one is taken: its vendor, then its code too. `kind` is for those without vendor. */
export type Suffixes = (avp: AvpDefinition, kind?: string) => readonly string[];

export function layOut(dictionary: Dictionary): Layout {
  const suffixes: Suffixes = ({ vendorId, code }, kind) => {
    if (vendorId === 0) return kind === undefined ? [`${code}`] : [kind, `${kind}${code}`];
    const vendor = pascalCase(dictionary.vendors.get(vendorId)?.key ?? `vendor-${vendorId}`);
    return [vendor, `${vendor}${code}`];
  };
  const avps = new Map<string, AvpNames>();
  const drafts = placesOf(dictionary).map(({ name, document, application }) => {
    const scope = new Scope(MODULE_NAMES);
    const commands = nameCommands(application, scope);
    const groups = nameGroups(groupsOf(dictionary, document, application), scope, suffixes);
    nameDocument(name, document, groups, avps, scope, suffixes);
    return { name, document, application, commands, groups, scope };
  });
  // The names of other folders are known only now.
  const folders = drafts.map(({ scope, ...draft }): Folder => {
    const enumerations = nameEnumerations(draft, avps, scope, suffixes);
    return { ...draft, commands: draft.commands(), enumerations };
  });
  return { folders, avps, suffixes };
}

interface Place {
  readonly name: string;
  readonly document?: LinkedDocument;
  readonly application?: Application;
}

/** A folder for each document and each application. A document that has an application of its very name shares the folder with it. */
function placesOf(dictionary: Dictionary): Place[] {
  const scope = new Scope();
  const shared = new Set<Application>();
  const places = dictionary.documents.map((document): Place => {
    const key = kebabCase(document.document.name);
    const application = document.applications.find((candidate) => kebabCase(candidate.key) === key);
    if (application === undefined) return { name: scope.claim(key, ["-dictionary"]), document };
    shared.add(application);
    return { name: scope.claim(key, ["-dictionary"]), document, application };
  });
  for (const application of dictionary.applications) {
    if (!shared.has(application))
      places.push({ name: scope.claim(kebabCase(application.key), ["-application"]), application });
  }
  return places;
}

function groupsOf(
  dictionary: Dictionary,
  document: LinkedDocument | undefined,
  application: Application | undefined,
): Omit<GroupPlace, "className">[] {
  const grammars = new Map<string, Grammar>(application?.groups ?? []);
  for (const avp of document?.avps ?? [])
    if (avp.grammar !== undefined) reach(avpKey(avp.vendorId, avp.code), avp.grammar, grammars);
  const circular = circularGroups(grammars);
  return [...grammars].flatMap(([key, grammar]) => {
    const avp = dictionary.avps.get(key);
    return avp === undefined ? [] : [{ avp, grammar, circular: circular.has(key) }];
  });
}

/** Adds a group and those that its grammar names. Not recursive: a chain of groups may be longer than the stack. */
function reach(key: string, grammar: Grammar, grammars: Map<string, Grammar>): void {
  if (grammars.has(key)) return;
  grammars.set(key, grammar);
  const open = [grammar];
  for (const { rules } of open) {
    for (const { avp } of rules) {
      const member = avpKey(avp.vendorId, avp.code);
      if (avp.grammar === undefined || grammars.has(member)) continue;
      grammars.set(member, avp.grammar);
      open.push(avp.grammar);
    }
  }
}
