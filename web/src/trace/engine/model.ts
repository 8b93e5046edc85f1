import type { Trace, TraceService } from "../../api/types.gen";

/** Bits of TraceColumns.flags. */
export const Flag = { proxy: 1, missing: 2, events: 4, links: 8, sharedId: 16 } as const;

/** Codes of TraceColumns.category. */
export const Category = { ok: 0, error: 1, throttle: 2, fault: 3 } as const;

/**
 * TraceModel is one trace in typed arrays, parents before children, depth first.
 * Every engine of this folder reads it; none writes it. Times are nanoseconds
 * after the start of the trace, as doubles: exact up to 104 days.
 */
export interface TraceModel {
  readonly traceId: string;
  readonly startNs: bigint;
  readonly durationNs: number;
  readonly count: number;
  readonly services: readonly TraceService[];
  readonly names: readonly string[];
  readonly spanIds: readonly string[];
  readonly start: Float64Array;
  readonly duration: Float64Array;
  readonly self: Float64Array;
  readonly parent: Int32Array;
  readonly end: Int32Array;
  readonly depth: Int32Array;
  readonly service: Int32Array;
  readonly name: Int32Array;
  readonly kind: Uint8Array;
  readonly category: Uint8Array;
  readonly flags: Uint8Array;
  readonly maxDepth: number;
  /** Faults among the spans before index i; one longer than count. */
  readonly faultsBefore: Int32Array;
  /** Stretches of the critical path of span i are critStart[critFirst[i]] up to critFirst[i + 1]. */
  readonly critFirst: Int32Array;
  readonly critStart: Float64Array;
  readonly critEnd: Float64Array;
  /** Events of span i are eventAt[eventFirst[i]] up to eventFirst[i + 1]. */
  readonly eventFirst: Int32Array;
  readonly eventAt: Float64Array;
}

/** BadTrace says why an answer cannot be drawn. */
export class BadTrace extends Error {}

/**
 * buildModel checks the columns and lays them into typed arrays, once, in O(spans).
 * The checks hold what the walks below rely on: a parent stands before its child
 * and a subtree ends after it begins, so that no walk can loop.
 */
export function buildModel(trace: Trace): TraceModel {
  const c = trace.columns;
  const n = c.start.length;
  for (const [key, column] of Object.entries(c) as [string, readonly unknown[]][]) {
    if (key !== "critical" && key !== "events" && column.length !== n) {
      throw new BadTrace(`Column ${key} has ${column.length} values where start has ${n}.`);
    }
  }
  const parent = Int32Array.from(c.parent);
  const end = Int32Array.from(c.end);
  const depth = Int32Array.from(c.depth);
  const category = Uint8Array.from(c.category);
  const faultsBefore = new Int32Array(n + 1);
  let maxDepth = 0;
  for (let i = 0; i < n; i++) {
    const p = at(parent, i);
    const e = at(end, i);
    if (p >= i || p < -1 || e <= i || e > n || (p >= 0 && e > at(end, p))) {
      throw new BadTrace(`Span ${i} has parent ${p} and ends at ${e}: the tree is not depth first.`);
    }
    if (at(c.service, i) >= trace.services.length || at(c.name, i) >= trace.names.length) {
      throw new BadTrace(`Span ${i} names a service or operation that is not in the dictionary.`);
    }
    maxDepth = Math.max(maxDepth, at(depth, i));
    faultsBefore[i + 1] = at(faultsBefore, i) + (at(category, i) === Category.fault ? 1 : 0);
  }
  // A span's stretches never overlap, so starts and ends may be sorted each for itself.
  const crit = grouped(c.critical, 3, n);
  const events = grouped(c.events, 2, n);
  return {
    traceId: trace.traceId,
    startNs: BigInt(trace.startNs),
    durationNs: trace.durationNs,
    count: n,
    services: trace.services,
    names: trace.names,
    spanIds: c.spanId,
    start: Float64Array.from(c.start),
    duration: Float64Array.from(c.duration),
    self: Float64Array.from(c.self),
    parent,
    end,
    depth,
    service: Int32Array.from(c.service),
    name: Int32Array.from(c.name),
    kind: Uint8Array.from(c.kind),
    category,
    flags: Uint8Array.from(c.flags),
    maxDepth,
    faultsBefore,
    critFirst: crit.first,
    critStart: crit.columns[0] ?? new Float64Array(0),
    critEnd: crit.columns[1] ?? new Float64Array(0),
    eventFirst: events.first,
    eventAt: events.columns[0] ?? new Float64Array(0),
  };
}

/** at reads a[i] where the caller knows that i is inside. It spares each loop an undefined check. */
export function at(a: ArrayLike<number>, i: number): number {
  return a[i] as number;
}

/** hasChildren says whether span i is more than a leaf. */
export function hasChildren(m: TraceModel, i: number): boolean {
  return at(m.end, i) > i + 1;
}

/** hiddenFaults counts the faults below span i, itself left out. */
export function hiddenFaults(m: TraceModel, i: number): number {
  return at(m.faultsBefore, at(m.end, i)) - at(m.faultsBefore, i + 1);
}

/** isProxy says whether span i was made by a proxy rather than by the service's own code. */
export function isProxy(m: TraceModel, i: number): boolean {
  return (at(m.flags, i) & Flag.proxy) !== 0;
}

/** isMissing says whether span i only stands for a parent that is referred to and not there. */
export function isMissing(m: TraceModel, i: number): boolean {
  return (at(m.flags, i) & Flag.missing) !== 0;
}

/**
 * entersService says whether the work enters another service at span i: its
 * nearest ancestor that is no proxy belongs to another one. Only there is the
 * service named; below, its hue is enough.
 */
export function entersService(m: TraceModel, i: number): boolean {
  if (isProxy(m, i)) return false;
  let p = at(m.parent, i);
  while (p >= 0 && isProxy(m, p)) p = at(m.parent, p);
  return p < 0 || at(m.service, p) !== at(m.service, i);
}

/** ancestors lists the spans above i, the root first. */
export function ancestors(m: TraceModel, i: number): number[] {
  const up: number[] = [];
  for (let p = at(m.parent, i); p >= 0; p = at(m.parent, p)) up.push(p);
  return up.reverse();
}

/** faultOrigins lists, at most limit, the faults that have no fault below: where the trouble began. */
export function faultOrigins(m: TraceModel, limit: number): number[] {
  const found: number[] = [];
  for (let i = 0; i < m.count && found.length < limit; i++) {
    if (at(m.category, i) === Category.fault && hiddenFaults(m, i) === 0) found.push(i);
  }
  return found;
}

/** serviceLabel is a service's name with its version, as it is shown. */
export function serviceLabel(s: TraceService | undefined): string {
  if (!s) return "unknown service";
  return s.version ? `${s.name} ${s.version}` : s.name;
}

interface Grouped {
  first: Int32Array;
  columns: Float64Array[];
}

/** grouped turns a flat list of tuples (span, value, value…) into columns of values by span, each ascending. */
function grouped(flat: readonly number[], width: number, n: number): Grouped {
  const tuples = Math.floor(flat.length / width);
  const first = new Int32Array(n + 1);
  for (let t = 0; t < tuples; t++) {
    const i = at(flat, t * width);
    if (i >= 0 && i < n) first[i + 1] = at(first, i + 1) + 1;
  }
  for (let i = 0; i < n; i++) first[i + 1] = at(first, i + 1) + at(first, i);
  const next = first.slice();
  const columns = Array.from({ length: width - 1 }, () => new Float64Array(at(first, n)));
  for (let t = 0; t < tuples; t++) {
    const i = at(flat, t * width);
    if (i < 0 || i >= n) continue;
    const to = at(next, i);
    next[i] = to + 1;
    columns.forEach((column, k) => {
      column[to] = at(flat, t * width + k + 1);
    });
  }
  for (const column of columns) {
    for (let i = 0; i < n; i++) {
      const from = at(first, i);
      const to = at(first, i + 1);
      if (to - from > 1) column.subarray(from, to).sort();
    }
  }
  return { first, columns };
}
