/** `diamgen-server records tail --follow` beside a server that stores, in whichever database. */
import { expect, onTestFinished, test } from "vitest";
import type { DatabaseOptions, Stores } from "../../../server/src/store/index.js";
import { Program } from "../../support/process.js";
import { BIN } from "../demo.js";
import { configFile, temporaryFolder } from "../program.js";
import { record } from "../support.js";

export function recordsTail(open: () => Promise<Stores>, database: () => DatabaseOptions): void {
  test("records tail shows the newest, and each that comes once", async () => {
    const { accounting } = await open();
    for (let recordNumber = 0; recordNumber < 4; recordNumber++) await accounting.record(record({ recordNumber }));
    const file = configFile(temporaryFolder(), { database: database() });
    const args = ["records", "tail", "-n", "2", "--follow", "--interval", "0.05", "--config", file];
    const tail = Program.start(process.execPath, [BIN, ...args]);
    onTestFinished(() => tail[Symbol.asyncDispose]());
    await tail.waitFor(/#3\n/, { timeoutMs: 20_000 });
    for (let recordNumber = 4; recordNumber < 7; recordNumber++) await accounting.record(record({ recordNumber }));
    await tail.waitFor(/#6\n/);
    expect(await tail.stop("SIGINT")).toEqual({ code: 0, signal: null });
    const shown = tail.stdout.trim().split("\n");
    expect(shown.map((line) => line.split(" ").at(-1))).toEqual(["#2", "#3", "#4", "#5", "#6"]);
  });
}
