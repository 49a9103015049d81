/** What every database must do, told by whoever runs one: sqlite.test.ts, mariadb.test.ts, postgresql.test.ts. */

import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { AccountingRecord } from "../../../server/src/accounting/index.js";
import { type DatabaseOptions, openDatabase, type ReceivedPage, type Stores } from "../../../server/src/store/index.js";
import { SCHEMA_VERSION } from "../../../server/src/store/sql/tables.js";
import { avps, record } from "../support.js";
import { accountingSessionsOf } from "./accounting-sessions.js";
import { DUPLICATES } from "./duplicates.js";
import { receivedInTime } from "./received.js";
import { type LateTransaction, recordsTail } from "./records-tail.js";
import { refusals } from "./refusals.js";
import { registrations } from "./registrations.js";
import { sessionsOf } from "./sessions.js";
import { upgrade } from "./upgrade.js";

export interface Database extends AsyncDisposable {
  /** Connects to a database that has no tables at the beginning, and keeps them. */
  readonly options: DatabaseOptions;
  /** Runs SQL as another program would; gives the rows, times as texts. */
  query(sql: string): Promise<readonly Record<string, unknown>[]>;
  /** Runs SQL in a transaction that goes on until it is told to commit; undefined where there is one at a time. */
  readonly begin?: LateTransaction | undefined;
}

const ALICE = { username: "alice", domain: "sip.example.test", password: "wonderland" };

export interface Traits {
  /** Only databases whose default collation does so take "ALICE" for "alice": then there cannot be both. */
  readonly foldsCase: boolean;
  /** Several transactions write at the same time. */
  readonly concurrent: boolean;
}

export function compliance(start: () => Promise<Database>, traits: Traits): void {
  let database: Database;
  let made: Stores;
  beforeAll(async () => {
    database = await start();
    made = await openDatabase({ ...database.options, ...("user" in database.options && { prepare: true }) });
    await made.close();
  });
  afterAll(() => database?.[Symbol.asyncDispose]());
  beforeEach(async () => {
    const ours = ["accounting", "sip_user", "sip_aor", "sip_user_data", "sip_session"].map((name) => `diamgen_${name}`);
    for (const table of [...ours, "acc", "subscriber"]) await database.query(`DELETE FROM ${table}`);
  });

  /** Another process, as far as the database can tell. */
  async function open(changes: Partial<DatabaseOptions> = {}): Promise<Stores> {
    const stores = await openDatabase({ ...database.options, ...changes } as DatabaseOptions);
    onTestFinished(() => stores.close());
    return stores;
  }

  const sessions = (count: number) =>
    Array.from({ length: count }, (_, index) => record({ sessionId: `client.diameter.test;1;${index}` }));
  const count = async (table: string) => Number((await database.query(`SELECT count(*) AS n FROM ${table}`))[0]?.n);

  registrations(open, (sql) => database.query(sql));
  sessionsOf(open, (sql) => database.query(sql));
  recordsTail(
    open,
    () => database.options,
    (sql) => database.query(sql),
    traits.concurrent ? (sql) => (database.begin as LateTransaction)(sql) : undefined,
  );
  accountingSessionsOf(open, (sql) => database.query(sql));
  receivedInTime(
    open,
    () => database.options,
    (sql) => database.query(sql),
  );
  upgrade(
    open,
    (sql) => database.query(sql),
    () => database.options,
  );
  refusals(
    open,
    (sql) => database.query(sql),
    () => database.options.type,
  );

  describe("a record is kept once", () => {
    test.each(DUPLICATES)("%s", async (_title, first, second, expected) => {
      const { accounting } = await open();
      await expect(accounting.record(record(first))).resolves.toBe("stored");
      await expect(accounting.record(record(second))).resolves.toBe(expected);
      expect(await accounting.list()).toHaveLength(expected === "stored" ? 2 : 1);
      expect(await count("acc")).toBe(expected === "stored" ? 2 : 1);
    });

    test.each(DUPLICATES)("%s, in one transaction", async (_title, first, second, expected) => {
      const { accounting } = await open();
      const both = [accounting.record(record(first)), accounting.record(record(second))];
      expect(await Promise.all(both)).toEqual(["stored", expected]);
    });

    test("records that share their number by mistake are kept and numbered", async () => {
      const { accounting } = await open();
      for (const tag of ["a", "b", "c", "b"]) await accounting.record(record({ avps: avps(tag) }));
      const kept = await accounting.list();
      expect(kept.map(({ collision }) => collision)).toEqual([0, 1, 2]);
      expect(kept.map((stored) => stored.avps[1]?.value)).toEqual(["a", "b", "c"]);
    });

    test("by three processes at once, in different orders", async () => {
      const processes = [await open(), await open(), await open()];
      const records = sessions(60);
      const orders = [records, records.toReversed(), [...records.slice(30), ...records.slice(0, 30)]];
      const kept = await Promise.all(
        processes.flatMap(({ accounting }, index) => (orders[index] ?? []).map((one) => accounting.record(one))),
      );
      expect(kept.filter((one) => one === "stored")).toHaveLength(60);
      expect(kept.filter((one) => one === "duplicate")).toHaveLength(120);
      expect(await count("diamgen_accounting")).toBe(60);
      expect(await count("acc")).toBe(60);
    });

    test("by two processes at once, each with other content under one number", async () => {
      const processes = [await open(), await open()];
      const tags = Array.from({ length: 10 }, (_, index) => `t${index}`);
      await Promise.all(
        processes.flatMap(({ accounting }) => tags.map((tag) => accounting.record(record({ avps: avps(tag) })))),
      );
      const kept = (await processes[0]?.accounting.list()) ?? [];
      expect(kept.map((stored) => stored.avps[1]?.value).sort()).toEqual(tags);
      expect(kept.map(({ collision }) => collision).sort((a, b) => a - b)).toEqual(tags.map((_, index) => index));
    });
  });

  describe("rows", () => {
    test("what is stored comes back, to the last bit", async () => {
      const { accounting } = await open();
      const full = record({ subSessionId: 2n ** 64n - 1n, recordNumber: 2 ** 32 - 1, retransmitted: true });
      const bare = record({ sessionId: "x", eventTimestamp: undefined, created: undefined, method: "", avps: [] });
      await accounting.record(full);
      await accounting.record(bare);
      const [first, second] = await accounting.list();
      expect(first).toEqual({ ...full, id: expect.any(Number), collision: 0 });
      expect(second).toEqual({ ...bare, id: expect.any(Number), collision: 0 });
    });

    test("acc has OpenSIPS's columns as OpenSIPS writes them, in UTC whatever time zone anybody is in", async () => {
      const { accounting } = await open();
      await accounting.record(record());
      await accounting.record(record({ sessionId: "x", created: undefined }));
      const columns = "method, from_tag, to_tag, callid, sip_code, sip_reason, duration, ms_duration, setuptime";
      const times = "CAST(time AS CHAR(19)) AS time, CAST(created AS CHAR(19)) AS created";
      const rows = await database.query(`SELECT ${columns}, ${times} FROM acc ORDER BY id`);
      const row = {
        method: "INVITE",
        from_tag: "ft",
        to_tag: "tt",
        callid: "call@lab",
        sip_code: "200",
        sip_reason: "",
        time: "2026-11-21 10:00:00",
        created: "2026-11-21 09:59:57",
        duration: 3,
        ms_duration: 2504,
        setuptime: 1,
      };
      expect(rows).toEqual([row, { ...row, created: null }]);
    });

    test.each(["x'; DROP TABLE acc; --", 'a,"b"\nc\\', "nul\0nul", "\ud800", "\u{1F600}", "żółw", "?1 :a $1 %s"])(
      "a peer may send %j",
      async (hostile) => {
        const { accounting } = await open();
        const sent = record({ sessionId: `s${hostile}`, callId: hostile, fromTag: hostile, avps: avps(hostile) });
        await expect(accounting.record(sent)).resolves.toBe("stored");
        await expect(accounting.record(sent)).resolves.toBe("duplicate");
        const [stored] = await accounting.list({ sessionId: sent.sessionId });
        expect(stored).toMatchObject({ sessionId: sent.sessionId, callId: hostile, avps: sent.avps });
        const [row] = await database.query("SELECT callid FROM acc");
        expect(row?.callid).toBe(hostile.replace(/[\0\ud800](?![\udc00-\udfff])/u, "\uFFFD"));
      },
    );

    test("what is longer than a column is cut there, and whole in the record", async () => {
      const { accounting } = await open();
      const long = "\u{1F600}".repeat(5000);
      const sent = record({
        sessionId: long,
        callId: long,
        method: long,
        sipReason: long,
        originHost: long,
        duration: 2 ** 32 - 1,
        avps: avps(long),
      });
      await expect(accounting.record(sent)).resolves.toBe("stored");
      await expect(accounting.record({ ...sent, sessionId: `${long}x` })).resolves.toBe("stored");
      await expect(accounting.record(sent)).resolves.toBe("duplicate");
      expect(await accounting.list({ sessionId: long })).toMatchObject([sent]);
      const [row] = await database.query("SELECT callid, method, duration FROM acc");
      expect(row).toEqual({
        callid: "\u{1F600}".repeat(64),
        method: "\u{1F600}".repeat(16),
        duration: 2 ** 31 - 1,
      });
    });

    test("Session-Ids that differ in spaces at the end, or in what a character set lacks, are others", async () => {
      const { accounting } = await open();
      const ids = ["a;1", "a;1 ", "a;1  ", " a;1", "a;ż", "a;ź", "a;?", "a;\u{1F600}"];
      for (const sessionId of ids) await expect(accounting.record(record({ sessionId }))).resolves.toBe("stored");
      for (const sessionId of ids) await expect(accounting.list({ sessionId })).resolves.toMatchObject([{ sessionId }]);
    });

    test.each<[string, Partial<AccountingRecord>]>([
      ["without Session-Id", { sessionId: "" }],
      ["whose duration is no number", { duration: Number.NaN }],
      ["whose time is none", { time: new Date(Number.NaN) }],
    ])("a record %s is refused, and those beside it are stored", async (_title, changes) => {
      const { accounting } = await open();
      const results = await Promise.allSettled(
        [record(), record(changes), record({ recordNumber: 1 })].map((one) => accounting.record(one)),
      );
      expect(results).toMatchObject([{ value: "stored" }, { reason: { code: "STORE_INVALID" } }, { value: "stored" }]);
    });

    test("the list comes in pages, and by session", async () => {
      const { accounting } = await open();
      for (const [recordNumber, sessionId] of ["a", "b", "a", "A"].entries())
        await accounting.record(record({ sessionId, recordNumber }));
      const all = await accounting.list();
      const numbers = async (page: object) => (await accounting.list(page)).map(({ recordNumber }) => recordNumber);
      await expect(numbers({ limit: 2 })).resolves.toEqual([0, 1]);
      await expect(numbers({ afterId: all[1]?.id })).resolves.toEqual([2, 3]);
      await expect(numbers({ sessionId: "a" })).resolves.toEqual([0, 2]);
      await expect(numbers({ sessionId: "a", afterId: all[0]?.id })).resolves.toEqual([2]);
      await expect(numbers({ sessionId: "a' OR 'a'='a" })).resolves.toEqual([]);
      for (const limit of [0, 1.5, 10_001])
        await expect(numbers({ limit })).rejects.toMatchObject({ code: "STORE_INVALID" });
    });

    test("those of a time come page by page, in the order of receipt; those of a session, in the order of storing", async () => {
      const { accounting } = await open();
      const at = (second: number) => new Date(Date.UTC(2026, 10, 22, 23, 59, second, 500));
      // 3 had been in the spool; 5 came with 4.
      for (const [recordNumber, second] of [10, 20, 30, 15, 40, 40].entries())
        await accounting.record(
          record({ recordNumber, receivedAt: at(second), sessionId: recordNumber > 3 ? "b" : "a" }),
        );
      const numbers = async (page: ReceivedPage) => {
        const found: number[] = [];
        for (let after: ReceivedPage["after"]; ; ) {
          const { records, next } = await accounting.received({ ...page, after });
          expect(records.length).toBeLessThanOrEqual(page.limit ?? 1000);
          found.push(...records.map(({ recordNumber }) => recordNumber));
          if (next === undefined) return found;
          after = next;
        }
      };
      for (const limit of [1, 2, 5, 6, 1000]) {
        expect(await numbers({ limit })).toEqual([0, 1, 2, 3, 4, 5]);
        expect(await numbers({ limit, since: at(15), until: at(40) })).toEqual([3, 1, 2]);
        expect(await numbers({ limit, since: new Date(at(15).getTime() + 1) })).toEqual([1, 2, 4, 5]);
        expect(await numbers({ limit, until: at(30) })).toEqual([0, 3, 1]);
        expect(await numbers({ limit, until: at(30), sessionId: "a" })).toEqual([0, 1, 3]);
        expect(await numbers({ limit, since: at(40), sessionId: "b" })).toEqual([4, 5]);
        expect(await numbers({ limit, since: at(41) })).toEqual([]);
      }
      const all = await accounting.list();
      expect((await accounting.received({ since: at(40) })).records).toEqual(all.slice(4));
      expect(await accounting.byIds([all[4]?.id ?? 0, 2 ** 40, all[1]?.id ?? 0])).toEqual([all[1], all[4]]);
      expect(await accounting.byIds([])).toEqual([]);
      for (const page of [{ since: new Date(Number.NaN) }, { until: new Date(Number.NaN), sessionId: "a" }])
        await expect(accounting.received(page)).rejects.toMatchObject({ code: "STORE_INVALID" });
    });

    test("the newest come in the order of storing", async () => {
      const { accounting } = await open();
      expect(await accounting.newest()).toEqual([]);
      for (let recordNumber = 0; recordNumber < 5; recordNumber++) await accounting.record(record({ recordNumber }));
      const all = await accounting.list();
      expect(await accounting.newest(2)).toEqual(all.slice(3));
      expect(await accounting.newest()).toEqual(all);
      await expect(accounting.newest(0)).rejects.toMatchObject({ code: "STORE_INVALID" });
    });
  });

  describe("transactions", () => {
    test("1000 records at once are stored in their order", async () => {
      const { accounting } = await open();
      const records = sessions(1000);
      const kept = await Promise.all(records.map((one) => accounting.record(one)));
      expect(new Set(kept)).toEqual(new Set(["stored"]));
      const stored = await accounting.list({ limit: 2000 });
      expect(stored.map(({ sessionId }) => sessionId)).toEqual(records.map(({ sessionId }) => sessionId));
    });

    test("a record whose row of acc cannot be written is not kept at all", async () => {
      const { accounting } = await open();
      await database.query("ALTER TABLE acc RENAME TO elsewhere");
      try {
        await expect(accounting.record(record())).rejects.toMatchObject({ code: "STORE_SCHEMA" });
        expect(await count("diamgen_accounting")).toBe(0);
      } finally {
        await database.query("ALTER TABLE elsewhere RENAME TO acc");
      }
      await expect(accounting.record(record())).resolves.toBe("stored");
      expect(await count("acc")).toBe(1);
    });

    test("closing stores what is waiting, and takes nothing more", async () => {
      const stores = await open({ maxBatch: 2 });
      const waiting = Promise.all(sessions(5).map((one) => stores.accounting.record(one)));
      const closing = stores.close();
      await expect(stores.accounting.record(record())).rejects.toMatchObject({ code: "STORE_CLOSED" });
      await closing;
      await expect(waiting).resolves.toHaveLength(5);
      await expect(stores.accounting.list()).rejects.toMatchObject({ code: "STORE_CLOSED" });
      await expect(stores.subscribers.find("a", "b")).rejects.toMatchObject({ code: "STORE_CLOSED" });
      await expect(stores.subscribers.find("\0", "b")).rejects.toMatchObject({ code: "STORE_CLOSED" });
      expect(await count("diamgen_accounting")).toBe(5);
    });
  });

  describe("tables", () => {
    test("making them again changes nothing; several processes may at once", async () => {
      const processes = [await open(), await open(), await open()];
      await processes[0]?.accounting.record(record());
      await Promise.all(processes.map((stores) => stores.prepare()));
      expect(await count("diamgen_accounting")).toBe(1);
      expect(await database.query("SELECT version FROM diamgen_schema")).toEqual([{ version: SCHEMA_VERSION }]);
    });

    test("those of a newer diamgen are left alone", async () => {
      await database.query("UPDATE diamgen_schema SET version = 9999");
      onTestFinished(async () => void (await database.query(`UPDATE diamgen_schema SET version = ${SCHEMA_VERSION}`)));
      const opened = openDatabase({ ...database.options, prepare: true } as DatabaseOptions);
      await expect(opened).rejects.toMatchObject({ code: "STORE_SCHEMA" });
    });

    const tables = {
      subscriber: { table: "Order", columns: { username: "select", ha1: "MixedCase" } },
      acc: { table: "call_log", columns: { callid: "group", time: "when", ms_duration: null } },
      prefix: "our_",
    };
    test("they may have other names, SQL's own words too", async () => {
      const stores = await open({ tables });
      await stores.prepare();
      await stores.subscribers.add(ALICE);
      await expect(stores.subscribers.find("alice", ALICE.domain)).resolves.toMatchObject({ username: "alice" });
      await expect(stores.accounting.record(record())).resolves.toBe("stored");
      await expect(stores.accounting.record(record())).resolves.toBe("duplicate");
      expect(await database.query("SELECT method FROM call_log")).toEqual([{ method: "INVITE" }]);
      expect(await count("our_accounting")).toBe(1);
      expect(await count("acc")).toBe(0);
    });

    test("acc may be left out", async () => {
      const { accounting } = await open({ tables: { acc: { enabled: false } } });
      await expect(accounting.record(record())).resolves.toBe("stored");
      expect(await count("acc")).toBe(0);
    });

    test.each(["a b", "a;b", 'a"b', "a`b", "1a", "", "a.b", "ą", "x".repeat(64)])("%j is no name", async (name) => {
      for (const changed of [
        { acc: { table: name } },
        { subscriber: { columns: { ha1: name } } },
        { prefix: `${name}-` },
      ])
        await expect(open({ tables: changed })).rejects.toMatchObject({ code: "STORE_INVALID" });
    });
  });

  describe("subscribers", () => {
    test("what is added is found, with every HA1 and without the password", async () => {
      const { subscribers } = await open();
      await subscribers.add(ALICE);
      await expect(subscribers.find("alice", "sip.example.test")).resolves.toEqual({
        id: expect.any(Number),
        username: "alice",
        domain: "sip.example.test",
        password: "",
        // What `printf '%s' alice:sip.example.test:wonderland | openssl dgst -md5` and so on print.
        ha1: "d5790ffd01ac914562023b3bb109848f",
        ha1Sha256: "cf87376568771e896dac0cc43417b8da45b987050e5c2eba03335d65bbb43c6c",
        ha1Sha512t256: "105bdb961119dcbfa4fbbf116dfd7b39fba70079035570785edb1a4384579583",
      });
    });

    test.each([
      ["bob", "sip.example.test"],
      ["ALICE", "sip.example.test"],
      ["alicé", "sip.example.test"],
      ["alice ", "sip.example.test"],
      ["alice\0", "sip.example.test"],
      ["\ud800", "sip.example.test"],
      ["", ""],
      ["a' OR '1'='1", "sip.example.test"],
      ["%", "%"],
    ])("%j@%j is not there", (username, domain) => expectAbsent(username, domain));
    test("a name that is longer than any is not there", () => expectAbsent("u".repeat(100_000), "sip.example.test"));

    const expectAbsent = async (username: string, domain: string) => {
      const { subscribers } = await open();
      await subscribers.add(ALICE);
      await expect(subscribers.find(username, domain)).resolves.toBeUndefined();
      await expect(subscribers.setPassword(username, domain, "x")).resolves.toBe(false);
      await expect(subscribers.delete(username, domain)).resolves.toBe(false);
      await expect(subscribers.find("alice", "sip.example.test")).resolves.toBeDefined();
    };

    test.each(["a' OR '1'='1", "Robert'); DROP TABLE subscriber;--", "jørn", "\u{1F600}", 'q"u\\o`te', "?1", "$1"])(
      "a subscriber may be called %j",
      async (username) => {
        const { subscribers } = await open();
        await subscribers.add({ ...ALICE, username });
        await expect(subscribers.find(username, ALICE.domain)).resolves.toMatchObject({ username });
        await expect(subscribers.setPassword(username, ALICE.domain, "new")).resolves.toBe(true);
        await expect(subscribers.delete(username, ALICE.domain)).resolves.toBe(true);
        await expect(subscribers.list()).resolves.toEqual([]);
      },
    );

    test("of many that are asked for at once, each is found, whatever the others are called", async () => {
      const { subscribers } = await open();
      const known = Array.from({ length: 90 }, (_, index) => ({ ...ALICE, username: `user${index}` }));
      for (const one of known) await subscribers.add(one);
      const strange = ["bob", "ALICE", "\0", "\ud800", "", "a' OR '1'='1", "\u{1F600}", "u".repeat(10_000)];
      const asked = known.flatMap(({ username }, index) => [username, strange[index % strange.length] ?? "", username]);
      const found = await Promise.all(asked.map((username) => subscribers.find(username, ALICE.domain)));
      expect(found.map((one) => one?.username)).toEqual(
        known.flatMap(({ username }) => [username, undefined, username]),
      );
    });

    test("a second one of the same name is refused", async () => {
      const { subscribers } = await open();
      await subscribers.add(ALICE);
      await expect(subscribers.add({ ...ALICE, password: "x" })).rejects.toMatchObject({ code: "STORE_EXISTS" });
      await subscribers.add({ ...ALICE, domain: "other.test" });
      const other = subscribers.add({ ...ALICE, username: "ALICE" });
      if (traits.foldsCase) await expect(other).rejects.toMatchObject({ code: "STORE_EXISTS" });
      else await expect(other).resolves.toBeUndefined();
    });

    test("the list has no secrets and comes in pages", async () => {
      const { subscribers } = await open();
      for (const username of ["a", "b", "c"]) await subscribers.add({ ...ALICE, username, keepPassword: true });
      await subscribers.add({ ...ALICE, domain: "other.test" });
      const first = await subscribers.list({ limit: 2 });
      expect(first).toMatchObject([
        { username: "a", rpid: undefined, stored: { password: true, ha1: true } },
        { username: "b" },
      ]);
      expect(JSON.stringify(first)).not.toMatch(/wonderland|[0-9a-f]{32}/);
      const rest = await subscribers.list({ afterId: first[1]?.id });
      expect(rest.map(({ username }) => username)).toEqual(["c", "alice"]);
      await expect(subscribers.list({ domain: "other.test" })).resolves.toMatchObject([
        { stored: { password: false } },
      ]);
    });
  });
}
