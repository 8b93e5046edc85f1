import { at, serviceLabel, type TraceModel } from "./model";

/** What the table of spans can be sorted by. */
export type OrderBy = "name" | "service" | "start" | "duration" | "self" | "outcome";

/** orderSpans lists the spans from first up to last, sorted. Names are ranked once, so that spans compare as numbers. */
export function orderSpans(
  m: TraceModel,
  first: number,
  last: number,
  by: OrderBy,
  descending: boolean,
): Int32Array {
  const key = keyOf(m, by);
  const sign = descending ? -1 : 1;
  const out = Int32Array.from({ length: last - first }, (_, k) => first + k);
  return out.sort((a, b) => sign * (at(key, a) - at(key, b)) || a - b);
}

function keyOf(m: TraceModel, by: OrderBy): ArrayLike<number> {
  switch (by) {
    case "start":
      return m.start;
    case "duration":
      return m.duration;
    case "self":
      return m.self;
    case "outcome":
      return m.category;
    case "service":
      return ranked(m.services.map(serviceLabel), m.service);
    case "name":
      return ranked(m.names, m.name);
  }
}

/** ranked replaces each code by the place of its text in the alphabet. */
function ranked(texts: readonly string[], codes: Int32Array): Int32Array {
  const rank = new Int32Array(texts.length);
  texts
    .map((text, code) => ({ text, code }))
    .sort((a, b) => a.text.localeCompare(b.text))
    .forEach(({ code }, place) => {
      rank[code] = place;
    });
  return codes.map((code) => at(rank, code));
}
