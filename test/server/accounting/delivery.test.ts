/** Records by way of the spool: in order, once, whatever is down, also after a restart; and the real database of it all. */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Libsql from "libsql";
import { expect, onTestFinished, test } from "vitest";
import {
  AccountingPipeline,
  Delivery,
  type DeliveryEvent,
  type Sink,
  SqlSink,
} from "../../../server/src/accounting/delivered.js";
import { openSqlite, type SqliteStores, StoreError } from "../../../server/src/store/index.js";
import { record } from "../support.js";

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "diamgen-delivery-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const sessions = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => record({ sessionId: `s${from + index}` }));

/** SQLite that another process holds: it takes nothing until it is let go. */
function world() {
  const folder = temporaryFolder();
  const path = join(folder, "diamgen.db");
  const events: DeliveryEvent[] = [];
  let stores: SqliteStores = openSqlite({ path, busyTimeoutMs: 0 });
  onTestFinished(() => stores.close());
  const lock = new Libsql(path);
  onTestFinished(() => void lock.close());
  return {
    folder,
    events,
    hold: () => lock.exec("BEGIN IMMEDIATE"),
    release: () => lock.exec("ROLLBACK"),
    stored: async () => (await stores.accounting.list()).map(({ sessionId }) => sessionId),
    async open(maxBytes?: number): Promise<AccountingPipeline> {
      await stores.close();
      stores = openSqlite({ path, busyTimeoutMs: 0 });
      const pipeline = await AccountingPipeline.open(
        { spool: { directory: join(folder, "spool"), maxBytes }, waitMs: 500, replayMs: { first: 5, last: 20 } },
        { store: stores.accounting, onEvent: (event) => events.push(event) },
      );
      onTestFinished(() => pipeline.close());
      return pipeline;
    },
  };
}

test("while the database is held, records are spooled; then they are replayed in order, and it goes on directly", async () => {
  const { events, hold, release, stored, open } = world();
  const pipeline = await open();
  const [first, ...rest] = sessions(0, 300);
  expect(await pipeline.record(first as (typeof rest)[0])).toBe("stored");
  hold();
  for (const one of rest.slice(0, 5)) expect(await pipeline.record(one)).toBe("spooled");
  expect(await Promise.all(rest.slice(5).map((one) => pipeline.record(one)))).toEqual(
    rest.slice(5).map(() => "spooled"),
  );
  expect(pipeline.health).toMatchObject([{ sink: "sql", state: "spooling", records: 299 }]);
  release();
  await expect.poll(() => pipeline.health[0]?.state, { timeout: 20_000 }).toBe("direct");
  expect(await stored()).toEqual(sessions(0, 300).map(({ sessionId }) => sessionId));
  expect(await pipeline.record(record({ sessionId: "after" }))).toBe("stored");
  expect(events.map(({ type }) => type)).toEqual(["spooling", "drained"]);
});

test("what is in the spool when we end is replayed when we start again; what comes twice is stored once", async () => {
  const { hold, release, stored, open } = world();
  const before = await open();
  hold();
  for (const one of sessions(0, 20)) await before.record(one);
  for (const one of sessions(0, 5)) await before.record({ ...one, retransmitted: true });
  await before.close();
  release();
  const after = await open();
  await expect.poll(() => after.health[0]?.state, { timeout: 20_000 }).toBe("direct");
  expect(await after.record(record({ sessionId: "s3", retransmitted: true }))).toBe("duplicate");
  expect(await stored()).toEqual(sessions(0, 20).map(({ sessionId }) => sessionId));
});

test("records of a process that has ended are replayed by one that runs, each once", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "diamgen.db");
  const stores = [openSqlite({ path, busyTimeoutMs: 0 }), openSqlite({ path, busyTimeoutMs: 0 })] as const;
  const lock = new Libsql(path);
  onTestFinished(async () => {
    for (const one of stores) await one.close();
    lock.close();
  });
  const events: DeliveryEvent[] = [];
  const open = async (index: 0 | 1) => {
    const delivery = await Delivery.open({
      sink: new SqlSink(stores[index].accounting),
      spool: { folder: join(folder, "spool") },
      replayMs: { first: 5, last: 20 },
      adoptMs: 5,
      onEvent: (event) => events.push(event),
    });
    onTestFinished(() => delivery.close());
    return delivery;
  };
  await stores[0].prepare();
  const [dies, lives] = [await open(0), await open(1)];
  lock.exec("BEGIN IMMEDIATE");
  for (const one of sessions(0, 300)) expect(await dies.deliver(one)).toBe("spooled");
  // It was in the database already when its process ended, though still in the spool.
  await dies.close();
  await expect.poll(() => lives.health.records, { timeout: 20_000 }).toBe(300);
  expect(events.at(-1)).toEqual({ type: "adopted", sink: "sql", records: 300 });
  expect(lives.health.state).toBe("spooling");
  lock.exec("ROLLBACK");
  await stores[0].accounting.record(sessions(7, 8)[0] as Parameters<typeof dies.deliver>[0]);
  await expect.poll(() => lives.health.state, { timeout: 20_000 }).toBe("direct");
  const stored = (await stores[0].accounting.list()).map(({ sessionId }) => sessionId);
  expect(stored.sort()).toEqual(
    sessions(0, 300)
      .map(({ sessionId }) => sessionId)
      .sort(),
  );
  expect(lives.health).toMatchObject({ records: 0, bytes: 0 });
  // Its slot is free for who comes to its place.
  const next = await open(0);
  expect(next.health).toMatchObject({ state: "direct", records: 0 });
});

test("a record that the sink refuses for reasons of its own does not hold up the queue of another process", async () => {
  const folder = temporaryFolder();
  const spool = { folder: join(folder, "spool") };
  const stored: string[] = [];
  let takes = (_sessionId: string) => false;
  const sink: Sink = {
    name: "sql",
    write: async ({ sessionId }) => {
      if (!takes(sessionId)) throw new StoreError("STORE_FAILED", "in vain");
      stored.push(sessionId);
      return "stored";
    },
    close: async () => {},
  };
  const replayMs = { first: 1, last: 5 };
  const left = await Delivery.open({ sink, spool, replayMs });
  const runs = await Delivery.open({ sink, spool, replayMs, adoptMs: 5 });
  onTestFinished(() => runs.close());
  await left.deliver(record({ sessionId: "refused" }));
  await left.close();
  await expect.poll(() => runs.health.records, { timeout: 20_000 }).toBe(1);
  for (const one of sessions(0, 5)) expect(await runs.deliver(one)).toBe("spooled");
  takes = (sessionId) => sessionId !== "refused";
  await expect.poll(() => runs.health.state, { timeout: 20_000 }).toBe("direct");
  expect(stored).toEqual(sessions(0, 5).map(({ sessionId }) => sessionId));
  const aside = readFileSync(join(spool.folder, "rejected.jsonl"), "utf8").trim().split("\n");
  expect(aside.map((line) => (JSON.parse(line) as { sessionId: string }).sessionId)).toEqual(["refused"]);
});

test("only when the spool is full is a record refused, as full", async () => {
  const { events, hold, release, stored, open } = world();
  const pipeline = await open(3000);
  hold();
  const outcomes = await Promise.allSettled(sessions(0, 1).map((one) => pipeline.record(one)));
  expect(outcomes).toMatchObject([{ value: "spooled" }]);
  let refused: unknown;
  let count = 1;
  for (; refused === undefined; count++)
    await pipeline.record(record({ sessionId: `s${count}` })).catch((error: unknown) => {
      refused = error;
    });
  expect(refused).toMatchObject({ code: "STORE_FULL" });
  expect(events.at(-1)).toMatchObject({ type: "refused", sink: "sql" });
  release();
  await expect.poll(() => pipeline.health[0]?.state, { timeout: 20_000 }).toBe("direct");
  expect(await stored()).toHaveLength(count - 1);
});

test("a database and three files: each has each record once; a name that is taken is not overwritten", async () => {
  const folder = temporaryFolder();
  const stores = openSqlite({ path: join(folder, "diamgen.db") });
  onTestFinished(() => stores.close());
  const pipeline = await AccountingPipeline.open(
    {
      sinks: [
        { type: "sql" },
        { type: "acc-log", path: join(folder, "acc.log") },
        { type: "csv", path: join(folder, "acc.csv") },
        { type: "json", path: join(folder, "acc.jsonl") },
      ],
    },
    { store: stores.accounting },
  );
  onTestFinished(() => pipeline.close());
  for (const one of [...sessions(0, 3), ...sessions(1, 2)]) await pipeline.record(one);
  for (const file of ["acc.log", "acc.jsonl"])
    expect(readFileSync(join(folder, file), "utf8").trimEnd().split("\n")).toHaveLength(3);
  expect(readFileSync(join(folder, "acc.csv"), "utf8").trimEnd().split("\r\n")).toHaveLength(4);
  expect(await stores.accounting.list()).toHaveLength(3);
});
