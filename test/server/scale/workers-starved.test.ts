/** Workers that cannot be started again for a while: no descriptors, no port. The server goes on as soon as it can (docs/operations.md). */
import { once } from "node:events";
import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { freePort, run } from "../../support/process.js";
import { requireTool, testWith } from "../../support/require.js";
import { configFile, temporaryFolder } from "../program.js";
import { client, Workers } from "./workers.js";

const SECONDS = 1000;

testWith(
  [requireTool("prlimit")],
  "without file descriptors no worker can be started: those that live serve, and it is tried again with patience",
  async () => {
    await using workers = await Workers.start(configFile(temporaryFolder(), { workers: 2 }));
    const { program } = workers;
    const limit = async (most: string) => {
      const { code, output } = await run("prlimit", ["--pid", String(program.pid), `--nofile=${most}`]);
      expect(code, output).toBe(0);
    };
    const said = workers.log.length;
    const ended = () => workers.log.slice(said).filter(({ msg }) => msg === "a worker has ended");
    const [dies, lives] = [...workers.pids.values()];
    // Those that are open stay open.
    await limit("3:4096");
    process.kill(dies as number, "SIGKILL");
    await program.waitUntil(() => ended().length >= 3 || undefined, "try again", { timeoutMs: 20 * SECONDS });
    expect(
      ended()
        .map(({ delay }) => delay)
        .slice(0, 3),
    ).toEqual([100, 200, 400]);
    expect(ended().at(-1)?.how).toMatch(/^it could not be started: spawn .*EMFILE$/);
    expect([...workers.pids.values()]).toEqual([lives]);
    await limit("1024:4096");
    await workers.waitFor("of a new worker", ({ msg }) => msg === "a worker serves", said);
    expect(workers.pids.size).toBe(2);
    for (const name of ["one", "two"]) {
      await using node = client(name, workers.port);
      await node.start();
      expect(node.peers.list()).toMatchObject([{ state: "I-Open" }]);
    }
  },
  120 * SECONDS,
);

test("all workers die, and somebody takes the port: it is said, and once the port is free they listen again", {
  timeout: 120 * SECONDS,
}, async () => {
  const port = await freePort();
  const listen = [{ host: "127.0.0.1", port }];
  await using workers = await Workers.start(configFile(temporaryFolder(), { workers: 2, listen }));
  const said = workers.log.length;
  for (const pid of workers.pids.values()) process.kill(pid, "SIGKILL");
  const thief = await taken(port);
  const told = await workers.waitFor("of the port", ({ how }) => /in use|taken|EADDRINUSE/.test(String(how)), said);
  expect(told).toMatchObject({ level: "error", msg: "a worker has ended" });
  thief.close();
  await workers.waitFor("of a new worker", ({ msg }) => msg === "a worker serves", said);
  await using node = client("one", port);
  await node.start();
  expect(node.peers.list()).toMatchObject([{ state: "I-Open" }]);
});

/** Listens there as soon as nobody else does. */
async function taken(port: number) {
  for (;;) {
    const server = createServer();
    onTestFinished(() => void server.close());
    try {
      server.listen(port, "127.0.0.1");
      await once(server, "listening");
      return server;
    } catch {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
