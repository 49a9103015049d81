/** The commands that work on the database of a configuration, beside a server that runs on it: the built program. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fromRecordJson } from "../../server/src/accounting/index.js";
import { csv, jsonLines } from "../../server/src/accounting/sinks/line-formats.js";
import { openSqlite } from "../../server/src/store/index.js";
import { dissect, findAvp, resultCode } from "../support/dissect.js";
import { bytesOf, golden } from "../support/golden.js";
import { run } from "../support/process.js";
import { BIN, demoRequest } from "./demo.js";
import { connectAs, Recorder } from "./diameter/support.js";
import { configFile, startProgram, temporaryFolder } from "./program.js";
import { record } from "./support.js";

const cli = (file: string, args: readonly string[], input?: string) =>
  run(process.execPath, [BIN, ...args, "--config", file], input === undefined ? {} : { input });

describe("subscriber", () => {
  test("added, authenticated, given another password, deleted: a running server follows", {
    timeout: 120_000,
  }, async () => {
    const folder = temporaryFolder();
    const file = configFile(folder);
    await using running = await startProgram(file);
    await using client = await connectAs(running.port, new Recorder());
    const bob = { username: "bob", realm: "diameter.test", password: "first pass" };
    const login = async (password: string) =>
      resultCode(dissect(await client.exchange(demoRequest({ ...bob, password }).bytes)));
    expect(await login("first pass")).toBe(5032);

    const added = await cli(
      file,
      ["subscriber", "add", "bob@diameter.test", "--email", "b@x.test"],
      "first pass\nrest\n",
    );
    expect(added).toMatchObject({ code: 0, stdout: "", output: "bob@diameter.test was added\n" });
    expect(await login("first pass")).toBe(2006);
    expect(await login("other")).toBe(4001);

    const listed = await cli(file, ["subscriber", "list", "--json"]);
    expect(
      listed.stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([
      expect.objectContaining({
        ...{ username: "bob", domain: "diameter.test", emailAddress: "b@x.test" },
        stored: { password: false, ha1: true, ha1Sha256: true, ha1Sha512t256: true },
      }),
    ]);

    const kept = await cli(file, ["subscriber", "passwd", "bob@diameter.test", "--keep-password"], "second");
    expect(kept).toMatchObject({ code: 0, stdout: "" });
    expect(await login("first pass")).toBe(4001);
    expect(await login("second")).toBe(2006);
    const people = await cli(file, ["subscriber", "list", "--domain", "diameter.test"]);
    expect(people.stdout).toMatch(
      /^SUBSCRIBER {9}SECRETS\nbob@diameter\.test {2}password,ha1,ha1Sha256,ha1Sha512t256\n$/,
    );
    expect(people.output).not.toContain("second");

    expect(await cli(file, ["subscriber", "delete", "bob@diameter.test"])).toMatchObject({ code: 0 });
    expect(await login("second")).toBe(5032);
  });

  test("what cannot be: 1, and why; a name that is none: 2", { timeout: 120_000 }, async () => {
    const file = configFile(temporaryFolder());
    expect((await cli(file, ["subscriber", "add", "a@b.test"], "x\n")).code).toBe(0);
    const cases: readonly (readonly [readonly string[], string, number, RegExp])[] = [
      [["add", "a@b.test"], "x\n", 1, /^diamgen-server: subscriber a@b\.test exists already\n$/],
      [["add", "c@b.test"], "\n", 1, /^diamgen-server: the password is empty/],
      [["passwd", "nobody@b.test"], "x\n", 1, /^diamgen-server: there is no subscriber nobody@b\.test\n$/],
      [["delete", "nobody@b.test"], "", 1, /there is no subscriber/],
      [["add", "a"], "x\n", 2, /a subscriber is user@domain/],
    ];
    for (const [args, input, code, message] of cases) {
      const result = await cli(file, ["subscriber", ...args], input);
      expect(result.output).toMatch(message);
      expect(result).toMatchObject({ code, stdout: "" });
    }
    expect(await run(process.execPath, [BIN, "subscriber", "list"])).toMatchObject({ code: 2, stdout: "" });
  });
});

describe("records export", () => {
  test("what was sent comes out: JSON lines and CSV, by Session-Id and time", { timeout: 120_000 }, async () => {
    const folder = temporaryFolder();
    const file = configFile(folder);
    const acr = golden("opensips-3.2-acct", 11);
    {
      await using running = await startProgram(file);
      await using client = await connectAs(running.port, new Recorder());
      expect(resultCode(dissect(await client.exchange(acr.hex)))).toBe(2001);
    }
    const sessionId = findAvp(dissect(bytesOf(acr)), 263)?.data.toString();
    const sent = dissect(bytesOf(acr)).avps.map(({ code, vendorId }) => [code, vendorId]);
    const all = await cli(file, ["records", "export"]);
    expect(all.code).toBe(0);
    const [only, ...others] = all.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(others).toEqual([]);
    expect(only.sessionId).toBe(sessionId);
    expect(only.avps.map(({ code, vendorId }: { code: number; vendorId: number }) => [code, vendorId])).toEqual(sent);

    // More than a page, with what CSV must quote.
    const records = Array.from({ length: 1100 }, (_, index) =>
      record({
        sessionId: `s;${index}`,
        sipReason: 'a, "b"\nc',
        receivedAt: new Date(Date.UTC(2020, 0, 1) + index * 60_000),
      }),
    );
    {
      await using stores = openSqlite({ path: join(folder, "diamgen.db") });
      await Promise.all(records.map((one) => stores.accounting.record(one)));
    }
    const exported = await cli(file, ["records", "export", "--until", "2021-01-01"]);
    expect(exported.stdout).toBe(records.map((one) => jsonLines.line(one).toString()).join(""));
    expect(
      exported.stdout
        .trim()
        .split("\n")
        .map((line) => fromRecordJson(JSON.parse(line))),
    ).toEqual(records);
    const span = ["--since", "2020-01-01T00:10", "--until", "2020-01-01T01:20+01:00"];
    const part = await cli(file, ["records", "export", "--format", "csv", ...span]);
    expect(part.stdout).toBe(
      csv.header +
        records
          .slice(10, 20)
          .map((one) => csv.line(one).toString())
          .join(""),
    );
    const session = await cli(file, ["records", "export", "--session", "s;7"]);
    expect(session.stdout).toBe(jsonLines.line(records[7] as (typeof records)[0]).toString());
    expect(await cli(file, ["records", "export", "--since", "yesterday"])).toMatchObject({ code: 2, stdout: "" });
  });
});

describe("database", () => {
  test("check makes nothing; init makes the tables; then check is content", { timeout: 120_000 }, async () => {
    const folder = temporaryFolder();
    const file = configFile(folder);
    const path = join(folder, "diamgen.db");
    expect(await cli(file, ["database", "check"])).toMatchObject({ code: 3, output: expect.stringContaining(path) });
    expect(existsSync(path)).toBe(false);
    expect(await cli(file, ["database", "init"])).toMatchObject({ code: 0, stdout: "" });
    expect(await cli(file, ["database", "check"])).toMatchObject({ code: 0, output: "the database can be used\n" });
  });

  test("a server that is not there: 3", async () => {
    const database = { type: "postgresql", port: 1, user: "u", database: "d", connectTimeoutMs: 500 };
    const result = await cli(configFile(temporaryFolder(), { database }), ["database", "check"]);
    expect(result.code).toBe(3);
    expect(result.output).toMatch(/^diamgen-server: .*PostgreSQL/);
  });
});
