/** The admin socket as whoever may connect sees it: HTTP with JSON, its file, and what happens to those who mean harm. */
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, lstatSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { AdminSocket } from "../../../server/src/admin/admin-socket.js";
import type { AdminOperations } from "../../../server/src/admin/operations.js";
import { parseConfig } from "../../../server/src/config/load.js";
import { createLogger } from "../../../server/src/log.js";
import { Service } from "../../../server/src/service/service.js";
import { dissect, resultCode } from "../../support/dissect.js";
import { golden } from "../../support/golden.js";
import { run } from "../../support/process.js";
import { requireTool, testWith } from "../../support/require.js";
import { connectAs, Recorder } from "../diameter/support.js";
import { temporaryFolder } from "../program.js";
import { ask, http, settings, startService } from "./support.js";

/** A connection to the socket, and all that came on it once it has ended. */
function raw(path: string, text: string | Buffer): { readonly socket: Socket; readonly ended: Promise<string> } {
  const socket = connect(path);
  let came = "";
  socket.setEncoding("latin1").on("data", (chunk) => {
    came += chunk;
  });
  socket.on("error", () => {});
  socket.write(text);
  onTestFinished(() => void socket.destroy());
  return { socket, ended: new Promise((resolve) => socket.on("close", () => resolve(came))) };
}

test("operations over HTTP: GET where nothing changes, POST for all, errors with a stable code", async () => {
  const { socket, port } = await startService();
  const status = await http(socket, "GET", "/v1/status");
  expect(status).toMatchObject({ status: 200, headers: { "content-type": "application/json" } });
  expect(status.headers.server).toMatch(/^diamgen-server\/\d/);
  expect(JSON.parse(status.text)).toMatchObject({ identity: "server.diameter.test", listening: [{ port }] });
  expect(JSON.parse((await http(socket, "GET", "/v1/peers/list")).text)).toEqual({ peers: [] });
  expect(await ask(socket, "/v1/log/level", { level: "error" })).toEqual({ level: "error" });
  const error = (code: string) => ({ error: { code, message: expect.any(String) } });
  const cases: readonly (readonly [string, string, string | undefined, number, string])[] = [
    ["GET", "/v1/nothing", undefined, 404, "ADMIN_UNKNOWN_OPERATION"],
    ["GET", "/v1/__proto__", undefined, 404, "ADMIN_UNKNOWN_OPERATION"],
    ["POST", "/v1/toString", "{}", 404, "ADMIN_UNKNOWN_OPERATION"],
    ["GET", "/", undefined, 404, "ADMIN_UNKNOWN_OPERATION"],
    ["GET", "/v1/peers/disable", undefined, 405, "ADMIN_INVALID"],
    ["DELETE", "/v1/status", undefined, 405, "ADMIN_INVALID"],
    ["POST", "/v1/peers/disable", '{"peer":"x.test"}', 404, "ADMIN_NO_SUCH_PEER"],
    ["POST", "/v1/peers/disable", "{", 400, "ADMIN_INVALID"],
    ["POST", "/v1/peers/disable", "[]", 400, "ADMIN_INVALID"],
    ["POST", "/v1/peers/disable", '"text"', 400, "ADMIN_INVALID"],
    ["POST", "/v1/peers/disable", `${"[".repeat(30_000)}`, 400, "ADMIN_INVALID"],
    ["POST", "/v1/trace", '{"commands":[-1]}', 400, "ADMIN_INVALID"],
    ["POST", "/v1/status", `"${"x".repeat(70_000)}"`, 429, "ADMIN_LIMIT"],
  ];
  for (const [method, path, body, code, name] of cases) {
    const response = await http(socket, method, path, body);
    expect([method, path, response.status]).toEqual([method, path, code]);
    expect(JSON.parse(response.text)).toEqual(error(name));
  }
});

testWith([requireTool("curl")], "curl reads it", async () => {
  const { socket } = await startService();
  const result = await run("curl", ["--silent", "--unix-socket", socket, "http://admin/v1/statistics"]);
  expect(JSON.parse(result.stdout)).toMatchObject({ peers: expect.any(Array), events: expect.any(Object) });
});

test("only the owner may connect, or its group where it is said; the socket goes with the server", async () => {
  const { socket, service, folder } = await startService();
  expect(statSync(socket).mode & 0o777).toBe(0o600);
  await service.stop();
  expect(existsSync(socket)).toBe(false);
  const admin = { socket, mode: "0660" };
  const config = parseConfig(join(folder, "server.yaml"), JSON.stringify(settings(folder, { admin })));
  await using again = await Service.start(config, createLogger({ level: "silent" }));
  expect(statSync(socket).mode & 0o777).toBe(0o660);
  expect(again.config.admin).toEqual(admin);
});

test.skipIf(process.getuid?.() !== 0)("another user is refused by the system", async () => {
  const { socket, folder } = await startService();
  chmodSync(folder, 0o755);
  const script = `require("net").connect(${JSON.stringify(socket)}).on("error", (e) => console.log(e.code))`;
  const { stdout } = spawnSync(process.execPath, ["-e", script], { uid: 65534, gid: 65534, encoding: "utf8" });
  expect(stdout).toBe("EACCES\n");
});

test("a socket that a dead server left is replaced; a living one is an error, and stays", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "admin.sock");
  // Ends without closing, as kill -9 does.
  spawnSync(process.execPath, [
    "-e",
    `require("net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`,
  ]);
  expect(lstatSync(path).isSocket()).toBe(true);
  const config = parseConfig(join(folder, "server.yaml"), JSON.stringify(settings(folder)));
  const log = createLogger({ level: "silent" });
  await using service = await Service.start(config, log);
  expect(await ask(path, "/v1/status")).toMatchObject({ pid: process.pid });
  await expect(Service.start(config, log)).rejects.toThrow(`another server listens on ${path}`);
  expect(await ask(path, "/v1/status")).toMatchObject({ pid: process.pid });
  await service.stop();
  writeFileSync(path, "precious");
  await expect(Service.start(config, log)).rejects.toThrow("is no socket");
  expect(readFileSync(path, "utf8")).toBe("precious");
  const nowhere = settings(folder, { admin: { socket: join(folder, "none", "admin.sock") } });
  const elsewhere = parseConfig(join(folder, "server.yaml"), JSON.stringify(nowhere));
  await expect(Service.start(elsewhere, log)).rejects.toThrow(/^the folder of the admin socket .*: ENOENT.*\/none'/);
});

test("garbage, floods and bodies without end are refused, and Diameter goes on", async () => {
  const { socket, port } = await startService();
  await using client = await connectAs(port, new Recorder());
  const accounted = async () => resultCode(dissect(await client.exchange(golden("opensips-3.2-acct", 11).hex)));

  expect(await raw(socket, "\0\x01garbage\r\n\r\n").ended).toMatch(/^HTTP\/1\.1 400 /);
  expect(await raw(socket, `GET /v1/status HTTP/1.1\r\nX: ${"x".repeat(20_000)}\r\n\r\n`).ended).toMatch(
    /^HTTP\/1\.1 431 /,
  );
  const endless = raw(socket, "POST /v1/status HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  const piece = `10000\r\n${"x".repeat(0x10000)}\r\n`;
  for (let i = 0; i < 2; i++) endless.socket.write(piece);
  expect(await endless.ended).toMatch(/^HTTP\/1\.1 429 [\s\S]*ADMIN_LIMIT/);
  const deaf = raw(socket, "POST /v1/status HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  deaf.socket.on("drain", () => deaf.socket.write(piece)).write(piece);
  await deaf.ended;
  const claimed = raw(socket, "POST /v1/status HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\nx");
  claimed.socket.write("x".repeat(100_000));
  expect(await claimed.ended).toMatch(/ADMIN_LIMIT/);
  expect(await accounted()).toBe(2001);

  // As many as are let in keep their connections open and say nothing; the next ones are turned away.
  const idle = Array.from({ length: 32 }, () => raw(socket, "GET /v1/st"));
  await Promise.all(idle.map(({ socket: one }) => once(one, "connect")));
  expect(await raw(socket, "GET /v1/status HTTP/1.1\r\nHost: a\r\n\r\n").ended).toBe("");
  expect(await accounted()).toBe(2001);
  for (const { socket: one } of idle) one.destroy();
  await expect
    .poll(() => http(socket, "GET", "/v1/status").catch(() => ({ status: 0 })))
    .toMatchObject({ status: 200 });
});

test("a client that says its request little by little is gone after five seconds", { timeout: 20_000 }, async () => {
  const { socket } = await startService();
  const slow = raw(socket, "POST /v1/status HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n1");
  expect(await slow.ended).toMatch(/^HTTP\/1\.1 408 /);
});

test("a trace that nobody reads loses messages and says how many, and holds nobody up", async () => {
  const { socket, port, service } = await startService();
  const reader = connect(socket);
  onTestFinished(() => void reader.destroy());
  reader.write("POST /v1/trace HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}");
  // Until the head has come; then nothing is read any more.
  const [head] = await once(reader, "data");
  reader.pause();
  expect(String(head)).toMatch(/^HTTP\/1\.1 200 OK/);
  await using client = await connectAs(port, new Recorder());
  const request = golden("opensips-3.2-acct", 11).hex;
  // Requests of another size: it is their octets that count.
  for (let i = 0; i < 12; i++) {
    const octets = Buffer.alloc(1_000_000, 0);
    Buffer.from(request, "hex").copy(octets);
    octets.writeUIntBE(octets.length, 1, 3);
    // One AVP that takes the rest.
    const at = Buffer.from(request, "hex").length;
    octets.writeUInt32BE(281, at);
    octets.writeUInt32BE(octets.length - at, at + 4);
    octets.writeUInt32BE(i + 1, 12);
    octets.fill("x", at + 8);
    expect(resultCode(dissect(await client.exchange(octets)))).toBeDefined();
  }
  // What waits is read, then comes how many are missing, then what is new.
  let text = "";
  reader.setEncoding("utf8").on("data", (chunk) => {
    text += chunk;
  });
  reader.resume();
  await expect.poll(() => text, { timeout: 10_000 }).toMatch(/\{"dropped":\d+\}/);
  // 8 MiB, the message that went beyond, and what was in the socket.
  expect(text.indexOf('{"dropped"')).toBeLessThan(11e6);
  const shown = text.match(/"direction"/g)?.length ?? 0;
  const dropped = Number(/\{"dropped":(\d+)\}/.exec(text)?.[1]);
  const { received, sent } = service.server.node.statistics().peers.reduce(
    (sum, { commands }) => ({
      received: sum.received + commands.reduce((all, { requests }) => all + requests.received, 0),
      sent: sum.sent + commands.reduce((all, { answers }) => all + answers.sent, 0),
    }),
    { received: 0, sent: 0 },
  );
  expect(shown + dropped).toBe(received + sent);
  reader.destroy();
});

test("what a worker could not even send is told to the reader as well, at once where nothing waits", async () => {
  const socket = join(temporaryFolder(), "admin.sock");
  const told: ((messages: number) => void)[] = [];
  const operations: AdminOperations = {
    call: () => Promise.reject(new Error("of no use here")),
    trace: async (_request, _show, missed = () => {}) => {
      told.push(missed);
      return () => {};
    },
  };
  const log = createLogger({ level: "silent" });
  await using _socket = await AdminSocket.open({ at: { socket, mode: "0600" }, operations, log });
  const reader = connect(socket);
  onTestFinished(() => void reader.destroy());
  let text = "";
  reader.setEncoding("utf8").on("data", (chunk) => {
    text += chunk;
  });
  reader.write("POST /v1/trace HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}");
  await expect.poll(() => told.length, { timeout: 10_000 }).toBe(1);
  for (const missed of [3, 4]) {
    told[0]?.(missed);
    await expect.poll(() => text, { timeout: 10_000 }).toContain(`{"dropped":${missed}}\n`);
  }
});

test("traces end with their clients and with the server", async () => {
  const { socket, port, service } = await startService();
  const open = async () => {
    const request = httpRequest({ socketPath: socket, method: "POST", path: "/v1/trace", agent: false });
    request.on("error", () => {});
    request.end("{}");
    const [response] = await once(request, "response");
    response.on("error", () => {});
    const ended = new Promise<void>((resolve) => response.on("close", resolve));
    return { request, response, ended };
  };
  for (let i = 0; i < 10; i++) {
    const { request, ended } = await open();
    request.destroy();
    await ended;
  }
  const { response, ended } = await open();
  const lines: string[] = [];
  response.setEncoding("utf8").on("data", (chunk: string) => lines.push(chunk));
  await (await connectAs(port, new Recorder())).close();
  await expect.poll(() => lines.join("")).toContain('"direction":"out"');
  await service.stop();
  await ended;
  expect(existsSync(socket)).toBe(false);
});
