import { at, Category, type TraceModel } from "./model";

/** From this many siblings of one service and name on, they are shown as one row. */
export const MIN_REPEATS = 5;

/** Repeat is a set of siblings that do the same thing. */
export interface Repeat {
  readonly parent: number;
  /** Spans in order of start; at least MIN_REPEATS of them. */
  readonly members: Int32Array;
  /** Start and end of each member; an end is cut where the next begins, so that the number stays visible when drawn. */
  readonly starts: Float64Array;
  readonly ends: Float64Array;
  readonly start: number;
  readonly end: number;
  /** Durations added up, nanoseconds. */
  readonly sum: number;
  readonly median: number;
  readonly max: number;
  readonly faults: number;
  /** Each begins after the one before has ended (5 % of the sum may overlap). */
  readonly sequential: boolean;
}

/** Repeats says which repeat each span belongs to. */
export interface Repeats {
  readonly groups: readonly Repeat[];
  /** Index in groups by span, -1 for spans that stand alone. */
  readonly groupOf: Int32Array;
}

/** findRepeats looks through the children of every span once: O(spans). */
export function findRepeats(m: TraceModel, min = MIN_REPEATS): Repeats {
  const groups: Repeat[] = [];
  const groupOf = new Int32Array(m.count).fill(-1);
  const byKey = new Map<number, number[]>();
  for (let p = -1; p < m.count; p++) {
    const to = p < 0 ? m.count : at(m.end, p);
    if (to - p - 1 < min) continue;
    byKey.clear();
    for (let c = p + 1; c < to; c = at(m.end, c)) {
      const key = at(m.service, c) * m.names.length + at(m.name, c);
      const list = byKey.get(key);
      if (list) list.push(c);
      else byKey.set(key, [c]);
    }
    for (const list of byKey.values()) {
      if (list.length < min) continue;
      for (const c of list) groupOf[c] = groups.length;
      groups.push(summarise(m, p, Int32Array.from(list)));
    }
  }
  return { groups, groupOf };
}

function summarise(m: TraceModel, parent: number, members: Int32Array): Repeat {
  const durations = new Float64Array(members.length);
  let [start, end, sum, overlap, faults] = [Infinity, -Infinity, 0, 0, 0];
  members.forEach((i, k) => {
    const s = at(m.start, i);
    const d = at(m.duration, i);
    if (s < end) overlap += Math.min(end, s + d) - s;
    start = Math.min(start, s);
    end = Math.max(end, s + d);
    sum += d;
    durations[k] = d;
    if (at(m.category, i) === Category.fault) faults++;
  });
  durations.sort();
  const starts = Float64Array.from(members, (i) => at(m.start, i));
  const ends = Float64Array.from(members, (i, k) => {
    const own = at(m.start, i) + at(m.duration, i);
    return k + 1 < members.length ? Math.min(own, at(starts, k + 1)) : own;
  });
  return {
    parent,
    members,
    starts,
    ends,
    start,
    end,
    sum,
    median: at(durations, durations.length >> 1),
    max: at(durations, durations.length - 1),
    faults,
    sequential: overlap <= sum * 0.05,
  };
}
