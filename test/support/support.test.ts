/** The helpers of the tests, tested: what they say must hold before anything else can. */

import { describe, expect, test } from "vitest";
import { dissect, dissectAvps, printed, withIdentifiers } from "./dissect.js";
import {
  allGolden,
  answerTo,
  benchMessage,
  benchNames,
  bytesOf,
  captureFiles,
  captureNames,
  golden,
} from "./golden.js";
import { freePort, Program, run } from "./process.js";
import { RawClient } from "./raw-client.js";
import { RawListener } from "./raw-listener.js";
import { repositoryPath, requireShared, requireTool, testWith } from "./require.js";

/** An AVP of this message claims 400 octets and has 4: the capture shows how freeDiameter closes the connection. */
const MALFORMED = { capture: "freediameter-app_opensips-error-answers", number: 83 } as const;

describe("golden messages", () => {
  test("every fixture on disk has a name", () => {
    expect(captureFiles()).toEqual([...captureNames].sort());
  });

  test("header and AVPs by the walker are those of the capture's own dissection", () => {
    for (const { capture, message } of allGolden()) {
      if (capture === MALFORMED.capture && message.number === MALFORMED.number) continue;
      const seen = dissect(bytesOf(message));
      expect(seen, `${capture} ${message.number}`).toMatchObject({
        version: 1,
        code: message.code,
        applicationId: message.applicationId,
        length: message.length,
        hopByHop: message.hopByHop,
        endToEnd: message.endToEnd,
        request: message.flags.startsWith("R"),
      });
      expect(
        seen.avps.map(({ code, vendorId, length }) => ({ code, vendorId, length })),
        printed(seen),
      ).toEqual(message.avps.map(({ code, vendorId, length }) => ({ code, vendorId, length })));
    }
  });

  test("a length that passes the end is refused", () => {
    expect(() => dissect(bytesOf(golden(MALFORMED.capture, MALFORMED.number)))).toThrow(/length 400 passes the end/);
    expect(() => dissectAvps(Buffer.from("0000010c40000004", "hex"))).toThrow(/less than its header/);
  });

  test("requests have their answers", () => {
    const request = golden("opensips-3.2-uri-exist", 3);
    expect(answerTo("opensips-3.2-uri-exist", request)?.number).toBe(4);
  });

  test.each(benchNames)("benchmark message %s is one whole message", (name) => {
    expect(dissect(benchMessage(name)).avps.length).toBeGreaterThan(0);
  });

  testWith(
    [requireShared("golden/opensips"), requireShared("golden/bench")],
    "fixtures equal their sources",
    async () => {
      const { code, output } = await run(process.execPath, [repositoryPath("scripts/fixtures.mjs"), "check"]);
      expect(code, output).toBe(0);
    },
  );
});

describe("RawClient and RawListener", () => {
  test("frames survive any fragmentation", async () => {
    await using listener = await RawListener.listen();
    await using client = await RawClient.connect(listener.port);
    const server = await listener.accept();
    const messages = [benchMessage("cer"), benchMessage("ccrbig"), benchMessage("dwr")];
    const stream = Buffer.concat(messages);
    for (let at = 0; at < stream.length; at += 7) client.send(stream.subarray(at, at + 7));
    for (const message of messages) expect(await server.next()).toEqual(message);
  });

  test("an exchange finds its answer among others, and the others stay", async () => {
    await using listener = await RawListener.listen();
    await using client = await RawClient.connect(listener.port);
    const server = await listener.accept();
    const exchange = client.exchange(benchMessage("mar"));
    const hopByHop = dissect(await server.next()).hopByHop;
    server.send(benchMessage("dwr"));
    const answer = withIdentifiers(benchMessage("maa"), { hopByHop });
    server.send(answer);
    expect(await exchange).toEqual(answer);
    expect(await client.next()).toEqual(benchMessage("dwr"));
  });

  test("deadlines and a closed connection reject", async () => {
    await using listener = await RawListener.listen();
    await using client = await RawClient.connect(listener.port);
    const server = await listener.accept();
    await expect(client.next({ timeoutMs: 20 })).rejects.toThrow("no message within 20 ms");
    await expect(client.waitClosed({ timeoutMs: 20 })).rejects.toThrow("still open");
    const pending = expect(client.next()).rejects.toThrow("no further message");
    await server.close();
    await pending;
    await client.waitClosed();
    await expect(client.next()).rejects.toThrow("no further message");
  });

  test("a port without a listener rejects", async () => {
    await expect(RawClient.connect(await freePort())).rejects.toThrow(/no connection/);
  });
});

describe("Program", () => {
  const node = (script: string, input?: string) =>
    Program.start(process.execPath, ["-e", script], input === undefined ? {} : { input });

  test("waits for output, and is ended by its own process id", async () => {
    await using program = node("console.log('ready', 42); setInterval(() => {}, 1000)");
    expect((await program.waitFor(/ready (\d+)/))[1]).toBe("42");
    await expect(program.waitFor("never", { timeoutMs: 20 })).rejects.toThrow(/did not say/);
    expect(await program.stop()).toEqual({ code: null, signal: "SIGTERM" });
    expect(await program.stop()).toEqual({ code: null, signal: "SIGTERM" });
  });

  test("an early end rejects with what the program said", async () => {
    await using program = node("console.error('no such file'); process.exit(3)");
    await expect(program.waitFor("ready")).rejects.toThrow(/no such file/);
    expect(await program.waitExit()).toEqual({ code: 3, signal: null });
  });

  test("standard input reaches the program, and output is complete", async () => {
    await using program = node("process.stdin.pipe(process.stdout)", "hello");
    await program.waitExit();
    expect(program.stdout).toBe("hello");
  });

  test("an interactive program is written to while it runs", async () => {
    await using program = Program.start(process.execPath, ["-e", "process.stdin.pipe(process.stdout)"], {
      interactive: true,
    });
    program.write("one\n");
    await program.waitFor("one");
    program.write("two\n");
    await program.waitUntil(() => (program.stdout.endsWith("two\n") ? true : undefined), "say two");
    expect(program.ended).toBe(false);
  });

  test("a program that does not exist throws", () => {
    expect(() => Program.start("no-such-program-anywhere")).toThrow(/cannot be started/);
  });
});

describe("requirements", () => {
  test("a program that is not there says what to install", () => {
    expect(requireTool(process.execPath)).toEqual({ available: true, path: process.execPath, reason: "" });
    expect(requireTool("no-such-program")).toEqual({
      available: false,
      path: "",
      reason: "no-such-program is not installed",
    });
  });
});
