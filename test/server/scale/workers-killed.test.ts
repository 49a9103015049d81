/** Workers that are killed with kill -9 under load (docs/operations.md, "Several workers"). */
import { join } from "node:path";
import { expect, test } from "vitest";
import { type DatabaseOptions, openDatabase, type Stores } from "../../../server/src/store/index.js";
import { postgresqlRequirements, startPostgresql } from "../../support/postgresql.js";
import { parsePrometheus, seriesValue } from "../../support/prometheus.js";
import { describeWith } from "../../support/require.js";
import { configFile, temporaryFolder } from "../program.js";
import { ALICE, Caller } from "./caller.js";
import { Workers } from "./workers.js";

const SECONDS = 1000;

/** A worker after the other is killed with kill -9 while clients send records; in the end each record is there once. */
async function killings(database: DatabaseOptions, stores: Stores, kills: number): Promise<void> {
  const folder = temporaryFolder();
  await stores.prepare();
  await stores.subscribers.add(ALICE);
  const settings = {
    database,
    workers: 2,
    metrics: { port: 0 },
    accounting: { spool: { directory: "spool" } },
    // One line for each record would be most of the work.
    logging: { level: "warn" },
  };
  await using workers = await Workers.start(configFile(folder, settings));
  const [, monitor] = await workers.program.waitFor(/^metrics on 127\.0\.0\.1 port (\d+)$/m);
  const stored = async () => {
    const families = parsePrometheus(await (await fetch(`http://127.0.0.1:${monitor}/metrics`)).text());
    return seriesValue(families, "diamgen_accounting_records_total", { outcome: "stored" }) ?? 0;
  };
  const ready = async () => (await fetch(`http://127.0.0.1:${monitor}/readyz`)).text();
  const callers = Array.from({ length: 4 }, (_, index) => new Caller(`client-${index}`, [workers.port]));
  const enough = new AbortController();
  const giveUp = AbortSignal.timeout(100 * SECONDS);
  const sent: string[] = [];
  const calling: Promise<void>[] = [];
  await using _callers = {
    [Symbol.asyncDispose]: async () => {
      enough.abort();
      await Promise.allSettled(calling);
      for (const caller of callers) await caller[Symbol.asyncDispose]();
    },
  };
  const call = async (caller: Caller) => {
    while (!enough.signal.aborted) {
      const session = `${caller.node.originHost};workers;${sent.length}`;
      sent.push(session);
      if (sent.length % 10 === 0) await caller.authenticate();
      await caller.account(session, giveUp);
    }
  };
  for (const caller of callers) {
    await caller.node.start();
    for (let index = 0; index < 2; index++) calling.push(call(caller));
  }

  let before = 0;
  for (let kill = 0; kill < kills; kill++) {
    await Promise.all(callers.map((caller) => caller.acknowledges(5)));
    const now = await stored();
    expect(now, "a counter that goes back").toBeGreaterThanOrEqual(before);
    before = now;
    const [pid = 0] = workers.children;
    const said = workers.log.length;
    process.kill(pid, "SIGKILL");
    const died = await workers.waitFor("a death", ({ msg }) => msg === "a worker has ended", said);
    expect(died).toMatchObject({ level: "error", how: "it ended with SIGKILL" });
    // Its clients go on at the other one; nobody waits for the one that takes its place.
    await Promise.all(callers.map((caller) => caller.acknowledges(5)));
    await expect.poll(ready, { timeout: 30 * SECONDS }).toContain("workers: 2 of 2 ready");
    expect(workers.children).not.toContain(pid);
  }
  enough.abort();
  await Promise.all(calling);

  expect(callers.flatMap(({ acknowledged }) => acknowledged).sort()).toEqual(sent.sort());
  const results = new Set(callers.flatMap((caller) => [...caller.results.keys()]));
  expect([...results].filter((code) => /\d$/.test(code)).sort()).toEqual(["ACR 2001", "MAR 2006"]);
  workers.program.kill("SIGTERM");
  expect(await workers.program.waitExit({ timeoutMs: 20 * SECONDS })).toEqual({ code: 0, signal: null });
  const records: string[] = [];
  for (let afterId = 0; ; ) {
    const page = await stores.accounting.list({ afterId });
    if (page.length === 0) break;
    records.push(...page.map(({ sessionId }) => sessionId));
    afterId = page.at(-1)?.id ?? 0;
  }
  expect(records.sort()).toEqual(sent);
  expect(workers.log.filter(({ msg }) => msg === "record not stored")).toEqual([]);
}

test("SQLite, twice kill -9: each record once", { timeout: 150 * SECONDS }, async () => {
  const database = { type: "sqlite", path: join(temporaryFolder(), "records.db") } as const;
  const stores = await openDatabase(database);
  try {
    await killings(database, stores, 2);
  } finally {
    await stores.close();
  }
});

describeWith(postgresqlRequirements, "PostgreSQL", () => {
  test("twice kill -9: each record once", { timeout: 150 * SECONDS }, async () => {
    await using server = await startPostgresql();
    const database = await server.createDatabase("workers");
    const stores = await openDatabase(database);
    try {
      await killings(database, stores, 2);
    } finally {
      await stores.close();
    }
  });
});
