import type { Trace } from "../../api/types.gen";

/** random is a small deterministic generator of numbers from 0 to 1. */
export function random(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * bigTrace makes a trace of exactly n spans, as a batch job over a mesh makes it:
 * steps in sequence and in parallel, proxies, queries repeated in runs, rare
 * faults, depth up to depthLimit. Written as columns, without an object a span.
 */
export function bigTrace(n: number, seed = 1, depthLimit = 14): Trace {
  const r = random(seed);
  const services = Array.from({ length: 24 }, (_, i) => ({ name: `service-${i}` }));
  const names = Array.from({ length: 200 }, (_, i) => (i % 3 ? `SELECT table_${i}` : `POST /step/${i}`));
  const c: Trace["columns"] = {
    start: [],
    duration: [],
    self: [],
    parent: [],
    end: [],
    depth: [],
    service: [],
    name: [],
    kind: [],
    category: [],
    flags: [],
    critical: [],
    spanId: [],
    events: [],
  };
  const add = (
    parent: number,
    depth: number,
    start: number,
    duration: number,
    service: number,
    name: number,
  ): number => {
    const i = c.start.length;
    const proxy = r() < 0.15 ? 1 : 0;
    const events = r() < 0.02;
    c.start.push(Math.round(start));
    c.duration.push(Math.round(duration));
    c.self.push(Math.round(duration / 3));
    c.parent.push(parent);
    c.end.push(i + 1);
    c.depth.push(depth);
    c.service.push(service);
    c.name.push(name);
    c.kind.push(1 + Math.floor(r() * 3));
    c.category.push(r() < 0.004 ? 3 : r() < 0.01 ? 1 : 0);
    c.flags.push(proxy | (events ? 4 : 0));
    c.spanId.push((0x1000000 + i).toString(16).padStart(16, "0"));
    if (events) c.events.push(i, Math.round(start + duration / 2));
    if (r() < 0.1) c.critical.push(i, Math.round(start), Math.round(start + duration / 2));
    return i;
  };
  const root = add(-1, 0, 0, 0, 0, 0);
  // Each open span is filled with children from left to right; some children are opened in turn. The root has no end.
  const stack = [{ span: root, at: 0, stop: Infinity, depth: 1 }];
  while (c.start.length < n) {
    const top = stack.at(-1);
    if (!top) throw new Error("the generator ran out of time to fill");
    const left = top.stop - top.at;
    const wide = top.depth === 1 ? 2e7 + r() * 2e8 : left * (0.02 + r() * 0.3);
    if (left < 2000 || (stack.length > 1 && r() < 0.06)) {
      stack.pop();
      continue;
    }
    const service = r() < 0.7 ? (c.service[top.span] ?? 0) : Math.floor(r() * services.length);
    const name = Math.floor(r() * names.length);
    const start = top.at;
    if (r() < 0.06) {
      const count = Math.min(n - c.start.length, 6 + Math.floor(r() * 30));
      for (let k = 0; k < count; k++)
        add(top.span, top.depth, start + (wide * k) / count, (wide / count) * 0.9, service, name);
      top.at = start + wide;
      continue;
    }
    const span = add(top.span, top.depth, start, wide, service, name);
    top.at = start + wide * (r() < 0.3 ? 0.4 : 1.02);
    if (top.depth < depthLimit && r() < 0.5 && wide > 20_000)
      stack.push({ span, at: start + wide * 0.02, stop: start + wide, depth: top.depth + 1 });
  }
  for (let i = n - 1; i > 0; i--) {
    const p = c.parent[i] ?? 0;
    c.end[p] = Math.max(c.end[p] ?? 0, c.end[i] ?? 0);
  }
  const total = Math.max(
    ...c.start.slice(-2000).map((s, k) => s + (c.duration[Math.max(0, n - 2000) + k] ?? 0)),
  );
  c.duration[root] = total;
  return {
    traceId: "b16b16b16b16b16b16b16b16b16b16b1",
    startNs: "1760968931384000000",
    durationNs: total,
    spans: n,
    services,
    names,
    columns: c,
    missing: 0,
    logCount: 0,
  };
}
