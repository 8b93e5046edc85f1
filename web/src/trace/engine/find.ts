import { at, isMissing, serviceLabel, type TraceModel } from "./model";

/** Matches are the spans that a search text is found in, in tree order. */
export interface Matches {
  readonly text: string;
  readonly spans: Int32Array;
}

/** Words that find spans by outcome rather than by name. */
const outcomes = ["ok", "error", "throttle", "fault"];

/**
 * findSpans looks for text in operation and service names, span ids and the
 * outcome words, ignoring case. Each distinct name is tested once; then the spans
 * are compared by number.
 */
export function findSpans(m: TraceModel, text: string): Matches {
  const want = text.trim().toLowerCase();
  if (want === "") return { text: "", spans: new Int32Array(0) };
  const names = Uint8Array.from(m.names, (n) => (n.toLowerCase().includes(want) ? 1 : 0));
  const services = Uint8Array.from(m.services, (s) => (serviceLabel(s).toLowerCase().includes(want) ? 1 : 0));
  const outcome = outcomes.indexOf(want);
  const id = /^[0-9a-f]{6,16}$/.test(want);
  const found = new Int32Array(m.count);
  let count = 0;
  for (let i = 0; i < m.count; i++) {
    const hit =
      at(names, at(m.name, i)) ||
      at(services, at(m.service, i)) ||
      (outcome > 0 && at(m.category, i) === outcome) ||
      (want === "missing" && isMissing(m, i)) ||
      (id && m.spanIds[i]?.startsWith(want));
    if (hit) found[count++] = i;
  }
  return { text: want, spans: found.slice(0, count) };
}

/** matchIndex is the place of span i among the matches, -1 if it is none. */
export function matchIndex(matches: Matches, i: number): number {
  const k = lowerBound(matches.spans, i);
  return k < matches.spans.length && at(matches.spans, k) === i ? k : -1;
}

/** nextMatch is the match after span i, or before it; the ends are joined. -1 without matches. */
export function nextMatch(matches: Matches, i: number, step: 1 | -1): number {
  const n = matches.spans.length;
  if (n === 0) return -1;
  const k = lowerBound(matches.spans, i);
  const here = k < n && at(matches.spans, k) === i;
  const to = step > 0 ? (here ? k + 1 : k) : k - 1;
  return at(matches.spans, (to + n) % n);
}

function lowerBound(sorted: Int32Array, value: number): number {
  let lo = 0;
  let hi = sorted.length;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (at(sorted, mid) < value) lo = mid + 1;
    else hi = mid;
  }
  return lo;
}
