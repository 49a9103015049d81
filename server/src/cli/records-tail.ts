/** `diamgen-server records tail`: the newest accounting records of the database, and those that come. */
import { setTimeout as delay } from "node:timers/promises";
import { Command, InvalidArgumentError, Option } from "commander";
import type { AccountingRecord } from "../accounting/index.js";
import type { AccountingStore, StoredAccountingRecord } from "../store/index.js";
import { timerSeconds } from "./arguments.js";
import { ExitCode } from "./exit-code.js";
import { put, untilInterrupted } from "./output.js";
import { Follower } from "./record-follower.js";
import { recordLine } from "./record-line.js";
import { addSourceOptions, type SourceOptions } from "./source.js";
import { requiredConfig, withStores } from "./with-stores.js";

interface TailOptions extends SourceOptions {
  readonly lines: number;
  readonly follow?: boolean;
  readonly interval: number;
  readonly format: "text" | "csv" | "jsonl";
}

type Line = (record: StoredAccountingRecord) => string | Uint8Array;

/** Of one query. */
const PAGE = 1_000;
const MAX_LINES = 10_000;

export function tailCommand(finish: (code: number) => void): Command {
  const command = addSourceOptions(new Command("tail"))
    .description("show the accounting records that were stored last")
    .addOption(new Option("-n, --lines <number>", `how many, ${MAX_LINES} at most`).default(10).argParser(lineCount))
    .option("-f, --follow", "then those that come, until Ctrl-C")
    .addOption(
      new Option("--interval <seconds>", "with --follow: how often the database is asked")
        .default(1)
        .argParser(timerSeconds),
    )
    .addOption(
      new Option("--format <format>", "a line for people, or as the sinks of these names write")
        .choices(["text", "csv", "jsonl"])
        .default("text"),
    );
  return command.action(async ({ lines, follow, interval, format, ...source }: TailOptions) => {
    const config = await requiredConfig(command, source);
    const { csv, jsonLines } = await import("../accounting/sinks/line-formats.js");
    const as = { csv, jsonl: jsonLines };
    const line: Line = format === "text" ? recordLine : (record) => as[format].line(asSinksHaveIt(record));
    await withStores(config, async ({ accounting }) => {
      if (format === "csv" && !(await put(csv.header))) return;
      const newest = lines === 0 ? [] : await accounting.newest(lines);
      if (!(await show(newest, line)) || follow !== true) return;
      const last = newest.at(-1) ?? (await accounting.newest(1)).at(-1);
      await following(accounting, new Follower(last?.id ?? 0), line, interval * 1000);
    });
    finish(ExitCode.OK);
  });
}

async function following(
  accounting: Pick<AccountingStore, "list" | "byIds">,
  follower: Follower<StoredAccountingRecord>,
  line: Line,
  intervalMs: number,
): Promise<void> {
  const ended = untilInterrupted();
  const take = (rows: readonly StoredAccountingRecord[]) => show(follower.take(rows, performance.now()), line);
  while (!ended.aborted) {
    const late = follower.missing(performance.now());
    if (late.length > 0 && !(await take(await accounting.byIds(late)))) return;
    for (let full = true; full && !ended.aborted; ) {
      const page = await accounting.list({ afterId: follower.highest, limit: PAGE });
      if (!(await take(page))) return;
      full = page.length === PAGE;
    }
    await delay(intervalMs, undefined, { signal: ended }).catch(() => {});
  }
}

async function show(records: readonly StoredAccountingRecord[], line: Line): Promise<boolean> {
  if (records.length === 0) return true;
  return put(Buffer.concat(records.map((record) => Buffer.from(line(record)))));
}

/** Sinks know neither rows nor collisions. */
export function asSinksHaveIt({ id: _id, collision: _collision, ...record }: StoredAccountingRecord): AccountingRecord {
  return record;
}

function lineCount(text: string): number {
  const count = Number(text);
  if (!/^\d{1,5}$/.test(text) || count > MAX_LINES)
    throw new InvalidArgumentError(`a number of lines is 0 to ${MAX_LINES}.`);
  return count;
}
