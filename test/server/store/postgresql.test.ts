/** PostgreSQL passes what all databases pass, and comes back from what a server can suffer. */

import { expect, onTestFinished, test } from "vitest";
import { openDatabase } from "../../../server/src/store/index.js";
import { type Postgresql, postgresqlRequirements, startPostgresql } from "../../support/postgresql.js";
import { describeWith } from "../../support/require.js";
import { record } from "../support.js";
import { compliance } from "./compliance.js";
import { outages } from "./outages.js";
import { withoutRights } from "./refusals.js";

describeWith(postgresqlRequirements, "PostgreSQL", () => {
  let postgresql: Postgresql;
  compliance(
    async () => {
      postgresql = await startPostgresql();
      return {
        options: await postgresql.createDatabase("opensips"),
        query: (sql) => postgresql.query("opensips", sql),
        begin: (sql) => postgresql.begin("opensips", sql),
        [Symbol.asyncDispose]: () => postgresql[Symbol.asyncDispose](),
      };
    },
    { foldsCase: false, concurrent: true },
  );

  outages(() => ({ ...postgresql, waiting: "SELECT 1 FROM pg_locks WHERE NOT granted" }));

  withoutRights(async () => {
    const options = await postgresql.createDatabase("readable");
    await (await openDatabase({ ...options, prepare: true })).close();
    await postgresql.query("readable", "CREATE ROLE reader LOGIN PASSWORD 'x'");
    await postgresql.query("readable", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader");
    return { ...options, user: "reader", password: "x" };
  });

  test("a database of another encoding: what it lacks is written as ?, and the record is whole", async () => {
    const options = await postgresql.createDatabase("western", "LATIN1");
    const stores = await openDatabase({ ...options, prepare: true });
    onTestFinished(() => stores.close());
    const sent = [
      record({ sessionId: "a" }),
      record({ sessionId: "bż", callId: "\u{1F600}żx" }),
      record({ sessionId: "c" }),
    ];
    const kept = await Promise.all(sent.map((one) => stores.accounting.record(one)));
    expect(kept).toEqual(["stored", "stored", "stored"]);
    const rows = await postgresql.query("western", "SELECT callid FROM acc ORDER BY id");
    expect(rows.map(({ callid }) => callid)).toEqual(["call@lab", "??x", "call@lab"]);
    expect((await stores.accounting.list({ sessionId: "bż" }))[0]?.callId).toBe("\u{1F600}żx");
    await expect(stores.subscribers.find("\u{1F600}", "d.test")).resolves.toBeUndefined();
  });

  test("a wrong password is said without the password", async () => {
    const options = await postgresql.createDatabase("closed");
    const opened = openDatabase({ ...options, password: "hunter2", prepare: true });
    await expect(opened).rejects.toMatchObject({
      code: "STORE_UNAVAILABLE",
      message: expect.not.stringContaining("hunter2"),
    });
  });
});
