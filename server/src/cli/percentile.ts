/** Percentiles of the latencies that statistics have. */
import { type LatencyStatistics, latencyBuckets } from "@diamgen/runtime";

/**
 * Seconds that this part of all (0 to 1) was not longer than; undefined where there are none. Within a bucket, latencies are taken to be
 * spread evenly, as Prometheus' histogram_quantile does; beyond the last bound, that bound is all that is known.
 */
export function percentile({ count, buckets }: LatencyStatistics, part: number): number | undefined {
  if (count === 0) return undefined;
  const rank = part * count;
  const index = buckets.findIndex((upToBound) => upToBound >= rank);
  const upper = latencyBuckets[index];
  if (upper === undefined) return latencyBuckets.at(-1);
  const lower = latencyBuckets[index - 1] ?? 0;
  const before = buckets[index - 1] ?? 0;
  const inside = (buckets[index] ?? 0) - before;
  return inside === 0 ? upper : lower + (upper - lower) * ((rank - before) / inside);
}
