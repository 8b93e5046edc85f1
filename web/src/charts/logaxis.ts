import type { Nanos } from "../api/types.gen";
import { bucketEnd, bucketOf, type Histogram } from "./histogram";

/** A logarithmic axis of lengths from min to max over width pixels. */
export interface LogAxis {
  min: Nanos;
  max: Nanos;
  width: number;
  x(ns: Nanos): number;
  at(x: number): Nanos;
  /** A tick at each power of ten. */
  ticks: readonly { x: number; text: string; ns: Nanos }[];
}

const ms = 1e6;

/** 1 ms to 10 s, and wider by whole powers of ten where the data lies beyond. */
export function logAxis(histograms: readonly Histogram[], width: number): LogAxis {
  let low = ms;
  let high = 1e4 * ms;
  for (const histogram of histograms) {
    for (const [bucket, count] of histogram) {
      if (count === 0) continue;
      low = Math.min(low, bucketEnd(bucket - 1));
      high = Math.max(high, bucketEnd(bucket));
    }
  }
  const first = Math.floor(Math.log10(low) + 1e-9);
  const last = Math.ceil(Math.log10(high) - 1e-9);
  const min = 10 ** first;
  const max = 10 ** last;
  const scale = width / (last - first);
  const clampX = (x: number) => Math.min(width, Math.max(0, x));
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => {
    const ns = 10 ** (first + i);
    return { x: i * scale, ns, text: decade(first + i) };
  });
  return {
    min,
    max,
    width,
    x: (ns) => clampX((Math.log10(Math.max(ns, 1)) - first) * scale),
    at: (x) => 10 ** (first + clampX(x) / scale),
    ticks,
  };
}

/** A power of ten nanoseconds in words: 1 ms, 10 ms, 100 s. */
function decade(power: number): string {
  const unit = Math.max(0, Math.min(3, Math.floor(power / 3)));
  return `${10 ** (power - 3 * unit)} ${["ns", "µs", "ms", "s"][unit]}`;
}

/** A bar of the histogram: several buckets wide, so that it can be seen. */
export interface Bar {
  min: Nanos;
  max: Nanos;
  /** One count a series. */
  counts: readonly number[];
}

/** Bars of at least minPixels over the axis, for one or more series that are stacked. */
export function barsOf(series: readonly Histogram[], axis: LogAxis, minPixels: number): Bar[] {
  const perBucket = axis.width / ((Math.log2(axis.max) - Math.log2(axis.min)) * 8);
  const group = Math.max(1, Math.ceil(minPixels / perBucket));
  const sums = new Map<number, number[]>();
  series.forEach((histogram, index) => {
    for (const [bucket, count] of histogram) {
      const at = Math.floor(bucket / group);
      const counts = sums.get(at) ?? series.map(() => 0);
      counts[index] = (counts[index] ?? 0) + count;
      sums.set(at, counts);
    }
  });
  return [...sums]
    .sort((a, b) => a[0] - b[0])
    .map(([at, counts]) => ({
      min: bucketEnd(at * group - 1),
      max: bucketEnd(at * group + group - 1),
      counts,
    }));
}

/** The edge of a bucket that is nearest to a length: a brush holds whole buckets. */
export function snap(ns: Nanos): Nanos {
  const bucket = bucketOf(ns);
  const low = bucketEnd(bucket - 1);
  const high = bucketEnd(bucket);
  return ns / low < high / ns ? low : high;
}
