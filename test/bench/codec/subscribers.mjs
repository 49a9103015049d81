// One process of the benchmark `subscribers`: MARs of many subscribers, and the same one again and again, decoded by us and by the ceiling in turns.
// Prints the ratio ours/ceiling of both, the median over the turns.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { ours } from "./ours.mjs";

const [ceilingPath, turns] = process.argv.slice(2);
const { decodeMAR } = await import(pathToFileURL(ceilingPath));
const mar = readFileSync(new URL("../../fixtures/bench/mar.bin", import.meta.url));

/** What differs from subscriber to subscriber and from request to request; as many hexadecimal digits take its place, wherever it stands. */
const OWN = [
  "alice.liddell",
  "3862453601",
  "5f0c1ee3000000ab7d9ee1b02f5ad7ce29a83dbf1b6a2a11",
  "6629fae49393a05397450978507c4ef1",
  "0a4f113b",
  "00000001",
];

function digits(count) {
  return Array.from({ length: count }, () => Math.floor(Math.random() * 16).toString(16)).join("");
}

function places(text) {
  const found = [];
  for (let at = mar.indexOf(text); at >= 0; at = mar.indexOf(text, at + 1)) found.push(at);
  return found;
}

function bySubscriber(count) {
  const slab = Buffer.allocUnsafeSlow(count * mar.length);
  const view = new DataView(slab.buffer);
  for (let i = 0; i < count; i++) {
    mar.copy(slab, i * mar.length);
    if (i === 0) continue;
    for (const text of OWN) {
      const other = digits(text.length);
      for (const at of places(text)) slab.write(other, i * mar.length + at, "latin1");
    }
  }
  let [next, other] = [0, 0];
  const starts = Array.from({ length: count }, (_, i) => i * mar.length);
  const decoders = starts.map((start) => ours("mar", slab, view, start, start + mar.length).decode);
  return {
    ours: () => decoders[next++ % count](),
    ceiling: () => decodeMAR(slab, view, starts[other++ % count]),
  };
}

let sink;

function time(call) {
  const before = process.cpuUsage();
  for (let i = 0; i < 2500; i++) sink = call();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

const result = {};
for (const count of [1, 512]) {
  const sides = bySubscriber(count);
  for (let i = 0; i < 6; i++) for (const call of Object.values(sides)) time(call);
  const ratios = Array.from({ length: Number(turns) }, () => time(sides.ours) / time(sides.ceiling));
  result[count] = ratios.sort((a, b) => a - b)[ratios.length >> 1];
}
console.log(JSON.stringify(result));
if (sink === 0) console.error("never");
