/** examples/cdr-client: a server and the client are killed, and every record is stored once. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Journal } from "../../examples/cdr-client/journal.js";
import { openSqlite } from "../../server/src/store/index.js";
import { linesOf } from "./support.js";

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "cdr-client-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test("40 records, a server killed, the client killed: 40 acknowledged, and stored once each", async () => {
  const folder = await temporaryFolder();
  const lines = await linesOf("cdr-client", [folder]);
  const crash = lines.indexOf("--- starting the client again");
  expect(lines[0]).toBe("40 records: 0 acknowledged before, 0 in doubt");
  expect(lines.slice(0, crash)).toContain("--- killing the client");
  const killed = lines.find((line) => line.startsWith("--- killing first") || line.startsWith("--- killing second"));
  const other = killed?.includes("first") ? "second.accounting.test" : "first.accounting.test";

  const [, before, doubtful] = /^40 records: (\d+) acknowledged before, (\d+) in doubt$/.exec(lines[crash + 1]!) ?? [];
  expect(Number(before)).toBeGreaterThanOrEqual(20);
  const again = lines.slice(crash + 2, -1);
  expect(again).toHaveLength(40 - Number(before));
  expect(again.every((line) => line.includes(` by ${other}`))).toBe(true);
  expect(again.filter((line) => line.endsWith(", sent again"))).toHaveLength(Number(doubtful));
  expect(lines.at(-1)).toBe("40 acknowledged, 0 refused");

  const stores = openSqlite({ path: join(folder, "records.db") });
  try {
    const callIds = (await stores.accounting.list({ limit: 100 })).map(({ callId }) => callId);
    expect(callIds).toHaveLength(40);
    expect(new Set(callIds).size).toBe(40);
  } finally {
    await stores.close();
  }
});

test("the journal: a line that a crash cut off is as if it had not been written", async () => {
  const path = join(await temporaryFolder(), "journal");
  const entry = (callId: string, state: string) => `${JSON.stringify({ callId, sessionId: `s;${callId}`, state })}\n`;
  await writeFile(
    path,
    `${entry("a", "sending")}${entry("a", "acknowledged")}${entry("b", "sending")}{"callId":"b","st`,
  );
  {
    await using journal = await Journal.open(path);
    expect([journal.count("acknowledged"), journal.count("sending")]).toEqual([1, 1]);
    await journal.write({ callId: "b", sessionId: "s;b", state: "acknowledged" });
  }
  await using journal = await Journal.open(path);
  expect(journal.count("acknowledged")).toBe(2);
  expect(journal.of("b")?.sessionId).toBe("s;b");
});
