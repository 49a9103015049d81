#!/usr/bin/env node
// Regenerates test/fixtures from the captures next to the repository:
//
//   ../shared/golden/opensips/<name>.txt  ->  test/fixtures/opensips/<name>.json   one array of messages per capture
//   ../shared/golden/opensips/acc.log.sample  ->  test/fixtures/opensips/acc.log.sample
//   ../shared/golden/bench/<name>.bin     ->  test/fixtures/bench/<name>.bin       one Diameter message per file
//
// The fixtures are committed, so that the tests need no file outside the repository.
// `node scripts/fixtures.mjs check` writes nothing and exits 1 where a fixture differs from its source.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const golden = join(root, "..", "shared", "golden");
const fixtures = join(root, "test", "fixtures");

/** The server listens on 3868; the client listens on 3866 for a server that connects to it. */
const SERVER_PORT = 3868;
const CLIENT_PORT = 3866;

const NUMBER_LINE = /^#(\d+) frame (\d+) t=([\d.]+) port (\d+)->(\d+)$/;
const HEADER_LINE =
  /^(\S+) code=(\d+) app=(\d+) len=(\d+) flags=0x([0-9a-f]{2})\(([RPET-]{4})\) hbh=(0x[0-9a-f]{8}) e2e=(0x[0-9a-f]{8})$/;
const AVP_LINE = /^ {2}(\S+) \((\d+)(?:\/v(\d+))?\) flags=([VMP-]{3}) len=(\d+) (\w+) = (.*)$/;
const HEX_LINE = /^ {2}hex: ([0-9a-f]+)$/;

/**
 * The messages of one capture.
 * @param {string} text the capture as text
 * @param {string} name of the capture, for messages
 */
function messagesOf(text, name) {
  const messages = [];
  let message;
  for (const [index, line] of text.split("\n").entries()) {
    const fail = (what) => {
      throw new Error(`${name}.txt:${index + 1}: ${what}: ${line}`);
    };
    if (line === "") continue;
    const numbers = NUMBER_LINE.exec(line)?.slice(1).map(Number);
    const header = HEADER_LINE.exec(line);
    const avp = AVP_LINE.exec(line);
    const hex = HEX_LINE.exec(line)?.[1];
    if (numbers) {
      const [number, frame, time, sourcePort, destinationPort] = numbers;
      const from = sender(sourcePort, destinationPort) ?? fail("unknown direction");
      message = { number, frame, time, from, sourcePort, destinationPort };
    } else if (!message) {
      fail("expected a line `#<number> frame ...`");
    } else if (header) {
      message = { ...message, ...headerOf(header), avps: [] };
    } else if (avp) {
      message.avps.push(avpOf(avp));
    } else if (hex) {
      if (hex.length !== message.length * 2) fail(`the header says ${message.length} octets`);
      messages.push({ ...message, hex });
      message = undefined;
    } else {
      // A value with a line break in it: the dump continues on the next line.
      const last = message.avps?.at(-1) ?? fail("not understood");
      last.value += `\n${line}`;
    }
  }
  return messages;
}

function headerOf([, name, code, applicationId, length, , flags, hopByHop, endToEnd]) {
  return {
    name,
    code: Number(code),
    applicationId: Number(applicationId),
    length: Number(length),
    flags,
    hopByHop: Number(hopByHop),
    endToEnd: Number(endToEnd),
  };
}

function avpOf([, name, code, vendorId, flags, length, type, value]) {
  return { name, code: Number(code), vendorId: Number(vendorId ?? 0), flags, length: Number(length), type, value };
}

function sender(sourcePort, destinationPort) {
  if (sourcePort === SERVER_PORT || destinationPort === CLIENT_PORT) return "server";
  if (sourcePort === CLIENT_PORT || destinationPort === SERVER_PORT) return "client";
  return undefined;
}

function* wanted() {
  for (const file of readdirSync(join(golden, "opensips")).sort()) {
    const source = join(golden, "opensips", file);
    if (file === "acc.log.sample") yield [join("opensips", file), readFileSync(source)];
    if (!file.endsWith(".txt")) continue;
    const name = file.slice(0, -".txt".length);
    const messages = messagesOf(readFileSync(source, "utf8"), name);
    const rows = messages.map((message) => `  ${JSON.stringify(message)}`);
    yield [join("opensips", `${name}.json`), Buffer.from(`[\n${rows.join(",\n")}\n]\n`)];
  }
  for (const file of readdirSync(join(golden, "bench")).sort()) {
    if (file.endsWith(".bin")) yield [join("bench", file), readFileSync(join(golden, "bench", file))];
  }
}

function current(path) {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

const check = process.argv[2] === "check";
let changed = 0;
for (const [path, content] of wanted()) {
  const target = join(fixtures, path);
  if (current(target)?.equals(content)) continue;
  changed++;
  process.stdout.write(`${check ? "differs" : "wrote"} test/fixtures/${path}\n`);
  if (check) continue;
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, content);
}
process.stdout.write(`${changed} fixtures ${check ? "differ" : "written"}\n`);
process.exitCode = check && changed > 0 ? 1 : 0;
