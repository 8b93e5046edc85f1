import { expect, it } from "vitest";
import { parse } from "./filter/parse";
import { timeTicks } from "./heat/axis";
import { sumPaths } from "./pathsum";
import { filterText, startText, tracesSchema } from "./state";
import { storyTraces } from "./testdata/story";
import { narrowed } from "./usesearch";

it("adds up where the time of several traces went", () => {
  const times = sumPaths(storyTraces(3, 0));
  expect(times.map((t) => `${t.service} ${t.version}`.trim())).toEqual([
    "reviews v3",
    "productpage",
    "ratings",
  ]);
  expect(times.reduce((sum, t) => sum + t.share, 0)).toBeCloseTo(1, 9);
  expect(times[0]?.traces).toBe(3);
});

it("reads the filter of an address: written, linked, or none yet", () => {
  expect(filterText("")).toBe(startText);
  expect(filterText("?q=-")).toBe("");
  expect(filterText("?q=status+%3D+fault&service=x")).toBe("status = fault");
  expect(filterText("?service=a&attr=k%3Dv&root=true")).toBe('service = "a" AND k = "v" AND root = true');
});

it("keeps the tighter bound of filter and brush", () => {
  const { terms } = parse("duration >= 1s AND duration <= 3s");
  const brush = { from: 0, to: 1, min: 5e8, max: 2e9 };
  expect(narrowed(terms, brush)).toMatchObject({ minDuration: "1s", maxDuration: "2s" });
});

it("reads a brush from an address and refuses nonsense", () => {
  expect(tracesSchema.b.parse(["1-2,3-4"])).toEqual({ from: 1, to: 2, min: 3, max: 4 });
  for (const bad of ["", "2-1,3-4", "1-2", "a"]) expect(tracesSchema.b.parse([bad])).toBeUndefined();
});

it("puts time ticks on round minutes of the zone", () => {
  const from = Date.parse("2026-01-31T13:05:30Z");
  const ticks = timeTicks(from, from + 3_600_000, 900, 0);
  expect(ticks.every((t) => t % 600_000 === 0)).toBe(true);
  expect(ticks.length).toBeGreaterThan(4);
  expect(
    timeTicks(from, from + 3_600_000, 900, 1_800_000).every((t) => (t + 1_800_000) % 600_000 === 0),
  ).toBe(true);
});
