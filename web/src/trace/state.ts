import { type Field, flag, oneOf, text } from "../url/codec";
import type { View } from "./engine/timescale";

/** The ways to look at a trace. */
export const looks = ["timeline", "flame", "table"] as const;
export type Look = (typeof looks)[number];

/** What the address of a trace says. */
export const traceSchema = {
  id: text(),
  /** Id of the selected span. */
  span: text(),
  look: oneOf(looks, "timeline"),
  /** Search within the trace. */
  q: text(),
  /** The stretch in view, nanoseconds after the start; null is all of it. */
  z: viewField(),
  /** Id of the span at the top. */
  root: text(),
  crit: flag(true),
  rep: flag(true),
  tab: oneOf(["attributes", "events", "logs", "links"], "attributes"),
};

function viewField(): Field<View | null> {
  return {
    fallback: null,
    parse: (values) => {
      const match = /^(\d{1,16})-(\d{1,16})$/.exec(values[0] ?? "");
      const [from, to] = [Number(match?.[1]), Number(match?.[2])];
      return from < to ? { from, to } : undefined;
    },
    format: (view) => [view ? `${Math.floor(view.from)}-${Math.ceil(view.to)}` : ""],
  };
}
