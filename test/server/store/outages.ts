/** What a database behind a connection must survive: it is killed, and started again over its data. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { AccountingPipeline } from "../../../server/src/accounting/delivered.js";
import {
  type MariadbDatabaseOptions,
  openDatabase,
  type PostgresqlDatabaseOptions,
  StoreError,
  type Stores,
} from "../../../server/src/store/index.js";
import { CuttingProxy } from "../../support/cutting-proxy.js";
import type { Daemon } from "../../support/daemon.js";
import { record } from "../support.js";

export interface OutageServer {
  readonly daemon: Daemon;
  readonly port: number;
  createDatabase(name: string): Promise<MariadbDatabaseOptions | PostgresqlDatabaseOptions>;
  query(database: string, sql: string): Promise<readonly Record<string, unknown>[]>;
  /** Holds a table until disposed of. */
  lock(database: string, table: string): Promise<AsyncDisposable>;
  /** Gives a row for each session that waits for such a lock. */
  readonly waiting: string;
}

export function outages(server: () => OutageServer): void {
  async function open(name: string, changes: object = {}): Promise<Stores> {
    const options = { ...(await server().createDatabase(name)), ...changes };
    const stores = await openDatabase({ ...options, prepare: true, backoffMs: { first: 1, last: 50 } });
    onTestFinished(() => stores.close());
    return stores;
  }
  const count = async (name: string, table: string) =>
    Number((await server().query(name, `SELECT count(*) AS n FROM ${table}`))[0]?.n);

  test("killed with records on their way, and restarted: each that was acknowledged is there, each is there once", async () => {
    const { accounting } = await open("killed");
    await accounting.record(record({ sessionId: "before" }));
    const records = Array.from({ length: 3000 }, (_, index) => record({ sessionId: `s${index}` }));
    const acknowledged = new Set<string>();
    const sending = records.map((one) => accounting.record(one).then(() => void acknowledged.add(one.sessionId)));
    const settled = Promise.allSettled(sending);
    await sending[0];
    await server().daemon.kill();
    const outcomes = await settled;
    const failures = outcomes.filter((outcome) => outcome.status === "rejected");
    expect(failures.length).toBeGreaterThan(0);
    for (const { reason } of failures) expect(reason).toMatchObject({ name: "StoreError", code: "STORE_UNAVAILABLE" });
    await server().daemon.start();
    await expect.poll(() => accounting.list().catch(() => []), { timeout: 10_000 }).not.toEqual([]);
    const kept = new Set((await accounting.list({ limit: 10_000 })).map(({ sessionId }) => sessionId));
    for (const sessionId of acknowledged) expect(kept).toContain(sessionId);
    await Promise.all(records.map((one) => accounting.record(one)));
    expect(await count("killed", "diamgen_accounting")).toBe(3001);
    expect(await count("killed", "acc")).toBe(3001);
  });

  test("killed in the middle of a transaction: nothing of it is there, and the record is stored when it comes again", async () => {
    const { accounting } = await open("midway");
    // While another session holds acc, ours waits, its row of our table written.
    await using _ = await server().lock("midway", "acc");
    const refused = expect(accounting.record(record())).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    const waiting = async () => (await server().query("midway", server().waiting)).length;
    await expect.poll(waiting, { timeout: 4000 }).toBe(1);
    await server().daemon.kill();
    await refused;
    await server().daemon.start();
    expect(await count("midway", "diamgen_accounting")).toBe(0);
    expect(await count("midway", "acc")).toBe(0);
    const again = () => accounting.record(record()).catch(String);
    await expect.poll(again, { timeout: 10_000 }).toBe("stored");
    expect(await count("midway", "acc")).toBe(1);
  });

  test("the connection breaks between the commit and its answer: each record is there once, whatever was said of it", async () => {
    await using proxy = await CuttingProxy.listen(server().port);
    const { accounting } = await open("ambiguous", { port: proxy.port });
    await accounting.record(record({ sessionId: "before" }));
    const folder = mkdtempSync(join(tmpdir(), "diamgen-outages-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const records = Array.from({ length: 20 }, (_, index) => record({ sessionId: `s${index}` }));
    proxy.cutAfter(/COMMIT(?!TED)/);
    const outcomes = await Promise.allSettled(records.slice(0, 10).map((one) => accounting.record(one)));
    expect(outcomes.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => "rejected"));
    expect(await count("ambiguous", "diamgen_accounting")).toBe(11);
    // By way of the spool.
    const pipeline = await AccountingPipeline.open(
      { spool: { directory: folder }, replayMs: { first: 1, last: 20 } },
      { store: accounting },
    );
    onTestFinished(() => pipeline.close());
    await expect.poll(() => accounting.list().catch(() => []), { timeout: 10_000 }).toHaveLength(11);
    proxy.cutAfter(/COMMIT(?!TED)/);
    const kept = await Promise.all(records.map((one) => pipeline.record(one)));
    expect(kept).toEqual(records.map(() => "spooled"));
    await expect.poll(() => pipeline.health[0]?.state, { timeout: 20_000 }).toBe("direct");
    expect(proxy.cut).toBe(2);
    expect(await count("ambiguous", "diamgen_accounting")).toBe(21);
    expect(await count("ambiguous", "acc")).toBe(21);
  });

  test("a statement that takes too long is ended, and the next one works", async () => {
    const { accounting } = await open("slow", { statementTimeoutMs: 300 });
    {
      await using _ = await server().lock("slow", "acc");
      await expect(accounting.record(record())).rejects.toBeInstanceOf(StoreError);
    }
    const again = () => accounting.record(record()).catch(String);
    await expect.poll(again, { timeout: 10_000 }).toBe("stored");
    expect(await count("slow", "diamgen_accounting")).toBe(1);
  });

  test("down when we start: calls say so, at once after the first, and work once it is up", async () => {
    const options = await server().createDatabase("late");
    await (await openDatabase({ ...options, prepare: true })).close();
    await server().daemon.kill();
    const stores = await openDatabase({ ...options, backoffMs: { first: 60_000, last: 60_000 } });
    onTestFinished(() => stores.close());
    const down = { code: "STORE_UNAVAILABLE" };
    await expect(stores.subscribers.find("a", "b")).rejects.toMatchObject(down);
    await expect(stores.subscribers.find("a", "b")).rejects.toMatchObject({
      ...down,
      message: expect.stringContaining("is down"),
    });
    await expect(openDatabase({ ...options, prepare: true })).rejects.toMatchObject(down);
    await server().daemon.start();
    const eager = await openDatabase({ ...options, backoffMs: { first: 1, last: 10 } });
    onTestFinished(() => eager.close());
    await expect(eager.subscribers.find("a", "b")).resolves.toBeUndefined();
  });
}
