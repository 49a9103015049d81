/** Every command of every application that is generated here, with what makes random instances of it. */
import { readdirSync } from "node:fs";
import type { AnyCommand } from "@diamgen/runtime";
import { layOut } from "../../generator/diamgen/src/emit/layout.js";
import { type Side, sidesOf } from "../diamgen/generated/arbitrary.js";
import { load } from "../diamgen/support.js";
import { repositoryPath } from "../support/require.js";

export interface Case {
  readonly key: string;
  readonly side: Side;
  readonly command: AnyCommand;
}

/** Golden dictionaries with what the SDK has none of: all data types, recursion, names that are reserved or collide. */
const GOLDENS = ["data-types", "cardinality", "recursion", "reserved-words", "colliding-names", "leading-digits"];

export async function everyCommand(): Promise<Case[]> {
  const names = readdirSync(repositoryPath("dictionaries")).filter((name) => name.endsWith(".xml"));
  const files = names.sort().map((name) => repositoryPath(`dictionaries/${name}`));
  const ours = casesOf(files, "generated/src");
  const goldens = GOLDENS.map((name) =>
    casesOf([repositoryPath(`test/golden/${name}/dictionary.xml`)], `test/golden/${name}/expected`),
  );
  return (await Promise.all([ours, ...goldens])).flat();
}

async function casesOf(files: readonly string[], generated: string): Promise<Case[]> {
  const dictionary = await load(...files);
  const layout = layOut(dictionary);
  const cases = layout.folders.map(async ({ name, application, commands }) => {
    if (application === undefined) return [];
    const module = (await import(repositoryPath(`${generated}/${name}/index.ts`))) as Record<string, AnyCommand>;
    return sidesOf(dictionary, application.key, layout).map((side): Case => {
      const command = module[commands.get(side.command)?.constant ?? ""];
      if (command === undefined) throw new Error(`${name} has no ${side.command.name}`);
      return { key: application.key, side, command };
    });
  });
  return (await Promise.all(cases)).flat();
}
