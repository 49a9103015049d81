/** `diamgen-server trace`: the messages of a running server as they come and go. */
import { Command, Option } from "commander";
import type { Dropped } from "./admin-client.js";
import { addSocketOptions, adminClient, type SocketOptions } from "./admin-source.js";
import { collected, octets, positive, timerSeconds } from "./arguments.js";
import { ExitCode } from "./exit-code.js";
import { untilInterrupted } from "./output.js";
import { configFrom } from "./source.js";
import type { TraceWriter } from "./trace-writers.js";

interface Options extends SocketOptions {
  readonly pcap?: string;
  readonly decode?: boolean;
  readonly json?: boolean;
  readonly peer?: readonly string[];
  readonly command?: readonly string[];
  readonly count?: number;
  readonly seconds?: number;
  readonly maxBytes?: number;
}

export function traceCommand(finish: (code: number) => void): Command {
  const command = addSocketOptions(new Command("trace"))
    .description(
      "show the messages of a running server as they come and go, those that TLS protects too; without anything else, a line each",
    )
    .addOption(
      new Option(
        "--pcap <file>",
        "write them as pcapng for Wireshark and tshark; - for standard output, as in `| tshark -r -`",
      ).conflicts(["decode", "json"]),
    )
    .addOption(new Option("-d, --decode", "show all of each message, as `diamgen decode` does").conflicts("json"))
    .option("--json", "a JSON object a line, the octets in base64")
    .addOption(
      new Option("-p, --peer <name>", "of this Origin-Host alone; may be given several times").argParser(collected),
    )
    .addOption(
      new Option(
        "--command <name>",
        "of this command alone, such as Multimedia-Auth or 286; may be given several times",
      ).argParser(collected),
    )
    .addOption(new Option("-n, --count <number>", "end after so many messages").argParser(positive))
    .addOption(new Option("--seconds <number>", "end after so long").argParser(timerSeconds))
    .addOption(
      new Option("--max-bytes <number>", "end once so much was written: 65536, 64k, 10M, 1G").argParser(octets),
    )
    .addHelpText(
      "after",
      "\nEnds at Ctrl-C too. Digest-Response, Digest-Response-Auth, Digest-HA1 and User-Password are overwritten with asterisks.",
    );
  return command.action(async (options: Options) => {
    const { pcap, peer, count = Number.POSITIVE_INFINITY, maxBytes = Number.POSITIVE_INFINITY } = options;
    if (pcap === "-" && process.stdout.isTTY === true)
      command.error("error: pcapng is not for a terminal", { exitCode: ExitCode.USAGE });
    const commands = await codesOf(options.command, (name, known) =>
      command.error(`error: there is no command ${name}: it is ${known.join(", ")}, or a number`, {
        exitCode: ExitCode.USAGE,
      }),
    );
    const client = await adminClient(command, options);
    const ending = new AbortController();
    const ended = [ending.signal, untilInterrupted()];
    const writer = await writerOf(options);
    const events = await client.trace({ peers: peer && [...peer], commands }, AbortSignal.any(ended));
    // For whoever waits with what they want to see.
    process.stderr.write("tracing; Ctrl-C ends it\n");
    const timer = options.seconds === undefined ? undefined : setTimeout(() => ending.abort(), options.seconds * 1000);
    let shown = 0;
    let dropped = 0;
    for await (const event of events) {
      if (isDropped(event)) {
        dropped += event.dropped;
        writer.drop(event.dropped);
        continue;
      }
      shown++;
      if (!(await writer.add(event)) || shown >= count || writer.bytes >= maxBytes) break;
    }
    clearTimeout(timer);
    ending.abort();
    await writer.end();
    process.stderr.write(
      `${shown} messages${dropped > 0 ? `, ${dropped} more came too fast and are not shown` : ""}\n`,
    );
    finish(ExitCode.OK);
  });
}

function isDropped(event: object): event is Dropped {
  return "dropped" in event;
}

async function codesOf(
  names: readonly string[] | undefined,
  unknown: (name: string, known: readonly string[]) => never,
): Promise<number[] | undefined> {
  if (names === undefined) return undefined;
  const { commandCode, commandNames } = await import("../monitoring/labels.js");
  return names.map((name) => commandCode(name) ?? unknown(name, commandNames));
}

async function writerOf(options: Options): Promise<TraceWriter> {
  const { decodingWriter, jsonWriter, lineWriter, pcapWriter } = await import("./trace-writers.js");
  if (options.pcap !== undefined) return pcapWriter(options.pcap);
  if (options.json === true) return jsonWriter();
  if (options.decode !== true) return lineWriter();
  return decodingWriter((await configFrom(options))?.config.dictionaries ?? []);
}
