/** Identifiers on the top level of a folder's modules. All of a folder share one scope, for its `index.ts` exports them side by side. */
import type { Application, AvpDefinition, Command, LinkedDocument } from "@diamgen/dictionary";
import { avpKey } from "@diamgen/dictionary";
import type { AvpNames, EnumerationPlace, Folder, GroupPlace, Suffixes } from "./layout.js";
import { camelCase, pascalCase, type Scope } from "./names.js";
import { namedAvps } from "./rules.js";

export interface CommandNames {
  /** "multimediaAuth" */
  readonly constant: string;
  /** "MultimediaAuthRequest", "MultimediaAuthAnswer" */
  readonly request: string;
  readonly answer: string;
  /** "MAR", "MAA": where the dictionary has an abbreviation, and nothing else is called so. */
  readonly aliases?: { readonly request: string; readonly answer: string } | undefined;
}

/** A class, its Init and its three functions. */
function typeFamily(className: string): string[] {
  return [className, `${className}Init`, `decode${className}`, `encode${className}`, `create${className}`];
}

/** Called at once for the names; the aliases come when it is called again, behind all other names. */
export function nameCommands(
  application: Application | undefined,
  scope: Scope,
): () => ReadonlyMap<Command, CommandNames> {
  const names = new Map<Command, CommandNames>();
  for (const command of application?.commands ?? []) {
    const family = (name: string) => [...typeFamily(`${name}Request`), ...typeFamily(`${name}Answer`)];
    const base = scope.claim(pascalCase(command.name), [`${command.code}`], family);
    const constant = scope.claim(camelCase(command.name), ["Command", `Command${command.code}`]);
    names.set(command, { constant, request: `${base}Request`, answer: `${base}Answer` });
  }
  return () => {
    for (const [command, own] of names) {
      const aliases = aliasesOf(command);
      if (aliases !== undefined && scope.claimAll([aliases.request, aliases.answer]))
        names.set(command, { ...own, aliases });
    }
    return names;
  };
}

/** The abbreviation is text like any other: what is no identifier gives no alias. */
function aliasesOf({ abbreviation }: Command): CommandNames["aliases"] {
  if (abbreviation === undefined || !/^[A-Za-z][A-Za-z0-9]*$/.test(abbreviation)) return undefined;
  return { request: `${abbreviation}R`, answer: `${abbreviation}A` };
}

export function nameGroups(
  groups: readonly Omit<GroupPlace, "className">[],
  scope: Scope,
  suffixes: Suffixes,
): ReadonlyMap<string, GroupPlace> {
  return new Map(
    groups.map((group) => {
      const { avp } = group;
      const className = scope.claim(pascalCase(avp.name), suffixes(avp, "Group"), typeFamily);
      return [avpKey(avp.vendorId, avp.code), { ...group, className }];
    }),
  );
}

/** Enumerations and definitions of the document's AVPs. */
export function nameDocument(
  folder: string,
  document: LinkedDocument | undefined,
  groups: ReadonlyMap<string, GroupPlace>,
  avps: Map<string, AvpNames>,
  scope: Scope,
  suffixes: Suffixes,
): void {
  const enumerationOf = (avp: AvpDefinition): string | undefined =>
    avp.enums.length > 0 ? scope.claim(pascalCase(avp.name), suffixes(avp, "Enum")) : undefined;
  for (const avp of document?.avps ?? []) {
    const key = avpKey(avp.vendorId, avp.code);
    const enumeration = enumerationOf(avp);
    const holder = enumeration ?? groups.get(key)?.className;
    const wanted = holder === undefined ? pascalCase(avp.name) : `${holder}Avp`;
    avps.set(key, { folder, enumeration, definition: scope.claim(wanted, suffixes(avp, "Avp")) });
  }
}

/** Enumerations that fields of the folder have as their type. One from another folder may be called otherwise here. */
export function nameEnumerations(
  folder: Pick<Folder, "name" | "groups" | "application">,
  avps: ReadonlyMap<string, AvpNames>,
  scope: Scope,
  suffixes: Suffixes,
): ReadonlyMap<string, EnumerationPlace> {
  const places = new Map<string, EnumerationPlace>();
  for (const avp of namedAvps(folder)) {
    const key = avpKey(avp.vendorId, avp.code);
    const home = avps.get(key);
    if (home?.enumeration === undefined || places.has(key)) continue;
    const exported = home.enumeration;
    const name = home.folder === folder.name ? exported : scope.claim(exported, suffixes(avp, "Enum"));
    places.set(key, { name, folder: home.folder, exported });
  }
  return places;
}
