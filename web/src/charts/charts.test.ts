import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bucketEnd, bucketOf, countBetween, countOf, mergeHistograms, quantile } from "./histogram";
import { barsOf, logAxis, snap } from "./logaxis";

const histograms = fc.array(fc.tuple(fc.integer({ min: 80, max: 280 }), fc.integer({ min: 1, max: 1e6 })), {
  minLength: 1,
  maxLength: 60,
});

describe("buckets", () => {
  test("hold what lies between their ends", () => {
    fc.assert(
      fc.property(fc.double({ min: 2, max: 1e13, noNaN: true }), (ns) => {
        const bucket = bucketOf(ns);
        expect(ns).toBeLessThanOrEqual(bucketEnd(bucket) * (1 + 1e-9));
        expect(ns).toBeGreaterThan(bucketEnd(bucket - 1) * (1 - 1e-9));
      }),
    );
  });

  test("quantiles rise, and the last is the end of all", () => {
    fc.assert(
      fc.property(histograms, (histogram) => {
        const longest = Math.max(...histogram.map(([bucket]) => bucket));
        expect(quantile(histogram, 0.5)).toBeLessThanOrEqual(quantile(histogram, 0.95));
        expect(quantile(histogram, 1)).toBe(bucketEnd(longest));
      }),
    );
  });

  test("merging keeps the count", () => {
    fc.assert(
      fc.property(histograms, histograms, (a, b) => {
        expect(countOf(mergeHistograms([a, b]))).toBe(countOf(a) + countOf(b));
      }),
    );
  });

  test("a stretch between bucket edges counts whole buckets", () => {
    const histogram = [
      [160, 5],
      [161, 7],
      [162, 11],
    ] as const;
    expect(countBetween(histogram, bucketEnd(160), bucketEnd(161))).toBe(7);
    expect(countBetween(histogram, bucketEnd(159), bucketEnd(162))).toBe(23);
    expect(countBetween(histogram, bucketEnd(162), bucketEnd(170))).toBe(0);
  });
});

describe("axis", () => {
  test("is 1 ms to 10 s, and wider where the data is", () => {
    expect(logAxis([], 400)).toMatchObject({ min: 1e6, max: 1e10 });
    expect(logAxis([[[bucketOf(5e4), 1]]], 400)).toMatchObject({ min: 1e4, max: 1e10 });
    expect(logAxis([[[bucketOf(4e10), 1]]], 400).ticks.map((tick) => tick.text)).toEqual([
      "1 ms",
      "10 ms",
      "100 ms",
      "1 s",
      "10 s",
      "100 s",
    ]);
  });

  test("goes there and back", () => {
    const axis = logAxis([], 400);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 400, noNaN: true }), (x) => {
        expect(axis.x(axis.at(x))).toBeCloseTo(x, 6);
      }),
    );
  });

  test("bars hold every count once", () => {
    fc.assert(
      fc.property(histograms, histograms, (a, b) => {
        const bars = barsOf([a, b], logAxis([a, b], 352), 5);
        const sum = (i: number) => bars.reduce((total, bar) => total + (bar.counts[i] ?? 0), 0);
        expect([sum(0), sum(1)]).toEqual([countOf(a), countOf(b)]);
        for (let i = 1; i < bars.length; i++) {
          expect((bars[i]?.min ?? 0) / (bars[i - 1]?.max ?? 1)).toBeGreaterThan(1 - 1e-9);
        }
      }),
    );
  });

  test("a brush snaps to edges of buckets, and stays there", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e6, max: 1e10, noNaN: true }), (ns) => {
        const edge = snap(ns);
        expect(edge / ns).toBeGreaterThan(2 ** (-1 / 8));
        expect(edge / ns).toBeLessThan(2 ** (1 / 8));
        expect(snap(edge)).toBeCloseTo(edge, 3);
      }),
    );
  });
});
