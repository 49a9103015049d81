/** `diamgen-server records`: accounting records out of the database, page by page. */
import { Command, Option } from "commander";
import type { ReceivedPage } from "../store/index.js";
import { sessionsCommand } from "./accounting-sessions.js";
import { time } from "./arguments.js";
import { ExitCode } from "./exit-code.js";
import { put } from "./output.js";
import { asSinksHaveIt, tailCommand } from "./records-tail.js";
import { addSourceOptions, type SourceOptions } from "./source.js";
import { requiredConfig, withStores } from "./with-stores.js";

interface ExportOptions extends SourceOptions {
  readonly format: "csv" | "jsonl";
  readonly since?: Date;
  readonly until?: Date;
  readonly session?: string;
}

export function recordsCommand(finish: (code: number) => void): Command {
  return new Command("records")
    .description("the accounting records in the database of the configuration")
    .addCommand(exportCommand(finish))
    .addCommand(tailCommand(finish))
    .addCommand(sessionsCommand(finish));
}

function exportCommand(finish: (code: number) => void): Command {
  const command = addSourceOptions(new Command("export"))
    .description(
      "write accounting records to standard output, in the order in which they were stored; with --since or --until, in which they were received",
    )
    .addOption(
      new Option("--format <format>", "as the sinks of these names write").choices(["csv", "jsonl"]).default("jsonl"),
    )
    .addOption(
      new Option("--since <time>", "received then or later: ISO 8601, in UTC where no offset is given").argParser(time),
    )
    .addOption(new Option("--until <time>", "received before").argParser(time))
    .option("--session <id>", "of this Session-Id alone");
  return command.action(async ({ format, since, until, session, ...source }: ExportOptions) => {
    const config = await requiredConfig(command, source);
    const { csv, jsonLines } = await import("../accounting/sinks/line-formats.js");
    const { header, line } = format === "csv" ? csv : jsonLines;
    await withStores(config, async ({ accounting }) => {
      if (header !== "" && !(await put(header))) return;
      for (let after: ReceivedPage["after"]; ; ) {
        const page = await accounting.received({ since, until, sessionId: session, after });
        const lines = page.records.map((record) => line(asSinksHaveIt(record)));
        if (lines.length > 0 && !(await put(Buffer.concat(lines)))) return;
        if (page.next === undefined) return;
        after = page.next;
      }
    });
    finish(ExitCode.OK);
  });
}
