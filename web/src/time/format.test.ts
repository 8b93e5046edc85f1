import fc from "fast-check";
import { expect, test } from "vitest";
import { bytes, clock, countShort, durationText, percent, rate, spell, toMillis } from "./format";

test.each([
  [0, "0 ms"],
  [420, "420 ns"],
  [1_234, "1.2 µs"],
  [88_400_000, "88 ms"],
  [8_400_000, "8.4 ms"],
  [999_400_000, "999 ms"],
  [999_600_000, "1.00 s"],
  [2_041_000_000, "2.04 s"],
  [12_340_000_000, "12.3 s"],
  [300_000_000_000, "5.0 min"],
  [7_200_000_000_000, "2.0 h"],
  [-2_000_000, "−2.0 ms"],
])("%d ns is %s", (ns, want) => {
  expect(durationText(ns)).toBe(want);
});

test.each([
  [1719.6, "1,720"],
  [431.2, "431"],
  [12.84, "12.8"],
  [13, "13"],
  [0.02, "0.02"],
  [0.0004, "0.0004"],
  [0, "0"],
])("%d a second is %s", (perSecond, want) => {
  expect(rate(perSecond)).toBe(want);
});

test.each([
  [0, "0"],
  [0.00001, "<0.01"],
  [0.0026, "0.26"],
  [0.036, "3.6"],
  [0.9, "90"],
  [0.99962, "99.96"],
  [1, "100"],
])("a share of %d is %s per cent", (share, want) => {
  expect(percent(share)).toBe(want);
});

test("never rounds a share to all or nothing that is neither", () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-9, max: 1 - 1e-4, noNaN: true }), (share) => {
      expect(percent(share)).not.toBe("0");
      expect(percent(share)).not.toBe("100");
    }),
  );
});

test.each([
  [812, "812"],
  [95_500, "95.5 k"],
  [1_840_000, "1.84 M"],
  [2_000_000_000, "2.00 G"],
])("%d is %s", (n, want) => {
  expect(countShort(n)).toBe(want);
});

test("spells lengths, bytes and times", () => {
  expect(spell(252_000)).toBe("4 min 12 s");
  expect(spell(90_000_000)).toBe("1 d 1 h");
  expect(spell(400)).toBe("0 s");
  expect(bytes(611_000_000)).toBe("611 MB");
  expect(bytes(0)).toBe("0 B");
  expect(clock(Date.UTC(2026, 0, 31, 14, 2, 11, 384), "utc", "ms")).toBe("14:02:11.384");
});

test("an instant in nanoseconds keeps its microseconds", () => {
  expect(toMillis("1769868131384123456")).toBe(1769868131384.123);
});
