/** What an operator does to several workers, he does to one server: the admin socket, SIGHUP, a start that fails, requests of the server's own. */
import { readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { openSqlite } from "../../../server/src/store/index.js";
import { Program, run } from "../../support/process.js";
import { BIN } from "../demo.js";
import { ALICE } from "../diameter/support.js";
import { configFile, temporaryFolder } from "../program.js";
import { startSipServer, Type } from "../registration/support.js";
import { Caller } from "./caller.js";
import { client, type LogLine, Workers } from "./workers.js";

const SECONDS = 1000;

test("peers, statistics, traces and the log's level are those of all workers", { timeout: 120 * SECONDS }, async () => {
  const folder = temporaryFolder();
  await using workers = await Workers.start(configFile(folder, { workers: 2, admin: { socket: "admin.sock" } }));
  const cli = async (...args: readonly string[]) => {
    const { code, stdout, output } = await run(process.execPath, [
      BIN,
      ...args,
      "--socket",
      join(folder, "admin.sock"),
    ]);
    expect(code, output).toBe(0);
    return stdout;
  };
  const json = async (...args: readonly string[]) =>
    (await cli(...args, "--json"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));

  await using one = new Caller("one", [workers.port]);
  await using two = new Caller("two", [workers.port]);
  for (const { node } of [one, two]) await node.start();
  expect(workers.ownerOf("one.diameter.test")).not.toBe(workers.ownerOf("two.diameter.test"));

  // One trace sees what each of them sends.
  await using trace = Program.start(process.execPath, [
    ...[BIN, "trace", "--socket", join(folder, "admin.sock")],
    ...["--command", "Accounting", "--count", "4"],
  ]);
  await trace.waitFor("tracing");
  const signal = AbortSignal.timeout(20 * SECONDS);
  await one.account("one;1", signal);
  await two.account("two;1", signal);
  expect(await trace.waitExit()).toEqual({ code: 0, signal: null });
  for (const name of ["one", "two"])
    for (const message of [
      `<- ${name}.diameter.test Accounting-Request`,
      `-> ${name}.diameter.test Accounting-Answer 2001`,
    ])
      expect(trace.stdout).toContain(message);

  const peers = await json("peers");
  expect(peers.map(({ name, state }) => [name, state]).sort()).toEqual([
    ["one.diameter.test", "R-Open"],
    ["two.diameter.test", "R-Open"],
  ]);
  const [{ peers: counted }] = await json("stats");
  const accounting = counted.flatMap(
    ({ peer, commands }: { peer: string; commands: { commandCode: number; requests: { received: number } }[] }) =>
      commands.filter(({ commandCode }) => commandCode === 271).map(({ requests }) => [peer, requests.received]),
  );
  expect(accounting.sort()).toEqual([
    ["one.diameter.test", 1],
    ["two.diameter.test", 1],
  ]);

  expect(await cli("log-level", "debug")).toBe("debug\n");
  expect(await cli("log-level")).toBe("debug\n");

  // A DPR from the worker that has it; the other one's peer notices nothing.
  const left = new Promise((resolve) =>
    one.node.once("peer:close", (_peer, reason) => resolve(reason.disconnectCause)),
  );
  await cli("peers", "disable", "one.diameter.test", "--cause", "busy");
  expect(await left).toBe(1);
  // It would come back by itself.
  await one.node.stop();
  // Whichever worker it comes to, it is not let in.
  for (let round = 0; round < 4; round++) {
    await using again = client("one", workers.port, { reconnectMs: 60_000 });
    await again.start();
    expect(again.peers.list()).toMatchObject([{ state: "Closed" }]);
  }
  expect(two.node.peers.list()).toMatchObject([{ state: "I-Open" }]);
  await cli("peers", "enable", "one.diameter.test");
  await using back = client("one", workers.port);
  await back.start();
  await expect.poll(() => back.peers.list()[0]?.state, { timeout: 20 * SECONDS }).toBe("I-Open");
  const parted = new Promise((resolve) => two.node.once("peer:close", resolve));
  await cli("peers", "disconnect", "two.diameter.test");
  await parted;
});

test("RTR, ASR and PPR go by the worker that has the SIP server", { timeout: 120 * SECONDS }, async () => {
  const folder = temporaryFolder();
  {
    await using stores = openSqlite({ path: join(folder, "diamgen.db") });
    await stores.prepare();
    await stores.subscribers.add(ALICE);
  }
  const registration = { sessions: { maintain: "requested" } };
  const settings = { workers: 2, admin: { socket: "admin.sock" }, registration };
  await using workers = await Workers.start(configFile(folder, settings));
  const cli = (...args: readonly string[]) =>
    run(process.execPath, [BIN, "registrations", ...args, "--socket", join(folder, "admin.sock")]);
  const alice = "alice@sipdomain.invalid";
  // Two, at two workers: one of them is not the worker that is asked.
  await using s1 = await startSipServer(workers.port, "s1");
  await using s2 = await startSipServer(workers.port, "s2");
  expect(workers.ownerOf("s1.diameter.test")).not.toBe(workers.ownerOf("s2.diameter.test"));
  for (const server of [s1, s2]) {
    expect(await server.assign(Type.REGISTRATION)).toMatchObject({ resultCode: 2001 });
    expect(await cli("push", alice)).toMatchObject({ code: 0 });
    expect(server.pushes).toHaveLength(1);
    const ended = await cli("terminate", alice);
    expect(ended.code, ended.output).toBe(0);
    expect(server.terminations).toHaveLength(1);

    const { sessionId } = await server.enter(Type.REGISTRATION);
    const left = server.left();
    const aborted = await cli("terminate", alice);
    expect(aborted.code, aborted.output).toBe(0);
    expect(server.aborts).toMatchObject([{ sessionId }]);
    expect(await await left).toMatchObject({ resultCode: 2001 });
  }
});

test("SIGHUP reaches every worker; what is wrong is said once, and nothing changes", {
  timeout: 120 * SECONDS,
}, async () => {
  const folder = temporaryFolder();
  const file = configFile(folder, { workers: 2 });
  await using workers = await Workers.start(file);
  const welcome = async (name: string): Promise<string | undefined> => {
    await using node = client(name, workers.port, { reconnectMs: 60_000 });
    await node.start();
    return node.peers.list()[0]?.state;
  };
  const reload = async (what: string, find: RegExp) => {
    const from = workers.log.length;
    workers.program.kill("SIGHUP");
    await workers.waitFor(what, ({ msg }) => find.test(msg), from);
    return workers.log.slice(from).filter(({ msg }) => find.test(msg));
  };
  expect(await welcome("somebody")).toBe("I-Open");

  configFile(folder, { workers: 2, accept: ["else.diameter.test"] });
  await reload("of the new configuration", /configuration/);
  // Connections are dealt out in turn: so many come to both.
  for (let round = 0; round < 4; round++) expect(await welcome("somebody")).toBe("Closed");
  expect(await welcome("else")).toBe("I-Open");

  // One that was started with the configuration before, and serves only when there is another: it is held up in between.
  const there = new Set(workers.children);
  process.kill([...workers.pids.values()][0] as number, "SIGKILL");
  // Not before it is a program of its own: until then, the supervisor waits for it.
  const isWorker = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("worker.js");
  const starting = await vi.waitUntil(() => workers.children.find((pid) => !there.has(pid) && isWorker(pid)), {
    timeout: 20 * SECONDS,
    interval: 5,
  });
  process.kill(starting, "SIGSTOP");
  using _starting = {
    [Symbol.dispose]: () => void (workers.children.includes(starting) && process.kill(starting, "SIGCONT")),
  };
  configFile(folder, { workers: 2, accept: ["*.third.diameter.test"] });
  await reload("of the new configuration", /configuration was read again/);
  expect(workers.log.filter(({ msg, pid }) => msg === "a worker serves" && pid === starting)).toEqual([]);
  process.kill(starting, "SIGCONT");
  await workers.waitFor("of the new worker", ({ msg, pid }) => msg === "a worker serves" && pid === starting);
  for (let round = 0; round < 4; round++) expect(await welcome("else")).toBe("Closed");
  // Each by a name of its own: the one before may not quite have left another worker.
  for (let round = 0; round < 4; round++) expect(await welcome(`${round}.third`)).toBe("I-Open");

  writeFileSync(file, "identity: [");
  expect(await reload("of an error", /configuration/)).toHaveLength(1);
  expect(await welcome("last.third")).toBe("I-Open");
  expect(await welcome("somebody")).toBe("Closed");
});

test("where no worker can start, the program ends and says why, once", { timeout: 120 * SECONDS }, async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void taken.close());
  await new Promise((resolve) => taken.once("listening", resolve));
  const { port } = taken.address() as AddressInfo;
  const file = configFile(temporaryFolder(), { workers: 3, listen: [{ host: "127.0.0.1", port }] });
  const { code, output } = await run(process.execPath, [BIN, "--config", file]);
  expect(code, output).toBe(3);
  expect(output.match(/EADDRINUSE|address already in use|is taken/g), output).toHaveLength(1);
});

test("peers that are configured are divided, and another worker takes them over", {
  timeout: 120 * SECONDS,
}, async () => {
  await using one = client("one", 1, { peers: [], listen: [{ host: "127.0.0.1", port: 0 }], accept: "any" });
  await using two = client("two", 1, { peers: [], listen: [{ host: "127.0.0.1", port: 0 }], accept: "any" });
  for (const node of [one, two]) await node.start();
  const peers = [one, two].map(({ originHost, addresses: [at] }) => ({
    host: "127.0.0.1",
    port: at?.port,
    identity: originHost,
  }));
  const folder = temporaryFolder();
  await using workers = await Workers.start(
    configFile(folder, { workers: 2, peers, timers: { reconnectMs: 1000 }, admin: { socket: "admin.sock" } }),
  );
  const open = () => [one, two].map((node) => node.peers.list().filter(({ state }) => state === "R-Open").length);
  await expect.poll(open, { timeout: 20 * SECONDS }).toEqual([1, 1]);
  const owners = [one, two].map(({ originHost }) => workers.ownerOf(originHost));
  expect(owners[0]).not.toBe(owners[1]);
  const lost = new Promise((resolve) => one.once("peer:close", resolve));
  process.kill(workers.pids.get(owners[0] as number) as number, "SIGKILL");
  await lost;
  await expect.poll(open, { timeout: 20 * SECONDS }).toEqual([1, 1]);
  expect(workers.ownerOf(one.originHost)).not.toBe(owners[0]);

  // The one that came back has nothing to do: a peer that an operator disconnects goes there, and the next time it stays.
  await expect.poll(() => workers.pids.size, { timeout: 20 * SECONDS }).toBe(2);
  expect(workers.ownerOf(one.originHost)).toBe(workers.ownerOf(two.originHost));
  const disconnect = async () => {
    const from = workers.log.length;
    const args = ["peers", "disconnect", one.originHost, "--socket", join(folder, "admin.sock")];
    const { code, output } = await run(process.execPath, [BIN, ...args]);
    expect(code, output).toBe(0);
    const isBack = ({ msg, peer }: LogLine) => msg === "peer connected" && peer === one.originHost;
    return (await workers.waitFor("of the peer", isBack, from)).worker;
  };
  const parted = new Promise((resolve) => one.once("peer:close", (_peer, reason) => resolve(reason.disconnectCause)));
  const level = await disconnect();
  // REBOOTING: it is wanted again.
  expect(await parted).toBe(0);
  expect(level).not.toBe(workers.ownerOf(two.originHost));
  expect(await disconnect()).toBe(level);
  await expect.poll(open, { timeout: 20 * SECONDS }).toEqual([1, 1]);
});
