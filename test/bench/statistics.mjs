// What counting costs on the hot path: nanoseconds a message, median of several runs.
import { readFile } from "node:fs/promises";
import { systemClock } from "@diamgen/runtime";
import { decodeMessage, RawMessage } from "@diamgen/runtime/codec";
import { multimediaAuth } from "@diamgen/sdk/sip";
import { monotonic } from "../../runtime/dist/clock.js";
import { Traffic } from "../../runtime/dist/statistics/traffic.js";

export const usage = "statistics [--runs 21]";

const MESSAGES = 200_000;

export async function run(args) {
  const at = args.indexOf("--runs");
  const runs = at < 0 ? 21 : Number(args[at + 1]);
  const load = async (name) =>
    RawMessage.from(new Uint8Array(await readFile(new URL(`../fixtures/bench/${name}.bin`, import.meta.url))));
  const [mar, maa] = await Promise.all([load("mar"), load("maa")]);
  const traffic = new Traffic();
  const { answeredIn } = traffic.command(6, 286);
  const rows = {
    "request received": () => traffic.received(mar),
    "request sent": () => traffic.sent(mar.bytes),
    "answer received": () => traffic.received(maa),
    "answer sent": () => traffic.sent(maa.bytes),
    "clock read twice, latency observed": () => {
      const start = monotonic(systemClock);
      answeredIn.observe(monotonic(systemClock) - start);
    },
    "the same request decoded (to compare)": () =>
      decodeMessage(multimediaAuth.request, mar, multimediaAuth.application.avps),
    "snapshot of this one peer": () => traffic.snapshot(),
  };
  for (const [name, work] of Object.entries(rows)) {
    const times = [];
    const count = name.startsWith("snapshot") ? MESSAGES / 20 : MESSAGES;
    for (let turn = 0; turn < runs; turn++) {
      const before = process.hrtime.bigint();
      for (let i = 0; i < count; i++) work();
      times.push(Number(process.hrtime.bigint() - before) / count);
    }
    times.sort((a, b) => a - b);
    process.stdout.write(`${name.padEnd(36)} ${times[runs >> 1].toFixed(1).padStart(8)} ns\n`);
  }
}
