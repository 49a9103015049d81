/** While the database is down, spool and files are synced before the answer is written to the socket: by strace. */

import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { callsOf } from "../../support/calls.js";
import { freePort } from "../../support/process.js";
import { describeWith, requireTool } from "../../support/require.js";
import { Caller } from "./caller.js";
import { Machine } from "./machine.js";

const strace = requireTool("strace");

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "diamgen-down-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describeWith([strace], "by strace", () => {
  /** A server whose database nobody listens for, traced; its calls up to the answer to one record. */
  async function traced(sinks: readonly Readonly<Record<string, unknown>>[]) {
    const folder = temporaryFolder();
    const database = { type: "postgresql", port: await freePort(), user: "diamgen", database: "opensips" } as const;
    await using machine = await Machine.prepare({ name: "server", folder, database, accounting: { sinks } });
    const trace = join(folder, "trace");
    const names = "fdatasync,fsync,write,writev,pwrite64,pwritev,sendto,sendmsg";
    await machine.start([strace.path, "-D", "-f", "-yy", "-s", "8192", "-e", `trace=${names}`, "-o", trace]);
    await using caller = new Caller("client", [machine.port]);
    await caller.node.start();
    await caller.account(SESSION, AbortSignal.timeout(30_000));
    await caller.node.stop();
    await machine.stop();
    const calls = callsOf(await readFile(trace, "utf8"));
    // Of an Accounting-Answer, the only message of the server with the Session-Id.
    const answer = calls.find(({ text }) => /^\w+\(\d+<TCP:/.test(text) && text.includes(SESSION));
    expect(answer, "the answer is in the trace").toBeDefined();
    return calls
      .filter(({ began }) => began < (answer?.began ?? 0))
      .map((call) => ({ ...call, answered: answer?.began ?? 0 }));
  }

  const SESSION = "client.diameter.test;strace;1";

  /** The record was written to `file`, and a sync of it has returned before the answer began. */
  function expectSynced(calls: Awaited<ReturnType<typeof traced>>, file: RegExp): void {
    const there = calls.filter(({ text }) => file.test(/^\w+\(\d+<([^>]*)>/.exec(text)?.[1] ?? ""));
    const write = there.find(({ name, text }) => /write/.test(name) && text.includes(SESSION));
    expect(write, `the record is written to ${file}`).toBeDefined();
    const sync = there.find(({ name, began }) => /^f(data)?sync$/.test(name) && began > (write?.ended ?? Number.NaN));
    expect(sync, "and synced").toMatchObject({ result: 0 });
    expect(sync?.ended, "before the answer").toBeLessThan(sync?.answered ?? 0);
  }

  test("the spool is synced before the Accounting-Answer is written to the socket", { timeout: 90_000 }, async () => {
    expectSynced(await traced([{ type: "sql" }]), /\/spool\/sql\/0\/\d+\.spool$/);
  });

  test("and so are acc.log and the lines of JSON", { timeout: 90_000 }, async () => {
    const calls = await traced([
      { type: "json", path: "records.jsonl" },
      { type: "acc-log", path: "acc.log" },
    ]);
    expectSynced(calls, /\/records\.jsonl$/);
    // It has no Session-Id but that of the call, which is the same in these tests.
    expectSynced(calls, /\/acc\.log$/);
  });
});
