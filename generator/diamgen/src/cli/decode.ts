import { readFile } from "node:fs/promises";
import { explainer, messagesIn, octetsIn } from "@diamgen/dictionary";
import { Command, Option } from "commander";
import { ExitCode } from "./exit-code.js";
import { load, shippedDictionaries } from "./load.js";

interface Options {
  readonly json?: boolean;
  readonly dictionary?: readonly string[];
}

export function decodeCommand(finish: (code: number) => void): Command {
  return new Command("decode")
    .description("show Diameter messages with the names of dictionaries, and what their grammar says against them")
    .argument("[file]", "messages back to back, as octets or as hexadecimal text; - or nothing: standard input", "-")
    .addOption(
      // Not of several values: it would take the file of messages for one of them.
      new Option(
        "-d, --dictionary <file>",
        "a dictionary; may be given several times; those that come with diamgen where left out",
      ).argParser((value: string, before: readonly string[] = []) => [...before, value]),
    )
    .option("--json", "as JSON: an array of messages")
    .action(async (file: string, { json, dictionary: files }: Options) => {
      // What there is to say of our own dictionaries is of no use to who looks at a message.
      const dictionary = files === undefined ? await load(shippedDictionaries(), [], "errors") : await load(files);
      if (typeof dictionary === "number") return finish(dictionary);
      const octets = octetsIn(await contentOf(file));
      if (octets === undefined) {
        process.stderr.write("diamgen: the input is neither Diameter messages nor hexadecimal text\n");
        return finish(ExitCode.FAILED);
      }
      const { messages, problem } = messagesIn(octets);
      // What any of the dictionaries defines counts as known: which of them a node loads, a dump does not say.
      const shown = messages.map(explainer(dictionary));
      process.stdout.write(
        json
          ? `${JSON.stringify(
              shown.map((message) => message.json),
              undefined,
              2,
            )}\n`
          : shown.map(({ text }) => text).join("\n"),
      );
      if (problem !== undefined) process.stderr.write(`diamgen: octet ${problem.offset}: ${problem.message}\n`);
      finish(problem === undefined ? ExitCode.OK : ExitCode.FAILED);
    });
}

async function contentOf(file: string): Promise<Uint8Array> {
  if (file !== "-") return readFile(file);
  const chunks: Uint8Array[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}
