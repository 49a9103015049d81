/** Latencies by fixed buckets: a 1-2-5 series from 100 µs to 50 s, so that any two nodes can be added up. */

/** Upper bounds in seconds, as "le" of Prometheus; what takes longer counts in `count` alone. */
export const latencyBuckets: readonly number[] = [
  0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50,
];

/** How long things took: plain JSON. */
export interface LatencyStatistics {
  readonly count: number;
  /** Seconds, of all together. */
  readonly sum: number;
  /** How many took no longer than the bound of the same index in `latencyBuckets`: cumulative, as Prometheus has it. */
  readonly buckets: readonly number[];
}

export class Histogram {
  /** Not cumulative; the last one is beyond all bounds. */
  private readonly counts = new Float64Array(latencyBuckets.length + 1);
  private sum = 0;

  /** One more, of `ms` milliseconds. */
  observe(ms: number): void {
    // A clock without `monotonic` may have been set back.
    const seconds = ms > 0 ? ms / 1000 : 0;
    let bucket = 0;
    while (bucket < latencyBuckets.length && seconds > (latencyBuckets[bucket] as number)) bucket++;
    (this.counts[bucket] as number)++;
    this.sum += seconds;
  }

  add(other: Histogram): void {
    for (let i = 0; i < this.counts.length; i++) (this.counts[i] as number) += other.counts[i] as number;
    this.sum += other.sum;
  }

  snapshot(): LatencyStatistics {
    let count = 0;
    const buckets = latencyBuckets.map((_, i) => {
      count += this.counts[i] as number;
      return count;
    });
    return { count: count + (this.counts[latencyBuckets.length] as number), sum: this.sum, buckets };
  }
}
