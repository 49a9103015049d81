/** `workers: N`: several processes, one Origin-Host (docs/operations.md, "Several workers"). */
import { expect, test } from "vitest";
import { configFile, temporaryFolder } from "../program.js";
import { client, Workers } from "./workers.js";

const SECONDS = 1000;

test("clients are divided over the workers; one Origin-Host has one connection, whichever worker it comes to", {
  timeout: 120 * SECONDS,
}, async () => {
  await using workers = await Workers.start(configFile(temporaryFolder(), { workers: 3 }));
  expect(workers.pids.size).toBe(3);
  const names = Array.from({ length: 6 }, (_, index) => `client-${index}`);
  const nodes = names.map((name) => client(name, workers.port));
  await using _nodes = {
    [Symbol.asyncDispose]: async () => void (await Promise.all(nodes.map((node) => node.stop({ timeoutMs: 1000 })))),
  };
  await Promise.all(nodes.map((node) => node.start()));
  for (const node of nodes)
    expect(node.peers.list()).toMatchObject([{ originHost: "server.diameter.test", state: "I-Open" }]);
  const owners = names.map((name) => workers.ownerOf(`${name}.diameter.test`));
  expect(new Set(owners).size).toBe(3);
  // All workers are one node.
  expect(new Set(nodes.map((node) => node.peers.list()[0]?.originStateId)).size).toBe(1);

  // The same names again: each comes to every worker, and none takes it.
  for (let round = 0; round < 3; round++) {
    await using again = client("CLIENT-0", workers.port, { reconnectMs: 60_000 });
    const closed = new Promise<number | string | undefined>((resolve) =>
      again.once("peer:close", (_peer, reason) => resolve(reason.resultCode ?? reason.message)),
    );
    await again.start();
    expect([4003, "the peer closed the connection"]).toContain(await closed);
    expect(again.peers.list()).toMatchObject([{ state: "Closed" }]);
  }
  expect(
    workers.log.filter(({ msg, resultCode }) => msg === "connection refused" && resultCode === 4003).length,
  ).toBeGreaterThan(0);
  expect(nodes[0]?.peers.list()).toMatchObject([{ state: "I-Open" }]);

  // One that has restarted (a higher Origin-State-Id, section 8.16) is back, whichever worker had its old connection.
  for (let restart = 2; restart < 5; restart++) {
    const lost = new Promise((resolve) => nodes[1]?.once("peer:close", resolve));
    await using again = client("client-1", workers.port, { originStateId: restart });
    await again.start();
    if (restart === 2) await lost;
    expect(again.peers.list()).toMatchObject([{ state: "I-Open" }]);
    // It goes without a word.
    if (restart === 2) await nodes[1]?.stop();
  }

  // Once it has gone, it is welcome anywhere.
  await nodes[0]?.stop();
  await using back = client("client-0", workers.port);
  await back.start();
  await expect.poll(() => back.peers.list()[0]?.state).toBe("I-Open");
});

test("one Origin-Host that comes to several workers at the same moment, again and again: one of them has it", {
  timeout: 120 * SECONDS,
}, async () => {
  await using workers = await Workers.start(configFile(temporaryFolder(), { workers: 3 }));
  const owners = new Set<number | undefined>();
  let rounds = 0;
  for (let round = 0; round < 20; round++) {
    const nodes = [1, 2, 3].map(() => client("twin", workers.port, { reconnectMs: 60_000 }));
    const from = workers.log.length;
    await Promise.all(nodes.map((node) => node.start()));
    const open = nodes.filter((node) => node.peers.list()[0]?.state === "I-Open");
    expect(open.length).toBeLessThanOrEqual(1);
    // None, where the one before has not quite gone.
    if (open.length === 0) {
      await Promise.all(nodes.map((node) => node.stop()));
      continue;
    }
    rounds++;
    owners.add((await workers.waitFor("of a peer", ({ msg }) => msg === "peer connected", from)).worker);
    await Promise.all(nodes.map((node) => node.stop()));
    await workers.waitFor("of its end", ({ msg }) => msg === "peer disconnected", from);
  }
  expect(rounds).toBeGreaterThan(10);
  expect(owners.size).toBeGreaterThan(1);
});

test("SIGTERM: every worker takes leave of its peers, and all end", { timeout: 120 * SECONDS }, async () => {
  await using workers = await Workers.start(configFile(temporaryFolder(), { workers: 2 }));
  await using one = client("one", workers.port);
  await using two = client("two", workers.port);
  const causes: (number | undefined)[] = [];
  for (const node of [one, two]) {
    await node.start();
    node.once("peer:close", (_peer, { disconnectCause }) => causes.push(disconnectCause));
  }
  expect(workers.ownerOf("one.diameter.test")).not.toBe(workers.ownerOf("two.diameter.test"));
  const pids = [...workers.pids.values()];
  workers.program.kill("SIGTERM");
  expect(await workers.program.waitExit({ timeoutMs: 20 * SECONDS })).toEqual({ code: 0, signal: null });
  // REBOOTING: come back later.
  expect(causes).toEqual([0, 0]);
  for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
});
