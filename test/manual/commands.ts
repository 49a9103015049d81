/** What commander knows of a program: its options, and each of its commands. */
import type { Command, Help, Option } from "commander";
import { item, type Roff, subsection, text } from "./roff.js";

/** A command that does something, with the words that call it. */
interface Leaf {
  readonly command: Command;
  readonly name: string;
}

/** Every command below the program that has no commands of its own. */
export function leaves(command: Command, name: string): readonly Leaf[] {
  const help = command.createHelp();
  const below = help.visibleCommands(command).filter((one) => one.name() !== "help");
  if (below.length === 0) return [{ command, name }];
  return below.flatMap((one) => leaves(one, `${name} ${one.name()}`));
}

/** "**diamgen list** [*options*] *file*" */
export function usage({ command, name }: Leaf): string {
  const help = command.createHelp();
  const args = command.registeredArguments.map((one) => {
    const shown = `<${one.name()}>${one.variadic ? "..." : ""}`;
    return one.required ? shown : `[${shown}]`;
  });
  const options = help.visibleOptions(command).some(({ long }) => long !== "--help") ? ["[<options>]"] : [];
  return [`**${name}**`, ...options, ...args].join(" ");
}

/** The options of the program itself, but for those that say what everybody knows. */
export function options(program: Command): Roff {
  return visible(program).flatMap((option) => optionItem(option, program.createHelp()));
}

/** Each command: what it does, its arguments, its options; those that it has from the program are named only. */
export function commands(program: Command): Roff {
  const known = new Map(visible(program).map(({ flags, description }) => [flags, description]));
  return leaves(program, program.name()).flatMap((leaf) => {
    const { command } = leaf;
    const help = command.createHelp();
    const all = visible(command).filter(({ long }) => long !== "--help");
    const inherited = all.filter(({ flags, description }) => known.get(flags) === description);
    const own = all.filter((option) => !inherited.includes(option));
    return subsection(
      usage(leaf),
      text(sentence(command.description())),
      ...command.registeredArguments
        .filter(({ description }) => description !== "")
        .map((one) => item(`<${one.name()}>`, text(sentence(help.argumentDescription(one))))),
      ...own.map((option) => optionItem(option, help)),
      inherited.length === 0 ? [] : [".PP", ...text(`${list(inherited)} as above.`)],
    );
  });
}

function visible(command: Command): readonly Option[] {
  return command.createHelp().visibleOptions(command);
}

function optionItem(option: Option, help: Help): Roff {
  const term = option.flags.replace(/-{1,2}[\w-]+/g, "`$&`").replace(/[<[]([\w-]+)(\.\.\.)?[>\]]/g, "<$1>$2");
  return item(term, text(sentence(help.optionDescription(option))));
}

const list = (all: readonly Option[]): string => all.map(({ long, short }) => `\`${long ?? short}\``).join(" and ");

function sentence(words: string): string {
  const begun = /^[a-z]+[ ,]/.test(words) ? `${words.charAt(0).toUpperCase()}${words.slice(1)}` : words;
  return /[.)]$/.test(begun) ? begun : `${begun}.`;
}
