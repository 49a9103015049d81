/**
 * The database is down, or stands still, or the spool's disk is full, and meanwhile the server is killed with kill -9: what was acknowledged is
 * in the database in the end, once, and in order within each session.
 */

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { AccountingRecordType } from "../../../server/src/accounting/index.js";
import { type DatabaseOptions, openDatabase } from "../../../server/src/store/index.js";
import type { Daemon } from "../../support/daemon.js";
import { mariadbRequirements, startMariadb } from "../../support/mariadb.js";
import { type Postgresql, postgresqlRequirements, startPostgresql } from "../../support/postgresql.js";
import { run } from "../../support/process.js";
import { parsePrometheus, seriesValue } from "../../support/prometheus.js";
import { describeWith, type Requirement, testWith } from "../../support/require.js";
import { ALICE, Caller } from "./caller.js";
import { Machine } from "./machine.js";

interface DatabaseServer extends Pick<Postgresql, "query">, AsyncDisposable {
  readonly daemon: Daemon;
  createDatabase(name: string): Promise<DatabaseOptions>;
}

/** Milliseconds; a session that is not acknowledged by then fails its test. */
const PATIENCE_MS = 60_000;

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "diamgen-down-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Sessions of START, INTERIMs and STOP, each record sent when the one before is acknowledged, and what came of them. */
class Sessions {
  /** Session-Id and number of each record that was acknowledged, in that order. */
  readonly acknowledged: { readonly session: string; readonly type: number; readonly number: number }[] = [];
  readonly caller: Caller;
  readonly giveUp = AbortSignal.timeout(PATIENCE_MS);
  private readonly running: Promise<void>[] = [];

  constructor(caller: Caller) {
    this.caller = caller;
  }

  begin(title: string, count: number, length: number): void {
    for (let index = 0; index < count; index++)
      this.running.push(this.one(`client.diameter.test;${title};${index}`, length));
    // The test looks at them at its end.
    for (const one of this.running) one.catch(() => {});
  }

  private async one(session: string, length: number): Promise<void> {
    for (let number = 0; number < length; number++) {
      const { START_RECORD, INTERIM_RECORD, STOP_RECORD } = AccountingRecordType;
      const type = number === 0 ? START_RECORD : number === length - 1 ? STOP_RECORD : INTERIM_RECORD;
      await this.caller.account(session, this.giveUp, { type, number });
      this.acknowledged.push({ session, type, number });
    }
  }

  /** The last records again, with the T flag, as after an answer that was lost. */
  async repeat(count: number): Promise<void> {
    const last = this.acknowledged.slice(-count);
    await Promise.all(
      last.map(({ session, type, number }) => this.caller.account(session, this.giveUp, { type, number, again: true })),
    );
  }

  async done(): Promise<void> {
    await Promise.all(this.running);
  }
}

/** Records in the spool of the database, as the running server says it. */
async function spooled(machine: Machine): Promise<number | undefined> {
  const { body } = await page(machine, "/metrics");
  return seriesValue(parsePrometheus(body), "diamgen_spool_records", { sink: "sql" });
}

async function page(machine: Machine, path: string) {
  const port = /^metrics on 127\.0\.0\.1 port (\d+)$/m.exec(machine.output)?.[1];
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  return { status: response.status, body: await response.text() };
}

/** A new database with tables, a machine whose database it is, and a client. */
async function world(database: DatabaseServer, name: string, folder = temporaryFolder()) {
  const options = await database.createDatabase(name);
  const stores = await openDatabase(options);
  await stores.prepare();
  await stores.subscribers.add(ALICE);
  await stores.close();
  const machine = await Machine.prepare({
    ...{ name: "server", folder, database: options },
    accounting: { waitMs: 1000 },
    settings: { metrics: { port: 0 } },
  });
  await machine.start();
  const caller = new Caller("client", [machine.port]);
  await caller.node.start();
  const rows = async (): Promise<readonly (readonly [session: string, number: number])[]> =>
    (await database.query(name, "SELECT session_id, record_number FROM diamgen_accounting ORDER BY id")).map(
      ({ session_id, record_number }) => [String(session_id), Number(record_number)] as const,
    );
  return {
    machine,
    caller,
    sessions: new Sessions(caller),
    rows,
    /** Each record that was acknowledged is there once, nothing else is, and those of a session are in order. */
    async expectAll(sessions: Sessions): Promise<void> {
      await expect.poll(() => spooled(machine), { timeout: 20_000 }).toBe(0);
      const wanted = sessions.acknowledged.map(({ session, number }) => `${session} ${number}`);
      await machine.stop();
      expect(await machine.spooled()).toBe(0);
      const found = await rows();
      expect(found.map(([session, number]) => `${session} ${number}`).sort()).toEqual(wanted.sort());
      const last = new Map<string, number>();
      for (const [session, number] of found) {
        expect(number, `the order of ${session}`).toBe((last.get(session) ?? -1) + 1);
        last.set(session, number);
      }
      const [count] = await database.query(name, "SELECT count(*) AS calls FROM acc");
      expect(Number(count?.calls), "rows of acc").toBe(wanted.length);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await caller[Symbol.asyncDispose]();
      await machine[Symbol.asyncDispose]();
    },
  };
}

/** Those that came; what went without an answer apart. */
function resultCodes(caller: Caller): string[] {
  return [...caller.results.keys()].filter((code) => /\d$/.test(code)).sort();
}

async function killedWhileDown(database: DatabaseServer): Promise<void> {
  await using down = await world(database, "down");
  const { machine, caller, sessions } = down;
  sessions.begin("before", 5, 8);
  await caller.acknowledges(10);
  await database.daemon.kill();
  // Three times under load; the first and second time it is started without its database.
  for (let kill = 0; kill < 3; kill++) {
    sessions.begin(`down-${kill}`, 8, 12);
    await caller.acknowledges(30);
    await machine.kill();
    // The second time the server itself reads first what the kill has left; nobody has put it in order.
    if (kill !== 1) expect(await machine.spooled()).toBeGreaterThan(0);
    if (kill === 2) await database.daemon.start();
    await machine.start();
    await sessions.repeat(15);
  }
  await sessions.done();
  await sessions.repeat(15);
  await down.expectAll(sessions);
  // A server that is gone answers nothing; nothing was refused.
  expect(resultCodes(caller)).toEqual(["ACR 2001"]);
  const unanswered = [...caller.results].filter(([code]) => !/\d$/.test(code));
  expect(
    unanswered.reduce((sum, [, count]) => sum + count, 0),
    "records that were sent again",
  ).toBeGreaterThan(0);
}

async function standsStill(database: DatabaseServer): Promise<void> {
  await using slow = await world(database, "frozen");
  const { machine, caller, sessions } = slow;
  sessions.begin("before", 5, 3);
  await sessions.done();
  await database.daemon.freeze();
  try {
    sessions.begin("frozen", 10, 8);
    await caller.acknowledges(30);
    await caller.authenticate();
    await machine.kill();
    expect(await machine.spooled()).toBeGreaterThanOrEqual(30);
    await machine.start();
    await sessions.done();
    await sessions.repeat(10);
  } finally {
    database.daemon.thaw();
  }
  await slow.expectAll(sessions);
  // No password can be looked up meanwhile; that is said in time.
  expect(resultCodes(caller)).toEqual(["ACR 2001", "MAR 5012"]);
}

async function diskFull(database: DatabaseServer): Promise<void> {
  const folder = temporaryFolder();
  const spool = join(folder, "spool");
  mkdirSync(spool);
  const mount = await run("mount", ["-t", "tmpfs", "-o", "size=128k", "tmpfs", spool]);
  expect(mount.code, mount.output).toBe(0);
  onTestFinished(async () => void (await run("umount", ["-l", spool])));
  await using full = await world(database, "full", folder);
  const { machine, caller, sessions } = full;
  await database.daemon.kill();
  sessions.begin("full", 4, 40);
  const refused = () => caller.results.get("ACR 4002") ?? 0;
  await expect.poll(refused, { timeout: 30_000 }).toBeGreaterThan(10);
  const kept = sessions.acknowledged.length;
  expect(kept).toBeGreaterThan(5);
  const { status, body } = await page(machine, "/readyz");
  expect([status, body]).toEqual([503, expect.stringMatching(/^spool: full: .* octets left$/m)]);
  await machine.kill();
  expect(await machine.spooled()).toBeGreaterThanOrEqual(kept);
  // Also the disk of a server that starts.
  await machine.start();
  const before = refused();
  await expect.poll(refused, { timeout: 30_000 }).toBeGreaterThan(before);
  await database.daemon.start();
  await sessions.done();
  expect(sessions.acknowledged).toHaveLength(4 * 40);
  await full.expectAll(sessions);
  expect(resultCodes(caller)).toEqual(["ACR 2001", "ACR 4002"]);
}

describeWith(mariadbRequirements, "MariaDB", () => {
  test("is down while the server is killed again and again: what was acknowledged is there once, in order", {
    timeout: 120_000,
  }, async () => {
    await using database: DatabaseServer = await startMariadb();
    await killedWhileDown(database);
  });
});

const root: Requirement = {
  available: process.getuid?.() === 0,
  path: "",
  reason: "only root may mount a small file system",
};

describeWith(postgresqlRequirements, "PostgreSQL", () => {
  let database: DatabaseServer;
  beforeAll(async () => {
    database = await startPostgresql();
  }, 60_000);
  afterAll(() => database?.[Symbol.asyncDispose]());

  test("stands still: records go to the spool, and come back", { timeout: 120_000 }, async () => {
    await standsStill(database);
  });

  testWith(
    [root],
    "is down, and the spool's disk is full: 4002, never success for what is not kept",
    () => diskFull(database),
    120_000,
  );
});
