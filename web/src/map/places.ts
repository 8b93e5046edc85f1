import type { LayoutResult } from "./layout/types";

// The last picture is kept in the browser, so that the map stands where it
// stood when the page is opened again, and can be outlined while it loads.

const key = "oriel-map";
/** A picture that takes more room is not kept. */
const longest = 200_000;

export function savePlaces(seed: string, layout: LayoutResult): void {
  const text = JSON.stringify({ seed, layout });
  if (text.length > longest) return;
  try {
    window.localStorage.setItem(key, text);
  } catch {
    // No room, or not allowed: the next visit begins afresh.
  }
}

export function recallPlaces(seed: string): LayoutResult | undefined {
  try {
    const kept: unknown = JSON.parse(window.localStorage.getItem(key) ?? "null");
    if (typeof kept !== "object" || kept === null || !("seed" in kept) || kept.seed !== seed)
      return undefined;
    const { layout } = kept as { layout?: LayoutResult };
    return layout && typeof layout.at === "object" && typeof layout.bends === "object" ? layout : undefined;
  } catch {
    return undefined;
  }
}
