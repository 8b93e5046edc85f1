import type { MapStats, Outcome } from "../api/types.gen";
import { mergeHistograms, quantile } from "../charts/histogram";

/** From this share on, an outcome is said in words and faults are drawn in red. */
export const loud: Readonly<Record<Exclude<Outcome, "ok">, number>> = {
  fault: 0.01,
  throttle: 0.01,
  error: 0.02,
};

/** Rings draw shares from here on. */
export const drawnFrom = 0.005;

/** The share of requests with an outcome, 0 to 1. */
export function share(stats: MapStats, outcome: Outcome): number {
  return stats.requests === 0 ? 0 : stats[outcome] / stats.requests;
}

/** Drawn in red. */
export function isFaulty(stats: MapStats): boolean {
  return share(stats, "fault") >= loud.fault;
}

/** What is to be said about the outcomes, worst first; undefined if all is well. */
export function loudest(stats: MapStats): { outcome: Exclude<Outcome, "ok">; share: number } | undefined {
  for (const outcome of ["fault", "error", "throttle"] as const) {
    const part = share(stats, outcome);
    if (part >= loud[outcome]) return { outcome, share: part };
  }
  return undefined;
}

/** The sum of several, with quantiles from the summed histograms. */
export function mergeStats(list: readonly MapStats[]): MapStats {
  const only = list.length === 1 ? list[0] : undefined;
  if (only) return only;
  const add = (field: "requests" | "ok" | "error" | "throttle" | "fault" | "perSecond") =>
    list.reduce((sum, stats) => sum + stats[field], 0);
  const histogram = mergeHistograms(list.map((stats) => stats.histogram));
  return {
    requests: add("requests"),
    ok: add("ok"),
    error: add("error"),
    throttle: add("throttle"),
    fault: add("fault"),
    perSecond: add("perSecond"),
    p50: quantile(histogram, 0.5),
    p95: quantile(histogram, 0.95),
    p99: quantile(histogram, 0.99),
    histogram,
  };
}
