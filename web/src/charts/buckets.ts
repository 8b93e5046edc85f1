// Latency buckets of the API: bucket b holds durations from 2^(b/8) to
// 2^((b+1)/8) nanoseconds, so that each is 9 % wider than the one before.

const perOctave = 8;

/** Lower end of a bucket, nanoseconds. */
export function bucketStart(bucket: number): number {
  return 2 ** (bucket / perOctave);
}

/** Upper end of a bucket, nanoseconds, exclusive. */
export function bucketEnd(bucket: number): number {
  return bucketStart(bucket + 1);
}

/** The bucket that a duration falls into. */
export function bucketOf(ns: number): number {
  return Math.max(0, Math.floor(Math.log2(Math.max(1, ns)) * perOctave + 1e-9));
}

/** Share of the way from lo to hi at which ns stands on a logarithmic axis; may lie outside 0 to 1. */
export function logShare(ns: number, lo: number, hi: number): number {
  return Math.log(Math.max(1, ns) / lo) / Math.log(hi / lo);
}

/** Inverse of logShare. */
export function logValue(share: number, lo: number, hi: number): number {
  return lo * (hi / lo) ** share;
}

/** An axis of powers of ten around [bucket, count] pairs: at least 1 ms to 10 s, wider where data lies outside. */
export function latencyAxis(buckets: Iterable<readonly number[]>): {
  lo: number;
  hi: number;
  ticks: number[];
} {
  let lo = 1e6;
  let hi = 1e10;
  for (const [bucket = 0, count = 0] of buckets) {
    if (count <= 0) continue;
    while (bucketStart(bucket) < lo && lo > 1) lo /= 10;
    while (bucketEnd(bucket) > hi * 1.0001 && hi < 1e17) hi *= 10;
  }
  const ticks: number[] = [];
  for (let t = lo; t <= hi * 1.0001; t *= 10) ticks.push(t);
  return { lo, hi, ticks };
}

/** The duration below which a share (0 to 1) of the counted durations lies; 0 without counts. */
export function quantileOf(histogram: readonly (readonly [number, number])[], share: number): number {
  const total = histogram.reduce((sum, [, count]) => sum + count, 0);
  let left = total * share;
  for (const [bucket, count] of [...histogram].sort((a, b) => a[0] - b[0])) {
    if (count > 0 && left <= count) {
      return bucketStart(bucket) * (bucketEnd(bucket) / bucketStart(bucket)) ** (left / count);
    }
    left -= count;
  }
  return 0;
}
