/** MariaDB passes what all databases pass, and comes back from what a server can suffer. */

import { expect, onTestFinished, test } from "vitest";
import { openDatabase, type Stores } from "../../../server/src/store/index.js";
import { type Mariadb, mariadbRequirements, startMariadb } from "../../support/mariadb.js";
import { describeWith } from "../../support/require.js";
import { record } from "../support.js";
import { compliance } from "./compliance.js";
import { outages } from "./outages.js";
import { withoutRights } from "./refusals.js";

describeWith(mariadbRequirements, "MariaDB", () => {
  let mariadb: Mariadb;
  compliance(
    async () => {
      mariadb = await startMariadb();
      return {
        options: await mariadb.createDatabase("opensips"),
        query: (sql) => mariadb.query("opensips", sql),
        begin: (sql) => mariadb.begin("opensips", sql),
        [Symbol.asyncDispose]: () => mariadb[Symbol.asyncDispose](),
      };
    },
    { foldsCase: true, concurrent: true },
  );

  outages(() => ({
    ...mariadb,
    waiting: "SELECT 1 FROM information_schema.processlist WHERE state LIKE '%metadata lock%'",
  }));

  withoutRights(async () => {
    const options = await mariadb.createDatabase("readable");
    await (await openDatabase({ ...options, prepare: true })).close();
    await mariadb.query("", "CREATE USER reader@'%' IDENTIFIED BY 'x'");
    await mariadb.query("", "GRANT SELECT ON readable.* TO reader@'%'");
    return { ...options, user: "reader", password: "x" };
  });

  test("a server that became read only: records wait, subscribers are found", async () => {
    const options = await mariadb.createDatabase("replica");
    await (await openDatabase({ ...options, prepare: true })).close();
    // Who has all rights may write all the same.
    await mariadb.query("", "CREATE USER usual@'%' IDENTIFIED BY 'x'");
    await mariadb.query("", "GRANT SELECT, INSERT ON replica.* TO usual@'%'");
    const stores: Stores = await openDatabase({ ...options, user: "usual", password: "x" });
    onTestFinished(() => stores.close());
    await mariadb.query("", "SET GLOBAL read_only = 1");
    try {
      await expect(stores.accounting.record(record())).rejects.toMatchObject({ code: "STORE_REFUSED" });
      await expect(stores.subscribers.find("a", "b")).resolves.toBeUndefined();
    } finally {
      await mariadb.query("", "SET GLOBAL read_only = 0");
    }
    await expect(stores.accounting.record(record())).resolves.toBe("stored");
  });

  test("a server that no longer answers, its connections open: calls end, and it is found again", async () => {
    const options = await mariadb.createDatabase("frozen");
    const stores: Stores = await openDatabase({
      ...options,
      prepare: true,
      statementTimeoutMs: 200,
      connectTimeoutMs: 500,
      backoffMs: { first: 1, last: 50 },
    });
    onTestFinished(() => stores.close());
    await stores.accounting.record(record());
    await mariadb.daemon.freeze();
    try {
      await expect(stores.accounting.record(record())).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
      await expect(stores.subscribers.find("a", "b")).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    } finally {
      mariadb.daemon.thaw();
    }
    await expect.poll(() => stores.accounting.record(record()).catch(String), { timeout: 5000 }).toBe("duplicate");
  });

  test("an acc of another character set: what it lacks is written as ?, and the record is whole", async () => {
    const options = await mariadb.createDatabase("western", "latin1");
    const stores = await openDatabase({ ...options, prepare: true });
    onTestFinished(() => stores.close());
    const sent = [
      record({ sessionId: "a" }),
      record({ sessionId: "bż", callId: "\u{1F600}żx" }),
      record({ sessionId: "c" }),
    ];
    const kept = await Promise.all(sent.map((one) => stores.accounting.record(one)));
    expect(kept).toEqual(["stored", "stored", "stored"]);
    const rows = await mariadb.query("western", "SELECT callid FROM acc ORDER BY id");
    expect(rows.map(({ callid }) => callid)).toEqual(["call@lab", "??x", "call@lab"]);
    expect((await stores.accounting.list({ sessionId: "bż" }))[0]?.callId).toBe("\u{1F600}żx");
    await expect(stores.subscribers.find("\u{1F600}", "d.test")).resolves.toBeUndefined();
  });

  test("a subscriber table of another character set: a name that it lacks does not disturb those asked for beside it", async () => {
    const options = await mariadb.createDatabase("western_names", "latin1");
    const stores = await openDatabase({ ...options, prepare: true });
    onTestFinished(() => stores.close());
    const { subscribers } = stores;
    await subscribers.add({ username: "jørn", domain: "example.test", password: "x" });
    const asked = ["jørn", "\u{1F600}", "ż", "jørn"].map((username) => subscribers.find(username, "example.test"));
    const found = await Promise.all(asked);
    expect(found.map((one) => one?.username)).toEqual(["jørn", undefined, undefined, "jørn"]);
  });

  test("a wrong password is said without the password", async () => {
    const options = await mariadb.createDatabase("closed");
    const opened = openDatabase({ ...options, password: "hunter2", prepare: true });
    await expect(opened).rejects.toMatchObject({
      code: "STORE_UNAVAILABLE",
      message: expect.not.stringContaining("hunter2"),
    });
  });

  const common =
    "username CHAR(64) DEFAULT '' NOT NULL, domain CHAR(64) DEFAULT '' NOT NULL, password CHAR(25) DEFAULT '' NOT NULL";
  const [email, ha1, rpid] = [
    "email_address CHAR(64) DEFAULT '' NOT NULL",
    "ha1 CHAR(64) DEFAULT '' NOT NULL",
    "rpid CHAR(64) DEFAULT NULL",
  ];
  const newer = "ha1_sha256 CHAR(64) DEFAULT '' NOT NULL, ha1_sha512t256 CHAR(64) DEFAULT '' NOT NULL";
  const none = { ha1_sha256: null, ha1_sha512t256: null };
  test.each([
    ["OpenSIPS 2.4", `${common}, ${email}, ${ha1}, ha1b CHAR(64) DEFAULT '' NOT NULL, ${rpid}`, "latin1", none],
    ["OpenSIPS 3.2 and later", `${common}, ${email}, ${ha1}, ${newer}, ${rpid}`, "utf8mb3", {}],
    ["somebody who has no e-mail", `${common}, ${ha1}, ${newer}`, "utf8mb4", { email_address: null, rpid: null }],
    [
      "the least",
      "username VARCHAR(64), domain VARCHAR(64), ha1 VARCHAR(64)",
      "ascii",
      { ...none, password: null, email_address: null, rpid: null },
    ],
  ])("a subscriber table as that of %s", async (title, columns, characterSet, missing) => {
    const name = `table ${title}`.replaceAll(/[^a-z0-9]/gi, "_");
    const options = await mariadb.createDatabase(name, characterSet);
    const key = "id INT(10) UNSIGNED AUTO_INCREMENT PRIMARY KEY NOT NULL";
    await mariadb.query(
      name,
      `CREATE TABLE subscriber (${key}, ${columns}, UNIQUE account_idx (username, domain)) ENGINE=InnoDB`,
    );
    await mariadb.query(name, "INSERT INTO subscriber (username, domain, ha1) VALUES ('old', 'sip.test', '0123')");
    if (Object.keys(missing).length > 0) {
      await using whole = await openDatabase({ ...options, prepare: true });
      await expect(whole.subscribers.list()).rejects.toMatchObject({ code: "STORE_SCHEMA" });
    }
    await using stores = await openDatabase({
      ...options,
      tables: { subscriber: { columns: missing } },
      prepare: true,
    });
    expect(await stores.subscribers.find("old", "sip.test")).toMatchObject({
      ha1: "0123",
      ha1Sha256: "",
      password: "",
    });
    await stores.subscribers.add({ username: "alice", domain: "sip.test", password: "wonderland" });
    const found = await stores.subscribers.find("alice", "sip.test");
    expect(found?.ha1).toMatch(/^[0-9a-f]{32}$/);
    expect(found?.ha1Sha256).toMatch("ha1_sha256" in missing ? /^$/ : /^[0-9a-f]{64}$/);
    expect(await stores.subscribers.setPassword("alice", "sip.test", "through")).toBe(true);
    expect((await stores.subscribers.find("alice", "sip.test"))?.ha1).not.toBe(found?.ha1);
    expect((await stores.subscribers.list()).map(({ username, rpid }) => [username, rpid])).toEqual([
      ["old", undefined],
      ["alice", undefined],
    ]);
    const keeping = { username: "bob", domain: "sip.test", password: "x", keepPassword: true };
    if ("password" in missing)
      await expect(stores.subscribers.add(keeping)).rejects.toMatchObject({ code: "STORE_INVALID" });
    else await stores.subscribers.add(keeping);
    expect(await stores.accounting.record(record({ callId: "żółw" }))).toBe("stored");
  });

  test.each([
    ...[
      "''",
      "'ANSI_QUOTES'",
      "'NO_BACKSLASH_ESCAPES'",
      "'TRADITIONAL,ANSI'",
      "'STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE'",
    ],
    ...["'PAD_CHAR_TO_FULL_LENGTH'", "'ORACLE'"],
  ])("sql_mode %s of the server changes nothing", async (mode) => {
    const [before] = await mariadb.query("", "SELECT @@GLOBAL.sql_mode AS mode");
    onTestFinished(async () => void (await mariadb.query("", `SET GLOBAL sql_mode = '${before?.mode}'`)));
    await mariadb.query("", `SET GLOBAL sql_mode = ${mode}`);
    const name = `mode ${mode.length}`;
    await using stores = await openDatabase({ ...(await mariadb.createDatabase(name)), prepare: true });
    const hostile = 'a\\\' "b"\n\\';
    await stores.subscribers.add({ username: "al'ice\\", domain: "sip.test", password: "wonderland" });
    expect(await stores.subscribers.find("al'ice\\", "sip.test")).toMatchObject({
      username: "al'ice\\",
      domain: "sip.test",
    });
    const sent = record({ callId: hostile, duration: 2 ** 31, created: undefined });
    expect(await stores.accounting.record(sent)).toBe("stored");
    expect(await stores.accounting.record(sent)).toBe("duplicate");
    expect(await stores.accounting.list()).toMatchObject([sent]);
    expect(await mariadb.query(name, "SELECT TRIM(callid) AS callid FROM acc")).toEqual([{ callid: hostile }]);
  });
});
