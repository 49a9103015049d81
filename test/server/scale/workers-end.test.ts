/** How a server with several workers ends, in order and not, and what a start after that finds (docs/operations.md, "Several workers"). */
import { expect, test } from "vitest";
import { freePort } from "../../support/process.js";
import type { RawClient } from "../../support/raw-client.js";
import { changed, replaced } from "../diameter/compose.js";
import { cerOf, connectAs, DPR, Recorder } from "../diameter/support.js";
import { configFile, temporaryFolder } from "../program.js";
import { client, isRunning, Workers } from "./workers.js";

const SECONDS = 1000;

test("kill -9 of the supervisor: its workers end at once, and a start on the same port finds nothing in the way", {
  timeout: 120 * SECONDS,
}, async () => {
  const folder = temporaryFolder();
  const listen = [{ host: "127.0.0.1", port: await freePort() }];
  const file = configFile(folder, { workers: 3, listen, accounting: { spool: { directory: "spool" } } });
  await using before = await Workers.start(file);
  await using node = client("one", before.port);
  await node.start();
  const pids = [...before.pids.values()];
  expect(pids).toHaveLength(3);
  // One hangs, and cannot notice; it must not be in the way either.
  const owner = before.ownerOf("one.diameter.test");
  const hangs = [...before.pids].find(([number]) => number !== owner)?.[1] ?? 0;
  process.kill(hangs, "SIGSTOP");
  using _hangs = {
    [Symbol.dispose]: () => {
      if (isRunning(hangs)) process.kill(hangs, "SIGKILL");
    },
  };
  const lost = new Promise((resolve) => node.once("peer:close", resolve));
  before.program.kill("SIGKILL");
  await lost;
  const others = pids.filter((pid) => pid !== hangs);
  await expect.poll(() => others.filter(isRunning), { timeout: 20 * SECONDS }).toEqual([]);
  await using after = await Workers.start(file);
  expect(after.port).toBe(before.port);
  expect(after.pids.size).toBe(3);
  await expect.poll(() => node.peers.list()[0]?.state, { timeout: 20 * SECONDS }).toBe("I-Open");
  // As soon as it can, it ends.
  process.kill(hangs, "SIGCONT");
  await expect.poll(() => isRunning(hangs), { timeout: 20 * SECONDS }).toBe(false);
});

/** Peers that do not answer a DPR, one at each of two workers: the end takes as long as it may. */
async function draining(timeoutMs: number) {
  const workers = await Workers.start(configFile(temporaryFolder(), { workers: 2, shutdown: { timeoutMs } }));
  const silent: RawClient[] = [];
  for (const name of ["one", "two"]) {
    const identity = { 264: `${name}.diameter.test` };
    const cer = changed(cerOf("opensips-3.2-auth"), { avps: (avps) => replaced(avps, identity) });
    const raw = await connectAs(workers.port, new Recorder(), cer);
    silent.push(raw);
  }
  const owners = ["one", "two"].map((name) => workers.ownerOf(`${name}.diameter.test`));
  expect(new Set(owners).size).toBe(2);
  const pids = [...workers.pids.values()];
  workers.program.kill("SIGTERM");
  for (const raw of silent) await raw.nextOf(DPR, "request");
  return {
    workers,
    pids,
    [Symbol.asyncDispose]: async () => {
      for (const raw of silent) await raw.close();
      await workers[Symbol.asyncDispose]();
    },
  };
}

test("a worker that dies while all take leave is not started again, and holds up nobody", {
  timeout: 120 * SECONDS,
}, async () => {
  await using ending = await draining(2000);
  const { workers, pids } = ending;
  const said = workers.log.length;
  process.kill(pids[0] as number, "SIGKILL");
  expect(await workers.program.waitExit({ timeoutMs: 30 * SECONDS })).toEqual({ code: 0, signal: null });
  expect(pids.filter(isRunning)).toEqual([]);
  expect(workers.log.slice(said).filter(({ msg }) => /a worker (serves|has ended)/.test(msg))).toEqual([]);
});

test("a second SIGTERM: the supervisor and all workers end at once, whatever peers still owe", {
  timeout: 120 * SECONDS,
}, async () => {
  // So long that the test would not live to see it.
  await using ending = await draining(600_000);
  const { workers, pids } = ending;
  workers.program.kill("SIGTERM");
  expect(await workers.program.waitExit({ timeoutMs: 20 * SECONDS })).toEqual({ code: 1, signal: null });
  await expect.poll(() => pids.filter(isRunning), { timeout: 20 * SECONDS }).toEqual([]);
});
