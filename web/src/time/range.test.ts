import { describe, expect, test } from "vitest";
import { fixed, formatRange, parseRange, parseTyped, resolve, describe as say, step } from "./range";

const now = Date.UTC(2026, 0, 31, 14, 5);
const hour = 3_600_000;

describe("parseRange", () => {
  test.each([
    ["1h", { kind: "last", ms: hour }],
    ["15m", { kind: "last", ms: 900_000 }],
    ["90s", { kind: "last", ms: 90_000 }],
    ["2026-01-31T13:05..2026-01-31T14:05", { kind: "fixed", from: now - hour, to: now }],
    ["2026-01-31T14:05..2026-01-31T13:05:00.000Z", { kind: "fixed", from: now - hour, to: now }],
  ])("reads %s", (raw, want) => {
    expect(parseRange(raw)).toEqual(want);
  });

  test.each([
    "",
    "h",
    "0s",
    "999d",
    "1h..2h",
    "2026-01-31T13:05",
    "2026-13-31T13:05..2026-01-31T14:05",
    "a..b..c",
  ])("refuses %j", (raw) => {
    expect(parseRange(raw)).toBeUndefined();
  });

  test("writes the shortest form", () => {
    expect(formatRange({ kind: "last", ms: 5_400_000 })).toBe("90m");
    expect(formatRange({ kind: "fixed", from: now - hour, to: now + 1_500 })).toBe(
      "2026-01-31T13:05..2026-01-31T14:05:01.500",
    );
  });
});

describe("parseTyped", () => {
  test.each([
    ["30m", { kind: "last", ms: 1_800_000 }],
    ["last 2 hours", { kind: "last", ms: 2 * hour }],
    ["13:05 - 14:05", { kind: "fixed", from: now - hour, to: now }],
    ["13:05–14:05", { kind: "fixed", from: now - hour, to: now }],
    ["2026-01-30 14:05 - 2026-01-31 14:05", { kind: "fixed", from: now - 24 * hour, to: now }],
    ["2026-01-30 9:05 to 9:35:30", { kind: "fixed", from: now - 29 * hour, to: now - 28.5 * hour + 30_000 }],
  ])("reads %s", (raw, want) => {
    expect(parseTyped(raw, now, "utc")).toEqual(want);
  });

  test.each(["", "yesterday", "14:05 - 13:05", "25:00 - 26:00", "13:05"])("refuses %j", (raw) => {
    expect(parseTyped(raw, now, "utc")).toBeUndefined();
  });
});

describe("step", () => {
  test("goes back by its own length", () => {
    expect(step({ kind: "last", ms: hour }, now, -1)).toEqual({
      kind: "fixed",
      from: now - 2 * hour,
      to: now - hour,
    });
  });

  test("follows the present again once it has reached it", () => {
    expect(step({ kind: "fixed", from: now - 2 * hour, to: now - hour }, now, 1)).toEqual({
      kind: "last",
      ms: hour,
    });
  });
});

test("a range is said with its date only when that is not today's", () => {
  expect(say({ kind: "last", ms: hour }, now, "utc")).toEqual({
    title: "13:05 – 14:05",
    note: "last 1 h, UTC",
  });
  const old = fixed(now - 48 * hour, now - 47 * hour);
  expect(old && say(old, now, "utc").title).toBe("01-29 14:05 – 01-29 15:05");
});

test("a fixed range stands for the same instants at any time", () => {
  const range = { kind: "fixed", from: 1_000, to: 5_000 } as const;
  expect(resolve(range, now)).toEqual({ from: 1_000, to: 5_000 });
});
