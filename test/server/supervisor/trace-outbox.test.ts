/** Traces on their way from a worker to the supervisor: nothing piles up where that does not read. */
import { expect, test } from "vitest";
import type { TraceEvent } from "../../../server/src/admin/operations.js";
import { type Traced, TraceOutbox } from "../../../server/src/supervisor/trace-outbox.js";

/** A supervisor that reads when it is told to. */
function outbox() {
  const waiting: { readonly traced: Traced; readonly sent: () => void }[] = [];
  const read: Traced[] = [];
  const box = new TraceOutbox((traced, sent) => waiting.push({ traced, sent }));
  const readAll = () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      read.push(next.traced);
      next.sent();
    }
    return read.splice(0);
  };
  return { box, waiting, readAll };
}

const at = { address: "127.0.0.1", port: 3868 };
const event = (octets: number): TraceEvent => ({
  time: 0,
  direction: "in",
  local: at,
  remote: at,
  transport: "tcp",
  octets: "A".repeat(octets),
});

/** What a reader has heard of one trace: messages and gaps, in order. */
const heard = (all: readonly Traced[], id: number) =>
  all.filter((one) => one.id === id).map((one) => ("event" in one ? "message" : one.missed));

test("beyond what may wait, messages are counted; the reader hears how many, before what comes then", () => {
  const { box, waiting, readAll } = outbox();
  for (let message = 0; message < 100_000; message++) box.show(1, event(1000));
  const waited = waiting.length;
  expect(waited * 1000).toBeLessThan(1_200_000);
  box.show(2, event(10));
  const all = readAll();
  expect(heard(all, 1)).toEqual([...Array(waited).fill("message"), 100_000 - waited]);
  expect(heard(all, 2)).toEqual([1]);
  box.show(1, event(1000));
  expect(heard(readAll(), 1)).toEqual(["message"]);
});

test("a trace that has ended is told nothing more, and one that is read in time misses nothing", () => {
  const { box, readAll } = outbox();
  for (let message = 0; message < 5000; message++) box.show(1, event(1000));
  box.end(1);
  expect(heard(readAll(), 1).filter((one) => one !== "message")).toEqual([]);
  for (let message = 0; message < 5000; message++) {
    box.show(3, event(1000));
    expect(heard(readAll(), 3)).toEqual(["message"]);
  }
});

test("one message that is larger than all that may wait is shown", () => {
  const { box, readAll } = outbox();
  for (let message = 0; message < 3; message++) {
    box.show(1, event(16_000_000));
    expect(heard(readAll(), 1)).toEqual(["message"]);
  }
});
