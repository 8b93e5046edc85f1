import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Heatmap } from "../../api/types.gen";
import { bucketOf } from "../../charts/histogram";
import { brushOf, buildGrid, type Cells, cellsOf, countIn, level, rowStart, rowTotals, steer } from "./grid";

const work = {
  rowsScanned: 0,
  rowsMatched: 0,
  rowsTotal: 0,
  bytesScanned: 0,
  tookMs: 1,
  complete: true,
  quarantined: 0,
};

function heatmap(cells: [number, number, number, number][]): Heatmap {
  return { range: { from: 1_000_000, to: 1_600_000 }, stepMs: 10_000, cells, histogram: [], work };
}

describe("grid", () => {
  it("covers 1 ms to 10 s in rows that can be seen, and keeps every count", () => {
    const g = buildGrid(
      heatmap([
        [0, bucketOf(5e6), 3, 1],
        [59, bucketOf(2e9), 4, 4],
      ]),
      252,
    );
    expect(g.columns).toBe(60);
    expect(252 / g.rows).toBeGreaterThanOrEqual(5.9);
    expect(rowStart(g, 0)).toBeLessThanOrEqual(1e6);
    expect(rowStart(g, g.rows)).toBeGreaterThanOrEqual(1e10 * 0.99);
    expect(g.total).toBe(7);
    expect(rowTotals(g).reduce((sum, r) => sum + r.faults, 0)).toBe(5);
  });

  it("grows to what lies outside, and leaves out columns that do not exist", () => {
    const g = buildGrid(
      heatmap([
        [3, bucketOf(20e9), 1, 0],
        [3, bucketOf(20_000), 1, 0],
        [99, 200, 9, 0],
      ]),
      252,
    );
    expect(rowStart(g, g.rows)).toBeGreaterThanOrEqual(20e9);
    expect(rowStart(g, 0)).toBeLessThanOrEqual(20_000);
    expect(g.total).toBe(2);
  });

  it("puts the few that took hardly any time into the lowest row", () => {
    const many: [number, number, number, number] = [1, bucketOf(5e6), 1000, 0];
    const g = buildGrid(heatmap([many, [2, bucketOf(20_000), 5, 0], [3, 0, 300, 0]]), 252);
    expect(rowStart(g, 0)).toBeGreaterThan(5e5);
    expect(g.total).toBe(1305);
    expect(countIn(g, { column: 0, to: g.columns, row: 0, top: 1 }).count).toBe(305);
    expect(brushOf(g, { column: 0, to: 1, row: 0, top: 1 }).min).toBe(0);
  });

  it("shows one among a million", () => {
    expect(level(1, 1e6)).toBe(1);
    expect(level(1e6, 1e6)).toBe(6);
  });
});

describe("brush", () => {
  const g = buildGrid(
    heatmap([
      [5, bucketOf(2e9), 4, 2],
      [6, bucketOf(2e9), 3, 0],
      [30, bucketOf(5e6), 8, 0],
    ]),
    252,
  );
  const cells = fc
    .tuple(fc.nat(g.columns - 1), fc.nat(g.columns - 1), fc.nat(g.rows - 1), fc.nat(g.rows - 1))
    .map(
      ([a, b, c, d]): Cells => ({
        column: Math.min(a, b),
        to: Math.max(a, b) + 1,
        row: Math.min(c, d),
        top: Math.max(c, d) + 1,
      }),
    );

  it("stands for whole cells, both ways", () => {
    fc.assert(
      fc.property(cells, (c) => {
        expect(cellsOf(g, brushOf(g, c))).toEqual(c);
      }),
    );
  });

  it("counts what it covers", () => {
    const row = Math.floor((bucketOf(2e9) - g.firstBucket) / g.perRow);
    expect(countIn(g, { column: 5, to: 7, row, top: row + 1 })).toEqual({ count: 7, faults: 2 });
    expect(countIn(g, { column: 0, to: g.columns, row: 0, top: g.rows }).count).toBe(g.total);
  });

  it("is nothing when the window has moved past it", () => {
    expect(cellsOf(g, { from: 0, to: 10, min: 1e6, max: 2e9 })).toBeNull();
  });

  it("is steered by keys and stays inside", () => {
    const first = steer(g, null, "ArrowUp", false);
    expect(first).toMatchObject({ to: g.columns, top: g.rows });
    fc.assert(
      fc.property(
        cells,
        fc.constantFrom("ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"),
        fc.boolean(),
        (c, key, grow) => {
          const next = steer(g, c, key, grow);
          expect(
            next && next.column >= 0 && next.to <= g.columns && next.row >= 0 && next.top <= g.rows,
          ).toBe(true);
          expect(next && next.to > next.column && next.top > next.row).toBe(true);
        },
      ),
    );
    expect(steer(g, null, "x", false)).toBeNull();
  });
});
