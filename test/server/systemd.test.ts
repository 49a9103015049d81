/** The server as a service of systemd: what it says on the socket of sd_notify(3), how signals end it, and the unit. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createLogger } from "../../server/src/log.js";
import { Notifier } from "../../server/src/service/notify.js";
import { dissect } from "../support/dissect.js";
import { NotifySocket, notifyRequirements } from "../support/notify-socket.js";
import { run } from "../support/process.js";
import { describeWith, repositoryPath, requireTool, testWith } from "../support/require.js";
import { connectAs, DPR, Recorder } from "./diameter/support.js";
import { configFile, startProgram, temporaryFolder } from "./program.js";

const UNIT = repositoryPath("server/packaging/diamgen-server.service");

/** Of the clock of MONOTONIC_USEC, which is Node's too. */
const monotonicUs = () => process.hrtime.bigint() / 1000n;

describeWith(notifyRequirements, "systemd is told", () => {
  test("when the server is up, reads its configuration again, and ends", async () => {
    const folder = temporaryFolder();
    await using socket = await NotifySocket.open(folder);
    await using running = await startProgram(configFile(folder), { NOTIFY_SOCKET: socket.path });
    const { program } = running;
    await socket.until((said) => said.find(({ READY }) => READY === "1"), "READY=1");

    const before = monotonicUs();
    program.kill("SIGHUP");
    await socket.until(
      (said) => (said.filter(({ READY }) => READY === "1").length === 2 ? true : undefined),
      "READY=1 again",
    );
    const after = monotonicUs();
    program.kill("SIGTERM");
    expect(await program.waitExit()).toEqual({ code: 0, signal: null });

    expect(socket.messages).toEqual([
      { READY: "1", STATUS: "serving diameter.test" },
      { RELOADING: "1", MONOTONIC_USEC: expect.stringMatching(/^\d+$/), STATUS: "reading the configuration again" },
      { READY: "1", STATUS: "serving diameter.test" },
      { STOPPING: "1", STATUS: "taking leave of peers" },
    ]);
    const reloading = BigInt(socket.messages[1]!.MONOTONIC_USEC!);
    expect(reloading >= before && reloading <= after, `${before} <= ${reloading} <= ${after}`).toBe(true);
    // No watchdog was asked for.
    expect(socket.messages.some((message) => "WATCHDOG" in message)).toBe(false);
  });

  test("that it lives, as often as the watchdog of the unit wants", async () => {
    const folder = temporaryFolder();
    await using socket = await NotifySocket.open(folder);
    await using running = await startProgram(configFile(folder), {
      NOTIFY_SOCKET: socket.path,
      WATCHDOG_USEC: "200000",
    });
    const alive = (least: number) => () => (beats() >= least ? true : undefined);
    const beats = () => socket.messages.filter(({ WATCHDOG }) => WATCHDOG === "1").length;
    await socket.until(alive(3), "WATCHDOG=1 three times");
    // A server that stands still says nothing: that is what the watchdog is for.
    running.program.kill("SIGSTOP");
    const stopped = beats();
    await new Promise((resolve) => setImmediate(resolve));
    running.program.kill("SIGCONT");
    await socket.until(alive(stopped + 2), "WATCHDOG=1 again");
    running.program.kill("SIGTERM");
    expect(await running.program.waitExit()).toEqual({ code: 0, signal: null });
  });

  test("nothing while the server does not live, though its process does: no worker of several is heard", async () => {
    const folder = temporaryFolder();
    await using socket = await NotifySocket.open(folder);
    const beats = () => socket.messages.filter(({ WATCHDOG }) => WATCHDOG === "1").length;
    let lives = true;
    let looks = 0;
    const enough = (more: number) => {
      const until = looks + more;
      return vi.waitUntil(() => looks >= until, { timeout: 20_000 });
    };
    vi.stubEnv("NOTIFY_SOCKET", socket.path);
    vi.stubEnv("WATCHDOG_USEC", "80000");
    onTestFinished(() => void vi.unstubAllEnvs());
    using notifier = new Notifier(createLogger({ level: "silent" }), () => {
      looks += 1;
      return lives;
    });
    await socket.until(() => (beats() >= 2 ? true : undefined), "WATCHDOG=1");
    lives = false;
    // One may be on its way, and is there when this is said.
    await notifier.tell("ready", "to be in order");
    await socket.until((said) => said.find(({ READY }) => READY === "1"), "READY=1");
    const before = beats();
    await enough(5);
    await notifier.tell("reloading", "to be in order");
    await socket.until((said) => said.find(({ RELOADING }) => RELOADING === "1"), "RELOADING=1");
    expect(beats()).toBe(before);
    lives = true;
    await socket.until(() => (beats() > before ? true : undefined), "WATCHDOG=1 again");
  });

  test("nothing of the watchdog where that is for another process, or is no time", async () => {
    for (const wrong of [{ WATCHDOG_USEC: "100000", WATCHDOG_PID: "1" }, { WATCHDOG_USEC: "soon" }]) {
      const folder = temporaryFolder();
      await using socket = await NotifySocket.open(folder);
      await using running = await startProgram(configFile(folder), { NOTIFY_SOCKET: socket.path, ...wrong });
      for (let count = 1; count <= 3; count += 1) {
        running.program.kill("SIGHUP");
        await socket.until(
          (said) => (said.filter(({ READY }) => READY === "1").length > count ? true : undefined),
          "READY=1",
        );
      }
      expect((await running.program.stop()).code).toBe(0);
      expect(socket.messages.filter((message) => "WATCHDOG" in message)).toEqual([]);
    }
  });
});

test("without systemd's program, it is said in the log and the server serves", async () => {
  const folder = temporaryFolder();
  // Node itself is called by its path.
  const env = { NOTIFY_SOCKET: join(folder, "nobody"), PATH: folder };
  await using running = await startProgram(configFile(folder), env);
  await running.program.waitFor("systemd could not be told");
  await using client = await connectAs(running.port, new Recorder());
  await client.close();
  expect((await running.program.stop()).code).toBe(0);
});

describe("a second signal", () => {
  test.each([
    ["SIGTERM", "SIGTERM"],
    ["SIGINT", "SIGTERM"],
    ["SIGTERM", "SIGINT"],
  ] as const)("%s and %s: ends at once, whatever peers still owe", async (first, second) => {
    const folder = temporaryFolder();
    // So long that the test would not live to see it.
    await using running = await startProgram(configFile(folder, { shutdown: { timeoutMs: 600_000 } }));
    const { program, port } = running;
    await using client = await connectAs(port, new Recorder());
    program.kill(first);
    expect(dissect(await client.nextOf(DPR, "request")).flags & 0x80).toBe(0x80);
    program.kill(second);
    expect(await program.waitExit()).toEqual({ code: 1, signal: null });
    expect(program.output).toContain("a second signal: ending at once");
  });

  test("SIGHUP between the two changes nothing of that", async () => {
    const folder = temporaryFolder();
    await using running = await startProgram(configFile(folder));
    const { program, port } = running;
    await using client = await connectAs(port, new Recorder());
    program.kill("SIGTERM");
    await client.nextOf(DPR, "request");
    program.kill("SIGHUP");
    expect(await program.waitExit({ timeoutMs: 20_000 })).toEqual({ code: 0, signal: null });
    expect(program.output).not.toContain("the configuration was read again");
  });
});

describeWith([requireTool("systemd-analyze")], "the unit", () => {
  test("is one that systemd has nothing against", async () => {
    const { output } = await run("systemd-analyze", ["verify", "--recursive-errors=no", UNIT]);
    // The program is not installed where it is tested.
    const about = output
      .split("\n")
      .filter((line) => line.includes("diamgen-server.service") && !line.includes("is not executable"));
    expect(about).toEqual([]);
  });

  test("exposes no more than 2.0 of 10, as systemd counts", async () => {
    const { code, output } = await run("systemd-analyze", ["security", "--offline=true", "--threshold=20", UNIT]);
    expect(code, output).toBe(0);
    expect(output).toMatch(/Overall exposure level for diamgen-server\.service: [01]\.\d OK/);
  });

  testWith(
    [requireTool("strace")],
    "lets the server make every system call that it makes, which a filter would kill it for",
    async () => {
      const folder = temporaryFolder();
      const file = join(folder, "strace");
      const settings = { metrics: { port: 0 }, accounting: { spool: { directory: "spool" } } };
      // -D: the server is the child, and signals reach it.
      const strace = ["strace", "-D", "-f", "-qq", "-o", file];
      await using running = await startProgram(configFile(folder, settings), {}, strace);
      const { program, port } = running;
      await using client = await connectAs(port, new Recorder());
      program.kill("SIGHUP");
      await program.waitFor("the configuration was read again", { timeoutMs: 20_000 });
      await client.close();
      expect((await program.stop()).code).toBe(0);
      const made = new Set([...readFileSync(file, "utf8").matchAll(/^\d+ +([a-z_0-9]+)\(/gm)].map(([, call]) => call!));
      expect(made.size).toBeGreaterThan(20);
      // SQLite gives its files to the owner of the database where it is root, which the service is not.
      if (process.getuid?.() === 0) made.delete("fchown");
      const allowed = await allowedBy(/^SystemCallFilter=(.*)$/gm);
      expect([...made].filter((call) => !allowed.has(call))).toEqual([]);
    },
  );
});

/** The system calls that the filters of the unit leave, by systemd's own groups. */
async function allowedBy(filters: RegExp): Promise<ReadonlySet<string>> {
  const allowed = new Set<string>();
  for (const [, filter = ""] of readFileSync(UNIT, "utf8").matchAll(filters)) {
    const takes = filter.startsWith("~");
    for (const group of filter.replace(/^~/, "").split(" "))
      for (const call of await callsOf(group)) {
        if (takes) allowed.delete(call);
        else allowed.add(call);
      }
  }
  return allowed;
}

async function callsOf(group: string): Promise<readonly string[]> {
  const { stdout } = await run("systemd-analyze", ["syscall-filter", "--no-pager", group]);
  const names = [...stdout.matchAll(/^ {4}(@?[a-z_0-9-]+)$/gm)].map(([, name]) => name!);
  return (await Promise.all(names.map((name) => (name.startsWith("@") ? callsOf(name) : [name])))).flat();
}
