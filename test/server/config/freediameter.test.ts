/** freeDiameter.conf: what is read and refused, judged by freeDiameter itself, and what becomes of it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ConfigError } from "../../../server/src/config/diagnostics.js";
import { glob } from "../../../server/src/config/freediameter/glob.js";
import { parseFreeDiameterConf } from "../../../server/src/config/freediameter/load.js";
import { parseSources } from "../../../server/src/config/load.js";
import { type Certificate, selfSigned } from "../../support/certificate.js";
import { Program } from "../../support/process.js";
import { describeWith, requireTool, testWith } from "../../support/require.js";

const folder = mkdtempSync(join(tmpdir(), "diamgen-freediameter-conf-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const openssl = requireTool("openssl");
const daemon = requireTool("freeDiameterd");

let certificate: Certificate = { certificate: "", key: "" };
beforeAll(async () => {
  if (openssl.available) certificate = await selfSigned("aaa.example.net", folder);
  const nested = join(folder, "nested");
  mkdirSync(nested);
  for (let level = 1; level <= 6; level++)
    writeFileSync(join(nested, `${level}.conf`), `include "${nested}/${level + 1}.conf"\n`);
  writeFileSync(join(nested, "2nd.inc"), "TcTimer = 7;");
  writeFileSync(join(nested, "1st.inc"), "TcTimer = 6;\n");
  writeFileSync(join(nested, ".hidden.inc"), "Bogus\n");
  writeFileSync(join(nested, "peer.part"), 'Port = 1; ConnectTo = "127.0.0.1"; ');
  writeFileSync(join(nested, "wrong.conf"), "\n  Bogus = 1;\n");
  writeFileSync(join(folder, "wl"), "# who\nALLOW_IPSEC a.example.net\nALLOW_OLD_TLS *.b.example\nc.example\n");
  writeFileSync(join(folder, "wl-lower"), "allow_ipsec a.example.net\n");
  writeFileSync(join(folder, "wl-label"), "localhost\n");
  writeFileSync(join(folder, "wl-star"), "a.*.example\n");
  writeFileSync(join(folder, "wl-end"), "a.example\n# end");
});

/** Nothing listens, no TLS: the file alone is judged. */
const LEAST = 'Identity = "aaa.example.net"; Port = 0; SecPort = 0; No_SCTP;\n';
const FILE = "/etc/freeDiameter/freeDiameter.conf";

/** undefined: it is taken; else place and code of the first thing that is wrong. */
function wrong(text: string): string | undefined {
  try {
    parseFreeDiameterConf(FILE, text, true);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { at, code } = error.diagnostics[0]!;
    return `${at.line}:${at.column} ${code}`;
  }
  return undefined;
}

/** Whether freeDiameter gets as far as serving with this file. */
async function freeDiameterTakes(text: string, name: string): Promise<{ takes: boolean; output: string }> {
  const file = join(folder, `${name}.conf`);
  writeFileSync(file, text);
  const program = Program.start(daemon.path, ["-c", file], { cwd: folder });
  try {
    const [said] = await program.waitFor(/daemon initialized\.|Initiating freeDiameter shutdown/);
    return { takes: said.includes("initialized"), output: program.output };
  } finally {
    await program.stop("SIGKILL");
  }
}

type Case = readonly [title: string, text: () => string, expected: string | undefined];

const more =
  (text: string): (() => string) =>
  () =>
    LEAST + text;
const inPeer = (text: string) => more(`ConnectPeer = "p.example" { ConnectTo = "127.0.0.1"; Port = 1; ${text} };`);
const wl = (file: string) => more(`LoadExtension = "acl_wl.fdx" : "${folder}/${file}";`);

const CASES: readonly Case[] = [
  ["keywords without case", () => LEAST.replace("Identity", "iDENTITY").replace("No_SCTP", "NO_sctp"), undefined],
  ["everything in one line, without spaces", more('No_IPv6;TcTimer=1;TwTimer=6;Realm="x.y";'), undefined],
  ["an empty text", more('Realm = "";'), undefined],
  ["a comment, and one behind a directive", more("# one\nNoRelay; # two\n"), undefined],
  ["a comment without a line break behind it", more("# end"), "2:1 CF2001"],
  ["a text over two lines", more('Realm = "a\nb";'), "2:9 CF2001"],
  ["a text that never ends", more('Realm = "a'), "2:9 CF2001"],
  ["no semicolon", more("NoRelay"), "2:8 CF2001"],
  ["two semicolons", more("NoRelay;;"), "2:9 CF2001"],
  ["a value for a flag", more("NoRelay = 1;"), "2:9 CF2001"],
  ["a directive that there is not", more("Bogus = 1;"), "2:1 CF2001"],
  ["a keyword that goes on", more("Port2 = 1;"), "2:1 CF2001"],
  ["a keyword that goes on behind _", more("No_IPv6x;"), "2:8 CF2001"],
  ["a text for a number", more('TcTimer = "5";'), "2:11 CF2001"],
  ["a number for a text", more("Realm = 5;"), "2:9 CF2001"],
  ["hexadecimal", more("TcTimer = 0x10;"), "2:11 CF2001"],
  ["a negative number", more("TcTimer = -1;"), "2:11 CF2001"],
  ["octal", more("TwTimer = 010;"), undefined],
  ["octal that is too small", more("TwTimer = 05;"), "2:11 CF2002"],
  ["octal that ends at an 8", more("TcTimer = 08;"), "2:11 CF2002"],
  ["a number that wraps around", more("TcTimer = 4294967326;"), undefined],
  ["a number that wraps around to 0", more("TcTimer = 4294967296;"), "2:11 CF2002"],
  ["TcTimer 0", more("TcTimer = 0;"), "2:11 CF2002"],
  ["TwTimer 5", more("TwTimer = 5;"), "2:11 CF2002"],
  ["TwTimer 6", more("TwTimer = 6;"), undefined],
  ["AppServThreads 255", more("AppServThreads = 255;"), undefined],
  ["AppServThreads 256", more("AppServThreads = 256;"), "2:18 CF2002"],
  ["AppServThreads 0", more("AppServThreads = 0;"), "2:18 CF2002"],
  ["SCTP_streams 65535", more("SCTP_streams = 65535;"), undefined],
  ["SCTP_streams 65536", more("SCTP_streams = 65536;"), "2:16 CF2002"],
  ["Port 65536", more("Port = 65536;"), "2:8 CF2002"],
  ["ListenOn a name", more('ListenOn = "localhost";'), "2:1 CF2001"],
  ["ListenOn addresses", more('ListenOn = "127.0.0.1"; ListenOn = "::1";'), undefined],
  ["No_IP and No_IPv6", more("No_IP; No_IPv6;"), "2:8 CF2005"],
  ["No_TCP and No_SCTP", more("No_TCP;"), "2:1 CF2005"],
  ["a peer against the file", more('No_IPv6;\nConnectPeer = "p.example" { No_IP; };'), "3:29 CF2005"],
  ["the file against a peer", more('ConnectPeer = "p.example" { No_IP; };\nNo_IPv6;'), "3:1 CF2005"],
  ["a peer against itself", inPeer("No_IP; No_IPv6;"), "2:71 CF2005"],
  ["two peers that differ", more('ConnectPeer="p.a" {No_IP;}; ConnectPeer="q.a" {No_IPv6;};'), undefined],
  ["a peer without a block", more('ConnectPeer = "p.example";'), undefined],
  ["a peer with an empty block", more('ConnectPeer = "p.example" {};'), undefined],
  ["a peer without a semicolon", more('ConnectPeer = "p.example" {}'), "2:29 CF2001"],
  ["the same peer twice", more('ConnectPeer = "p.example"; ConnectPeer = "P.Example";'), "2:28 CF2005"],
  ["a peer with an underscore", more('ConnectPeer = "p_q.example";'), "2:1 CF2001"],
  ["a peer's port 0", inPeer("Port = 0;"), "2:71 CF2002"],
  ["a peer's timers have no limits", inPeer("TwTimer = 1; TcTimer = 0;"), undefined],
  ["all of a peer", inPeer('No_TLS; Realm = "r.s"; Prefer_TCP; No_IPv6; TLS_Prio = "NORMAL";'), undefined],
  ["what is not for a peer", inPeer("NoRelay;"), "2:64 CF2001"],
  ["what is for a peer only", more("No_TLS;"), "2:1 CF2001"],
  ["an extension that there is not is no matter of the file", more('LoadExtension "x";'), "2:15 CF2001"],
  ["include without a match", more(`include "${folder}/none*"\nNoRelay;`), undefined],
  ["include with a semicolon", more(`include "${folder}/none*";`), `2:${folder.length + 17} CF2001`],
  ["include has case", more('Include "x"'), "2:1 CF2001"],
  ["include without quotes", more("include x"), "2:9 CF2001"],
  ["includes in the order of names, hidden ones not", more(`include "${folder}/nested/*.inc"`), undefined],
  [
    "include within a peer",
    more(`ConnectPeer = "p.example" { include "${folder}/nested/peer.part" No_TLS; };`),
    undefined,
  ],
  ["includes 5 deep", more(`include "${folder}/nested/3.conf"`), undefined],
  ["includes 6 deep", more(`include "${folder}/nested/1.conf"`), "1:9 CF2003"],
  ["what is wrong in an included file", more(`include "${folder}/nested/wrong.conf"`), "2:3 CF2001"],
  ["no dot to begin the realm behind", () => LEAST.replace("aaa.example.net", "localhost"), "1:1 CF2004"],
  ["no dot, and a Realm", () => `${LEAST.replace("aaa.example.net", "localhost")}Realm = "x";`, undefined],
  ["an identity of other letters", () => LEAST.replace("aaa.", "a b."), "1:1 CF2001"],
  ["no TLS_Cred", () => LEAST.replace("SecPort = 0;", ""), "1:1 CF2004"],
  ["no TLS_Cred for TLS in band", more("TLS_old_method;"), "2:1 CF2004"],
  ["TLS_Cred without a comma", more('TLS_Cred = "a" "b";'), "2:16 CF2001"],
  [
    "a certificate that is not there",
    more('TLS_Cred = "/nowhere/c", "/nowhere/k"; TLS_CA = "/nowhere/a";'),
    "2:1 CF2006",
  ],
  ["acl_wl", wl("wl"), undefined],
  ["acl_wl: flags have case", wl("wl-lower"), "1:1 CF2006"],
  ["acl_wl: one label", wl("wl-label"), "1:1 CF2006"],
  ["acl_wl: a star in the middle", wl("wl-star"), "1:1 CF2006"],
  ["acl_wl: a comment at the end", wl("wl-end"), "2:1 CF2006"],
  ["acl_wl without its file", wl("nowhere"), "2:1 CF2006"],
];

describe("what is read and refused", () => {
  test.each(CASES)("%s", (_title, text, expected) => {
    expect(wrong(text())).toBe(expected);
  });

  test("versions after 1.2.1 have more directives", () => {
    const newer =
      'RoutingInThreads = 3; RoutingOutThreads = 3; IncomingQueueLimit = 0; OutgoingQueueLimit = 0; LocalQueueLimit = 0;\nProcessingPeersPattern = "^a"; ProcessingPeersMinimum = 0; RouteRecordInAnswers = never;';
    expect(wrong(LEAST + newer)).toBe(undefined);
  });
});

describeWith([daemon], "freeDiameter agrees", () => {
  test.each(CASES)("%s", async (title, text, expected) => {
    const { takes, output } = await freeDiameterTakes(text(), title.replace(/\W+/g, "-"));
    expect(takes, output).toBe(expected === undefined);
  });

  test("numbers are what it reads of them", async () => {
    const text = `${LEAST}TcTimer = 4294967326; TwTimer = 018; TwTimer = 017;`;
    const { takes, output } = await freeDiameterTakes(text.replace("TwTimer = 018; ", ""), "numbers");
    expect(takes, output).toBe(true);
    const { settings } = parseFreeDiameterConf(FILE, text.replace("TwTimer = 018; ", ""));
    const dumped = (what: string) => Number(new RegExp(`${what} \\.+ : (\\d+)`).exec(output)?.[1]) * 1000;
    expect(settings.value.timers).toEqual({ reconnectMs: dumped("Tc Timer"), watchdogMs: dumped("Tw Timer") });
  });
});

const CONF = () => `# Ours.
Identity = "aaa.example.net";
Realm = "example.net";
Port = 3866;
ListenOn = "127.0.0.1";
TLS_Cred = "${certificate.certificate}", "${certificate.key}";
TLS_CA = "${certificate.certificate}";
TcTimer = 60;
TwTimer = 6;
AppServThreads = 4;
No_SCTP;
NoRelay;
LoadExtension = "dict_sip.fdx";
LoadExtension = "/usr/lib/freeDiameter/app_opensips.fdx" : "extra-avps-file: /etc/opensips/dictionary.opensips; library-mode: 1";
LoadExtension = "acl_wl.fdx" : "${folder}/wl";
ConnectPeer = "opensips.example.net" { ConnectTo = "192.0.2.10"; No_TLS; Port = 3867; TwTimer = 30; };
ConnectPeer = "old.example.net" { ConnectTo = "192.0.2.11"; ConnectTo = "192.0.2.12"; TLS_old_method; };
ConnectPeer = "hss.example.net";
ConnectPeer = "sctp.example.net" { No_TLS; };
`;

testWith([openssl], "what becomes of an operator's file", () => {
  const conf = parseFreeDiameterConf("freeDiameter.conf", CONF(), true);
  const { config, report } = parseSources("freeDiameter.conf", "", {}, conf);
  expect(config).toMatchObject({
    identity: "aaa.example.net",
    realm: "example.net",
    listen: [
      { host: "127.0.0.1", port: 3866, transport: "tcp", security: "either" },
      { host: "127.0.0.1", port: 5868, transport: "tls", security: "none" },
    ],
    accept: ["a.example.net"],
    acceptSecured: ["*.b.example", "c.example"],
    peers: [
      {
        ...{ host: "192.0.2.10", port: 3867, transport: "tcp", security: "none", identity: "opensips.example.net" },
        watchdogMs: 30_000,
      },
      { host: "192.0.2.11", port: 3868, transport: "tcp", security: "inband", identity: "old.example.net" },
      { host: "hss.example.net", port: 5868, transport: "tls", identity: "hss.example.net" },
      { host: "sctp.example.net", port: 3868, transport: "tcp", security: "none" },
    ],
    timers: { reconnectMs: 60_000, watchdogMs: 6000 },
    tls: { certificate: certificate.certificate, key: certificate.key, ca: [certificate.certificate], crl: [] },
    dictionaries: ["/etc/opensips/dictionary.opensips"],
    database: { type: "sqlite", path: "/var/lib/diamgen/diamgen.db" },
  });
  const lines = report.map(({ line, outcome, settings }) => `${line} ${outcome} ${settings.join(" ")}`.trim());
  expect(lines).toEqual([
    "2 honoured identity",
    "3 honoured realm",
    "4 honoured listen",
    "5 honoured listen",
    "6 honoured tls.certificate tls.key",
    "7 honoured tls.ca",
    "8 honoured timers.reconnectMs",
    "9 honoured timers.watchdogMs",
    "10 ignored",
    "11 ignored",
    "12 honoured",
    "13 ignored",
    "14 honoured dictionaries[0]",
    "15 honoured accept[0] acceptSecured[0] acceptSecured[1]",
    "16 honoured peers[0]",
    "16 honoured peers[0]",
    "16 honoured peers[0]",
    "16 honoured peers[0]",
    "16 honoured peers[0]",
    "17 honoured peers[1]",
    "17 honoured peers[1]",
    "17 ignored",
    "17 honoured peers[1]",
    "18 honoured peers[2]",
    "19 honoured peers[3]",
    "19 honoured peers[3]",
  ]);
  for (const { outcome, why, directive } of report) if (outcome === "ignored") expect(why, directive).not.toBe("");
});

test("server.yaml and the environment win, and say what the file lacks; what is wrong has its place", () => {
  const text = `${LEAST}TcTimer = 60;\nTwTimer = 30;\nRealm = "x.y";\n`;
  const conf = parseFreeDiameterConf("f.conf", text, true);
  const yaml =
    'listen: [{ host: "::1", port: 3 }]\naccept: ["*"]\ntimers: { watchdogMs: 7000 }\ndatabase: { type: mariadb, user: u, database: d }\n';
  const { config, report } = parseSources("s.yaml", yaml, { DIAMGEN_REALM: "e.f" }, conf);
  expect(config).toMatchObject({
    identity: "aaa.example.net",
    realm: "e.f",
    listen: [{ host: "::1", port: 3 }],
    timers: { reconnectMs: 60_000, watchdogMs: 7000 },
    database: { type: "mariadb", user: "u" },
  });
  const outcome = (line: number) => report.find((one) => one.line === line)?.outcome;
  expect([outcome(2), outcome(3), outcome(4)]).toEqual(["honoured", "overridden", "overridden"]);

  const failing = parseFreeDiameterConf("f.conf", `${LEAST}Realm = "-x";\nTcTimer = 9999999;\n`, true);
  try {
    parseSources("s.yaml", 'accept: ["*"]\nlimits: { maxAvp: 1 }\n', {}, failing);
    expect.unreachable();
  } catch (error) {
    expect(
      (error as ConfigError).diagnostics.map(({ at, code }) => `${at.file}:${at.line}:${at.column} ${code}`),
    ).toEqual(["s.yaml:2:11 CF1002", "f.conf:2:1 CF1004", "f.conf:3:1 CF1004"]);
    expect((error as ConfigError).format(false)).toContain('  2 | Realm = "-x";\n');
  }
});

test("a star counts before a name that it covers", () => {
  writeFileSync(join(folder, "wl-covered"), "*.example.net\nALLOW_IPSEC a.example.net b.example\n");
  const { settings } = parseFreeDiameterConf("f.conf", wl("wl-covered")(), true);
  expect(settings.value).toMatchObject({ accept: ["b.example"], acceptSecured: ["*.example.net"] });
});

test("glob(3)", () => {
  const { length } = folder;
  const names = (pattern: string) => glob(`${folder}/${pattern}`).map((name) => name.slice(length + 1));
  expect(names("nested/*.inc")).toEqual(["nested/1st.inc", "nested/2nd.inc"]);
  expect(names("nest?d/[13]*.conf")).toEqual(["nested/1.conf", "nested/3.conf"]);
  expect(names("nested/[!1-5].conf")).toEqual(["nested/6.conf"]);
  expect(names("nested/.h*")).toEqual(["nested/.hidden.inc"]);
  expect(names("nested/{1,2}.conf")).toEqual([]);
  expect(names("nowhere/*/x")).toEqual([]);
});

test("timers and Realm of one peer: freeDiameter takes any number there, and 0 for that of the file", () => {
  const peer = (name: string, inner: string) => `ConnectPeer = "${name}.x.y" { No_TLS; ${inner} };\n`;
  const text = `${LEAST}${[
    peer("a", 'TcTimer = 5; TwTimer = 10; Realm = "R.s";'),
    peer("b", "TwTimer = 1; TcTimer = 0;"),
    // It wraps around.
    peer("c", "TwTimer = 4294967290; TcTimer = 7; TcTimer = 8;"),
  ].join("")}`;
  const conf = parseFreeDiameterConf("f.conf", text, true);
  const { config, report } = parseSources("f.conf", "", {}, conf);
  expect(config.peers.map(({ reconnectMs, watchdogMs, realm }) => [reconnectMs, watchdogMs, realm])).toEqual([
    [5000, 10_000, "R.s"],
    [undefined, 6000, undefined],
    [8000, undefined, undefined],
  ]);
  const said = report.filter(({ directive }) => /T[cw]Timer|Realm/.test(directive));
  expect(said.map(({ directive, outcome, why }) => [directive.replace(/^.*: /, ""), outcome, why])).toEqual([
    ["TcTimer = 5", "honoured", ""],
    ["TwTimer = 10", "honoured", ""],
    ['Realm = "R.s"', "honoured", ""],
    ["TwTimer = 1", "honoured", "6 seconds, the least that RFC 3539 section 3.4.1 has"],
    ["TcTimer = 0", "ignored", "no time: that of the file counts, as for 0"],
    ["TwTimer = -6", "ignored", "no time: that of the file counts, as for 0"],
    ["TcTimer = 7", "ignored", "said again below, and the last one counts"],
    ["TcTimer = 8", "honoured", ""],
  ]);
});
