/**
 * `npm run fuzz -- [--messages N] [--minutes N] [--seed N] [--transport memory|tcp|tls] [--pieces SHARE]`: the fuzzer for as long as one likes, until
 * one of the two is reached; run with --expose-gc. The result is one line of JSON; the heap, collected, is measured on the way and must stay
 * where it was. `--pieces`: how many of the batches, 0 to 1, go out octet by octet or in pieces.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { MemoryTransport } from "../../runtime/src/testing/index.js";
import { tcp } from "../../runtime/src/transport/tcp.js";
import { tlsTransport } from "../../runtime/src/transport/tls.js";
import type { TlsOptions } from "../../runtime/src/transport/tls-credentials.js";
import type { Transport } from "../../runtime/src/transport/transport.js";
import { createAuthority, pemOf } from "../support/certificate.js";
import { ATTACKERS, fuzz } from "./fuzzer.js";
import { HOST } from "./pool.js";

/** Between two measurements of the heap: with it, one octet in a thousand messages would show in the long run. */
const SAMPLES = 40;
/** What a measurement may find in flight: the cache of duplicates, requests that wait. */
const SLACK_MIB = 4;
const EVERY_MS = 1_000;
/** The same for a log. */
const EVERY_LOGGED_MS = 60_000;

const { values } = parseArgs({
  options: {
    messages: { type: "string", default: "100000" },
    minutes: { type: "string", default: "Infinity" },
    seed: { type: "string", default: "1" },
    transport: { type: "string", default: "memory" },
    pieces: { type: "string", default: "0.01" },
    root: { type: "string", default: process.cwd() },
  },
});
const [messages, minutes, seed, pieces] = [values.messages, values.minutes, values.seed, values.pieces].map(Number) as [
  number,
  number,
  number,
  number,
];
const security = await securityOf(values.transport);
const transports: Readonly<Record<string, Transport>> = {
  memory: new MemoryTransport(),
  tcp,
  tls: tlsTransport(security),
};
const transport = transports[values.transport];
if (
  !(messages > 0) ||
  !(minutes > 0) ||
  !Number.isInteger(seed) ||
  !(pieces >= 0 && pieces <= 1) ||
  transport === undefined
) {
  process.stderr.write(
    "usage: npm run fuzz -- [--messages N] [--minutes N] [--seed N] [--transport memory|tcp|tls] [--pieces SHARE]\n",
  );
  process.exit(2);
}

const begin = performance.now();
const heaps: number[] = [];
const elapsed = () => performance.now() - begin;
const perSecond = (sent: number) => Math.round(sent / (elapsed() / 1000));

function sample(): void {
  globalThis.gc?.();
  heaps.push(process.memoryUsage().heapUsed / 1_048_576);
}

function tell(sent: number, end: string): void {
  const heap = heaps.at(-1)?.toFixed(1) ?? "?";
  process.stderr.write(
    `seed ${seed}: ${sent} of ${messages} messages, ${perSecond(sent)}/s, heap ${heap} MiB   ${end}`,
  );
}

/** How far through it is, 0 to 1. */
const share = (sent: number) => Math.max(sent / messages, elapsed() / (minutes * 60_000));

let told = 0;
const result = await fuzz({
  root: values.root,
  seed,
  messages,
  transport,
  tls: security,
  pieces,
  progress(sent) {
    if (share(sent) * SAMPLES >= heaps.length + 1) sample();
    if (elapsed() - told > (process.stderr.isTTY ? EVERY_MS : EVERY_LOGGED_MS)) {
      told = elapsed();
      tell(sent, process.stderr.isTTY ? "\r" : "\n");
    }
    return share(sent) >= 1;
  },
});
sample();
tell(result.messages, "\n");

const median = (of: readonly number[]) => of.toSorted((a, b) => a - b)[of.length >> 1] ?? 0;
// The first tenth is for what is compiled and filled once.
const settled = heaps.slice(SAMPLES / 10);
const quarter = Math.ceil(settled.length / 4);
const heapGrowthMiB = median(settled.slice(-quarter)) - median(settled.slice(0, quarter));
const rounded = (mib: number) => Math.round(mib * 10) / 10;
const cpuSeconds = rounded(process.cpuUsage().user / 1e6);
const heap = { heapMiB: heaps.map(rounded), heapGrowthMiB: rounded(heapGrowthMiB) };
process.stdout.write(
  `${JSON.stringify({ seed, transport: transport.kind, ...result, perSecond: perSecond(result.messages), cpuSeconds, ...heap })}\n`,
);
if (globalThis.gc !== undefined && heapGrowthMiB > SLACK_MIB) {
  process.stderr.write(`the heap grew by ${heapGrowthMiB.toFixed(1)} MiB, more than ${SLACK_MIB}\n`);
  process.exitCode = 1;
}

/** TLS both ways, by a certificate for all of them. */
async function securityOf(kind: string): Promise<TlsOptions | undefined> {
  if (kind !== "tls") return undefined;
  const folder = await mkdtemp(join(tmpdir(), "diamgen-fuzz-"));
  try {
    const authority = await createAuthority(folder);
    const names = [HOST, ...ATTACKERS, "stranger.test"].map((name) => `DNS:${name}`).join(",");
    return pemOf(await authority.issue(HOST, { subjectAltName: names }), authority);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
