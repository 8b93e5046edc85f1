import type { Meaning } from "../ui/glyph";

/** How a severity is shown: a glyph with a word; the quiet ones have the word alone. */
export function levelMeaning(severity: string): Meaning | undefined {
  switch (severity) {
    case "fatal":
    case "error":
      return "fault";
    case "warn":
      return "error";
    default:
      return undefined;
  }
}
