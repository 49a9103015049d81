/** `diamgen-server records tail --follow` beside a server that stores, in whichever database. */
import { expect, onTestFinished, test } from "vitest";
import type { DatabaseOptions, Stores } from "../../../server/src/store/index.js";
import type { Transaction } from "../../support/daemon.js";
import { Program } from "../../support/process.js";
import { BIN } from "../demo.js";
import { configFile, temporaryFolder } from "../program.js";
import { record } from "../support.js";

/** Runs SQL in a transaction of its own, which goes on until it is told to commit. */
export type LateTransaction = (sql: string) => Promise<Transaction>;

export function recordsTail(
  open: () => Promise<Stores>,
  database: () => DatabaseOptions,
  query: (sql: string) => Promise<readonly Record<string, unknown>[]>,
  late: LateTransaction | undefined,
): void {
  async function follow(...args: readonly string[]): Promise<Program> {
    const file = configFile(temporaryFolder(), { database: database() });
    const follow = ["records", "tail", "--follow", "--interval", "0.05", "--config", file, ...args];
    const tail = Program.start(process.execPath, [BIN, ...follow]);
    onTestFinished(() => tail[Symbol.asyncDispose]());
    return tail;
  }
  const shown = (tail: Program) =>
    tail.stdout
      .trim()
      .split("\n")
      .map((line) => line.split(" ").at(-1));

  if (late !== undefined)
    test("records tail shows a record whose transaction commits after that of a later id", async () => {
      const { accounting } = await open();
      await accounting.record(record());
      const [kept] = await query("SELECT record FROM diamgen_accounting");
      const json = typeof kept?.record === "string" ? kept.record : JSON.stringify(kept?.record);
      const hash = `'${"0".repeat(64)}'`;
      const transaction = await late(
        `INSERT INTO diamgen_accounting (identity, collision, content_hash, retransmitted, session_id, record_number, record_type, origin_host,
          origin_realm, received_at, record) VALUES (${hash}, 0, ${hash}, 0, 'late', 0, 1, 'h', 'r', '2026-11-22 10:00:00', '${json}')`,
      );
      onTestFinished(() => transaction.end());
      const tail = await follow();
      await tail.waitFor(/#0\n/, { timeoutMs: 20_000 });
      await accounting.record(record({ recordNumber: 2 }));
      await tail.waitFor(/#2\n/);
      expect(shown(tail)).toEqual(["#0", "#2"]);
      await transaction.commit();
      await tail.waitFor(/#2\n.*#0\n/);
      expect(await tail.stop("SIGINT")).toEqual({ code: 0, signal: null });
      expect(shown(tail)).toEqual(["#0", "#2", "#0"]);
      expect((await accounting.list()).map(({ recordNumber }) => recordNumber)).toEqual([0, 0, 2]);
    });

  test("records tail shows the newest, and each that comes once", async () => {
    const { accounting } = await open();
    for (let recordNumber = 0; recordNumber < 4; recordNumber++) await accounting.record(record({ recordNumber }));
    const tail = await follow("-n", "2");
    await tail.waitFor(/#3\n/, { timeoutMs: 20_000 });
    for (let recordNumber = 4; recordNumber < 7; recordNumber++) await accounting.record(record({ recordNumber }));
    await tail.waitFor(/#6\n/);
    expect(await tail.stop("SIGINT")).toEqual({ code: 0, signal: null });
    expect(shown(tail)).toEqual(["#2", "#3", "#4", "#5", "#6"]);
  });
}
