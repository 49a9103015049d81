/** Which workers are heard, and for how long they may be silent. */
import { VirtualClock } from "@diamgen/runtime/testing";
import { expect, test } from "vitest";
import { BEAT_MS, Heartbeats, STARTING } from "../../../server/src/supervisor/heartbeats.js";

const SILENCE_MS = 5000;

function watching(silenceMs = SILENCE_MS) {
  const clock = new VirtualClock();
  const silent: [worker: number, silentMs: number][] = [];
  const heartbeats = new Heartbeats({ clock, silenceMs, onSilent: (...one) => silent.push(one) });
  /** Lets time go by, in which these workers beat. */
  const pass = (ms: number, ...beating: readonly number[]) => {
    for (let passed = 0; passed < ms; passed += BEAT_MS) {
      clock.advance(BEAT_MS);
      for (const worker of beating) heartbeats.heard(worker);
    }
  };
  return { clock, heartbeats, pass, silent };
}

test("a worker that serves and is silent for so long is told of, once; those that beat never are", () => {
  const { heartbeats, pass, silent } = watching();
  for (const worker of [1, 2]) {
    heartbeats.watch(worker);
    heartbeats.serves(worker);
  }
  pass(10 * SILENCE_MS, 1, 2);
  pass(SILENCE_MS, 2);
  expect(silent).toEqual([]);
  pass(2 * BEAT_MS, 2);
  expect(silent).toEqual([[1, SILENCE_MS]]);
  pass(10 * SILENCE_MS, 2);
  expect(silent).toHaveLength(1);
  // It is heard at the last moment.
  pass(SILENCE_MS - BEAT_MS);
  pass(BEAT_MS, 2);
  pass(SILENCE_MS);
  expect(silent).toHaveLength(1);
});

test("one that starts has longer, and from when it serves the same as all", () => {
  const { heartbeats, pass, silent } = watching();
  heartbeats.watch(1);
  pass(STARTING * SILENCE_MS - BEAT_MS);
  // A large database was read at one go; the beats of that time come now.
  pass(BEAT_MS, 1);
  pass(STARTING * SILENCE_MS - BEAT_MS);
  expect(silent).toEqual([]);
  heartbeats.serves(1);
  pass(SILENCE_MS);
  expect(silent).toEqual([]);
  pass(BEAT_MS);
  expect(silent).toEqual([[1, SILENCE_MS]]);
  heartbeats.watch(2);
  pass(STARTING * SILENCE_MS + BEAT_MS);
  expect(silent).toEqual([
    [1, SILENCE_MS],
    [2, STARTING * SILENCE_MS],
  ]);
});

test("where the supervisor itself stood still, nobody was silent", () => {
  // Its clock goes on, and its timers come late: one look, however long that was. What workers have said is read before the next.
  let due = () => {};
  const clock = {
    now: () => 0,
    setTimeout: (callback: () => void) => {
      due = callback;
      return {};
    },
    clearTimeout: () => {},
  };
  const silent: number[] = [];
  const heartbeats = new Heartbeats({ clock, silenceMs: SILENCE_MS, onSilent: (worker) => silent.push(worker) });
  heartbeats.watch(1);
  heartbeats.serves(1);
  for (let stall = 0; stall < 20; stall++) {
    due();
    heartbeats.heard(1);
  }
  expect(silent).toEqual([]);
});

test("the server lives while one worker is heard", () => {
  const { heartbeats, pass } = watching();
  expect(heartbeats.lives).toBe(false);
  for (const worker of [1, 2]) heartbeats.watch(worker);
  expect(heartbeats.lives).toBe(true);
  pass(2 * SILENCE_MS, 1);
  expect(heartbeats.lives).toBe(true);
  pass(SILENCE_MS + BEAT_MS);
  expect(heartbeats.lives).toBe(false);
  heartbeats.heard(2);
  expect(heartbeats.lives).toBe(true);
  heartbeats.forget(2);
  expect(heartbeats.lives).toBe(false);
});

test("who has ended is not told of, nor anybody after the end; with 0, nobody ever", () => {
  const { heartbeats, pass, silent } = watching();
  heartbeats.watch(1);
  heartbeats.forget(1);
  heartbeats.heard(1);
  heartbeats.serves(1);
  pass(10 * STARTING * SILENCE_MS);
  heartbeats.watch(2);
  heartbeats.close();
  pass(10 * STARTING * SILENCE_MS);
  expect(silent).toEqual([]);
  const never = watching(0);
  never.heartbeats.watch(1);
  never.pass(10 * STARTING * SILENCE_MS);
  expect(never.silent).toEqual([]);
  expect(never.heartbeats.lives).toBe(true);
});
