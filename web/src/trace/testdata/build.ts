import type { Trace, TraceService } from "../../api/types.gen";

/** SpanSpec is one span of a trace written by hand, in milliseconds; children follow, one deeper. */
export interface SpanSpec {
  depth: number;
  service: string;
  name: string;
  startMs: number;
  ms: number;
  proxy?: boolean;
  missing?: boolean;
  fault?: boolean;
  category?: number;
  kind?: number;
  events?: number[];
  critical?: [number, number][];
  links?: boolean;
}

const NS = 1e6;

/** buildTrace lays specs, in tree order, into the columns of the API. */
export function buildTrace(
  traceId: string,
  startNs: string,
  specs: readonly SpanSpec[],
  versions: Record<string, string> = {},
): Trace {
  const services: TraceService[] = [];
  const names: string[] = [];
  const index = <T>(list: T[], is: (t: T) => boolean, make: () => T): number => {
    const k = list.findIndex(is);
    return k >= 0 ? k : list.push(make()) - 1;
  };
  const serviceAt = (name: string): number =>
    index(
      services,
      (s) => s.name === name,
      () => (versions[name] ? { name, version: versions[name] } : { name }),
    );
  const nameAt = (name: string): number =>
    index(
      names,
      (n) => n === name,
      () => name,
    );
  const open: number[] = [];
  const parent: number[] = [];
  const end: number[] = specs.map(() => specs.length);
  specs.forEach((s, i) => {
    while (open.length > s.depth) end[open.pop() ?? 0] = i;
    parent.push(open.at(-1) ?? -1);
    open.push(i);
  });
  const ns = (ms: number): number => Math.round(ms * NS);
  return {
    traceId,
    startNs,
    durationNs: Math.max(0, ...specs.map((s) => ns(s.startMs + s.ms))),
    spans: specs.length,
    services,
    names,
    columns: {
      start: specs.map((s) => ns(s.startMs)),
      duration: specs.map((s) => ns(s.ms)),
      self: specs.map((s, i) => Math.max(0, ns(s.ms) - covered(specs, parent, i))),
      parent,
      end,
      depth: specs.map((s) => s.depth),
      service: specs.map((s) => serviceAt(s.service)),
      name: specs.map((s) => nameAt(s.name)),
      kind: specs.map((s) => s.kind ?? 1),
      category: specs.map((s) => s.category ?? (s.fault ? 3 : 0)),
      flags: specs.map(
        (s) => (s.proxy ? 1 : 0) | (s.missing ? 2 : 0) | (s.events ? 4 : 0) | (s.links ? 8 : 0),
      ),
      critical: specs.flatMap((s, i) => (s.critical ?? []).flatMap(([a, b]) => [i, ns(a), ns(b)])),
      spanId: specs.map((_, i) => (0xa000000000000 + i * 7919).toString(16).padStart(16, "0")),
      events: specs.flatMap((s, i) => (s.events ?? []).flatMap((t) => [i, ns(t)])),
    },
    missing: specs.filter((s) => s.missing).length,
    logCount: 3,
  };
}

/** covered is how much of span i its children cover, overlaps counted once. */
function covered(specs: readonly SpanSpec[], parent: readonly number[], i: number): number {
  const own = specs[i];
  if (!own) return 0;
  let sum = 0;
  let to = own.startMs;
  for (let c = i + 1; c < specs.length; c++) {
    const child = specs[c];
    if (!child || child.depth <= own.depth) break;
    if (parent[c] !== i) continue;
    const a = Math.max(to, child.startMs);
    const b = Math.min(own.startMs + own.ms, child.startMs + child.ms);
    if (b > a) sum += b - a;
    to = Math.max(to, b);
  }
  return Math.round(sum * NS);
}
