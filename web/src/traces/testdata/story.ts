import type { Heatmap, Names, Outcome, TraceList, TraceSummary, Work } from "../../api/types.gen";
import { bucketOf } from "../../charts/histogram";

const minute = 60_000;

/** random is a small deterministic generator of numbers from 0 to 1. */
function random(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export function work(matched: number, more: Partial<Work> = {}): Work {
  return {
    rowsScanned: 1_550_000,
    rowsMatched: matched,
    rowsTotal: 1_550_000,
    bytesScanned: 61e6,
    tookMs: 212,
    complete: true,
    quarantined: 0,
    ...more,
  };
}

/** storyHeatmap: most requests take 15 or 60 ms; from the 23rd minute on some take two seconds, and of these some fail. */
export function storyHeatmap(from: number, to: number, columns: number): Heatmap {
  const r = random(3);
  const stepMs = Math.ceil((to - from) / columns);
  const bell = (x: number, at: number, width: number) => Math.exp(-((x - at) ** 2) / (2 * width * width));
  const cells: [number, number, number, number][] = [];
  for (let c = 0; c < columns; c++) {
    const t = c / columns;
    for (let b = 160; b < 262; b++) {
      const y = (b / 8) * Math.log10(2) - 6;
      let v =
        bell(y, 1.14 + 0.04 * Math.sin(t * 9), 0.16) + 0.42 * bell(y, 1.72, 0.2) + 0.1 * bell(y, 2.3, 0.25);
      const slow = t > 0.385 ? 0.18 * bell(y, 3.305, 0.035) + 0.02 * bell(y, 3.02, 0.14) : 0;
      if (t > 0.7 && t < 0.735) v += 0.25 * bell(y, 2.35, 0.2);
      v = (v + slow) * (0.72 + r() * 0.56);
      const n = Math.round(v * 900);
      if (n > 0) cells.push([c, b, n, slow > 0.05 ? Math.round(n * 0.18) : r() < 0.004 ? 1 : 0]);
    }
  }
  const sums = new Map<number, number>();
  let total = 0;
  for (const [, b, n] of cells) {
    sums.set(b, (sums.get(b) ?? 0) + n);
    total += n;
  }
  return {
    range: { from, to },
    stepMs,
    cells,
    histogram: [...sums].sort((a, b) => a[0] - b[0]),
    work: work(total),
  };
}

const slowMs = [2043, 2041, 2034, 2031, 2030, 2027, 2024, 2022, 2019, 2016, 2014, 1650, 1422, 1298, 1167];
const statuses: readonly Outcome[] = [
  "fault",
  "ok",
  "fault",
  "fault",
  "ok",
  "fault",
  "fault",
  "ok",
  "fault",
  "ok",
  "ok",
  "error",
];

/** storyTraces are count traces, slowest first, that spent their time in reviews v3. */
export function storyTraces(
  count: number,
  from: number,
  id = (k: number) => `${(0x7be41c09 + k * 7919).toString(16)}d2f35a8641bb07de68f0c2a1`,
): TraceSummary[] {
  return Array.from({ length: count }, (_, k) => {
    const ms = (slowMs[k] ?? Math.max(3, 1100 - k * 1.7)) * 1e6;
    const status = statuses[k] ?? "ok";
    const startNs = String(BigInt(from + 23 * minute + ((k * 7919) % (36 * minute))) * 1_000_000n);
    const rootName = k % 4 === 2 ? `GET /api/v1/products/${k % 8}/reviews` : "GET /productpage";
    return {
      traceId: id(k),
      rootName,
      rootService: "gateway",
      startNs,
      durationNs: ms,
      spans: 200 + ((k * 37) % 20),
      status,
      httpStatus: status === "fault" ? 504 : status === "error" ? 404 : 200,
      faults: status === "fault" ? 5 : 0,
      path: [
        { service: "productpage", selfNs: ms * 0.04 },
        { service: "reviews", version: "v3", selfNs: ms * 0.94 },
        { service: "ratings", selfNs: ms * 0.02 },
      ],
      match: { service: "gateway", name: rootName, durationNs: ms, startNs },
    };
  });
}

/** page cuts a list the way the API does. */
export function page(all: readonly TraceSummary[], query: URLSearchParams, total = all.length): TraceList {
  const at = Number(query.get("after") || 0);
  const limit = Number(query.get("limit") ?? 100);
  const next = at + limit;
  return {
    range: { from: Number(query.get("from")), to: Number(query.get("to")) },
    traces: all.slice(at, next),
    ...(next < all.length ? { after: String(next) } : {}),
    work: work(total),
  };
}

export function names(...list: [string, number][]): Names {
  return { names: list.map(([name, count]) => ({ name, count })), exact: true, more: false };
}

/** The bucket of two seconds, for tests that look for the slow ones. */
export const slowBucket = bucketOf(2e9);
