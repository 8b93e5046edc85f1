import fc from "fast-check";
import { expect, it } from "vitest";
import { bucketEnd, bucketOf, bucketStart, latencyAxis, logShare, logValue, quantileOf } from "./buckets";

it("puts each duration between the ends of its bucket", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 50 }), (ns) => {
      const b = bucketOf(ns);
      expect(ns).toBeGreaterThanOrEqual(bucketStart(b) * (1 - 1e-9));
      expect(ns).toBeLessThanOrEqual(bucketEnd(b) * (1 + 1e-9));
    }),
  );
});

it("shows 1 ms to 10 s, and more where there is more", () => {
  expect(latencyAxis([]).ticks).toEqual([1e6, 1e7, 1e8, 1e9, 1e10]);
  expect(latencyAxis([[bucketOf(50_000), 3]]).lo).toBe(1e4);
  expect(latencyAxis([[bucketOf(4e10), 3]]).hi).toBe(1e11);
  expect(latencyAxis([[bucketOf(50_000), 0]]).lo).toBe(1e6);
});

it("turns shares into durations and back", () => {
  expect(logShare(1e8, 1e6, 1e10)).toBeCloseTo(0.5, 12);
  expect(logValue(0.5, 1e6, 1e10)).toBeCloseTo(1e8, 0);
});

it("finds quantiles within a bucket's width", () => {
  const histogram: [number, number][] = [
    [bucketOf(1e6), 90],
    [bucketOf(1e9), 10],
  ];
  expect(bucketOf(quantileOf(histogram, 0.5))).toBe(bucketOf(1e6));
  expect(bucketOf(quantileOf(histogram, 0.99))).toBe(bucketOf(1e9));
  expect(quantileOf([], 0.5)).toBe(0);
});
