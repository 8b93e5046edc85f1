import type { Heatmap } from "../../api/types.gen";
import { bucketEnd } from "../../charts/histogram";

/** Grid is a heat map in cells that can be seen: columns of time, rows of several buckets each. */
export interface Grid {
  /** Unix milliseconds at which column 0 begins, and the width of a column. */
  readonly from: number;
  readonly stepMs: number;
  readonly columns: number;
  /** First bucket of row 0, and the buckets of a row. Row 0 is the fastest. */
  readonly firstBucket: number;
  readonly perRow: number;
  readonly rows: number;
  /** By row × columns + column. */
  readonly counts: Float64Array;
  readonly faults: Float64Array;
  readonly most: number;
  readonly total: number;
}

/** Cells is a rectangle of whole cells; to and top are exclusive. */
export interface Cells {
  readonly column: number;
  readonly to: number;
  readonly row: number;
  readonly top: number;
}

/** Brush is a choice of time and duration: Unix milliseconds, to exclusive, and nanoseconds, both inclusive. */
export interface Brush {
  readonly from: number;
  readonly to: number;
  readonly min: number;
  readonly max: number;
}

/** The buckets that 1 ms to 10 s lie in. */
const lowest = 159;
const highest = 265;
/** The first bucket over 100 ns. */
const shortest = 54;

/** Share of the spans that may be faster than row 0 says: a few of no length must not stretch the axis by decades. */
const below = 0.01;

/**
 * buildGrid adds up the buckets so that a row is at least rowPixels of height
 * high: O(cells). Row 0 also holds what is faster than its lower edge.
 */
export function buildGrid(map: Heatmap, height: number, rowPixels = 6): Grid {
  const { lo, hi } = bounds(map.cells);
  const perRow = Math.max(1, Math.ceil(((hi - lo + 1) * rowPixels) / Math.max(1, height)));
  const firstBucket = Math.floor(lo / perRow) * perRow;
  const rows = Math.floor((hi - firstBucket) / perRow) + 1;
  const columns = Math.max(1, Math.ceil((map.range.to - map.range.from) / Math.max(1, map.stepMs)));
  const counts = new Float64Array(rows * columns);
  const faults = new Float64Array(rows * columns);
  let most = 0;
  let total = 0;
  for (const [column, bucket, count, fault] of map.cells) {
    if (column < 0 || column >= columns || count <= 0) continue;
    const at = Math.max(0, Math.floor((bucket - firstBucket) / perRow)) * columns + column;
    counts[at] = (counts[at] ?? 0) + count;
    faults[at] = (faults[at] ?? 0) + fault;
    most = Math.max(most, counts[at] ?? 0);
    total += count;
  }
  const from = map.range.from;
  return { from, stepMs: map.stepMs, columns, firstBucket, perRow, rows, counts, faults, most, total };
}

/** bounds are the buckets of the axis: at least 1 ms to 10 s, up to the slowest, and down to all but a hundredth. */
function bounds(cells: Heatmap["cells"]): { lo: number; hi: number } {
  const sums = new Map<number, number>();
  let total = 0;
  let hi = highest;
  for (const [, bucket, count] of cells) {
    if (count <= 0) continue;
    // What took no time at all has no place on a logarithmic axis.
    if (bucket >= shortest) sums.set(bucket, (sums.get(bucket) ?? 0) + count);
    if (bucket >= shortest) total += count;
    hi = Math.max(hi, bucket);
  }
  let lo = lowest;
  let passed = 0;
  for (const [bucket, count] of [...sums].sort((a, b) => a[0] - b[0])) {
    passed += count;
    if (passed <= total * below) continue;
    lo = Math.min(lo, bucket);
    break;
  }
  return { lo, hi };
}

/** rowStart is the duration at the lower edge of a row, nanoseconds. */
export function rowStart(g: Grid, row: number): number {
  return bucketEnd(g.firstBucket + row * g.perRow - 1);
}

/** level is the step of the colour ramp, 1 to 6, by square root: one span of a million is still seen. */
export function level(count: number, most: number): number {
  return Math.min(6, 1 + Math.floor(Math.sqrt(count / Math.max(1, most)) * 5.99));
}

/** brushOf is what whole cells stand for. */
export function brushOf(g: Grid, c: Cells): Brush {
  return {
    from: Math.floor(g.from + c.column * g.stepMs),
    to: Math.ceil(g.from + c.to * g.stepMs),
    min: c.row === 0 ? 0 : Math.floor(rowStart(g, c.row)) + 1,
    max: Math.floor(rowStart(g, c.top)),
  };
}

/** cellsOf finds the cells that a brush covers, null if it lies outside; the window may have moved on since it was drawn. */
export function cellsOf(g: Grid, b: Brush): Cells | null {
  const column = Math.max(0, Math.round((b.from - g.from) / g.stepMs));
  const to = Math.min(g.columns, Math.round((b.to - g.from) / g.stepMs));
  const rowAt = (ns: number): number => (Math.log2(Math.max(1, ns)) * 8 - g.firstBucket) / g.perRow;
  const row = Math.max(0, Math.round(rowAt(b.min)));
  const top = Math.min(g.rows, Math.round(rowAt(b.max)));
  return to > column && top > row ? { column, to, row, top } : null;
}

/** countIn adds up the cells of a rectangle. */
export function countIn(g: Grid, c: Cells): { count: number; faults: number } {
  let count = 0;
  let faults = 0;
  for (let row = c.row; row < c.top; row++) {
    for (let column = c.column; column < c.to; column++) {
      count += g.counts[row * g.columns + column] ?? 0;
      faults += g.faults[row * g.columns + column] ?? 0;
    }
  }
  return { count, faults };
}

/** rowTotals adds up each row over all columns, for the histogram. */
export function rowTotals(g: Grid): { count: number; faults: number }[] {
  return Array.from({ length: g.rows }, (_, row) =>
    countIn(g, { column: 0, to: g.columns, row, top: row + 1 }),
  );
}

/** steer moves (or, with grow, widens) a rectangle by one cell for an arrow key. null for any other key. */
export function steer(g: Grid, c: Cells | null, key: string, grow: boolean): Cells | null {
  const dx = { ArrowLeft: -1, ArrowRight: 1 }[key] ?? 0;
  const dy = { ArrowDown: -1, ArrowUp: 1 }[key] ?? 0;
  if (dx === 0 && dy === 0) return null;
  if (!c) {
    const wide = Math.max(1, Math.round(g.columns / 4));
    const high = Math.max(1, Math.round(g.rows / 4));
    return { column: g.columns - wide, to: g.columns, row: g.rows - high, top: g.rows };
  }
  const clamp = (v: number, lo: number, hi: number): number => Math.max(lo, Math.min(hi, v));
  if (grow) {
    return {
      ...c,
      to: clamp(c.to + dx, c.column + 1, g.columns),
      top: clamp(c.top + dy, c.row + 1, g.rows),
    };
  }
  const x = clamp(dx, -c.column, g.columns - c.to);
  const y = clamp(dy, -c.row, g.rows - c.top);
  return { column: c.column + x, to: c.to + x, row: c.row + y, top: c.top + y };
}
