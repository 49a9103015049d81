/** Percentiles out of buckets, as Prometheus' histogram_quantile has them. */
import { expect, test } from "vitest";
import { latencyBuckets } from "../../runtime/src/index.js";
import { percentile } from "../../server/src/cli/percentile.js";

/** So many latencies of each number of seconds. */
function latency(...observed: readonly (readonly [seconds: number, times: number])[]) {
  const count = observed.reduce((sum, [, times]) => sum + times, 0);
  const sum = observed.reduce((all, [seconds, times]) => all + seconds * times, 0);
  const buckets = latencyBuckets.map((bound) =>
    observed.reduce((all, [seconds, times]) => (seconds <= bound ? all + times : all), 0),
  );
  return { count, sum, buckets };
}

test("nothing has no percentile; what lies beyond the last bound is that bound", () => {
  expect(percentile(latency(), 0.5)).toBeUndefined();
  expect(percentile(latency([60, 3]), 0.5)).toBe(50);
});

test("within a bucket, latencies are spread evenly", () => {
  expect(percentile(latency([0.0015, 10]), 0.5)).toBeCloseTo(0.0015);
  expect(percentile(latency([0.0015, 10]), 1)).toBeCloseTo(0.002);
  expect(percentile(latency([0.00005, 4]), 0.25)).toBeCloseTo(0.000025);
});

test("most are fast and a few slow: the 95th is among the slow ones", () => {
  const both = latency([0.0003, 90], [0.3, 10]);
  expect(percentile(both, 0.5)).toBeCloseTo(0.0002 + 0.0003 * (50 / 90));
  expect(percentile(both, 0.95)).toBeCloseTo(0.2 + 0.3 * 0.5);
});
