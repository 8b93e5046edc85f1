import { durationText } from "../../time/format";
import { type Grid, rowStart } from "./grid";

/** Frame is where a plot's axes stand inside its element. */
export const frame = { left: 56, right: 16, top: 14, bottom: 26 };

/** powersOfTen are the ticks of the duration axis of a grid, in nanoseconds. */
export function powersOfTen(g: Grid): number[] {
  const lo = rowStart(g, 0);
  const hi = rowStart(g, g.rows);
  const out: number[] = [];
  for (let p = Math.ceil(Math.log10(lo) - 0.03); 10 ** p <= hi * 1.06; p++) out.push(10 ** p);
  return out;
}

/** shareOf is how far up the duration axis a length stands, 0 to 1. */
export function shareOf(g: Grid, ns: number): number {
  const lo = Math.log(rowStart(g, 0));
  const hi = Math.log(rowStart(g, g.rows));
  return Math.max(0, Math.min(1, (Math.log(Math.max(1, ns)) - lo) / (hi - lo)));
}

/** tickText is a power of ten without digits after the point. */
export function tickText(ns: number): string {
  return durationText(ns).replace(/\.0+ /, " ");
}

const steps = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800,
];

/** timeTicks are round instants (in the zone that offsetMs shifts to), at least gap pixels apart. */
export function timeTicks(from: number, to: number, width: number, offsetMs: number, gap = 96): number[] {
  const least = ((to - from) / Math.max(1, width)) * gap;
  const step = (steps.find((s) => s * 1000 >= least) ?? 2_592_000) * 1000;
  const out: number[] = [];
  for (let t = Math.ceil((from + offsetMs) / step) * step - offsetMs; t <= to; t += step) out.push(t);
  return out;
}
