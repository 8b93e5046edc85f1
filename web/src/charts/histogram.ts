// Latency histograms as the API sends them: [bucket, count], where a bucket
// ends at 2^((bucket+1)/8) nanoseconds and begins where the one before ends.

import type { Nanos } from "../api/types.gen";

export type Histogram = readonly (readonly [bucket: number, count: number])[];

/** The upper end of a bucket. */
export function bucketEnd(bucket: number): Nanos {
  return 2 ** ((bucket + 1) / 8);
}

/** The bucket that holds a length. */
export function bucketOf(ns: Nanos): number {
  return ns <= 1 ? -1 : Math.ceil(Math.log2(ns) * 8 - 1e-9) - 1;
}

export function countOf(histogram: Histogram): number {
  return histogram.reduce((sum, [, count]) => sum + count, 0);
}

/** How many lie in buckets that begin at min or later and end at max or sooner, both within a bucket's rounding. */
export function countBetween(histogram: Histogram, min: Nanos, max: Nanos): number {
  const first = bucketOf(min) + 1;
  const last = bucketOf(max);
  return histogram.reduce(
    (sum, [bucket, count]) => (bucket >= first && bucket <= last ? sum + count : sum),
    0,
  );
}

/** The length that a share of all stays below, as the end of its bucket; 0 without any. */
export function quantile(histogram: Histogram, share: number): Nanos {
  const wanted = countOf(histogram) * share;
  let sum = 0;
  for (const [bucket, count] of histogram.toSorted((a, b) => a[0] - b[0])) {
    sum += count;
    if (sum >= wanted && sum > 0) return bucketEnd(bucket);
  }
  return 0;
}

/** Adds histograms up. */
export function mergeHistograms(histograms: readonly Histogram[]): [number, number][] {
  const sums = new Map<number, number>();
  for (const histogram of histograms) {
    for (const [bucket, count] of histogram) sums.set(bucket, (sums.get(bucket) ?? 0) + count);
  }
  return [...sums].sort((a, b) => a[0] - b[0]);
}
