/** Failures to authenticate on their way to the supervisor, and from there to the worker that a peer comes to. */
import { VirtualClock } from "@diamgen/runtime/testing";
import { expect, test } from "vitest";
import { Throttle } from "../../../server/src/authentication/index.js";
import { type FailureChange, FailureReports } from "../../../server/src/supervisor/failure-reports.js";

function reporting() {
  const clock = new VirtualClock();
  const told: (readonly FailureChange[])[] = [];
  const reports = new FailureReports((changes) => told.push(changes), clock);
  return { clock, told, reports };
}

test("are gathered for a tenth of a second, in order, and told together; at once where there are many, or a peer leaves", () => {
  const { clock, told, reports } = reporting();
  reports.flush();
  reports.failed("a@r", "p.test");
  reports.succeeded("a@r", "p.test");
  expect(told).toEqual([]);
  clock.advance(100);
  expect(told.splice(0)).toEqual([
    [
      { user: "a@r", peer: "p.test", failed: true },
      { user: "a@r", peer: "p.test", failed: false },
    ],
  ]);
  reports.failed("b@r", "p.test");
  reports.flush();
  expect(told.splice(0)).toHaveLength(1);
  clock.advance(1000);
  expect(told).toEqual([]);
  for (let index = 0; index < 2500; index++) reports.failed(`u${index}@r`, "p.test");
  expect(told.map(({ length }) => length)).toEqual([1000, 1000]);
  clock.advance(100);
  expect(told.map(({ length }) => length)).toEqual([1000, 1000, 500]);
});

test("a success without a failure before costs nothing", () => {
  const { clock, told, reports } = reporting();
  const throttle = new Throttle({ watch: reports, now: () => clock.now() });
  throttle.succeeded("a@r", "p.test");
  clock.advance(1000);
  expect(told).toEqual([]);
});
