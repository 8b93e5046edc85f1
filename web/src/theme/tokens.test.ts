import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { serviceHue } from "./service";

const css = readFileSync(new URL("../tokens.css", import.meta.url), "utf8");

function tokens(block: string): Record<string, string> {
  const body = css.slice(css.indexOf("{", css.indexOf(block)) + 1);
  const own = body.slice(0, body.indexOf("}"));
  return Object.fromEntries(
    [...own.matchAll(/--([\w-]+):\s*([^;]+);/g)].map((m) => [m[1], m[2]?.trim() ?? ""]),
  );
}

const light = tokens(":root {");
const dark = tokens(':root[data-theme="dark"]');

/** Relative luminance and contrast. Source: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
function contrast(a: string, b: string): number {
  const luminance = (hex: string) => {
    const [r = 0, g = 0, bl = 0] = [1, 3, 5]
      .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * bl;
  };
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

const grounds = ["pane", "pane-sunk", "pane-hover", "ground"];
const pairs: [string, string, number][] = [
  ...["ink", "ink-2", "ink-3"].flatMap((ink) =>
    grounds.map((on): [string, string, number] => [ink, on, 4.5]),
  ),
  ...["ok", "error", "throttle", "fault"].flatMap((state): [string, string, number][] => [
    [`${state}-ink`, "pane", 4.5],
    [`${state}-ink`, `${state}-tint`, 4.5],
    [state, "pane", 3],
  ]),
  ["accent", "pane", 4.5],
  ["accent-strong", "accent-tint", 4.5],
  ["ink-3", "accent-tint", 4.5],
  ["ink-on", "accent", 4.5],
  ["control", "pane", 3],
  ...Array.from({ length: 16 }, (_, i): [string, string, number] => [`svc-${i}`, "pane", 3]),
];

describe.each([
  ["light", light],
  ["dark", { ...light, ...dark }],
])("%s theme", (_, theme) => {
  test.each(pairs)("%s on %s has a contrast of at least %d", (ink, ground, least) => {
    expect(contrast(theme[ink] ?? "", theme[ground] ?? "")).toBeGreaterThanOrEqual(least);
  });
});

test("the two dark blocks are equal", () => {
  expect(tokens(':root:not([data-theme="light"])')).toEqual(dark);
});

test("a service's hue is the same everywhere and spreads over all sixteen", () => {
  expect([serviceHue("reviews"), serviceHue("ratings"), serviceHue("auth")]).toEqual([15, 7, 1]);
  const seen = new Set(Array.from({ length: 200 }, (_, i) => serviceHue(`service-${i}`)));
  expect(seen.size).toBe(16);
});
