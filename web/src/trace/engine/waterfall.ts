import { eachVisible } from "./lod";
import { at, Category, Flag, isMissing, isProxy, type TraceModel } from "./model";
import type { Repeat, Repeats } from "./repeats";
import { RowKind, type Rows, SAMPLE } from "./rows";
import type { View } from "./timescale";

/** Narrowest bar that can be seen, pixels. */
export const MIN_BAR = 2;

/** Stretch is a piece of a line in pixels. */
export interface Stretch {
  readonly x: number;
  readonly width: number;
}

/** RowBox is where the parts of one row's right half stand, in pixels from the left of the bars. */
export interface RowBox {
  readonly row: number;
  readonly span: number;
  readonly kind: number;
  readonly bar: Stretch;
  /** Pieces of a repeat's bar, one for each member that can be told apart. */
  readonly pieces: readonly Stretch[];
  readonly critical: readonly Stretch[];
  readonly events: readonly number[];
  readonly proxy: boolean;
  readonly missing: boolean;
  readonly fault: boolean;
  /** Where the whole bar lies when it is out of view. */
  readonly outside: "" | "left" | "right";
  /** Nanoseconds that the label beside the bar tells. */
  readonly durationNs: number;
  readonly repeat: Repeat | null;
}

/**
 * layoutRows places the rows from first up to last over width pixels. Its cost
 * is that of the rows on screen and their pixels, whatever the size of the trace.
 */
export function layoutRows(
  m: TraceModel,
  repeats: Repeats,
  rows: Rows,
  view: View,
  width: number,
  first: number,
  last: number,
): RowBox[] {
  const out: RowBox[] = [];
  const scale = width / (view.to - view.from);
  const px = (t: number): number => (t - view.from) * scale;
  for (let row = Math.max(0, first); row < Math.min(last, rows.count); row++) {
    const i = at(rows.span, row);
    const kind = at(rows.kind, row);
    const repeat = kind === RowKind.span ? null : (repeats.groups[at(repeats.groupOf, i)] ?? null);
    const skip = kind === RowKind.more ? SAMPLE : 0;
    const start = repeat ? at(repeat.starts, skip) : at(m.start, i);
    const end = repeat ? repeat.end : start + at(m.duration, i);
    out.push({
      row,
      span: i,
      kind,
      bar: stretch(px(start), px(end), width, MIN_BAR),
      pieces: repeat ? memberPieces(repeat, skip, view, width) : [],
      critical: repeat ? [] : criticalOf(m, i, px, width),
      events: repeat ? [] : eventsOf(m, i, px, width),
      proxy: isProxy(m, i),
      missing: isMissing(m, i),
      fault: repeat ? repeat.faults > 0 : at(m.category, i) === Category.fault,
      outside: px(end) < 0 ? "left" : px(start) > width ? "right" : "",
      durationNs: end - start,
      repeat,
    });
  }
  return out;
}

/** stretch cuts a bar to the view, one pixel beyond it, and makes it at least min wide. */
function stretch(x0: number, x1: number, width: number, min: number): Stretch {
  const a = Math.max(-1, Math.min(x0, width + 1));
  const b = Math.max(a, Math.min(x1, width + 1));
  return { x: a, width: Math.max(min, b - a) };
}

function memberPieces(repeat: Repeat, skip: number, view: View, width: number): Stretch[] {
  const scale = width / (view.to - view.from);
  const start = repeat.starts.subarray(skip);
  const end = repeat.ends.subarray(skip);
  const out: Stretch[] = [];
  eachVisible({ start, end, count: start.length }, view.from, view.to, MIN_BAR / scale, (k) => {
    out.push(stretch((at(start, k) - view.from) * scale, (at(end, k) - view.from) * scale, width, MIN_BAR));
  });
  return out;
}

function criticalOf(m: TraceModel, i: number, px: (t: number) => number, width: number): Stretch[] {
  const from = at(m.critFirst, i);
  const count = at(m.critFirst, i + 1) - from;
  if (count === 0) return [];
  const out: Stretch[] = [];
  const intervals = {
    start: m.critStart.subarray(from, from + count),
    end: m.critEnd.subarray(from, from + count),
    count,
  };
  const perPixel = 1 / (px(1) - px(0));
  const left = -px(0) * perPixel;
  eachVisible(intervals, left, left + width * perPixel, perPixel, (k) => {
    out.push(stretch(px(at(intervals.start, k)), px(at(intervals.end, k)), width, MIN_BAR));
  });
  return out;
}

function eventsOf(m: TraceModel, i: number, px: (t: number) => number, width: number): number[] {
  if (!(at(m.flags, i) & Flag.events)) return [];
  const from = at(m.eventFirst, i);
  const times = m.eventAt.subarray(from, at(m.eventFirst, i + 1));
  const perPixel = 1 / (px(1) - px(0));
  const left = -px(0) * perPixel;
  const out: number[] = [];
  eachVisible(
    { start: times, end: times, count: times.length },
    left - perPixel,
    left + width * perPixel,
    perPixel,
    (k) => {
      out.push(px(at(times, k)));
    },
  );
  return out;
}
