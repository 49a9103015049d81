// Several variants of our codecs, and the ceiling where it is given, in one process and by turns: what one of them costs beside another, also on a
// machine that does other things. Takes {variants: {name: path of ours.mjs}, ceiling?: path, turns, ms}; prints by message, direction and variant how many times
// as long as the first variant it takes.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { variants, ceiling: ceilingPath, turns, ms, only, directions } = JSON.parse(process.argv[2]);

const load = (path) => import(pathToFileURL(path));
const sides = {};
for (const [name, path] of Object.entries(variants)) sides[name] = await load(path);
const messages = Object.values(sides)[0].messages.filter((name) => (only ?? ["mar", "ccr", "ccrbig"]).includes(name));

let sink;

/** Nanoseconds of processor time for each of `calls` calls. */
function time(call, calls) {
  const before = process.cpuUsage();
  for (let i = 0; i < calls; i++) sink = call();
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / calls;
}

function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

/** What decodes and encodes the message, by direction, for each side. */
async function callsOf(name) {
  const octets = readFileSync(new URL(`../../fixtures/bench/${name}.bin`, import.meta.url));
  const slab = Buffer.allocUnsafeSlow(65536);
  octets.copy(slab, 4096);
  const view = new DataView(slab.buffer);
  const calls = { decode: {}, encode: {} };
  for (const [side, { ours }] of Object.entries(sides)) {
    const { decode, encode, encoded } = ours(name, slab, view, 4096, 4096 + octets.length);
    if (!encoded().equals(octets)) throw new Error(`${side}: ${name}: encode(decode(x)) is not x`);
    calls.decode[side] = decode;
    calls.encode[side] = encode;
  }
  if (ceilingPath !== undefined) {
    const { [`decode${CEILING[name]}`]: decode, [`encode${CEILING[name]}`]: encode } = await load(ceilingPath);
    const message = decode(slab, view, 4096);
    calls.decode.ceiling = () => decode(slab, view, 4096);
    calls.encode.ceiling = () => encode(message);
  }
  return calls;
}

const CEILING = { mar: "MAR", ccr: "CCR", ccrbig: "CCR" };

const base = Object.keys(variants)[0];
const result = {};
for (const name of messages) {
  result[name] = {};
  for (const [direction, calls] of Object.entries(await callsOf(name))) {
    if (directions !== undefined && !directions.includes(direction)) continue;
    const names = Object.keys(calls);
    const counts = {};
    // Warm: some ten thousand calls, and until V8 has nothing more to compile.
    for (let round = 0; round < 3; round++)
      for (const side of names) counts[side] = Math.ceil((ms * 1e6) / time(calls[side], Math.ceil(turns * 100)));
    const times = Object.fromEntries(names.map((side) => [side, []]));
    for (let turn = 0; turn < turns; turn++) {
      for (const side of names) times[side].push(time(calls[side], counts[side]));
      names.reverse();
    }
    // A ratio of one turn stands on measurements that are milliseconds apart, so what else the machine does falls on both.
    result[name][direction] = Object.fromEntries(
      names.map((side) => [side, median(times[side].map((ns, turn) => ns / times[base][turn]))]),
    );
  }
}
console.log(JSON.stringify(result));
if (sink === 0) console.error("never");
