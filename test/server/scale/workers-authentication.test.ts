/** What authentication remembers is that of all workers: failures, uses of nonces, subscribers in memory. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DiameterNode } from "@diamgen/runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openSqlite } from "../../../server/src/store/index.js";
import { run } from "../../support/process.js";
import { BIN } from "../demo.js";
import { ALICE } from "../diameter/support.js";
import { type Answering, asking, challengeOf, credentials } from "../diameter/user-agent.js";
import { configFile } from "../program.js";
import { client, Workers } from "./workers.js";

const SECONDS = 1000;
const [SUCCESS, CHALLENGE, REJECTED, UNKNOWN] = [2006, 2008, 4001, 5032];
const GUESSES = 6;

interface Started extends AsyncDisposable {
  readonly workers: Workers;
  readonly file: string;
  readonly port: number;
}

async function started(): Promise<Started> {
  const folder = mkdtempSync(join(tmpdir(), "diamgen-scale-"));
  const path = join(folder, "diamgen.db");
  {
    await using stores = openSqlite({ path });
    await stores.prepare();
    await stores.subscribers.add(ALICE);
  }
  const file = configFile(folder, {
    workers: 2,
    database: { type: "sqlite", path, subscriberCache: { ttlMs: 600_000, negativeTtlMs: 600_000 } },
    authentication: {
      challenge: { key: randomBytes(32).toString("base64") },
      throttle: { perUser: GUESSES, withinMs: 600_000 },
    },
    admin: { socket: join(folder, "admin.sock") },
  });
  const workers = await Workers.start(file);
  return {
    workers,
    file,
    port: workers.port,
    async [Symbol.asyncDispose]() {
      await workers[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Of all tests: each has peers of its own. The last one ends it. */
let server: Started;
beforeAll(async () => {
  server = await started();
}, 60 * SECONDS);
afterAll(() => server[Symbol.asyncDispose]());

/** The Result-Code of an attempt that answers a challenge of its own. */
async function attempt(node: DiameterNode, answering: Answering = {}): Promise<number | undefined> {
  const ask = asking(node);
  const first = await ask({ sipNumberAuthItems: 1 });
  if (first.resultCode !== CHALLENGE) return first.resultCode;
  return (await ask(credentials(challengeOf(first), answering))).resultCode;
}

/** Connects by that name until it comes to another worker than before: they take connections in turn. */
async function elsewhere(
  { workers, port }: Started,
  name: string,
  before: number | undefined,
): Promise<{ readonly node: DiameterNode; readonly owner: number }> {
  for (let tries = 0; tries < 10; tries++) {
    const node = client(name, port);
    const from = workers.log.length;
    await node.start();
    const { worker } = await workers.waitFor(
      "of a peer",
      ({ msg, peer }) => msg === "peer connected" && peer === `${name}.diameter.test`,
      from,
    );
    if (worker !== undefined && worker !== before) return { node, owner: worker };
    await node.stop();
  }
  throw new Error("all connections come to one worker");
}

test("guesses are counted wherever the peer connects: N workers are not N times as many", {
  timeout: 120 * SECONDS,
}, async () => {
  let owner: number | undefined;
  const owners = new Set<number>();
  // Two at each visit, at one worker and at the other in turn.
  for (let visit = 0; visit < GUESSES / 2; visit++) {
    const at = await elsewhere(server, "guesser", owner);
    owner = at.owner;
    owners.add(owner);
    for (let guess = 0; guess < 2; guess++) expect(await attempt(at.node, { password: "wrong" })).toBe(REJECTED);
    await at.node.stop();
  }
  expect(owners.size).toBe(2);
  for (let visit = 0; visit < 2; visit++) {
    const at = await elsewhere(server, "guesser", owner);
    owner = at.owner;
    // Right, and not looked at any more.
    expect(await attempt(at.node)).toBe(REJECTED);
    await at.node.stop();
  }
  const reasons = server.workers.log.filter(({ msg }) => msg === "refused").map(({ reason }) => reason);
  expect(reasons).toEqual([...Array(GUESSES).fill("wrongResponse"), "throttled", "throttled"]);
  // Another peer is not that one.
  await using other = client("other", server.port);
  await other.start();
  expect(await attempt(other)).toBe(SUCCESS);
});

test("who has found the password is forgiven, wherever", { timeout: 120 * SECONDS }, async () => {
  let owner: number | undefined;
  for (let visit = 0; visit < 3; visit++) {
    const at = await elsewhere(server, "forgetful", owner);
    owner = at.owner;
    for (let guess = 1; guess < GUESSES; guess++) expect(await attempt(at.node, { password: "wrong" })).toBe(REJECTED);
    expect(await attempt(at.node)).toBe(SUCCESS);
    await at.node.stop();
  }
});

test("a nonce count is good once, at whichever worker; also after the worker that saw it is dead", {
  timeout: 120 * SECONDS,
}, async () => {
  const one = await elsewhere(server, "first", undefined);
  const two = await elsewhere(server, "second", one.owner);
  await using _two = two.node;
  try {
    const challenge = challengeOf(await asking(one.node)({ sipNumberAuthItems: 1 }));
    const [first, second, third] = ["00000001", "00000002", "00000003"].map((nonceCount) =>
      credentials(challenge, { nonceCount }),
    );
    expect((await asking(one.node)(first)).resultCode).toBe(SUCCESS);
    const replayed = await asking(two.node)(first);
    expect(replayed.resultCode).toBe(CHALLENGE);
    expect(challengeOf(replayed).digestStale).toBe("true");
    expect((await asking(two.node)(second)).resultCode).toBe(SUCCESS);
    expect((await asking(one.node)(second)).resultCode).toBe(CHALLENGE);
    const said = server.workers.log.length;
    process.kill(server.workers.pids.get(one.owner) as number, "SIGKILL");
    for (const seen of [first, second]) expect((await asking(two.node)(seen)).resultCode).toBe(CHALLENGE);
    expect((await asking(two.node)(third)).resultCode).toBe(SUCCESS);
    await server.workers.waitFor("of a new worker", ({ msg }) => msg === "a worker serves", said);
  } finally {
    await one.node.stop();
  }
});

test("another password, and none any more: every worker knows at once, though it keeps subscribers in memory", {
  timeout: 120 * SECONDS,
}, async () => {
  const one = await elsewhere(server, "one", undefined);
  await using _one = one.node;
  const two = await elsewhere(server, "two", one.owner);
  await using _two = two.node;
  const both = (answering?: Answering) => Promise.all([one.node, two.node].map((node) => attempt(node, answering)));
  const subscriber = async (args: readonly string[], input?: string) => {
    const name = `${ALICE.username}@${ALICE.domain}`;
    const { code, output } = await run(
      process.execPath,
      [BIN, "subscriber", ...args, name, "--config", server.file],
      input === undefined ? {} : { input },
    );
    expect(code, output).toBe(0);
    return output;
  };
  expect(await both()).toEqual([SUCCESS, SUCCESS]);
  expect(await subscriber(["passwd"], "another")).toBe("alice@sipdomain.invalid has a new password\n");
  expect(await both()).toEqual([REJECTED, REJECTED]);
  expect(await both({ password: "another" })).toEqual([SUCCESS, SUCCESS]);
  await subscriber(["delete"]);
  expect(await both({ password: "another" })).toEqual([UNKNOWN, UNKNOWN]);
  await subscriber(["add"], "third");
  expect(await both({ password: "third" })).toEqual([SUCCESS, SUCCESS]);
  await server.workers.program.stop();
  // Without a server to be told, it is said how long that may take.
  expect(await subscriber(["passwd"], "fourth")).toMatch(/may not see that for 600000 ms .*: no server listens on/);
});
