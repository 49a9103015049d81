/** The embedded database: what makes it durable, what keeps libsql's traps away, and which tables it has. */

import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import Libsql from "libsql";
import { describe, expect, test } from "vitest";
import { openSqlite, StoreError, toStoreError } from "../../server/src/store/index.js";
import { openStores, record, temporaryPath } from "./support.js";

const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(StoreError);
    return (thrown as StoreError).code;
  }
  return "nothing was thrown";
};

describe("durability", () => {
  test("the settings are on, as SQLite itself says", () => {
    const { connection } = openStores();
    expect(connection.pragma("journal_mode")).toBe("wal");
    expect(connection.pragma("synchronous")).toBe(2);
    expect(connection.pragma("foreign_keys")).toBe(1);
    expect(connection.pragma("busy_timeout")).toBe(1000);
  });

  test("they are on again after opening the same file anew", async () => {
    const path = temporaryPath();
    await openSqlite({ path }).close();
    const { connection } = openStores({ path, busyTimeoutMs: 20 });
    expect(connection.pragma("journal_mode")).toBe("wal");
    expect(connection.pragma("synchronous")).toBe(2);
    expect(connection.pragma("busy_timeout")).toBe(20);
  });

  test("a database that another holds exclusively is refused, not used without WAL", () => {
    const path = temporaryPath();
    const other = new Libsql(path);
    other.exec("CREATE TABLE t (a); BEGIN EXCLUSIVE");
    expect(codeOf(() => openSqlite({ path, busyTimeoutMs: 0 }))).toBe("STORE_BUSY");
    other.exec("ROLLBACK");
    other.close();
  });

  test("the file is for its owner only", () => {
    const { connection } = openStores();
    expect(statSync(connection.path).mode & 0o777).toBe(0o600);
  });

  test("closing empties the log into the database", async () => {
    const path = temporaryPath();
    const stores = openSqlite({ path });
    await stores.accounting.record(record());
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
    await stores.close();
    expect(readFileSync(path).includes("client.diameter.test;1;1")).toBe(true);
  });
});

describe("errors", () => {
  test("a folder that is not there", () => {
    const path = join(dirname(temporaryPath()), "none", "x.db");
    expect(codeOf(() => openSqlite({ path }))).toBe("STORE_UNAVAILABLE");
  });

  test("a folder in place of a file", () => {
    const path = temporaryPath();
    mkdirSync(path);
    expect(codeOf(() => openSqlite({ path }))).toBe("STORE_UNAVAILABLE");
  });

  test("a file that is no database", () => {
    const path = temporaryPath();
    writeFileSync(path, "this is a text and not a database ".repeat(100));
    expect(codeOf(() => openSqlite({ path }))).toBe("STORE_CORRUPT");
    expect(() => openSqlite({ path })).toThrow(path);
  });

  test("a database of a newer diamgen", async () => {
    const path = temporaryPath();
    const stores = openSqlite({ path });
    stores.connection.exec("UPDATE diamgen_schema SET version = 9999");
    await stores.close();
    expect(codeOf(() => openSqlite({ path }))).toBe("STORE_SCHEMA");
  });

  test("a path that libsql would take for a server's address is a file", async () => {
    const path = temporaryPath();
    const stores = openStores({ path: `${dirname(path)}/libsql:x.db` });
    expect(statSync(stores.connection.path).isFile()).toBe(true);
  });

  test.each([
    ["a boolean, which would abort the process", true],
    ["undefined", undefined],
    ["a date", new Date(0)],
    ["an object", {}],
    ["a text with a NUL", "alice\0x"],
    ["NaN", Number.NaN],
    ["an integer beyond 64 bits", 2n ** 63n],
  ])("%s is not bound", (_title, value) => {
    const { connection } = openStores();
    expect(codeOf(() => connection.prepare("SELECT ?").all([value]))).toBe("STORE_INVALID");
  });

  test("the message about such a value does not contain it", () => {
    const { connection } = openStores();
    expect(() => connection.prepare("SELECT ?").all(["hunter2\0"])).toThrow(/^(?!.*hunter2).*parameter 1/);
  });

  test("every call after close says so, statements prepared before too", async () => {
    const stores = openStores();
    const statement = stores.connection.prepare("SELECT 1");
    await stores.close();
    await stores[Symbol.asyncDispose]();
    expect(codeOf(() => statement.all([]))).toBe("STORE_CLOSED");
    expect(codeOf(() => stores.connection.prepare("SELECT 1"))).toBe("STORE_CLOSED");
    expect(codeOf(() => stores.connection.transaction(() => 1))).toBe("STORE_CLOSED");
    const closed = { name: "StoreError", code: "STORE_CLOSED" };
    const { subscribers, accounting } = stores;
    await expect(subscribers.find("a", "b")).rejects.toMatchObject(closed);
    await expect(subscribers.list()).rejects.toMatchObject(closed);
    await expect(subscribers.add({ username: "a", domain: "b", password: "c" })).rejects.toMatchObject(closed);
    await expect(subscribers.setPassword("a", "b", "c")).rejects.toMatchObject(closed);
    await expect(subscribers.delete("a", "b")).rejects.toMatchObject(closed);
    await expect(accounting.record(record())).rejects.toMatchObject(closed);
    await expect(accounting.list()).rejects.toMatchObject(closed);
  });

  test("a failed transaction leaves nothing, and the next one works", () => {
    const { connection } = openStores();
    const insert = () => connection.exec("INSERT INTO subscriber (username) VALUES ('x')");
    expect(() =>
      connection.transaction(() => {
        insert();
        throw new Error("halfway");
      }),
    ).toThrow("halfway");
    expect(codeOf(() => connection.transaction(() => connection.transaction(insert)))).toBe("STORE_FAILED");
    expect(connection.prepare("SELECT * FROM subscriber").all([])).toEqual([]);
    expect(connection.commits).toBe(0 + migrations);
    connection.transaction(insert);
    expect(connection.prepare("SELECT username FROM subscriber").all([])).toEqual([{ username: "x" }]);
    expect(connection.commits).toBe(1 + migrations);
  });

  test("libsql's codes become ours, with the original as cause", () => {
    const cause = Object.assign(new Error("disk I/O error"), { code: "SQLITE_IOERR_FSYNC" });
    expect(toStoreError(cause, "writing")).toMatchObject({
      code: "STORE_UNAVAILABLE",
      message: "writing: disk I/O error",
      cause,
    });
    expect(toStoreError(Object.assign(new Error(), { code: "SQLITE_FULL" }), "").code).toBe("STORE_FULL");
    expect(toStoreError("just a text", "").code).toBe("STORE_FAILED");
  });
});

/** Transactions that making the tables takes. */
const migrations = 1;

describe("tables", () => {
  const columns = (path: string, table: string) =>
    (new Libsql(path).prepare(`PRAGMA table_info(${table})`).all([]) as { name: string; type: string }[]).map(
      ({ name, type }) => `${name} ${type}`,
    );

  test("subscriber is OpenSIPS 3.2's, nothing more and nothing less", () => {
    expect(columns(openStores().connection.path, "subscriber")).toEqual([
      "id INTEGER",
      "username CHAR(64)",
      "domain CHAR(64)",
      "password CHAR(25)",
      "email_address CHAR(64)",
      "ha1 CHAR(64)",
      "ha1_sha256 CHAR(64)",
      "ha1_sha512t256 CHAR(64)",
      "rpid CHAR(64)",
    ]);
  });

  test("acc is OpenSIPS 3.2's, nothing more and nothing less", () => {
    expect(columns(openStores().connection.path, "acc")).toEqual([
      "id INTEGER",
      "method CHAR(16)",
      "from_tag CHAR(64)",
      "to_tag CHAR(64)",
      "callid CHAR(64)",
      "sip_code CHAR(3)",
      "sip_reason CHAR(32)",
      "time DATETIME",
      "duration INTEGER",
      "ms_duration INTEGER",
      "setuptime INTEGER",
      "created DATETIME",
    ]);
  });

  test("tables that OpenSIPS made are taken over, and it can go on writing to them", async () => {
    const path = temporaryPath();
    const opensips = new Libsql(path);
    // acc of OpenSIPS 2.4, table version 6: without ms_duration.
    opensips.exec(`CREATE TABLE acc (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, method CHAR(16) DEFAULT '' NOT NULL,
      from_tag CHAR(64) DEFAULT '' NOT NULL, to_tag CHAR(64) DEFAULT '' NOT NULL, callid CHAR(64) DEFAULT '' NOT NULL,
      sip_code CHAR(3) DEFAULT '' NOT NULL, sip_reason CHAR(32) DEFAULT '' NOT NULL, time DATETIME NOT NULL,
      duration INTEGER DEFAULT 0 NOT NULL, setuptime INTEGER DEFAULT 0 NOT NULL, created DATETIME DEFAULT NULL)`);
    const theirs = "INSERT INTO acc (method, callid, time) VALUES ('INVITE', 'theirs', '2026-01-01 00:00:00')";
    opensips.exec(theirs);
    const { accounting } = openStores({ path, tables: { acc: { columns: { ms_duration: null } } } });
    await expect(accounting.record(record())).resolves.toBe("stored");
    await expect(accounting.record(record())).resolves.toBe("duplicate");
    expect(columns(path, "acc")).not.toContain("session_id TEXT");
    opensips.exec(theirs);
    opensips.exec(theirs);
    const rows = opensips.prepare("SELECT callid FROM acc ORDER BY id").all([]);
    expect(rows).toEqual(["theirs", "call@lab", "theirs", "theirs"].map((callid) => ({ callid })));
    await expect(accounting.list()).resolves.toMatchObject([{ callId: "call@lab" }]);
    opensips.close();
  });

  test("two that open a new file at once both find the tables", () => {
    const path = temporaryPath();
    const [one, two] = [openStores({ path }), openStores({ path })];
    expect(one.connection.commits + two.connection.commits).toBe(migrations);
  });
});
