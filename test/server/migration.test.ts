/** docs/migration.md, done as it is written: its SQL, its configuration and its commands, with MariaDB, and OpenSIPS's requests to the built server. */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openSqlite } from "../../server/src/store/index.js";
import { dissect, printed, resultCode } from "../support/dissect.js";
import { answerTo, bytesOf, type CaptureName, golden } from "../support/golden.js";
import { type Mariadb, mariadbRequirements, startMariadb } from "../support/mariadb.js";
import { Program, run } from "../support/process.js";
import { describeWith, repositoryPath, requireTool } from "../support/require.js";
import { BIN } from "./demo.js";
import { APP_OPENSIPS, LENGTH, pairs, SAME, SAME_FAILURE } from "./diameter/app-opensips-pairs.js";
import { ACR, connectAs, content, Recorder, requestsOf } from "./diameter/support.js";

const GUIDE = repositoryPath("docs/migration.md");
const guide = readFileSync(GUIDE, "utf8");

/** The code blocks of the guide in that language, in order. */
const blocks = (language: string): readonly string[] =>
  [...guide.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "gms"))].map(([, text = ""]) => text);

/** Everything that OpenSIPS 3.2 was seen to ask, calls of its own and the wrong requests. */
const CAPTURES: readonly CaptureName[] = [
  "opensips-3.2-acct",
  "opensips-3.2-auth",
  "opensips-3.2-missed",
  "opensips-3.2-uri-exist",
];

test("the table of differences is made of the pairs that are tested", () => {
  const [begin, end] = [
    "<!-- differences: UPDATE=1 npx vitest run test/server/migration.test.ts -->\n",
    "<!-- end -->",
  ];
  const [before = "", rest = ""] = guide.split(begin);
  const [table, after = ""] = rest.split(end);
  const row = (...cells: readonly (string | number)[]) => `| ${cells.join(" | ")} |`;
  const rows = pairs.flatMap(([number, title, expected]) => {
    if (!("code" in expected) || expected.because === "") return [];
    const theirs = resultCode(dissect(bytesOf(answerTo(APP_OPENSIPS, golden(APP_OPENSIPS, number))!)));
    return [row(title, theirs ?? "-", expected.code, expected.because)];
  });
  rows.push(row("an AVP Length that passes the end of the message", "connection closed", 5014, LENGTH));
  const made = `${[row("request", "freeDiameter, app_opensips", "ours", "why"), "|---|---|---|---|", ...rows].join("\n")}\n`;
  if (process.env.UPDATE === "1") writeFileSync(GUIDE, `${before}${begin}${made}${end}${after}`);
  else expect(table).toBe(made);
});

const tools = [requireTool("mariadb"), requireTool("sqlite3")];

describeWith([...mariadbRequirements, ...tools], "from freeDiameter to diamgen-server, step by step", () => {
  const folder = mkdtempSync(join(tmpdir(), "diamgen-migration-"));
  let mariadb: Mariadb;

  /** What an operator writes there of his own: names, places, ports. */
  const adapted = (text: string): string =>
    text
      .replaceAll("aaa.example.net", "server.diameter.test")
      .replaceAll("opensips.example.net", "client.diameter.test")
      .replaceAll("0.0.0.0, port: 3869", "127.0.0.1, port: 0")
      .replaceAll("/run/mysqld/mysqld.sock", `${mariadb.daemon.folder}/s`)
      .replaceAll(/\/etc\/diamgen|\/var\/(lib|log)\/diamgen/g, folder)
      .replaceAll("diamgen-server check-config", `${process.execPath} ${BIN} check-config`)
      .replaceAll("mariadb --batch", `mariadb --no-defaults --user=root --socket=${mariadb.daemon.folder}/s --batch`);

  /** The records of an acc.log, in which a value may have a line break. */
  const lines = (text: string): readonly string[] =>
    text
      .split(/(?<=,client\.diameter\.test\n)/)
      .filter((line) => line !== "")
      .toSorted();

  const config = join(folder, "server.yaml");

  async function start(file: string): Promise<readonly [Program, number]> {
    const program = Program.start(process.execPath, [BIN, "--config", file]);
    const [, port] = await program.waitFor(/^listening on 127\.0\.0\.1 port (\d+) /m, { timeoutMs: 20_000 });
    return [program, Number(port)];
  }

  async function ask(port: number, name: CaptureName, number: number) {
    await using client = await connectAs(port, new Recorder(), name);
    return dissect(await client.exchange(golden(name, number).hex));
  }

  beforeAll(async () => {
    mariadb = await startMariadb();
    await mariadb.createDatabase("opensips", "latin1");
    // As opensips-cli makes it, and the subscriber with a hash alone.
    await mariadb.query(
      "opensips",
      `CREATE TABLE subscriber (id INT(10) UNSIGNED AUTO_INCREMENT PRIMARY KEY NOT NULL, username CHAR(64) DEFAULT '' NOT NULL,
        domain CHAR(64) DEFAULT '' NOT NULL, password CHAR(25) DEFAULT '' NOT NULL, email_address CHAR(64) DEFAULT '' NOT NULL,
        ha1 CHAR(64) DEFAULT '' NOT NULL, ha1_sha256 CHAR(64) DEFAULT '' NOT NULL, ha1_sha512t256 CHAR(64) DEFAULT '' NOT NULL,
        rpid CHAR(64) DEFAULT NULL, CONSTRAINT account_idx UNIQUE (username, domain)) ENGINE=InnoDB`,
    );
    const ha1 = createHash("md5").update("alice:sipdomain.invalid:secret").digest("hex");
    await mariadb.query(
      "opensips",
      `INSERT INTO subscriber (username, domain, ha1) VALUES ('alice', 'sipdomain.invalid', '${ha1}')`,
    );
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await mariadb?.[Symbol.asyncDispose]();
  });

  test("steps 1 to 5: rights, configuration, every request of OpenSIPS answered as before, and back", async () => {
    const [rights = "", removal = ""] = blocks("sql");
    for (const statement of rights.trim().split("\n")) await mariadb.query("", statement);
    writeFileSync(config, adapted(blocks("yaml").join("")));
    writeFileSync(join(folder, "database-password"), "choose another one\n", { mode: 0o600 });
    const shape = () => mariadb.query("opensips", "CHECKSUM TABLE subscriber");
    const before = await shape();

    const [check = ""] = blocks("sh");
    const checked = await run("sh", ["-c", adapted(check)]);
    expect(checked.code, checked.output).toBe(0);
    expect(checked.output).not.toContain("choose another one");

    const [program, port] = await start(config);
    await using _ = program;
    let accounted = 0;
    for (const name of CAPTURES) {
      await using client = await connectAs(port, new Recorder(), name);
      for (const request of requestsOf(name)) {
        const answer = dissect(await client.exchange(request.hex));
        expect(content(answer), printed(answer)).toEqual(content(dissect(bytesOf(answerTo(name, request)!))));
        if (request.code === ACR) accounted++;
      }
    }
    for (const [number, title, expected] of pairs) {
      const answer = await ask(port, APP_OPENSIPS, number);
      const theirs = dissect(bytesOf(answerTo(APP_OPENSIPS, golden(APP_OPENSIPS, number))!));
      if ("code" in expected) expect(resultCode(answer), title).toBe(expected.code);
      else expect(resultCode(answer), title).toBe(resultCode(theirs));
      if (expected === SAME) expect(content(answer), title).toEqual(content(theirs));
      if (expected !== SAME_FAILURE && golden(APP_OPENSIPS, number).code === ACR) accounted++;
    }
    expect(program.output).not.toContain("choose another one");

    const count = async (table: string) =>
      Number((await mariadb.query("opensips", `SELECT COUNT(*) AS n FROM ${table}`))[0]?.n);
    // One of them, with the T bit, is a record that is there already.
    expect(await count("diamgen_accounting")).toBe(accounted - 1);
    expect(await count("acc")).toBe(accounted - 1);

    // What app_opensips wrote of the same requests; the one that came again with the T bit is there once.
    const replayed = [...CAPTURES, APP_OPENSIPS].flatMap((name) => requestsOf(name, ACR));
    const sessionIds = new Set(replayed.map(({ avps }) => avps.find(({ code }) => code === 263)?.value.slice(1, -1)));
    const theirs = lines(readFileSync(repositoryPath("test/fixtures/opensips/acc.log.sample"), "utf8")).filter(
      (line) => sessionIds.has(line.split(",")[0]) && !line.includes("cid-32"),
    );
    expect(lines(readFileSync(join(folder, "acc.log"), "utf8"))).toEqual(theirs);
    expect(theirs).toHaveLength(accounted - 1);

    program.kill("SIGTERM");
    expect(await program.waitExit()).toEqual({ code: 0, signal: null });
    for (const statement of removal.trim().split("\n")) await mariadb.query("", statement);
    expect(await shape()).toEqual(before);
    expect((await mariadb.query("opensips", "SHOW TABLES")).flatMap((row) => Object.values(row))).toEqual([
      "acc",
      "subscriber",
    ]);
  }, 60_000);

  test("SQLite in place of MySQL: the subscribers come over, and are let in", async () => {
    const text = adapted(blocks("yaml")[0]!);
    const [, sqlite = ""] = /`database: (\{ type: sqlite.*?\})`/.exec(guide) ?? [];
    const file = join(folder, "sqlite.yaml");
    writeFileSync(file, `${text.slice(0, text.indexOf("database:"))}database: ${adapted(sqlite)}\n`);
    const [program, port] = await start(file);
    await using _ = program;
    const [request] = requestsOf(APP_OPENSIPS);
    expect(resultCode(await ask(port, APP_OPENSIPS, request!.number))).toBe(5032);

    const imported = await run("sh", ["-c", adapted(blocks("sh").at(-1)!)]);
    expect(imported, imported.output).toMatchObject({ code: 0, output: "" });
    expect(resultCode(await ask(port, APP_OPENSIPS, request!.number))).toBe(2006);
    await program.stop();

    const stores = openSqlite({ path: join(folder, "diamgen.db") });
    expect(await stores.subscribers.list()).toMatchObject([{ id: 1, username: "alice", domain: "sipdomain.invalid" }]);
    await stores.close();
  });
});
