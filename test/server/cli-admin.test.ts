/** The commands that ask a running server, and those that follow its records: the built program, real peers. */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { main } from "../../server/src/cli/main.js";
import { openSqlite } from "../../server/src/store/index.js";
import { dissect, resultCode } from "../support/dissect.js";
import { golden } from "../support/golden.js";
import { Program, run } from "../support/process.js";
import { requireTool, testWith } from "../support/require.js";
import { BIN } from "./demo.js";
import { ALICE, connectAs, Recorder } from "./diameter/support.js";
import { configFile, type RunningProgram, startProgram, temporaryFolder } from "./program.js";
import { startSipServer, Type } from "./registration/support.js";
import { record } from "./support.js";

const ACR = golden("opensips-3.2-acct", 11).hex;
const MAR = golden("opensips-3.2-auth", 9).hex;

let folder: string;
let file: string;
let running: RunningProgram;
let port: number;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "diamgen-admin-"));
  const registration = { sessions: { maintain: "requested", authorizationLifetimeSeconds: 86_400 } };
  file = configFile(folder, { admin: { socket: "admin.sock" }, registration });
  {
    await using stores = openSqlite({ path: join(folder, "diamgen.db") });
    await stores.subscribers.add(ALICE);
    for (let n = 0; n < 12; n++) await stores.accounting.record(record({ recordNumber: n, sessionId: `s;${n}` }));
  }
  running = await startProgram(file);
  ({ port } = running);
});
afterAll(async () => {
  await running?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** What needs no configuration is asked without: reading one takes longer than the rest. */
const command = (args: readonly string[]) => {
  const [name, what = ""] = args;
  const inDatabase = name === "records" || (name === "registrations" && ["list", "show"].includes(what));
  return [BIN, ...args, ...(inDatabase ? ["--config", file] : ["--socket", join(folder, "admin.sock")])];
};
const cli = (...args: readonly string[]) => run(process.execPath, command(args));

/** A command that goes on; `said` is what it says when it has begun. */
async function begin(said: string, ...args: readonly string[]): Promise<Program> {
  const program = Program.start(process.execPath, command(args));
  onTestFinished(() => program[Symbol.asyncDispose]());
  await program.waitFor(said);
  return program;
}

const lines = (text: string) =>
  text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

test("peers, stats and log-level: tables for people, JSON for programs", { timeout: 60_000 }, async () => {
  await using client = await connectAs(port, new Recorder());
  await client.exchange(MAR);

  const [peers, peersJson, stats, statsJson, none] = await Promise.all([
    run(process.execPath, [BIN, "peers", "--config", file]),
    cli("peers", "--json"),
    cli("stats"),
    cli("stats", "--json", "--peer", "client.diameter.test"),
    cli("stats", "--peer", "nobody"),
  ]);
  expect(peers).toMatchObject({ code: 0 });
  expect(peers.stdout).toMatch(
    /^PEER +STATE +WATCHDOG +SINCE .*\nclient\.diameter\.test +R-Open +OKAY +\d+s +127\.0\.0\.1:\d+ +tcp +relay,3,6 +0 +2 +0\n$/,
  );
  const [peer, ...others] = lines(peersJson.stdout);
  expect(others).toEqual([]);
  expect(peer).toMatchObject({ name: "client.diameter.test", requests: { sent: 0, received: 2 } });

  expect(stats.stdout).toMatch(/^PEER +APPLICATION +COMMAND +REQUESTS/);
  expect(stats.stdout).toMatch(
    /^client\.diameter\.test +6 +Multimedia-Auth +<- +1 +0 +2006:1 +[\d.]+ms +[\d.]+ms +[\d.]+ms$/m,
  );
  const [json] = lines(statsJson.stdout);
  expect(json.peers).toMatchObject([{ peer: "client.diameter.test", commands: [{ commandCode: 257 }, {}] }]);
  expect(none.stdout).toBe("nothing was sent or received\n");
  const watch = await begin("\n", "stats", "--watch", "0.2", "--json");
  const from = watch.output.length;
  await client.exchange(MAR);
  await watch.waitFor(/"commandCode":286,"requests":\{"sent":0,"received":1\}/, { from });
  expect(await watch.stop("SIGINT")).toEqual({ code: 0, signal: null });

  expect(await cli("log-level", "debug")).toMatchObject({ code: 0, stdout: "debug\n" });
  expect(await cli("log-level")).toMatchObject({ code: 0, stdout: "debug\n" });

  // Who connects by itself is out of service until it is enabled again.
  const disabled = await cli("peers", "disable", "client.diameter.test", "--cause", "busy", "--timeout-ms", "200");
  expect(disabled).toMatchObject({ code: 0, output: "client.diameter.test is out of service: Closed\n" });
  await client.closed;
  await running.program.waitFor(/"operation":"peers.disable"/);
  await expect(connectAs(port, new Recorder())).rejects.toThrow();
  expect(await cli("peers", "enable", "client.diameter.test")).toMatchObject({ code: 0 });
  await (await connectAs(port, new Recorder())).close();
  expect(await cli("peers", "disconnect", "nobody.test")).toMatchObject({
    code: 1,
    output: "diamgen-server: there is no peer nobody.test\n",
  });
});

test("records tail: the newest, then those that come", { timeout: 60_000 }, async () => {
  const [ten, two] = await Promise.all([
    cli("records", "tail"),
    cli("records", "tail", "-n", "2", "--format", "jsonl"),
  ]);
  expect(
    ten.stdout
      .trim()
      .split("\n")
      .map((line) => line.split(" ").at(-1)),
  ).toEqual(Array.from({ length: 10 }, (_, n) => `#${n + 2}`));
  expect(ten.stdout).toMatch(/^2026-11-21T10:00:00\.250Z EVENT client\.diameter\.test INVITE 200 3s call@lab s;2 #2\n/);
  expect(lines(two.stdout)).toMatchObject([{ recordNumber: 10 }, { recordNumber: 11 }]);
  const follow = await begin("s;11 #11", "records", "tail", "-n", "1", "-f", "--interval", "0.1");
  await using client = await connectAs(port, new Recorder());
  expect(resultCode(dissect(await client.exchange(ACR)))).toBe(2001);
  await follow.waitFor(/EVENT client\.diameter\.test INVITE - 3s call-cdr-1-2878@lab client\.diameter\.test;.* #0\n/, {
    from: follow.output.length,
  });
  expect(await follow.stop("SIGINT")).toEqual({ code: 0, signal: null });
  expect(follow.stdout.trim().split("\n")).toHaveLength(2);
});

testWith(
  [requireTool("tshark")],
  "trace: lines, all of it, JSON, and pcapng that tshark reads",
  async () => {
    const pcapng = join(folder, "trace.pcapng");
    const [pcap, piped, line, decode, json] = await Promise.all([
      begin("tracing", "trace", "--pcap", pcapng, "--count", "6"),
      begin("tracing", "trace", "--pcap", "-", "--command", "Multimedia-Auth", "--count", "2"),
      begin("tracing", "trace", "--peer", "CLIENT.diameter.test"),
      begin("tracing", "trace", "--decode", "--command", "271", "--count", "2"),
      begin("tracing", "trace", "--json", "--seconds", "600", "--max-bytes", "100"),
    ]);
    await using client = await connectAs(port, new Recorder());
    await client.exchange(MAR);
    expect(resultCode(dissect(await client.exchange(ACR)))).toBe(2001);
    for (const trace of [pcap, piped, decode, json]) expect(await trace.waitExit()).toEqual({ code: 0, signal: null });
    await line.waitFor(/Accounting-Answer 2001/);
    expect(await line.stop("SIGINT")).toEqual({ code: 0, signal: null });

    const fields = [
      "frame.comment",
      "diameter.cmd.code",
      "diameter.flags.request",
      "diameter.Session-Id",
      "diameter.Digest-Response",
    ];
    const dissected = await run("tshark", ["-r", pcapng, "-Tfields", ...fields.flatMap((field) => ["-e", field])]);
    const rows = dissected.stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split("\t"));
    expect(rows.map(([comment, code, request]) => [comment, code, /^(?:1|True)$/.test(request ?? "")])).toEqual(
      [257, 286, 271].flatMap((code) =>
        [true, false].map((request) => ["client.diameter.test", String(code), request]),
      ),
    );
    expect(rows[2]?.[4]).toBe("*".repeat(32));
    expect(rows[4]?.[3]).toMatch(/^client\.diameter\.test;/);
    expect(statSync(pcapng).mode & 0o777).toBe(0o600);
    expect(piped.stdout.slice(0, 4)).toBe("\n\r\r\n");

    expect(line.stdout.split("\n").map((line) => line.slice(13))).toEqual([
      expect.stringMatching(/^<- client\.diameter\.test Capabilities-Exchange-Request \d+ octets [0-9a-f]{8}$/),
      expect.stringMatching(/^-> client\.diameter\.test Capabilities-Exchange-Answer 2001 /),
      expect.stringMatching(/^<- client\.diameter\.test Multimedia-Auth-Request .* client\.diameter\.test;/),
      expect.stringMatching(/^-> client\.diameter\.test Multimedia-Auth-Answer 2006 /),
      expect.stringMatching(/^<- client\.diameter\.test Accounting-Request /),
      expect.stringMatching(/^-> client\.diameter\.test Accounting-Answer 2001 /),
      "",
    ]);
    expect(decode.stdout).toMatch(/^\S+Z <- client\.diameter\.test\nAccounting-Request \(ACR\) application 3/);
    expect(decode.stdout).toMatch(/^ {2}Result-Code \(268\) -M- DIAMETER_SUCCESS \(2001\)$/m);
    expect(lines(json.stdout)).toMatchObject([{ direction: "in", peer: "client.diameter.test" }]);
    expect(json.output).toContain("1 messages\n");
  },
  60_000,
);

testWith(
  [requireTool("tshark")],
  "trace into a pipe: tshark reads it while it goes on",
  async () => {
    await using pipe = Program.start("sh", [
      "-c",
      `${process.execPath} ${BIN} trace --pcap - --count 4 --config ${file} | tshark -l -r - -Tfields -e diameter.cmd.code`,
    ]);
    await pipe.waitFor("tracing");
    await using client = await connectAs(port, new Recorder());
    await client.exchange(MAR);
    expect(await pipe.waitExit()).toMatchObject({ code: 0 });
    expect(pipe.stdout).toBe("257\n257\n286\n286\n");
  },
  60_000,
);

test("registrations: listed, shown, pushed and ended; the SIP server's answer is told", {
  timeout: 60_000,
}, async () => {
  await using s1 = await startSipServer(port);
  await s1.assign(Type.REGISTRATION);
  const alice = "alice@sipdomain.invalid";

  const [listed, listedJson, shown, nobody] = await Promise.all([
    cli("registrations", "list"),
    cli("registrations", "list", "--json", "--served"),
    cli("registrations", "show", alice),
    cli("registrations", "show", "nobody@sipdomain.invalid"),
  ]);
  expect(listed.stdout.split("\n").map((line) => line.split(/ {2,}/))).toEqual([
    ["SUBSCRIBER", "SIP-AOR", "REGISTRATION", "SIP SERVER", "SESSION UNTIL"],
    [alice, `sip:${alice}`, "registered", s1.uri, "-"],
    [""],
  ]);
  expect(lines(listedJson.stdout)).toMatchObject([
    { username: "alice", aors: [{ aor: `sip:${alice}`, registration: "registered", server: { uri: s1.uri } }] },
  ]);
  expect(shown.stdout).toMatch(/^subscriber +alice@sipdomain\.invalid\nvisited networks +any\n/);
  expect(shown.stdout).toMatch(
    /^sip:alice@sipdomain\.invalid +registered +sip:s1\.diameter\.test +s1\.diameter\.test/m,
  );
  expect(nobody).toMatchObject({ code: 1, stdout: "" });

  const pushed = await cli("registrations", "push", alice);
  expect(pushed).toMatchObject({ code: 0 });
  expect(pushed.stdout).toMatch(
    /s1\.diameter\.test +s1\.diameter\.test +sip:alice@sipdomain\.invalid +PPR +2001 DIAMETER_SUCCESS +-\n$/,
  );
  expect(s1.pushes).toHaveLength(1);

  s1.answers.termination = 5012;
  const refused = await cli(
    "registrations",
    "terminate",
    alice,
    "--reason",
    "sip-server-change",
    "--info",
    "maintenance",
  );
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.stdout).toMatch(/ RTR +5012 DIAMETER_UNABLE_TO_COMPLY +no\n$/);
  expect(s1.terminations).toMatchObject([
    { sipDeregistrationReason: { sipReasonCode: 2, sipReasonInfo: "maintenance" }, userName: alice },
  ]);
  s1.answers.termination = 2001;
  const ended = await cli("registrations", "terminate", alice, "--aor", `sip:${alice}`, "--json");
  expect(ended).toMatchObject({ code: 0 });
  expect(lines(ended.stdout)).toMatchObject([{ originHost: "s1.diameter.test", resultCode: 2001, ended: true }]);
  expect(s1.terminations[1]).toMatchObject({ sipAor: [`sip:${alice}`], sipDeregistrationReason: { sipReasonCode: 0 } });
  expect(await cli("registrations", "terminate", alice)).toMatchObject({
    ...{ code: 1, stdout: "" },
    output: `diamgen-server: no SIP server has ${alice}, so none was told\n`,
  });
});

test("registrations in a Diameter session: shown with its end, ended by ASR", { timeout: 60_000 }, async () => {
  // Not the one of the test before, whose connection may be closing yet.
  await using s2 = await startSipServer(port, "s2");
  const { sessionId } = await s2.enter(Type.REGISTRATION);
  const alice = "alice@sipdomain.invalid";
  const [listed, shown, shownJson] = await Promise.all([
    cli("registrations", "list", "--served"),
    cli("registrations", "show", alice),
    cli("registrations", "show", alice, "--json"),
  ]);
  const [{ aors }] = lines(shownJson.stdout);
  expect(aors).toMatchObject([{ session: { id: sessionId, originHost: "s2.diameter.test" } }]);
  // 24 hours and a minute from now, or from a little before.
  const until = new Date(aors[0].session.expiresAt);
  expect(Math.abs(until.getTime() - Date.now() - 86_460_000)).toBeLessThan(60_000);
  expect(listed.stdout).toContain(` ${until.toISOString()}\n`);
  expect(shown.stdout).toMatch(/SESSION UNTIL +SESSION-ID\n/);
  expect(shown.stdout).toContain(`${until.toISOString()}  ${sessionId}\n`);

  s2.answers.abort = 5012;
  const refused = await cli("registrations", "terminate", alice);
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.stdout).toMatch(/ sip:alice@sipdomain\.invalid +ASR +5012 DIAMETER_UNABLE_TO_COMPLY +no\n$/);
  s2.answers.abort = 2001;
  const ended = await cli("registrations", "terminate", alice, "--json");
  expect(ended).toMatchObject({ code: 0 });
  expect(lines(ended.stdout)).toMatchObject([{ sessionId, resultCode: 2001, ended: true }]);
  expect(s2.aborts.map((request) => request.sessionId)).toEqual([sessionId, sessionId]);
  expect(s2.terminations).toEqual([]);
  expect((await s2.locate()).resultCode).toBe(5034);
});

test("no server there, nobody that it is, another version: said, with exit codes", { timeout: 60_000 }, async () => {
  const at = (socket: string, ...args: readonly string[]) => run(process.execPath, [BIN, ...args, "--socket", socket]);
  const nowhere = join(folder, "none.sock");
  expect(await at(nowhere, "peers")).toMatchObject({
    code: 3,
    output: expect.stringContaining(`no server listens on ${nowhere}`),
  });
  const without = configFile(temporaryFolder());
  expect(await run(process.execPath, [BIN, "stats", "--config", without])).toMatchObject({
    code: 2,
    output: expect.stringContaining("has no admin.socket"),
  });
  const other = createServer((request, response) => {
    if (request.url === "/v1/log/level") response.setHeader("Server", "something");
    else response.setHeader("Server", "diamgen-server/99.0.0");
    const unknown = { error: { code: "ADMIN_UNKNOWN_OPERATION", message: "there is no such operation" } };
    response.statusCode = request.url === "/v1/statistics" ? 404 : 200;
    response.end(JSON.stringify(request.url === "/v1/statistics" ? unknown : { peers: [] }));
  });
  const socket = join(folder, "other.sock");
  await new Promise<void>((resolve) => other.listen(socket, resolve));
  onTestFinished(() => void other.close());
  const [newer, older, foreign] = await Promise.all([
    at(socket, "peers", "--json"),
    at(socket, "stats"),
    at(socket, "log-level"),
  ]);
  expect(newer).toMatchObject({ code: 0, stdout: "", output: expect.stringMatching(/the server is version 99\.0\.0/) });
  expect(older).toMatchObject({
    code: 1,
    output: expect.stringMatching(/no such operation: it is version 99\.0\.0, this command \d/),
  });
  expect(foreign).toMatchObject({
    code: 3,
    output: expect.stringContaining("is no diamgen-server"),
  });
});

test.each([
  [["trace", "--pcap", "x", "--json"]],
  [["trace", "--command", "Nonsense"]],
  [["trace", "--max-bytes", "many"]],
  [["stats", "--watch", "-1"]],
  [["log-level", "loud"]],
  [["peers", "disable"]],
  [["peers", "disable", "a.test", "--cause", "tired"]],
  [["registrations", "terminate", "alice"]],
  [["registrations", "terminate", "alice@a.test", "--reason", "none"]],
  [["records", "tail", "-n", "x"]],
  [["records", "tail"]],
])("wrong usage: %o", async (args) => {
  const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  onTestFinished(() => said.mockRestore());
  expect(await main([process.execPath, BIN, ...args])).toBe(2);
  expect(said.mock.calls.join("")).toMatch(/^error: /);
});
