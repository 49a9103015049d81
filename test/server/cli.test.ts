/** `diamgen-server` as its operator meets it: the built program, its output, its exit codes. */

import { once } from "node:events";
import { createServer } from "node:net";
import { dirname } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { main } from "../../server/src/cli/main.js";
import { dissect, findAvp, printed, resultCode, withIdentifiers } from "../support/dissect.js";
import { golden } from "../support/golden.js";
import { run } from "../support/process.js";
import { RawClient } from "../support/raw-client.js";
import { describeWith, repositoryPath } from "../support/require.js";
import { expectClean, tsharkRequirements } from "../support/tshark.js";
import { BIN, DEMO, demoRequest, startDemo } from "./demo.js";
import { changed, replaced } from "./diameter/compose.js";
import { connectAs, DPR, Recorder } from "./diameter/support.js";
import { temporaryPath } from "./support.js";

const recorder = new Recorder();

const server = (...args: readonly string[]) => run(process.execPath, [BIN, ...args]);

/** The same without a process of its own, for what ends before anything begins. */
async function inProcess(...args: readonly string[]): Promise<{ code: number; stdout: string; output: string }> {
  let [stdout, output] = ["", ""];
  const take = (is: "stdout" | "stderr") => (text: string | Uint8Array) => {
    output += text.toString();
    if (is === "stdout") stdout += text.toString();
    return true;
  };
  const spies = (["stdout", "stderr"] as const).map((is) =>
    vi.spyOn(process[is], "write").mockImplementation(take(is)),
  );
  try {
    return { code: await main([process.execPath, BIN, ...args]), stdout, output };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

describe("--demo", () => {
  test.each(["SIGTERM", "SIGINT"] as const)(
    "serves until %s, takes leave of its peers, and exits with 0",
    async (signal) => {
      const { program, port } = await startDemo();
      await using _ = program;
      await using client = await connectAs(port, recorder);
      const { bytes } = demoRequest();
      const maa = dissect(await client.exchange(bytes));
      expect(resultCode(maa), printed(maa)).toBe(2006);
      expect(findAvp(maa, 264)?.data.toString()).toBe("server.diameter.test");

      program.kill(signal);
      const dpr = dissect(await client.nextOf(DPR, "request"));
      expect(findAvp(dpr, 273)?.data.readUInt32BE(0)).toBe(0); // Disconnect-Cause REBOOTING
      const dpa = Buffer.from(golden("opensips-3.2-server-dpr-reconnect", 10).hex, "hex");
      client.send(withIdentifiers(dpa, dpr));
      await client.waitClosed();
      expect(await program.waitExit()).toEqual({ code: 0, signal: null });
    },
  );

  test("keeps its database with --data", async () => {
    const folder = dirname(temporaryPath());
    for (const known of [false, true]) {
      const { program, port } = await startDemo(["--data", folder]);
      await using _ = program;
      await using client = await connectAs(port, recorder);
      expect(resultCode(dissect(await client.exchange(demoRequest().bytes)))).toBe(2006);
      expect(resultCode(dissect(await client.exchange(golden("opensips-3.2-acct", 11).hex)))).toBe(2001);
      // Stored by the first run: for the second it is a duplicate.
      await program.waitFor(known ? '"kept":"duplicate"' : '"kept":"stored"');
      await client.close();
      expect((await program.stop()).code).toBe(0);
    }
  });

  test("a peer that does not answer the DPR does not keep it from ending", async () => {
    const { program, port } = await startDemo();
    await using _ = program;
    await using silent = await connectAs(port, recorder);
    program.kill("SIGTERM");
    await silent.nextOf(DPR, "request");
    // Its connection is closed by the server in the end, after the time that a peer has to answer.
    await silent.waitClosed({ timeoutMs: 10_000 });
    expect(await program.waitExit()).toEqual({ code: 0, signal: null });
  });
});

describe("the log", () => {
  test.each(["json", "pretty"])(
    "%s: who was accepted and who was refused, at the lowest level, and no secret",
    async (format) => {
      const { program, port } = await startDemo(["--log-level", "trace", "--log-format", format]);
      await using _ = program;
      await using client = await connectAs(port, recorder);
      const right = demoRequest();
      const wrong = demoRequest({ ...DEMO, password: "other-passphrase" });
      const unknown = demoRequest({ ...DEMO, username: "mallory" });
      for (const [request, code] of [
        [right, 2006],
        [wrong, 4001],
        [unknown, 5032],
      ] as const) {
        expect(resultCode(dissect(await client.exchange(request.bytes)))).toBe(code);
      }
      // A request that the runtime refuses, its message in the log.
      const malformed = changed(right.bytes, { avps: (avps) => replaced(avps, { 1: Buffer.of(0xff) }) });
      expect(resultCode(dissect(await client.exchange(malformed)))).toBe(5004);
      expect(resultCode(dissect(await client.exchange(golden("opensips-3.2-acct", 11).hex)))).toBe(2001);
      await client.close();
      expect((await program.stop()).code).toBe(0);

      const { output } = program;
      expect(output).toMatch(/authenticated/);
      expect(output).toMatch(/refused.*wrongResponse|wrongResponse.*refused/);
      expect(output).toMatch(/unknownUser/);
      expect(output).toMatch(/peer connected/);
      expect(output).toMatch(/peer disconnected/);
      expect(output).toMatch(/request refused/);
      expect(output).toMatch(/accounted/);
      const secrets = [
        DEMO.password,
        "other-passphrase",
        ...[right, wrong, unknown].flatMap(({ ha1, response }) => [ha1, response]),
      ];
      for (const secret of secrets) expect(output.toLowerCase()).not.toContain(secret);
    },
  );

  test("goes to standard error, standard output being for where it listens", async () => {
    const { program } = await startDemo();
    await using _ = program;
    await program.stop();
    expect(program.stdout).toMatch(/^listening on 127\.0\.0\.1 port \d+ as server\.diameter\.test\n$/);
    for (const line of program.output.replace(program.stdout, "").trim().split("\n")) {
      expect(JSON.parse(line)).toMatchObject({ level: expect.any(String), time: expect.any(String) });
    }
  });
});

describe("what it cannot do", () => {
  test.each<readonly [string, readonly string[], RegExp]>([
    ["nothing to serve", [], /^error: nothing to serve: --config, --freediameter-conf or --demo is needed$/m],
    ["an unknown option", ["--demo", "--prot", "1"], /^error: unknown option '--prot'$/m],
    ["a port that is none", ["--demo", "--port", "http"], /a port is a number from 0 to 65535/],
    ["a port too great", ["--demo", "--port", "65536"], /a port is a number from 0 to 65535/],
    ["a log level that is none", ["--demo", "--log-level", "loud"], /Allowed choices are trace, debug/],
    [
      "a command that there is not",
      ["check-confg"],
      /^error: there is no command "check-confg"\n\(Did you mean "check-config"\?\)$/m,
    ],
    ["an argument to --demo", ["--demo", "now"], /^error: there is no command "now"$/m],
    ["an argument too many", ["check-config", "now"], /too many arguments/],
    [
      "a command of a command that there is not",
      ["records", "exprt"],
      /unknown command 'exprt'\n\(Did you mean export\?\)/,
    ],
    ["a file without its name", ["check-config", "--config"], /argument missing/],
    ["a demo's option without it", ["--config", "x", "--port", "1"], /^error: --port is for --demo/m],
    ["a demo with a configuration", ["--demo", "--config", "x"], /^error: --demo and --config exclude one another$/m],
    ["nothing to check", ["check-config"], /^error: nothing to check: --config or --freediameter-conf is needed$/m],
  ])("%s: usage, 2", async (_title, args, message) => {
    const { code, stdout, output } = await inProcess(...args);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(output).toMatch(message);
    expect(output).toContain("diamgen-server --help");
    expect(output).not.toMatch(/\n\s+at /); // no stack
  });

  test("a port that is taken: 3, and which", async () => {
    const taken = createServer();
    taken.listen(0, "127.0.0.1");
    await once(taken, "listening");
    try {
      const { port } = taken.address() as { port: number };
      const { code, stdout, output } = await server("--demo", "--port", String(port));
      expect(code).toBe(3);
      expect(stdout).toBe("");
      expect(output).toMatch(new RegExp(`^diamgen-server: .*127\\.0\\.0\\.1.*${port}.*in use`, "m"));
      expect(output).not.toMatch(/\n\s+at /);
    } finally {
      taken.close();
    }
  });

  test.each<readonly [string, readonly string[], RegExp]>([
    ["an address that is not ours", ["--host", "192.0.2.1"], /192\.0\.2\.1/],
    ["a folder that is not there", ["--data", "/nonexistent/folder"], /\/nonexistent\/folder/],
    ["a folder that is a file", ["--data", BIN], /diamgen-server\.js/],
  ])("%s: 3, and which", async (_title, args, message) => {
    const { code, stdout, output } = await server("--demo", "--port", "0", ...args);
    expect(code).toBe(3);
    expect(stdout).toBe("");
    expect(output).toMatch(/^diamgen-server: /m);
    expect(output).toMatch(message);
    expect(output).not.toMatch(/\n\s+at /);
  });
});

test("--help and --version are no errors", async () => {
  expect(await server("--version")).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  const help = await server("--help");
  expect(help.code).toBe(0);
  for (const option of [
    "--config",
    "--freediameter-conf",
    "check-config",
    "--demo",
    "--port",
    "--host",
    "--data",
    "--log-level",
    "--log-format",
  ]) {
    expect(help.stdout).toContain(option);
  }
});

test("--help, --version and check-config load no database and no SDK", async () => {
  const hooks =
    "export async function load(url, context, next) { process._rawDebug('loads ' + url); return next(url, context); }";
  const register = `import { register } from "node:module"; register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hooks)}`)});`;
  const listing = ["--import", `data:text/javascript,${encodeURIComponent(register)}`, BIN];
  const loaded = async (...args: readonly string[]) => {
    const { output } = await run(process.execPath, [...listing, ...args]);
    return [...output.matchAll(/^loads (\S+)/gm)].map(([, url]) => url!);
  };
  const heavy = /\/(?:generated|libsql|kysely|mysql2|pg|pino|@nats-io)\/|server\/dist\/(?:store|accounting)\//;
  const file = repositoryPath("server/examples/server.yaml");
  for (const args of [["--help"], ["--version"], ["check-config", "--config", file]]) {
    const modules = await loaded(...args);
    expect(modules.some((url) => url.includes("server/dist/cli/main.js"))).toBe(true);
    expect(
      modules.filter((url) => heavy.test(url)),
      args.join(" "),
    ).toEqual([]);
  }
  expect((await loaded("--demo", "--data", "/nonexistent")).some((url) => heavy.test(url))).toBe(true);
}, 60_000);

test("a peer may connect and be gone before a word", async () => {
  const { program, port } = await startDemo();
  await using _ = program;
  const client = await RawClient.connect(port);
  await client.close({ reset: true });
  await program.waitFor("connection refused");
  expect((await program.stop()).code).toBe(0);
});

describeWith(tsharkRequirements, "tshark", () => {
  test("has nothing against any message that the server sent above", async () => {
    const messages = await expectClean(recorder.messages);
    expect(new Set(messages.map(({ code }) => code))).toEqual(new Set([257, 271, 282, 286]));
  });
});
