import { describe, expect, it } from "vitest";
import { bigTrace, random } from "../testdata/big";
import { buildTrace } from "../testdata/build";
import { storyTrace } from "../testdata/story";
import { findSpans, matchIndex, nextMatch } from "./find";
import { buildFlame, flameBoxes, flameHit } from "./flame";
import { hopAt } from "./hop";
import { eachVisible } from "./lod";
import { minimapRuns } from "./minimap";
import { at, buildModel } from "./model";
import { findRepeats } from "./repeats";
import { buildRows, wholeShape } from "./rows";
import { clampView, panView, roundStep, ticks, toTime, toX, zoomView } from "./timescale";
import { layoutRows } from "./waterfall";

const m = buildModel(storyTrace());
const repeats = findRepeats(m);
const rows = buildRows(m, repeats, wholeShape(m, repeats));
const spanNamed = (name: string): number => Array.from(m.name).indexOf(m.names.indexOf(name));
const nameOf = (i: number): string => m.names[at(m.name, i)] ?? "";

describe("time scale", () => {
  it("is its own inverse", () => {
    const view = { from: 100, to: 900 };
    expect(toTime(view, 640, toX(view, 640, 333))).toBeCloseTo(333, 9);
  });

  it("zooms around the pointer and stays inside the trace", () => {
    const z = zoomView({ from: 0, to: 1e6 }, 2.5e5, 0.5, 1e6);
    expect(z).toEqual({ from: 1.25e5, to: 6.25e5 });
    expect(zoomView(z, 5e5, 100, 1e6)).toEqual({ from: 0, to: 1e6 });
    expect(panView(z, 10, 1e6)).toEqual({ from: 5e5, to: 1e6 });
    expect(clampView({ from: 5, to: 6 }, 1e6).to - clampView({ from: 5, to: 6 }, 1e6).from).toBe(200);
  });

  it("puts ticks on round instants", () => {
    expect(ticks({ from: 0, to: 2.2e9 }, 594)).toEqual([
      0, 2.5e8, 5e8, 7.5e8, 1e9, 1.25e9, 1.5e9, 1.75e9, 2e9,
    ]);
    expect(roundStep(2)).toBe(2);
    expect(roundStep(2.1)).toBe(5);
    expect(roundStep(21)).toBe(25);
  });
});

describe("eachVisible", () => {
  it("draws what a full loop would draw, on every pixel", () => {
    const r = random(4);
    for (let round = 0; round < 30; round++) {
      const start: number[] = [];
      const end: number[] = [];
      for (let t = 0; t < 1000; t += r() * 8) {
        start.push(t);
        t += r() * 6 * r();
        end.push(t);
      }
      const [from, to, perPixel] = [r() * 400, 500 + r() * 500, 0.5 + r() * 20];
      const painted = new Set<number>();
      const paint = (k: number): void => {
        const a = Math.max(start[k] ?? 0, from);
        const b = Math.min(Math.max(end[k] ?? 0, (start[k] ?? 0) + perPixel), to);
        for (let x = Math.floor((a - from) / perPixel); x <= (b - from) / perPixel; x++) painted.add(x);
      };
      let calls = 0;
      eachVisible({ start, end, count: start.length }, from, to, perPixel, (k) => {
        calls++;
        paint(k);
      });
      const got = new Set(painted);
      start.forEach((s, k) => {
        if (s <= to && (end[k] ?? 0) > from) paint(k);
      });
      // A skipped interval begins on a pixel that is drawn; at most its last pixel may differ.
      for (const x of painted) expect(got.has(x) || got.has(x - 1)).toBe(true);
      expect(calls).toBeLessThanOrEqual((to - from) / perPixel + 2);
    }
  });
});

describe("layoutRows", () => {
  const view = { from: 0, to: 2.2e9 };
  const boxes = layoutRows(m, repeats, rows, view, 1100, 0, rows.count);
  const box = (name: string) => boxes.find((b) => nameOf(b.span) === name);

  it("gives the shortest span two pixels and true lengths to the others", () => {
    expect(box("session.decode")?.bar.width).toBe(2);
    expect(box("GET reviews:9080/reviews/7")?.bar).toEqual({ x: 59, width: 955.3 });
  });

  it("tells apart the 24 members of a repeat", () => {
    const group = box("SELECT product by id");
    expect(group?.pieces).toHaveLength(24);
    expect(group?.durationNs).toBeCloseTo(484e6, -7);
    expect(
      layoutRows(m, repeats, rows, view, 30, 0, rows.count).find((b) => b.repeat)?.pieces.length,
    ).toBeLessThan(8);
  });

  it("marks the critical path, faults, events and proxies", () => {
    expect(box("pool.acquire ratings")).toMatchObject({
      fault: true,
      events: [570.5],
      critical: [{ x: 73, width: 497.5 }],
    });
    expect(box("egress reviews")?.proxy).toBe(true);
  });

  it("says on which side a bar lies that is out of view", () => {
    const late = layoutRows(m, repeats, rows, { from: 1e9, to: 1.5e9 }, 1000, 0, rows.count);
    expect(late.find((b) => nameOf(b.span) === "session.decode")?.outside).toBe("left");
    expect(late.find((b) => nameOf(b.span) === "fsync")?.outside).toBe("right");
  });
});

describe("flame", () => {
  it("puts children below parents and lets nothing overlap on a lane", () => {
    for (const model of [m, buildModel(bigTrace(5000, 3))]) {
      const flame = buildFlame(model);
      for (let i = 0; i < model.count; i++) {
        const p = at(model.parent, i);
        if (p >= 0) expect(at(flame.laneOf, i)).toBeGreaterThan(at(flame.laneOf, p));
      }
      for (const lane of flame.lanes) {
        for (let k = 1; k < lane.count; k++)
          expect(at(lane.start, k)).toBeGreaterThanOrEqual(at(lane.end, k - 1));
      }
    }
  });

  it("gives 50,000 parallel siblings a lane each, quickly", () => {
    const n = 50_000;
    const t = buildTrace("t", "0", [{ depth: 0, service: "a", name: "n", startMs: 0, ms: 9 }]);
    const ids = Array.from({ length: n }, (_, i) => i);
    const zero = ids.map(() => 0);
    t.columns = {
      ...t.columns,
      start: zero,
      duration: ids.map(() => 9e6),
      self: zero,
      service: zero,
      name: zero,
      kind: zero,
      category: zero,
      flags: zero,
      parent: ids.map((i) => (i ? 0 : -1)),
      end: ids.map((i) => (i ? i + 1 : n)),
      depth: ids.map((i) => (i ? 1 : 0)),
      spanId: ids.map(String),
      critical: [],
      events: [],
    };
    expect(buildFlame(buildModel(t)).lanes).toHaveLength(n);
  });

  it("draws no more boxes than there are pixels, and finds them again", () => {
    const flame = buildFlame(buildModel(bigTrace(20_000, 5)));
    const boxes = flameBoxes(flame, { from: 0, to: 60e9 }, 500, 0, 12);
    for (let lane = 0; lane < 12; lane++)
      expect(boxes.filter((b) => b.lane === lane).length).toBeLessThanOrEqual(502);
    const story = buildFlame(m);
    const call = spanNamed("GET reviews:9080/reviews/7");
    expect(flameHit(story, at(story.laneOf, call), 1e9, 0)).toBe(call);
    expect(flameHit(story, 0, 3e9, 1e6)).toBe(-1);
  });
});

describe("minimap", () => {
  it("paints each pixel with the last span of the line, like painting all in order", () => {
    const big = buildModel(bigTrace(3000, 9));
    const [lines, width] = [20, 300];
    const want = new Map<string, number>();
    const perPixel = big.durationNs / width;
    for (let line = 0; line < lines; line++) {
      for (
        let i = Math.floor((line * big.count) / lines);
        i < Math.floor(((line + 1) * big.count) / lines);
        i++
      ) {
        const a = Math.min(width - 1, Math.floor(at(big.start, i) / perPixel));
        const b = Math.min(
          width,
          Math.max(a + 1, Math.ceil((at(big.start, i) + at(big.duration, i)) / perPixel)),
        );
        for (let x = a; x < b; x++) want.set(`${line} ${x}`, at(big.service, i));
      }
    }
    const got = new Map<string, number>();
    for (const run of minimapRuns(big, lines, width)) {
      for (let x = run.x; x < run.x + run.width; x++) got.set(`${run.line} ${x}`, run.service);
    }
    expect(got).toEqual(want);
  });
});

describe("find", () => {
  it("finds names, services and outcomes, and walks them in a ring", () => {
    const found = findSpans(m, "Ratings");
    expect(Array.from(found.spans, nameOf)).toContain("mongodb.find ratings");
    const last = at(found.spans, found.spans.length - 1);
    expect(nextMatch(found, last, 1)).toBe(at(found.spans, 0));
    expect(nextMatch(found, at(found.spans, 0), -1)).toBe(last);
    expect(matchIndex(found, last)).toBe(found.spans.length - 1);
    expect(findSpans(m, "fault").spans).toHaveLength(6);
    expect(findSpans(m, " ").spans).toHaveLength(0);
    expect(nextMatch(findSpans(m, "nowhere"), 3, 1)).toBe(-1);
  });
});

describe("hop", () => {
  const chain = ["GET reviews:9080/reviews/7", "egress reviews", "ingress", "GET /reviews/{id}"];

  it.each(["GET reviews:9080/reviews/7", "egress reviews", "GET /reviews/{id}"])(
    "is the same from %s",
    (name) => {
      const hop = hopAt(m, spanNamed(name));
      expect(hop?.chain.map(nameOf)).toEqual(chain);
      expect(hop?.inside).toBe(1903e6);
      const around = [...(hop?.out ?? []), ...(hop?.back ?? [])].reduce((a, b) => a + b, 0);
      expect(around + (hop?.inside ?? 0)).toBe(hop?.total);
    },
  );

  it("is nothing inside one service", () => {
    expect(hopAt(m, spanNamed("jwt.verify"))).toBeNull();
  });
});
