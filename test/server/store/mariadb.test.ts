/** MariaDB passes what all databases pass, and comes back from what a server can suffer. */

import { expect, onTestFinished, test } from "vitest";
import { openDatabase, type Stores } from "../../../server/src/store/index.js";
import { type Mariadb, mariadbRequirements, startMariadb } from "../../support/mariadb.js";
import { describeWith } from "../../support/require.js";
import { record } from "../support.js";
import { compliance } from "./compliance.js";
import { outages } from "./outages.js";

describeWith(mariadbRequirements, "MariaDB", () => {
  let mariadb: Mariadb;
  compliance(
    async () => {
      mariadb = await startMariadb();
      return {
        options: await mariadb.createDatabase("opensips"),
        query: (sql) => mariadb.query("opensips", sql),
        [Symbol.asyncDispose]: () => mariadb[Symbol.asyncDispose](),
      };
    },
    { foldsCase: true },
  );

  outages(() => ({
    ...mariadb,
    waiting: "SELECT 1 FROM information_schema.processlist WHERE state LIKE '%metadata lock%'",
  }));

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
      record({ sessionId: "b", callId: "\u{1F600}żx" }),
      record({ sessionId: "c" }),
    ];
    const kept = await Promise.all(sent.map((one) => stores.accounting.record(one)));
    expect(kept).toEqual(["stored", "stored", "stored"]);
    const rows = await mariadb.query("western", "SELECT callid FROM acc ORDER BY id");
    expect(rows.map(({ callid }) => callid)).toEqual(["call@lab", "??x", "call@lab"]);
    expect((await stores.accounting.list())[1]?.callId).toBe("\u{1F600}żx");
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
