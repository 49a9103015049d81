/** Files of lines: the bytes of app_opensips' acc.log, RFC 4180, rotation, and a crash between the file and its ledger. */

import { appendFileSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import Libsql from "libsql";
import { expect, onTestFinished, test } from "vitest";
import { accLog, csv, FileSink, type FileSinkConfig, jsonLines } from "../../../server/src/accounting/delivered.js";
import { fromRecordJson } from "../../../server/src/accounting/index.js";
import { accountingLogSample, type CaptureName } from "../../support/golden.js";
import { run } from "../../support/process.js";
import { testWith } from "../../support/require.js";
import { ACR, connectAs, Recorder, requestsOf, startServer } from "../diameter/support.js";
import { record } from "../support.js";

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "diamgen-files-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function open(config: Partial<FileSinkConfig> & { readonly path: string }): FileSink {
  const sink = new FileSink({ name: "x", format: jsonLines, ...config });
  onTestFinished(() => sink.close());
  return sink;
}

const lines = (path: string) => readFileSync(path, "utf8").split("\n").slice(0, -1);
const session = (sessionId: string) => record({ sessionId });
const sessionsIn = (path: string) => lines(path).map((line) => (JSON.parse(line) as { sessionId: string }).sessionId);

test.each<CaptureName>(["opensips-3.2-acct", "opensips-3.2-missed", "freediameter-app_opensips-error-answers"])(
  "%s: acc.log is what app_opensips wrote of the same traffic, octet by octet",
  async (name) => {
    await using running = await startServer();
    await using client = await connectAs(running.port, new Recorder(), name);
    for (const request of requestsOf(name, ACR)) await client.exchange(request.hex);
    const sample = accountingLogSample();
    const records = await running.stores.accounting.list();
    expect(records.length).toBeGreaterThan(1);
    for (const one of records) expect(sample).toContain(accLog.line(one).toString());
  },
);

test("csv is RFC 4180's", () => {
  const line = csv.line(record({ sessionId: 'a,"b"\r\nc', callId: "plain", avps: [] })).toString();
  expect(line.startsWith('"a,""b""\r\nc",,0,1,0,client.diameter.test,diameter.test,,2026-11-21T10:00:00.250Z,')).toBe(
    true,
  );
  expect(line.endsWith(",[]\r\n")).toBe(true);
  expect(csv.header.split(",")).toHaveLength(22);
});

test("JSON lines come back as records", () => {
  const full = record({ subSessionId: 2n ** 64n - 1n, sessionId: "a\nb" });
  expect(fromRecordJson(JSON.parse(jsonLines.line(full).toString()))).toEqual(full);
});

test("once, also by two processes and after a restart", async () => {
  const path = join(temporaryFolder(), "acc.jsonl");
  const [one, two] = [open({ path }), open({ path })];
  expect(await one.write(session("a"))).toBe("stored");
  expect(await two.write(session("a"))).toBe("duplicate");
  expect(await two.write(session("b"))).toBe("stored");
  await one.close();
  await two.close();
  expect(await open({ path }).write(session("b"))).toBe("duplicate");
  expect(sessionsIn(path)).toEqual(["a", "b"]);
});

test("what a crash has left behind the ledger's length is cut off: it was not acknowledged", async () => {
  const path = join(temporaryFolder(), "acc.jsonl");
  const before = open({ path });
  await before.write(session("a"));
  await before.close();
  appendFileSync(path, `${jsonLines.line(session("b")).toString()}{"half`);
  const after = open({ path });
  expect(await after.write(session("b"))).toBe("stored");
  expect(sessionsIn(path)).toEqual(["a", "b"]);
});

test("a new file by size and by day; names that are taken are left alone; another process follows", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "acc.jsonl");
  let now = new Date(2026, 10, 22, 12).getTime();
  const other = open({ path, now: () => now });
  const sink = open({ path, now: () => now, maxBytes: 1000 });
  writeFileSync(`${path}.2026-11-22.1`, "somebody's");
  for (const name of ["a", "b", "c"]) await sink.write(session(name));
  expect(readFileSync(`${path}.2026-11-22.1`, "utf8")).toBe("somebody's");
  expect(sessionsIn(`${path}.2026-11-22.2`)).toEqual(["a"]);
  now += 86_400_000;
  await other.write(session("d"));
  expect(sessionsIn(path)).toEqual(["d"]);
  const rotated = readdirSync(folder).filter((name) => /^acc\.jsonl\.2026-11-22\.[2-9]$/.test(name));
  expect(rotated.flatMap((name) => sessionsIn(join(folder, name)))).toEqual(["a", "b", "c"]);
  expect(await sink.write(session("a"))).toBe("duplicate");
});

/** Makes the next commit of a ledger fail, after the lines were written: as a kill at that moment, and then a start. */
function failsToCommit(path: string): () => void {
  const ledger = new Libsql(join(dirname(path), `.${basename(path)}.ledger`));
  ledger.exec("CREATE TRIGGER crash BEFORE INSERT ON record BEGIN SELECT RAISE(ABORT, 'crash'); END");
  return () => {
    ledger.exec("DROP TRIGGER crash");
    ledger.close();
  };
}

test.each<[string, Partial<FileSinkConfig>, (path: string, sink: FileSink) => void]>([
  ["a new file by size", { maxBytes: 100 }, () => {}],
  [
    "a new file after SIGHUP",
    {},
    (path, sink) => {
      renameSync(path, `${path}.old`);
      sink.reopen();
    },
  ],
  ["the same file", {}, () => {}],
])("a failure between the lines and the ledger, in %s: each record is there once", async (_title, config, before) => {
  const folder = temporaryFolder();
  const path = join(folder, "acc.jsonl");
  const sink = open({ path, ...config });
  await sink.write(session("a"));
  before(path, sink);
  const mend = failsToCommit(path);
  await expect(sink.write(session("b"))).rejects.toBeInstanceOf(Error);
  mend();
  await sink.close();
  const after = open({ path, ...config });
  expect(await after.write(session("b"))).toBe("stored");
  const files = readdirSync(folder).filter((name) => name.startsWith("acc.jsonl"));
  expect(files.flatMap((name) => sessionsIn(join(folder, name))).sort()).toEqual(["a", "b"]);
});

test("half a line of a full disk is cut off at once: whoever moves the file away has whole lines", async () => {
  const path = join(temporaryFolder(), "acc.jsonl");
  const sink = open({ path });
  await sink.write(session("a"));
  const mend = failsToCommit(path);
  await expect(sink.write(session("b"))).rejects.toBeInstanceOf(Error);
  mend();
  expect(sessionsIn(path)).toEqual(["a"]);
});

test("moved away by somebody else: the next record after reopen begins a new file", async () => {
  const path = join(temporaryFolder(), "acc.jsonl");
  const sink = open({ path });
  await sink.write(session("a"));
  renameSync(path, `${path}.old`);
  await sink.write(session("b"));
  sink.reopen();
  await sink.write(session("c"));
  expect(sessionsIn(`${path}.old`)).toEqual(["a", "b"]);
  expect(sessionsIn(path)).toEqual(["c"]);
});

testWith(
  [{ available: process.getuid?.() === 0, path: "", reason: "only root may mount a small file system" }],
  "a full disk: STORE_FULL, and no half line once there is room",
  async () => {
    const folder = temporaryFolder();
    expect((await run("mount", ["-t", "tmpfs", "-o", "size=512k", "tmpfs", folder])).code).toBe(0);
    onTestFinished(async () => void (await run("umount", ["-l", folder])));
    const path = join(folder, "acc.jsonl");
    const sink = new FileSink({ name: "x", format: jsonLines, path });
    const long = (index: number) => record({ sessionId: `${index}`, callId: "x".repeat(50_000) });
    const kept: string[] = [];
    let refused: unknown;
    for (let index = 0; refused === undefined; index++)
      await sink.write(long(index)).then(
        () => kept.push(`${index}`),
        (error: unknown) => {
          refused = error;
        },
      );
    expect(refused).toMatchObject({ code: "STORE_FULL" });
    expect((await run("mount", ["-o", "remount,size=4m", folder])).code).toBe(0);
    expect(await sink.write(session("room"))).toBe("stored");
    expect(sessionsIn(path)).toEqual([...kept, "room"]);
    await sink.close();
  },
);
