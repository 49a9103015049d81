// The codec benchmark: our generated codecs and the frozen ceiling (round.mjs), freeDiameter and Erlang/OTP, one after the other, several
// times. Ratios are taken within a round, so that they stand on measurements made next to each other.
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { BenchError, output, pinning, repositoryPath, spread, table, withFolder } from "../lib.mjs";
import { freeDiameter } from "../peers/freediameter.mjs";
import { otp, otpBinaries } from "../peers/otp.mjs";

export const usage = "codec [--processes 5] [--only dwr|mar|ccr|ccrbig] [--json FILE] [--core N]";

/** By message, the AVPs that its grammar requires, as paths of codes: without one of them a peer has to refuse it. */
const REQUIRED = {
  dwr: ["264", "296"],
  mar: [
    ...["122", "258", "263", "264", "277", "283", "296", "376.377"],
    ...["376.380.103", "376.380.104", "376.380.105", "376.380.109", "376.380.115", "393"],
  ],
  ccr: ["258", "263", "264", "283", "296", "415", "416", "443.444", "443.450", "458.459", "458.460", "461"],
  get ccrbig() {
    return this.ccr;
  },
};
const AVPS = { dwr: 3, mar: 24, ccr: 61, ccrbig: 215 };
const MESSAGES = Object.keys(AVPS);
const DIRECTIONS = ["decode", "encode"];

/** Ours is at most this many times the ceiling; a peer is at least this many times ours. DWR and other peers have none. */
const GOALS = {
  decode: { ceiling: 1.15, freeDiameter: 10, erlang: 10 },
  encode: { ceiling: 1.1, freeDiameter: 2.8, erlang: 7.5 },
};
const MESSAGES_WITH_GOALS = ["mar", "ccr", "ccrbig"];

const PEERS = [freeDiameter, otp, otpBinaries];
const TITLES = { ceiling: "ceiling", ...Object.fromEntries(PEERS.map(({ key, title }) => [key, title])) };

const CEILING = repositoryPath("../shared/bench/ceiling.mjs");
const BUILT = ["runtime/dist/codec/message.js", "generated/dist/sip/index.js"];

/** @param {string[]} args */
export async function run(args) {
  const options = parse(args);
  const missing = BUILT.filter((path) => !existsSync(repositoryPath(path)));
  if (missing.length > 0) throw new BenchError(`${missing.join(" and ")} not there; first: npm run build`);
  if (!existsSync(CEILING))
    throw new BenchError("the ceiling is missing: ../shared/bench/ceiling.mjs, next to the repository");
  const pin = await pinning(options.core);
  const { rounds, notes } = await withFolder((folder) => measure(options, pin, folder));
  const rows = summarize(rounds, options.messages);
  const goals = judge(rows);
  const { processes, seconds, turns } = options;
  const setup = { node: process.version, processes, seconds, turns, cores: pin.text };
  if (options.json !== undefined) {
    await writeFile(options.json, `${JSON.stringify({ setup, notes, rows, goals, rounds }, undefined, 2)}\n`);
  }
  print(setup, rows, goals, notes);
}

function parse(args) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        processes: { type: "string", default: "5" },
        only: { type: "string" },
        json: { type: "string" },
        core: { type: "string" },
      },
    });
    const processes = Number(values.processes);
    if (!Number.isInteger(processes) || processes < 1) throw new BenchError(`--processes ${values.processes}`);
    if (values.only !== undefined && !MESSAGES.includes(values.only)) throw new BenchError(`--only ${values.only}`);
    // round.mjs reads the same variables.
    const seconds = Number(process.env.SECONDS ?? 0.15);
    const turns = Number(process.env.TURNS ?? 9);
    if (!(seconds > 0 && Number.isInteger(turns) && turns > 0))
      throw new BenchError(`SECONDS=${seconds} TURNS=${turns}`);
    const messages = values.only === undefined ? MESSAGES : [values.only];
    return { ...values, processes, messages, seconds, turns };
  } catch (error) {
    throw new BenchError(`${error.message}\nusage: npm run bench -- ${usage}`);
  }
}

/** Runs everybody in turns; each round is `{ ours, ceiling, <peer> }`, by message. */
async function measure(options, pin, folder) {
  const notes = [];
  const peers = [];
  for (const peer of PEERS) {
    const reason = await peer.missing();
    if (reason === undefined) {
      progress(`compiling for ${peer.title}`);
      await peer.build(folder);
      peers.push(peer);
    } else {
      notes.push(`${peer.title}: ${reason}`);
    }
  }
  const files = options.messages.map((name) => repositoryPath(`test/fixtures/bench/${name}.bin`));
  const runPinned = async (command, env) => JSON.parse(await output([...pin.prefix, ...command], { env }));
  const rounds = [];
  for (let number = 1; number <= options.processes; number++) {
    const sofar = `round ${number} of ${options.processes}`;
    progress(`${sofar}: ours and the ceiling`);
    const round = split(await runPinned(ourCommand(options), { STR: process.env.STR ?? "slice1" }));
    for (const peer of peers) {
      progress(`${sofar}: ${peer.title}`);
      const result = await runPinned(peer.command(folder, { ...options, files }));
      for (const name of options.messages) check(peer, name, result[name]);
      round[peer.key] = result;
    }
    rounds.push(round);
  }
  for (const { key, title } of peers) notes.push(`${title}: ${evidence(rounds[0][key])}`);
  return { rounds, notes };
}

function ourCommand({ only }) {
  const script = fileURLToPath(new URL("round.mjs", import.meta.url));
  return [process.execPath, script, CEILING, ...(only === undefined ? [] : [only])];
}

/** round.mjs prints {message: {direction: {side: ns}}}; the same by side. */
function split(result) {
  const sides = { ours: {}, ceiling: {} };
  for (const [name, directions] of Object.entries(result)) {
    for (const [direction, times] of Object.entries(directions)) {
      for (const [side, byMessage] of Object.entries(sides)) {
        byMessage[name] = { ...byMessage[name], [direction]: times[side] };
      }
    }
  }
  return sides;
}

/** Throws where a peer did not do the work that its time is taken for. */
function check({ title }, name, result) {
  const wrong = (what) => {
    throw new BenchError(`${title}: ${name}: ${what}`);
  };
  if (result === undefined) wrong("not measured");
  if (result.avps !== AVPS[name]) wrong(`${result.avps} AVPs instead of ${AVPS[name]}`);
  if (result.unknown !== 0) wrong(`${result.unknown} AVPs are not in its dictionaries`);
  if ((result.errors ?? 0) !== 0) wrong(`${result.errors} errors in decoding`);
  if (!result.identical) wrong("what it encodes is not the message");
  const refused = [...result.refused].sort().join(" ");
  if (refused !== [...REQUIRED[name]].sort().join(" ")) wrong(`refuses a message only without ${refused}`);
}

function evidence(results) {
  const avps = Object.entries(results).map(([name, { avps }]) => `${name} ${avps}`);
  const flags = Object.values(results).reduce((sum, result) => sum + (result.flags ?? 0), 0);
  const extra = flags > 0 ? `; ${flags} AVPs have flags that its dictionaries do not give, set by hand` : "";
  return `decoded all AVPs (${avps.join(", ")}) without error, refused each message that lacks a required one, encoded the same octets${extra}`;
}

function summarize(rounds, messages) {
  const rows = [];
  for (const message of messages) {
    for (const direction of DIRECTIONS) {
      const time = (round, side) => round[side]?.[message]?.[direction];
      const over = (read) => spread(rounds.map(read).filter(Number.isFinite));
      const row = { message, direction, ns: { ours: over((round) => time(round, "ours")) }, ratio: {} };
      for (const side of Object.keys(TITLES)) {
        row.ns[side] = over((round) => time(round, side));
        row.ratio[side] = over((round) =>
          side === "ceiling" ? time(round, "ours") / time(round, side) : time(round, side) / time(round, "ours"),
        );
      }
      rows.push(row);
    }
  }
  return rows;
}

function judge(rows) {
  return rows
    .filter(({ message }) => MESSAGES_WITH_GOALS.includes(message))
    .flatMap(({ message, direction, ratio }) =>
      Object.entries(GOALS[direction]).map(([side, goal]) => {
        const measured = ratio[side]?.median;
        const met = measured === undefined ? undefined : side === "ceiling" ? measured <= goal : measured >= goal;
        return { message, direction, side, goal, measured, met };
      }),
    );
}

function print(setup, rows, goals, notes) {
  const time = (value) => value?.median.toFixed(0) ?? "-";
  const ranged = (value) => {
    if (value === undefined) return "-";
    const [median, min, max] = [value.median, value.min, value.max].map((number) => number.toFixed(2));
    return setup.processes === 1 ? median : `${median} (${min}..${max})`;
  };
  const sides = Object.keys(TITLES);
  const heading = [
    "message",
    "direction",
    "ours ns",
    ...sides.flatMap((side) => [`${TITLES[side]} ns`, relation(side)]),
  ];
  const body = rows.map(({ message, direction, ns, ratio }) => [
    ...[message, direction, time(ns.ours)],
    ...sides.flatMap((side) => [time(ns[side]), ranged(ratio[side])]),
  ]);
  const { node, processes, seconds, turns, cores } = setup;
  const lines = [
    `Nanoseconds of processor time per message; Node ${node}, ${cores}; ${processes} processes of each,`,
    `in a process the median of ${turns} times ${seconds} s${processes === 1 ? "" : "; the median over the processes, with the range of ratios"}.`,
    "",
    table([heading, ...body], 2),
    "",
    table([["goal", "", "", "wanted", "measured", ""], ...goals.map(goalRow)], 3),
    "",
    ...notes,
    "",
  ];
  process.stdout.write(lines.join("\n"));
}

const relation = (side) => (side === "ceiling" ? "ours/ceiling" : `${TITLES[side]}/ours`);

function goalRow({ message, direction, side, goal, measured, met }) {
  const verdict = met === undefined ? "not measured" : met ? "met" : "missed";
  const wanted = `${side === "ceiling" ? "<=" : ">="} ${goal.toFixed(2)}`;
  return [message, direction, relation(side), wanted, measured?.toFixed(2) ?? "-", verdict];
}

function progress(text) {
  process.stderr.write(`${text}\n`);
}
