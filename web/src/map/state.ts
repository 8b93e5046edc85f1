import type { Lengths } from "../charts/latency";
import { type Field, flag, list, oneOf, text } from "../url/codec";

/** Requests a second below which edges may be dimmed. */
export const thresholds = ["0", "0.1", "1", "10", "100"] as const;

/** A stretch of lengths as "1000000..3200000" nanoseconds, or none. */
function lengths(): Field<Lengths | undefined> {
  return {
    fallback: undefined,
    parse: ([raw = ""]) => {
      const match = /^(\d{1,15})\.\.(\d{1,15})$/.exec(raw);
      const [min, max] = [Number(match?.[1]), Number(match?.[2])];
      return match && min < max ? { min, max } : undefined;
    },
    format: (value) => (value ? [`${Math.round(value.min)}..${Math.round(value.max)}`] : []),
  };
}

/** All that the map page shows, as its address holds it. */
export const mapSchema = {
  /** A node's id. */
  focus: text(),
  /** An edge's key; it wins over focus. */
  edge: text(),
  hops: oneOf(["1", "2", "all"], "1"),
  faults: flag(),
  traffic: oneOf(thresholds, "0"),
  view: oneOf(["map", "table"], "map"),
  group: oneOf(["auto", "service", "namespace"], "auto"),
  /** Namespaces whose group is opened. */
  open: list(),
  /** The brushed latencies. */
  lat: lengths(),
};
