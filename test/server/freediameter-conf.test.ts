/** `diamgen-server --freediameter-conf`: the built program with an operator's file. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { freePort, Program, run } from "../support/process.js";
import { BIN } from "./demo.js";
import { connectAs, Recorder } from "./diameter/support.js";

async function prepared() {
  const folder = mkdtempSync(join(tmpdir(), "diamgen-freediameter-conf-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const port = await freePort();
  const conf = join(folder, "freeDiameter.conf");
  writeFileSync(join(folder, "acl.conf"), "ALLOW_IPSEC *.diameter.test\n");
  writeFileSync(join(folder, "extra"), "ATTRIBUTE cost 9001 integer\n");
  writeFileSync(
    conf,
    `Identity = "server.diameter.test";
Port = ${port}; SecPort = 0;
ListenOn = "127.0.0.1";
AppServThreads = 4;
TwTimer = 30;
LoadExtension = "app_opensips.fdx" : "extra-avps-file: ${folder}/extra; library-mode: 1";
LoadExtension = "acl_wl.fdx" : "${folder}/acl.conf";
`,
  );
  const yaml = join(folder, "server.yaml");
  writeFileSync(yaml, "database: { type: sqlite, path: d.db }\ntimers: { watchdogMs: 7000 }\n");
  return { folder, port, conf, yaml };
}

test("serves with it, and says what it ignores", async () => {
  const { port, conf, yaml } = await prepared();
  await using program = Program.start(process.execPath, [BIN, "--freediameter-conf", conf, "--config", yaml]);
  await program.waitFor(`listening on 127.0.0.1 port ${port} as server.diameter.test`, { timeoutMs: 20_000 });
  await using client = await connectAs(port, new Recorder());
  const lines = program.output
    .split("\n")
    .filter((line) => line.includes("freeDiameter.conf:"))
    .map((line) => JSON.parse(line) as { level: string; at: string; outcome: string; settings: string[] });
  const said = (line: number) => lines.filter(({ at }) => at === `${conf}:${line}`);
  expect(said(4)).toMatchObject([{ level: "warn", outcome: "ignored" }]);
  expect(said(5)).toMatchObject([{ level: "warn", outcome: "overridden", settings: ["timers.watchdogMs"] }]);
  expect(said(6)).toMatchObject([{ level: "info", outcome: "honoured", settings: ["dictionaries[0]"] }]);
  await client.close();
  expect((await program.stop()).code).toBe(0);
});

test("SIGHUP: what has changed in it is said, and nothing twice", async () => {
  const { folder, conf, yaml } = await prepared();
  await using program = Program.start(process.execPath, [BIN, "--freediameter-conf", conf, "--config", yaml]);
  await program.waitFor("listening on 127.0.0.1", { timeoutMs: 20_000 });
  writeFileSync(join(folder, "acl.conf"), "ALLOW_IPSEC *.diameter.test other.test\n");
  const text = readFileSync(conf, "utf8").replace(
    "AppServThreads = 4;",
    "AppServThreads = 4;\nNoRelay;\nTLS_DH_Bits = 1;",
  );
  writeFileSync(conf, text);
  const from = program.output.length;
  program.kill("SIGHUP");
  await program.waitFor("the configuration was read again", { from, timeoutMs: 20_000 });
  const notes = program.output
    .slice(from)
    .split("\n")
    .filter((line) => line.includes("freeDiameter.conf:"))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(notes).toEqual([
    expect.objectContaining({ at: `${conf}:5`, level: "info", outcome: "honoured" }),
    expect.objectContaining({ at: `${conf}:6`, level: "warn", outcome: "ignored" }),
    // The list behind it is longer.
    expect.objectContaining({ at: `${conf}:9`, level: "info", settings: ["accept[0]", "accept[1]"] }),
  ]);
  expect((await program.stop()).code).toBe(0);
});

test("check-config shows what comes of it, for people and as data; what is wrong has its place", async () => {
  const { folder, port, conf } = await prepared();
  const check = (...args: string[]) =>
    run(process.execPath, [BIN, "check-config", "--freediameter-conf", conf, ...args]);
  const { code, stdout, output } = await check();
  expect(code, output).toBe(0);
  expect(stdout).toContain("path: /var/lib/diamgen/diamgen.db");
  expect(output).toContain(`${conf}:4: ignored: AppServThreads = 4: there are no threads`);
  const data = JSON.parse((await check("--json")).stdout);
  expect(data.config).toMatchObject({
    identity: "server.diameter.test",
    realm: "diameter.test",
    listen: [{ host: "127.0.0.1", port, transport: "tcp", security: "none" }],
    accept: ["*.diameter.test"],
    dictionaries: [`${folder}/extra`],
  });
  expect(data.freeDiameterConf).toContainEqual({
    file: conf,
    line: 5,
    column: 1,
    directive: "TwTimer = 30",
    outcome: "honoured",
    settings: ["timers.watchdogMs"],
    why: "",
  });

  writeFileSync(conf, 'Identity = "a.b";\nSecPort = 0;\nTwTimer = 5;\n');
  const wrong = await check();
  expect(wrong).toMatchObject({ code: 1, stdout: "" });
  expect(wrong.output).toContain(
    `${conf}:3:11 error CF2002: TwTimer must be 6 or more, and is 5\n  3 | TwTimer = 5;\n`,
  );
});
