import { eachVisible, firstEndingAfter, type Intervals } from "./lod";
import { at, type TraceModel } from "./model";
import type { View } from "./timescale";

/** Lane is one line of the flame view: spans that do not overlap, by start. */
export interface Lane extends Intervals {
  readonly span: Int32Array;
  readonly start: Float64Array;
  readonly end: Float64Array;
}

/** Flame places each span on a lane below its parent's. */
export interface Flame {
  readonly lanes: readonly Lane[];
  readonly laneOf: Int32Array;
}

/**
 * buildFlame puts each span on the first lane below its parent that is free from
 * the span's start on: work in parallel opens lanes, work in sequence shares them.
 * A tree of the lanes' ends finds that lane in O(log lanes), so that 100,000
 * parallel siblings cost no more than a chain of them.
 */
export function buildFlame(m: TraceModel, root = -1): Flame {
  const from = Math.max(root, 0);
  const to = root < 0 ? m.count : at(m.end, root);
  const laneOf = new Int32Array(m.count).fill(-1);
  const ends = new FirstFree(to - from + 1);
  const sizes = new Int32Array(to - from + 1);
  let lanes = 0;
  for (let i = from; i < to; i++) {
    const p = at(m.parent, i);
    const lane = ends.find(i === from || p < from ? 0 : at(laneOf, p) + 1, at(m.start, i));
    ends.set(lane, at(m.start, i) + at(m.duration, i));
    laneOf[i] = lane;
    sizes[lane] = at(sizes, lane) + 1;
    lanes = Math.max(lanes, lane + 1);
  }
  const out = Array.from({ length: lanes }, (_, l) => ({
    count: at(sizes, l),
    span: new Int32Array(at(sizes, l)),
    start: new Float64Array(at(sizes, l)),
    end: new Float64Array(at(sizes, l)),
  }));
  sizes.fill(0);
  for (let i = from; i < to; i++) {
    const l = at(laneOf, i);
    const lane = out[l];
    if (!lane) continue;
    const k = at(sizes, l);
    sizes[l] = k + 1;
    lane.span[k] = i;
    lane.start[k] = at(m.start, i);
    lane.end[k] = at(m.start, i) + at(m.duration, i);
  }
  return { lanes: out, laneOf };
}

/** FlameBox is one rectangle on screen: a span, or several that share its pixel. */
export interface FlameBox {
  readonly span: number;
  readonly lane: number;
  readonly x: number;
  readonly width: number;
}

/** flameBoxes lays out the lanes first up to last over width pixels: O(lanes shown × width). */
export function flameBoxes(flame: Flame, view: View, width: number, first: number, last: number): FlameBox[] {
  const out: FlameBox[] = [];
  const perPixel = (view.to - view.from) / width;
  for (let l = Math.max(0, first); l < Math.min(last, flame.lanes.length); l++) {
    const lane = flame.lanes[l];
    if (!lane) continue;
    eachVisible(lane, view.from, view.to, perPixel, (k) => {
      const x0 = Math.max(0, (at(lane.start, k) - view.from) / perPixel);
      const x1 = Math.min(width, (at(lane.end, k) - view.from) / perPixel);
      out.push({ span: at(lane.span, k), lane: l, x: x0, width: Math.max(1, x1 - x0) });
    });
  }
  return out;
}

/** flameHit finds the span at an instant on a lane, or the next one within slack nanoseconds; -1 if none. */
export function flameHit(flame: Flame, lane: number, t: number, slack: number): number {
  const l = flame.lanes[lane];
  if (!l) return -1;
  const k = firstEndingAfter(l, t - slack, 0);
  return k < l.count && at(l.start, k) <= t + slack ? at(l.span, k) : -1;
}

/** FirstFree answers: the first lane from some lane on whose end is not after t. All lanes begin free. */
class FirstFree {
  private readonly size: number;
  private readonly least: Float64Array;

  constructor(lanes: number) {
    let size = 1;
    while (size < lanes) size *= 2;
    this.size = size;
    this.least = new Float64Array(size * 2).fill(-Infinity);
  }

  set(lane: number, end: number): void {
    let i = lane + this.size;
    this.least[i] = end;
    for (i >>= 1; i > 0; i >>= 1) {
      this.least[i] = Math.min(at(this.least, i * 2), at(this.least, i * 2 + 1));
    }
  }

  find(from: number, t: number): number {
    let i = from + this.size;
    // Climb until a subtree to the right holds a free lane, then descend to its first.
    while (at(this.least, i) > t) {
      while (i % 2 === 1) i >>= 1;
      i++;
    }
    while (i < this.size) {
      i *= 2;
      if (at(this.least, i) > t) i++;
    }
    return i - this.size;
  }
}
