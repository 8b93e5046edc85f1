import type { TraceSummary } from "../api/types.gen";

/** ServiceTime is the time that went to one version of a service on the critical paths of some traces. */
export interface ServiceTime {
  readonly service: string;
  readonly version: string;
  readonly selfNs: number;
  /** Of all time on the paths, 0 to 1. */
  readonly share: number;
  /** Traces that it takes part in. */
  readonly traces: number;
}

/** sumPaths adds up the paths of traces, most time first. */
export function sumPaths(traces: readonly TraceSummary[]): ServiceTime[] {
  const by = new Map<string, { service: string; version: string; selfNs: number; traces: number }>();
  let all = 0;
  for (const t of traces) {
    const seen = new Set<string>();
    for (const s of t.path) {
      const key = JSON.stringify([s.service, s.version ?? ""]);
      const sum = by.get(key) ?? { service: s.service, version: s.version ?? "", selfNs: 0, traces: 0 };
      sum.selfNs += s.selfNs;
      if (!seen.has(key)) sum.traces++;
      seen.add(key);
      by.set(key, sum);
      all += s.selfNs;
    }
  }
  return [...by.values()]
    .map((s) => ({ ...s, share: all > 0 ? s.selfNs / all : 0 }))
    .sort((a, b) => b.selfNs - a.selfNs);
}
