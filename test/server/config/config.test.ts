/** server.yaml and the environment: what is right, what is wrong and where, and that no secret is shown. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ConfigError } from "../../../server/src/config/diagnostics.js";
import { effectiveYaml } from "../../../server/src/config/effective.js";
import { variableOf } from "../../../server/src/config/environment.js";
import { parseConfig } from "../../../server/src/config/load.js";
import { isAccepted } from "../../../server/src/service/accept.js";
import { changesBetween } from "../../../server/src/service/changes.js";

const FILE = "/etc/diamgen/server.yaml";
const LEAST = `identity: aaa.example.net
listen: [{ host: "127.0.0.1" }]
accept: ["*"]
database: { type: sqlite, path: d.db }
`;

const config = (text = LEAST, environment = {}) => parseConfig(FILE, text, environment);

/** `place code message` of everything that is wrong; without the message where it is the YAML library's. */
function wrong(text: string, environment: Record<string, string> = {}): string[] {
  try {
    config(text, environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.diagnostics.map(
      ({ at, code, message }) =>
        `${at.file === FILE ? "" : `${at.file} `}${at.line}:${at.column} ${code}${code === "CF1001" ? "" : ` ${message}`}`,
    );
  }
  return [];
}

test("the least that there must be, with every default filled in and paths from the file's folder", () => {
  expect(config()).toMatchObject({
    identity: "aaa.example.net",
    realm: "example.net",
    listen: [{ host: "127.0.0.1", port: 3868, transport: "tcp" }],
    database: { type: "sqlite", path: "/etc/diamgen/d.db", busyTimeoutMs: 1000 },
    timers: { watchdogMs: 30_000 },
    limits: { maxAvps: 4096 },
    logging: { level: "info", format: "json" },
  });
});

test("everything that is wrong at once, each with its place", () => {
  const text = `identity: no_good!
relm: example.net
listen:
  - host: 127.0.0.1
    port: 70000
    prot: 1
database: { type: sqllite }
limits:
  maxAvps: many
logging: { level: inf }
authentication: { revealUnknownUser: "no" }
`;
  expect(wrong(text)).toEqual([
    "1:11 CF1004 identity must be a DiameterIdentity: a host name with its domain, such as aaa.example.net",
    '2:1 CF1002 there is no setting "relm"',
    "5:11 CF1004 listen[0].port must be at most 65535",
    '6:5 CF1002 there is no setting "prot" in listen[0]',
    "7:19 CF1004 database.type must be one of sqlite, mariadb, postgresql",
    "9:12 CF1004 limits.maxAvps must be a number, not a text",
    "10:19 CF1004 logging.level must be one of trace, debug, info, warn, error, silent",
    "11:38 CF1004 authentication.revealUnknownUser must be true or false, not a text",
  ]);
});

test.each<readonly [string, string, readonly string[]]>([
  ["nothing", "", ["1:1 CF1003 identity is missing", "1:1 CF1003 database is missing"]],
  ["a list", "- a\n", ["1:1 CF1004 the configuration must be an object, not a list"]],
  ["no YAML", "a: [1\nb: 2\n", ["2:1 CF1001"]],
  ["a key twice", `${LEAST}identity: b.c\n`, ["5:1 CF1001"]],
  ["a tag that there is not", LEAST.replace("d.db", "!secret d.db"), ["4:33 CF1001"]],
  ["an identity without domain", LEAST.replace("aaa.example.net", "aaa"), ['1:11 CF1007 identity "aaa" has no domain']],
  [
    "nowhere to listen, nobody to connect to",
    LEAST.replace(/listen.*\n/, ""),
    ["1:1 CF1007 nobody could reach this server: both listen and peers are empty"],
  ],
  [
    "nobody may connect",
    LEAST.replace(/accept.*\n/, ""),
    ["1:1 CF1007 nobody may connect: both accept and peers are empty"],
  ],
  [
    "a peer twice",
    `${LEAST}peers: [{ host: a }, { host: A }]\n`,
    ["5:22 CF1007 peers[1] and peers[0] are both a port 3868"],
  ],
  [
    "itself as a peer",
    `${LEAST}peers: [{ host: a, identity: AAA.example.net }]\n`,
    ["5:30 CF1007 peers[0].identity is the identity of this server"],
  ],
  [
    "an address twice",
    LEAST.replace("}]", "}, { host: 127.0.0.1 }]"),
    ["2:33 CF1007 listen[1] and listen[0] are the same"],
  ],
  [
    "several workers: a peer without identity, and a database that each would have for itself",
    `${LEAST.replace(/path: .* }/, 'path: ":memory:" }')}workers: 2\npeers: [{ host: a }]\n`,
    [
      "4:33 CF1007 database.path: each worker would have a memory of its own",
      "6:9 CF1007 peers[0] has no identity, and with several workers it must be known who has which peer",
    ],
  ],
  [
    "several workers that would be taken for hung while they wait",
    `${LEAST.replace(/path: .* }/, "path: a, busyTimeoutMs: 1501 }")}workers: 2\nworkerSilenceMs: 3000\n`,
    [
      "6:18 CF1007 workerSilenceMs must be twice database.busyTimeoutMs or more: a worker that waits for SQLite's lock would be taken for one that hangs",
    ],
  ],
  [
    "limits that contradict",
    `${LEAST}limits: { highWaterBytes: 9000000 }\n`,
    ["5:9 CF1007 limits.highWaterBytes must not exceed limits.maxOutputBytes"],
  ],
  [
    "a limit out of the runtime's range",
    `${LEAST}limits: { maxGroupedDepth: 1001 }\n`,
    ["5:28 CF1004 limits.maxGroupedDepth must be a whole number between 1 and 1000, got 1001"],
  ],
  [
    "a number where a text belongs",
    LEAST.replace("d.db", "7"),
    ["4:33 CF1004 database.path must be a text, not a number"],
  ],
  [
    "TLS without a certificate, and twice",
    `${LEAST.replace('"127.0.0.1" }]', '"127.0.0.1", transport: tls }, { host: "::", security: either }]')}peers: [{ host: a.b, transport: tls, security: inband }]\n`,
    [
      "2:10 CF1007 listen[0] has TLS, and there is no certificate",
      "2:49 CF1007 listen[1] has TLS, and there is no certificate",
      "5:48 CF1007 peers[0].security is for transport: tcp; this is tls from the first octet on",
    ],
  ],
  ["two documents", `${LEAST}---\na: b\n`, ["5:1 CF1001"]],
  ["workers", `${LEAST}workers: many\n`, ["5:10 CF1004 workers must be auto, or a whole number from 1 to 256"]],
  ["a prototype", `${LEAST}__proto__: { a: 1 }\n`, ['5:1 CF1002 there is no setting "__proto__"']],
])("%s", (_title, text, expected) => {
  expect(wrong(text)).toEqual(expected);
});

test("ports by transport, certificates from the file's folder", () => {
  const listen = 'listen: [{ host: "127.0.0.1" }, { host: "127.0.0.1", transport: tls }]';
  const tls = "tls: { certificate: a.pem, key: b.pem, ca: [/c.pem] }";
  const { listen: places, tls: files } = config(`${LEAST.replace(/listen.*/, listen)}${tls}\n`);
  expect(places.map(({ port }) => port)).toEqual([3868, 5868]);
  expect(files).toEqual({
    certificate: "/etc/diamgen/a.pem",
    key: "/etc/diamgen/b.pem",
    ca: ["/c.pem"],
    crl: [],
    minVersion: "TLSv1.2",
  });
});

/** As standard error has it. */
function shown(text: string): string {
  try {
    config(text);
  } catch (error) {
    return (error as ConfigError).format(false);
  }
  return "";
}

test("a code frame and what to do", () => {
  expect(shown(LEAST.replace("accept:", "acept:"))).toBe(
    `${FILE}:3:1 error CF1002: there is no setting "acept"\n  3 | acept: ["*"]\n    | ^\n  hint: Did you mean "accept"?`,
  );
});

test.each<readonly [string, string, string]>([
  ["of another type", "database: { type: mariadb, user: u, database: d,\n  password: 123456 }", "password: ******"],
  [
    "beside what is wrong",
    "database: { type: mariadb, user: u, password: hunter2, databas: d }",
    "password: *******, databas: d",
  ],
  [
    "with blanks, in quotes",
    `database: { type: mariadb, user: u, "password": "hunter2 and 3", databas: d }`,
    '"password": ******** *** **, databas',
  ],
  ["of several lines", "database:\n  type: mariadb\n  user: 5\n  password: |\n    hunter2\n", "user: 5"],
  ["in YAML that is broken", "database:\n  type: mariadb\n  password: hunter2\n   user: x", "password: *******"],
  [
    "in YAML that is broken, in one line",
    "database: { type: mariadb, password: hunter2 } user: x }",
    "password: *******",
  ],
  [
    "a key of challenges",
    `authentication: { challenge: { key: hunter2, previousKeys: [hunter2, hunter2], algoritm: MD5 } }`,
    "key: *******, previousKeys: [*******, *******], algoritm",
  ],
  ["a key that is a path", "tls: { key: /etc/key.pem, cert: hunter3 }", "key: /etc/key.pem, cert"],
  [
    "a file of one",
    "database: { type: mariadb, user: u, password: !file /etc/hosts, databas: d }",
    "password: !file /etc/hosts, databas",
  ],
  [
    "of NATS",
    "accounting: { sinks: [{ type: nats, servers: 5, subject: s, token: hunter2 }] }",
    "servers: 5, subject: s, token: *******",
  ],
])("a secret is never quoted: %s", (_title, text, expected) => {
  const lines = shown(`${LEAST.replace(/database.*\n/, text.startsWith("database") ? "" : "$&")}${text}\n`);
  expect(lines).toContain(expected);
  expect(lines).not.toMatch(/hunter2|123456/);
});

test("the environment wins; a text is taken as it is, the rest is YAML", () => {
  const environment = {
    DIAMGEN_IDENTITY: "12.34",
    DIAMGEN_DATABASE__BUSY_TIMEOUT_MS: "7",
    DIAMGEN_ACCEPT: '["a.b"]',
    DIAMGEN_LOGGING__LEVEL: "warn",
    DIAMGEN_REQUIRE: "all",
    DIAMGEN_SERVER_SERVICE_HOST: "10.0.0.1",
    DIAMGEN_SERVER_PORT_3868_TCP: "tcp://10.0.0.1:3868",
    OTHER: "x",
  };
  expect(config(LEAST, environment)).toMatchObject({
    identity: "12.34",
    database: { path: "/etc/diamgen/d.db", busyTimeoutMs: 7 },
    accept: ["a.b"],
    logging: { level: "warn" },
  });
  expect(variableOf(["limits", "maxMessageLengthBeforeCer"])).toBe("DIAMGEN_LIMITS__MAX_MESSAGE_LENGTH_BEFORE_CER");
});

test("what is wrong in the environment names the variable", () => {
  expect(wrong(LEAST, { DIAMGEN_LIMITS__MAX_AVP: "1", DIAMGEN_TIMERS__WATCHDOG_MS: "5", DIAMGEN_ACCEPT: "[" })).toEqual(
    [
      "environment variable DIAMGEN_TIMERS__WATCHDOG_MS 1:1 CF1004 timers.watchdogMs must be at least 6000",
      "environment variable DIAMGEN_LIMITS__MAX_AVP 1:1 CF1006 there is no such setting",
      "environment variable DIAMGEN_ACCEPT 1:2 CF1001",
    ],
  );
});

test("!file takes a value from a file, without its last line break; what it holds is in no message", () => {
  const folder = mkdtempSync(join(tmpdir(), "diamgen-config-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "name"), "from-file.example.net\n");
  const text = LEAST.replace("aaa.example.net", "!file name");
  expect(parseConfig(join(folder, "server.yaml"), text).identity).toBe("from-file.example.net");
  expect(config(LEAST, { DIAMGEN_IDENTITY: `!file ${folder}/name` }).identity).toBe("from-file.example.net");
  expect(wrong(text)[0]).toMatch(/^1:11 CF1005 !file "name": ENOENT/);
  expect(wrong(LEAST.replace("aaa.example.net", "!file /dev/zero"))).toEqual([
    '1:11 CF1005 !file "/dev/zero": not a file',
  ]);
});

test("what is printed reads back as the same configuration", () => {
  const before = config();
  expect(config(effectiveYaml(before))).toEqual(before);
});

test("a reload: what comes into force, and what waits for a restart", () => {
  const before = config();
  const after = config(
    `${LEAST.replace('["*"]', '["a.b"]').replace("d.db", "e.db")}logging: { level: debug, format: pretty }\nauthentication: { answerWithinMs: 9 }\ndictionaries: [x]\n`,
  );
  expect(changesBetween(before, after)).toEqual({
    reloaded: ["accept", "authentication.answerWithinMs", "dictionaries", "logging.level"],
    restart: ["database.path", "logging.format"],
  });
  expect(changesBetween(before, config())).toEqual({ reloaded: [], restart: [] });
});

test.each<readonly [string, string, boolean]>([
  ["*", "any", true],
  ["*.example.net", "a.example.net", true],
  ["*.example.net", "A.B.EXAMPLE.net", true],
  ["*.example.net", "example.net", false],
  ["*.example.net", "notexample.net", false],
  ["a.example.net", "A.example.NET", true],
  ["a.example.net", "b.example.net", false],
])("accept %s: %s is %s", (pattern, identity, expected) => {
  expect(isAccepted([pattern], identity)).toBe(expected);
});
