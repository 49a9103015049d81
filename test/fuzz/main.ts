/** `npm run fuzz -- [--messages N] [--seed N] [--transport memory|tcp]`: the fuzzer for as long as one likes; run with --expose-gc. */
import { parseArgs } from "node:util";
import { MemoryTransport } from "../../runtime/src/testing/index.js";
import { tcp } from "../../runtime/src/transport/tcp.js";
import { fuzz } from "./fuzzer.js";

const { values } = parseArgs({
  options: {
    messages: { type: "string", default: "100000" },
    seed: { type: "string", default: "1" },
    transport: { type: "string", default: "memory" },
    root: { type: "string", default: process.cwd() },
  },
});
const [messages, seed] = [Number(values.messages), Number(values.seed)];
if (!(messages > 0) || !Number.isInteger(seed)) {
  process.stderr.write("usage: npm run fuzz -- [--messages N] [--seed N] [--transport memory|tcp]\n");
  process.exit(2);
}

function heap(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 1_048_576;
}

const begin = performance.now();
const heaps: number[] = [];
const rate = (sent: number) => Math.round(sent / ((performance.now() - begin) / 1000));
const tell = (sent: number, end = "\r") =>
  process.stderr.write(
    `${sent} of ${messages} messages, ${rate(sent)}/s, heap ${heaps.at(-1)?.toFixed(1) ?? "?"} MiB   ${end}`,
  );
let told = 0;
const result = await fuzz({
  root: values.root,
  seed,
  messages,
  transport: values.transport === "tcp" ? tcp : new MemoryTransport(),
  progress(sent) {
    if (sent - told < messages / 50) return;
    told = sent;
    heaps.push(heap());
    if (process.stderr.isTTY) tell(sent);
  },
});
heaps.push(heap());
tell(result.payloads, "\n");
process.stdout.write(
  `${JSON.stringify({ seed, transport: values.transport, ...result, perSecond: rate(result.payloads), heapMiB: heaps.map((mib) => Math.round(mib * 10) / 10) })}\n`,
);
