import { decode, type Field, oneOf, type StateOf, text } from "../url/codec";
import { print, termsFrom } from "./filter/params";
import type { Brush } from "./heat/grid";

/** The text of a search that nobody has written yet: whole traces, not each of their spans. */
export const startText = "root = true";

/** What the address of the trace search says. */
export const tracesSchema = {
  /** The filter; "-" is an empty one. */
  q: text(),
  sort: oneOf(["slowest", "newest"], "slowest"),
  plot: oneOf(["heat", "histogram", "table"], "heat"),
  /** The brushed region. */
  b: brushField(),
  /** Id of the selected trace. */
  sel: text(),
};

/** filterText is the filter that an address stands for: its own text, or the API's parameters by which other pages link here. */
export function filterText(search: string): string {
  const { q } = decode(tracesSchema, search);
  if (q !== "") return q === "-" ? "" : q;
  const linked = print(termsFrom(new URLSearchParams(search)));
  return linked || startText;
}

export type TracesState = StateOf<typeof tracesSchema>;

function brushField(): Field<Brush | null> {
  return {
    fallback: null,
    parse: (values) => {
      const match = /^(\d{1,16})-(\d{1,16}),(\d{1,16})-(\d{1,16})$/.exec(values[0] ?? "");
      if (!match) return undefined;
      const [from = 0, to = 0, min = 0, max = 0] = match.slice(1).map(Number);
      return from < to && min <= max ? { from, to, min, max } : undefined;
    },
    format: (b) => [b ? `${b.from}-${b.to},${b.min}-${b.max}` : ""],
  };
}
