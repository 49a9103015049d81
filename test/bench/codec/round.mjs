// One process of the codec benchmark: our generated codecs and the frozen ceiling, in turns, on the messages of test/fixtures/bench.
// Prints one JSON object: nanoseconds per call by message, direction and side. Run by ../run.mjs, which takes the median of several.
import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { pathToFileURL } from "node:url";
import { messages, ours } from "./ours.mjs";

const [ceilingPath, only] = process.argv.slice(2);
const seconds = Number(process.env.SECONDS ?? 0.15);
const turns = Number(process.env.TURNS ?? 9);
const ceiling = await import(pathToFileURL(ceilingPath));
const CEILING = {
  dwr: [ceiling.decodeDWR, ceiling.encodeDWR],
  mar: [ceiling.decodeMAR, ceiling.encodeMAR],
  ccr: [ceiling.decodeCCR, ceiling.encodeCCR],
  ccrbig: [ceiling.decodeCCR, ceiling.encodeCCR],
};

let sink;

/** Calls for about `seconds`; nanoseconds of processor time per call, so that other programs on the core matter less. */
function spin(call, seconds) {
  const end = performance.now() + seconds * 1000;
  const before = process.cpuUsage();
  let calls = 0;
  do {
    for (let i = 0; i < 256; i++) sink = call();
    calls += 256;
  } while (performance.now() < end);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / calls;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

const result = {};
for (const name of messages) {
  if (only !== undefined && only !== name) continue;
  const octets = readFileSync(new URL(`../../fixtures/bench/${name}.bin`, import.meta.url));
  const slab = Buffer.allocUnsafeSlow(65536);
  octets.copy(slab, 4096);
  const view = new DataView(slab.buffer);
  const [decodeCeiling, encodeCeiling] = CEILING[name];
  const us = ours(name, slab, view, 4096, 4096 + octets.length);
  const theirs = decodeCeiling(slab, view, 4096);
  const calls = {
    decode: { ours: us.decode, ceiling: () => decodeCeiling(slab, view, 4096) },
    encode: { ours: us.encode, ceiling: () => encodeCeiling(theirs) },
  };
  if (!us.encoded().equals(octets)) throw new Error(`${name}: encode(decode(x)) is not x`);
  result[name] = {};
  for (const [direction, sides] of Object.entries(calls)) {
    const times = { ours: [], ceiling: [] };
    for (const side of ["ours", "ceiling"]) spin(sides[side], seconds * 2);
    for (let turn = 0; turn < turns; turn++)
      for (const side of ["ceiling", "ours"]) times[side].push(spin(sides[side], seconds));
    result[name][direction] = { ours: median(times.ours), ceiling: median(times.ceiling) };
  }
}
console.log(JSON.stringify(result));
if (sink === 0) console.error("never");
