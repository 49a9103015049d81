/** A worker whose event loop stands still (docs/operations.md, "Several workers"): here by SIGSTOP. */
import { expect, onTestFinished, test } from "vitest";
import { configFile, temporaryFolder } from "../program.js";
import { client, Workers } from "./workers.js";

const SECONDS = 1000;
/** Who was given to the worker that hangs notices by its own time, and comes again. */
const HASTY = { limits: { cerTimeoutMs: 2000 } };

/** Stops it; it goes on when the test is over, if it is still there then. */
function stopped(pid: number): void {
  process.kill(pid, "SIGSTOP");
  onTestFinished(() => {
    try {
      process.kill(pid, "SIGCONT");
    } catch {
      // It was killed, as it should be.
    }
  });
}

test("it is killed and started again; its peers, and those that came to it meanwhile, are served by others", {
  timeout: 120 * SECONDS,
}, async () => {
  await using workers = await Workers.start(
    configFile(temporaryFolder(), { workers: 2, workerSilenceMs: 3000, metrics: { port: 0 } }),
  );
  const [, monitor] = await workers.program.waitFor(/^metrics on 127\.0\.0\.1 port (\d+)$/m);
  const ready = async () => (await fetch(`http://127.0.0.1:${monitor}/readyz`)).text();
  await using one = client("one", workers.port);
  await using two = client("two", workers.port);
  for (const node of [one, two]) await node.start();
  const owner = workers.ownerOf("one.diameter.test") as number;
  const pid = workers.pids.get(owner) as number;
  expect(workers.ownerOf("two.diameter.test")).not.toBe(owner);

  const said = workers.log.length;
  const lost = new Promise((resolve) => one.once("peer:close", resolve));
  stopped(pid);
  // Every second of them comes to the one that hangs, as far as it is given any.
  const others = Array.from({ length: 4 }, (_, index) => client(`other-${index}`, workers.port, HASTY));
  await using _others = {
    [Symbol.asyncDispose]: async () => void (await Promise.all(others.map((node) => node.stop({ timeoutMs: 1000 })))),
  };
  for (const node of others) void node.start();

  const silent = await workers.waitFor("of silence", ({ msg }) => msg.startsWith("a worker does not answer"), said);
  expect(silent).toMatchObject({ level: "error", worker: owner, pid, silentMs: 3000 });
  expect(await workers.waitFor("a death", ({ msg }) => msg === "a worker has ended", said)).toMatchObject({
    how: "it ended with SIGKILL",
  });
  await lost;
  const states = () => [one, two, ...others].map((node) => node.peers.list()[0]?.state);
  await expect.poll(states, { timeout: 30 * SECONDS }).toEqual(Array(6).fill("I-Open"));
  await expect.poll(ready, { timeout: 30 * SECONDS }).toContain("workers: 2 of 2 ready");
  expect(workers.children).not.toContain(pid);
  expect(workers.log.slice(said).filter(({ msg }) => msg.startsWith("a worker does not answer"))).toHaveLength(1);
});
