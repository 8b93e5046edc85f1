import { at, isProxy, type TraceModel } from "./model";

/** MinimapRun is a stretch of one colour on one line of the minimap, in pixels. */
export interface MinimapRun {
  readonly line: number;
  readonly x: number;
  readonly width: number;
  readonly service: number;
  readonly proxy: boolean;
}

/**
 * minimapRuns squeezes the trace, in tree order, onto lines × width pixels. On
 * each pixel the last span of the line wins, as if all had been painted in order;
 * they are walked backwards, and painted pixels are leapt over, so that the cost
 * is O(spans + pixels) however long the spans are.
 */
export function minimapRuns(m: TraceModel, lines: number, width: number): MinimapRun[] {
  const out: MinimapRun[] = [];
  const rows = Math.min(lines, m.count);
  if (rows < 1 || width < 1) return out;
  const perPixel = m.durationNs / width || 1;
  const paint = new Int32Array(width);
  const free = new Int32Array(width + 1);
  for (let line = 0; line < rows; line++) {
    const from = Math.floor((line * m.count) / rows);
    const to = Math.floor(((line + 1) * m.count) / rows);
    paint.fill(-1);
    for (let x = 0; x <= width; x++) free[x] = x;
    for (let i = to - 1; i >= from; i--) {
      const a = Math.min(width - 1, Math.max(0, Math.floor(at(m.start, i) / perPixel)));
      const b = Math.min(width, Math.max(a + 1, Math.ceil((at(m.start, i) + at(m.duration, i)) / perPixel)));
      const colour = at(m.service, i) * 2 + (isProxy(m, i) ? 1 : 0);
      for (let x = next(free, a); x < b; x = next(free, x + 1)) {
        paint[x] = colour;
        free[x] = x + 1;
      }
    }
    for (let x = 0; x < width; ) {
      const colour = at(paint, x);
      let end = x + 1;
      while (end < width && at(paint, end) === colour) end++;
      if (colour >= 0) out.push({ line, x, width: end - x, service: colour >> 1, proxy: colour % 2 === 1 });
      x = end;
    }
  }
  return out;
}

/** next finds the first unpainted pixel from x on, halving the path on the way. */
function next(free: Int32Array, x: number): number {
  while (at(free, x) !== x) {
    free[x] = at(free, at(free, x));
    x = at(free, x);
  }
  return x;
}
