/** Accounting records in SQLite: once, durably, in few transactions. */

import Libsql from "libsql";
import { describe, expect, onTestFinished, test } from "vitest";
import { type CommitOutcome, GroupCommit, openSqlite, StoreError } from "../../server/src/store/index.js";
import { DUPLICATES } from "./store/duplicates.js";
import { avps, openStores, record, temporaryPath } from "./support.js";

/** RFC 6733 sections 9.4, 9.8.3, 9.8.6 and appendix C; our decisions are in accounting/duplicates.ts. */
describe("duplicates", () => {
  test.each(DUPLICATES)("%s", async (_title, first, second, expected) => {
    const { accounting } = openStores();
    await expect(accounting.record(record(first))).resolves.toBe("stored");
    await expect(accounting.record(record(second))).resolves.toBe(expected);
    await expect(accounting.list()).resolves.toHaveLength(expected === "stored" ? 2 : 1);
  });

  test.each(DUPLICATES)("%s, in one transaction", async (_title, first, second, expected) => {
    const { accounting } = openStores();
    const results = await Promise.all([accounting.record(record(first)), accounting.record(record(second))]);
    expect(results).toEqual(["stored", expected]);
  });

  test.each(DUPLICATES)("%s, after a restart", async (_title, first, second, expected) => {
    const path = temporaryPath();
    const before = openSqlite({ path });
    await before.accounting.record(record(first));
    await before.close();
    const { accounting } = openStores({ path });
    await expect(accounting.record(record(second))).resolves.toBe(expected);
  });

  test("in another process", async () => {
    const path = temporaryPath();
    const [one, two] = [openStores({ path }), openStores({ path })];
    await expect(one.accounting.record(record())).resolves.toBe("stored");
    await expect(two.accounting.record(record())).resolves.toBe("duplicate");
  });

  test("records that share their number by mistake are kept and numbered", async () => {
    const { accounting } = openStores();
    for (const tag of ["a", "b", "c", "b"]) await accounting.record(record({ avps: avps(tag) }));
    const kept = await accounting.list();
    expect(kept.map(({ collision }) => collision)).toEqual([0, 1, 2]);
    expect(kept.map((stored) => stored.avps[1]?.value)).toEqual(["a", "b", "c"]);
  });

  test("a whole session: START 0, INTERIM 1 to 3, STOP 4, each sent twice", async () => {
    const { accounting } = openStores();
    const types = [2, 3, 3, 3, 4];
    for (const retransmitted of [false, true]) {
      for (const [recordNumber, recordType] of types.entries()) {
        const expected = retransmitted ? "duplicate" : "stored";
        await expect(accounting.record(record({ recordNumber, recordType, retransmitted }))).resolves.toBe(expected);
      }
    }
    await expect(accounting.list()).resolves.toHaveLength(5);
  });
});

describe("rows", () => {
  test("what is stored comes back", async () => {
    const { accounting } = openStores();
    const full = record({ subSessionId: 2n ** 64n - 1n, recordNumber: 2 ** 32 - 1, retransmitted: true });
    const bare = record({
      sessionId: "x",
      eventTimestamp: undefined,
      created: undefined,
      method: "",
      callId: "",
      avps: [],
    });
    await accounting.record(full);
    await accounting.record(bare);
    await expect(accounting.list()).resolves.toEqual([
      { ...full, id: 1, collision: 0 },
      { ...bare, id: 2, collision: 0 },
    ]);
  });

  test("another program reads OpenSIPS's columns as OpenSIPS writes them", async () => {
    const { accounting, connection } = openStores();
    await accounting.record(record());
    const other = new Libsql(connection.path);
    expect(other.prepare("SELECT * FROM acc").all([])).toMatchObject([
      {
        method: "INVITE",
        from_tag: "ft",
        to_tag: "tt",
        callid: "call@lab",
        sip_code: "200",
        time: "2026-11-21 10:00:00",
        created: "2026-11-21 09:59:57",
        duration: 3,
        ms_duration: 2504,
        setuptime: 1,
      },
    ]);
    other.close();
  });

  test("in acc a NUL becomes U+FFFD, and so does half a surrogate pair", async () => {
    const { accounting, connection } = openStores();
    await accounting.record(record({ callId: "nul\0nul", fromTag: "\ud800" }));
    const rows = connection.prepare("SELECT callid, from_tag FROM acc").all([]);
    expect(rows).toEqual([{ callid: "nul\uFFFDnul", from_tag: "\uFFFD" }]);
  });

  test.each(["x'; DROP TABLE acc; --", 'a,"b"\nc', "nul\0nul", "\ud800", "\u{1F600}"])(
    "a peer may send %j",
    async (hostile) => {
      const { accounting } = openStores();
      const sent = record({ sessionId: `s${hostile}`, callId: hostile, fromTag: hostile, avps: avps(hostile) });
      await expect(accounting.record(sent)).resolves.toBe("stored");
      await expect(accounting.record(sent)).resolves.toBe("duplicate");
      const [stored] = await accounting.list();
      expect(stored?.callId).toBe(hostile);
      expect(stored?.avps).toEqual(sent.avps);
    },
  );

  test("a record without Session-Id is refused", async () => {
    const { accounting } = openStores();
    await expect(accounting.record(record({ sessionId: "" }))).rejects.toMatchObject({ code: "STORE_INVALID" });
  });

  test("the list comes in pages, and by session", async () => {
    const { accounting } = openStores();
    for (const sessionId of ["a", "b", "a"])
      await accounting.record(record({ sessionId, recordNumber: (await accounting.list()).length }));
    const numbers = async (page: object) => (await accounting.list(page)).map(({ recordNumber }) => recordNumber);
    await expect(numbers({ limit: 2 })).resolves.toEqual([0, 1]);
    await expect(numbers({ afterId: 2 })).resolves.toEqual([2]);
    await expect(numbers({ sessionId: "a" })).resolves.toEqual([0, 2]);
  });
});

describe("group commit", () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, index) => record({ sessionId: `client.diameter.test;1;${index}` }));

  test("1000 records of one tick take two transactions, and are all there", async () => {
    const { accounting, connection } = openStores();
    const before = connection.commits;
    const results = await Promise.all(many(1000).map((one) => accounting.record(one)));
    expect(results.every((result) => result === "stored")).toBe(true);
    expect(connection.commits - before).toBe(2);
    const stored = await accounting.list();
    expect(stored.map(({ sessionId }) => sessionId)).toEqual(many(1000).map(({ sessionId }) => sessionId));
  });

  test("when the answer comes, another connection sees the record", async () => {
    const { accounting, connection } = openStores();
    const other = new Libsql(connection.path);
    onTestFinished(() => void other.close());
    const count = () => (other.prepare("SELECT count(*) AS n FROM acc").all([]) as { n: number }[])[0]?.n;
    const promise = accounting.record(record());
    expect(count()).toBe(0);
    await promise;
    expect(count()).toBe(1);
  });

  test("one record that cannot be stored does not take the others with it", async () => {
    const { accounting } = openStores();
    const results = await Promise.allSettled([
      accounting.record(record({ sessionId: "a" })),
      accounting.record(record({ sessionId: "b", duration: Number.NaN })),
      accounting.record(record({ sessionId: "c" })),
    ]);
    expect(results).toMatchObject([
      { status: "fulfilled", value: "stored" },
      { status: "rejected", reason: { code: "STORE_INVALID" } },
      { status: "fulfilled", value: "stored" },
    ]);
    await expect(accounting.list()).resolves.toMatchObject([{ sessionId: "a" }, { sessionId: "c" }]);
  });

  test("while another process holds the lock, all are rejected and none is stored; then it goes on", async () => {
    const { accounting, connection } = openStores({ busyTimeoutMs: 0 });
    const other = new Libsql(connection.path);
    onTestFinished(() => void other.close());
    other.exec("BEGIN IMMEDIATE");
    const results = await Promise.allSettled(many(3).map((one) => accounting.record(one)));
    expect(results).toMatchObject(many(3).map(() => ({ status: "rejected", reason: { code: "STORE_BUSY" } })));
    other.exec("ROLLBACK");
    await expect(accounting.list()).resolves.toEqual([]);
    await expect(accounting.record(record())).resolves.toBe("stored");
  });

  test("close stores what is waiting, and takes nothing more", async () => {
    const path = temporaryPath();
    const stores = openSqlite({ path, maxBatch: 2 });
    const waiting = Promise.all(many(5).map((one) => stores.accounting.record(one)));
    const closing = stores.close();
    await expect(stores.accounting.record(record())).rejects.toMatchObject({ code: "STORE_CLOSED" });
    await closing;
    await expect(waiting).resolves.toHaveLength(5);
    await expect(openStores({ path }).accounting.list()).resolves.toHaveLength(5);
  });

  test("what comes while a commit is under way shares the next one", async () => {
    const batches: number[][] = [];
    const finish: (() => void)[] = [];
    const started: (() => void)[] = [];
    const group = new GroupCommit<number, number>({
      commit: (items) => {
        batches.push([...items]);
        started.shift()?.();
        return new Promise((resolve) => finish.push(() => resolve(items.map((item) => ({ result: item * 10 })))));
      },
    });
    const begun = () => new Promise<void>((resolve) => started.push(resolve));
    const firstBegun = begun();
    const first = group.submit(1);
    await firstBegun;
    const secondBegun = begun();
    const later = [group.submit(2), group.submit(3)];
    finish.shift()?.();
    await expect(first).resolves.toBe(10);
    await secondBegun;
    finish.shift()?.();
    await expect(Promise.all(later)).resolves.toEqual([20, 30]);
    expect(batches).toEqual([[1], [2, 3]]);
  });

  test("too many waiting are rejected, not gathered without end", async () => {
    const group = new GroupCommit<number, number>({
      maxPending: 2,
      commit: (items) => items.map((item): CommitOutcome<number> => ({ result: item })),
    });
    const results = await Promise.allSettled([group.submit(1), group.submit(2), group.submit(3)]);
    expect(results).toMatchObject([{ value: 1 }, { value: 2 }, { reason: { code: "STORE_BUSY" } }]);
    await expect(group.submit(4)).resolves.toBe(4);
  });

  test("a commit that throws, or forgets an item, rejects with a StoreError", async () => {
    const throwing = new GroupCommit<number, number>({
      commit: () => {
        throw new Error("no disk");
      },
    });
    await expect(throwing.submit(1)).rejects.toBeInstanceOf(StoreError);
    await expect(throwing.submit(1)).rejects.toMatchObject({ code: "STORE_FAILED", cause: { message: "no disk" } });
    await expect(new GroupCommit<number, number>({ commit: () => [] }).submit(1)).rejects.toMatchObject({
      code: "STORE_FAILED",
    });
  });
});
