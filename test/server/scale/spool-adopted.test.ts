/** A worker that dies and does not come back: what it has acknowledged and spooled is replayed by another one (docs/accounting.md, "The spool"). */
import { join } from "node:path";
import Libsql from "libsql";
import { expect, onTestFinished, test } from "vitest";
import { openSqlite } from "../../../server/src/store/index.js";
import { configFile, temporaryFolder } from "../program.js";
import { Caller } from "./caller.js";
import { Workers } from "./workers.js";

const SECONDS = 1000;

test("records in the spool of a worker that cannot start again are in the database while it is down, once", {
  timeout: 120 * SECONDS,
}, async () => {
  const folder = temporaryFolder();
  const path = join(folder, "diamgen.db");
  await using stores = openSqlite({ path });
  await stores.prepare();
  const stored = async () => (await stores.accounting.list()).map(({ sessionId }) => sessionId).sort();
  await using workers = await Workers.start(
    configFile(folder, {
      workers: 2,
      database: { type: "sqlite", path, busyTimeoutMs: 10 },
      accounting: { spool: { directory: "spool" }, waitMs: 200 },
    }),
  );
  await using one = new Caller("one", [workers.port]);
  await using two = new Caller("two", [workers.port]);
  for (const { node } of [one, two]) await node.start();
  const dies = workers.pids.get(workers.ownerOf("one.diameter.test") as number) as number;
  const [lives] = workers.children.filter((pid) => pid !== dies);
  expect(workers.ownerOf("two.diameter.test")).not.toBe(workers.ownerOf("one.diameter.test"));

  const lock = new Libsql(path);
  onTestFinished(() => void lock.close());
  lock.exec("BEGIN IMMEDIATE");
  const signal = AbortSignal.timeout(60 * SECONDS);
  const sent = Array.from({ length: 20 }, (_, index) => `one;${index}`);
  await Promise.all(sent.map((session) => one.account(session, signal)));
  // A client sends one of them again, to the other worker: it is known, however it comes.
  await one.node.stop();

  // No worker comes to its place: whichever is started, dies.
  let cannotStart = true;
  const killing = (async () => {
    while (cannotStart) {
      for (const pid of workers.children) if (pid !== lives) process.kill(pid, "SIGKILL");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  onTestFinished(async () => {
    cannotStart = false;
    await killing;
  });
  const said = workers.log.length;
  await workers.waitFor("a death", ({ msg }) => msg === "a worker has ended", said);
  await two.account("one;3", signal, { again: true });
  lock.exec("ROLLBACK");
  await expect.poll(stored, { timeout: 30 * SECONDS }).toEqual([...sent].sort());
  expect(workers.log.slice(said).filter(({ msg }) => msg === "a worker serves")).toEqual([]);
  expect(workers.log.slice(said).find(({ msg }) => msg.startsWith("a process that has ended left"))).toMatchObject({
    records: 20,
    sink: "sql",
  });
  cannotStart = false;
  await killing;
  await two.account("two;1", signal);
  // It may wait behind others in the spool.
  await expect.poll(stored, { timeout: 30 * SECONDS }).toEqual([...sent, "two;1"].sort());
});
