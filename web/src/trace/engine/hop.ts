import { at, isProxy, type TraceModel } from "./model";

/** Hop is a call from one service to another with the proxies between: the way out, the time inside, the way back. */
export interface Hop {
  /** The caller's span, the proxies' spans, the callee's span. */
  readonly chain: readonly number[];
  /** Between neighbours of the chain: from start to start, and from end to end. */
  readonly out: readonly number[];
  readonly back: readonly number[];
  /** How long the callee's span took. */
  readonly inside: number;
  /** Duration of the caller's span. */
  readonly total: number;
}

/**
 * hopAt finds the hop that span i takes part in: the one it starts, or else the
 * one that leads to it. Returns null for work inside a single service.
 */
export function hopAt(m: TraceModel, i: number): Hop | null {
  let caller = i;
  while (caller >= 0 && isProxy(m, caller)) caller = at(m.parent, caller);
  if (caller < 0) return null;
  const down = chainBelow(m, caller);
  if (down) return measure(m, down);
  let p = at(m.parent, i);
  while (p >= 0 && isProxy(m, p)) p = at(m.parent, p);
  if (p < 0 || at(m.service, p) === at(m.service, i)) return null;
  const up: number[] = [i];
  for (let q = at(m.parent, i); q !== p; q = at(m.parent, q)) up.push(q);
  up.push(p);
  return measure(m, up.reverse());
}

/** chainBelow follows single calls downwards from a span until another service's own code is reached. */
function chainBelow(m: TraceModel, caller: number): number[] | null {
  const chain = [caller];
  for (let i = caller; ; ) {
    const child = onlyHopChild(m, i, caller);
    if (child < 0) return null;
    chain.push(child);
    if (!isProxy(m, child)) return chain;
    i = child;
  }
}

/** onlyHopChild is the one child of i that is a proxy or belongs to another service than the caller; -1 if none or several. */
function onlyHopChild(m: TraceModel, i: number, caller: number): number {
  let found = -1;
  for (let c = i + 1; c < at(m.end, i); c = at(m.end, c)) {
    if (!isProxy(m, c) && at(m.service, c) === at(m.service, caller)) continue;
    if (found >= 0) return -1;
    found = c;
  }
  return found;
}

function measure(m: TraceModel, chain: number[]): Hop {
  const out: number[] = [];
  const back: number[] = [];
  for (let k = 1; k < chain.length; k++) {
    const a = at(chain, k - 1);
    const b = at(chain, k);
    out.push(at(m.start, b) - at(m.start, a));
    back.push(at(m.start, a) + at(m.duration, a) - at(m.start, b) - at(m.duration, b));
  }
  const callee = at(chain, chain.length - 1);
  return { chain, out, back, inside: at(m.duration, callee), total: at(m.duration, at(chain, 0)) };
}
