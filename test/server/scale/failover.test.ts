/**
 * Two servers behind one database, as on two machines, and a client that is connected to both (docs/operations.md, "Growing"). Servers are
 * killed with kill -9 while records come, and the database stands still at times, so that spools are in use. In the end each record is in
 * the database once: none that was acknowledged is lost, none is doubled.
 *
 * DIAMGEN_FUZZ_RUNS: kills, 20 where left out. DIAMGEN_FUZZ_SEED: another seed.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type DatabaseOptions, openDatabase } from "../../../server/src/store/index.js";
import { type Postgresql, postgresqlRequirements, startPostgresql } from "../../support/postgresql.js";
import { pseudoRandom } from "../../support/random.js";
import { describeWith } from "../../support/require.js";
import { ALICE, Caller } from "./caller.js";
import { Machine } from "./machine.js";

const KILLS = Number(process.env.DIAMGEN_FUZZ_RUNS ?? 20);
const SEED = Number(process.env.DIAMGEN_FUZZ_SEED ?? 6733);
const CALLS_AT_ONCE = 6;
const TIMEOUT_MS = 120_000 + KILLS * 20_000;

/** What the two database servers of the tests have in common. */
interface DatabaseServer extends Pick<Postgresql, "lock" | "query"> {
  createDatabase(name: string): Promise<DatabaseOptions>;
}

/** A server, and a client that prefers it and has the other as its second. */
interface Side {
  readonly machine: Machine;
  readonly caller: Caller;
}

async function killings(database: DatabaseServer, kills: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "diamgen-scale-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const options = await database.createDatabase("opensips");
  const stores = await openDatabase(options);
  onTestFinished(() => stores.close());
  await stores.prepare();
  await stores.subscribers.add(ALICE);
  // What was started last ends first: calls, clients, servers.
  const started: AsyncDisposable[] = [];
  await using _started = {
    [Symbol.asyncDispose]: async () => {
      for (const one of started.reverse()) await one[Symbol.asyncDispose]();
    },
  };
  const names = ["a", "b"];
  const machines = await Promise.all(
    names.map((name) => Machine.prepare({ name, folder: join(folder, name), database: options })),
  );
  started.push(...machines);
  await Promise.all(machines.map((machine) => machine.start()));
  const sides = machines.map((machine, index): Side => {
    const other = machines[1 - index] as Machine;
    const caller = new Caller(`client-${names[index]}`, [machine.port, other.port]);
    started.push(caller);
    return { machine, caller };
  });

  const enough = new AbortController();
  const giveUp = AbortSignal.timeout(TIMEOUT_MS);
  const sent: string[] = [];
  const call = async (caller: Caller) => {
    while (!enough.signal.aborted) {
      const session = `${caller.node.originHost};scale;${sent.length}`;
      sent.push(session);
      if (sent.length % 10 === 0) await caller.authenticate();
      await caller.account(session, giveUp);
    }
  };
  const calling: Promise<void>[] = [];
  started.push({
    [Symbol.asyncDispose]: async () => {
      enough.abort();
      await Promise.allSettled(calling);
    },
  });
  for (const { caller } of sides) {
    await caller.node.start();
    for (let index = 0; index < CALLS_AT_ONCE; index++) calling.push(call(caller));
  }

  const random = pseudoRandom(SEED);
  let left = 0;
  const killOften = async ({ machine, caller }: Side, times: number) => {
    for (let kill = 0; kill < times; kill++) {
      // Every third time, the database takes no records: those that are acknowledged then are in spools.
      const lock = kill % 3 === 1 ? await database.lock("opensips", "diamgen_accounting") : undefined;
      try {
        await caller.acknowledges(1 + CALLS_AT_ONCE + Math.floor(random() * 60));
        await machine.kill();
        left += await machine.spooled();
      } finally {
        await lock?.[Symbol.asyncDispose]();
      }
      await machine.start();
    }
    await caller.acknowledges(CALLS_AT_ONCE);
  };
  await Promise.all(sides.map((side, index) => killOften(side, Math.floor((kills + index) / 2))));
  enough.abort();
  await Promise.all(calling);

  expect(left, "records that killed servers left in their spools").toBeGreaterThan(0);
  const acknowledged = sides.flatMap(({ caller }) => caller.acknowledged);
  expect(acknowledged.sort()).toEqual(sent.sort());
  const count = async () => (await database.query("opensips", "SELECT session_id FROM diamgen_accounting")).length;
  await expect.poll(count, { timeout: 20_000 }).toBeGreaterThanOrEqual(sent.length);
  for (const machine of machines) {
    await machine.stop();
    expect(await machine.spooled()).toBe(0);
  }
  const rows = await database.query("opensips", "SELECT session_id FROM diamgen_accounting");
  expect(rows.map(({ session_id }) => session_id).sort()).toEqual(sent);
  const acc = await database.query("opensips", "SELECT callid FROM acc");
  expect(acc.map(({ callid }) => callid).sort()).toEqual(sent);
  // A database that stands still, or a server that is gone, is no reason to refuse anything.
  const results = new Set(sides.flatMap(({ caller }) => [...caller.results.keys()]));
  expect([...results].filter((code) => /\d$/.test(code)).sort()).toEqual(["ACR 2001", "MAR 2006"]);
  console.log(
    `${kills} kills, ${sent.length} records; found in spools of the killed, counted at each kill: ${left};`,
    results,
  );
}

describeWith(postgresqlRequirements, "PostgreSQL", () => {
  test(`two servers, ${KILLS} times kill -9: each record once`, { timeout: TIMEOUT_MS + 30_000 }, async () => {
    await using database = await startPostgresql();
    await killings(database, KILLS);
  });
});
