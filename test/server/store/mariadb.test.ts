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
});
