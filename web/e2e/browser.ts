import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, chromium, type Locator, type Page } from "playwright-core";
import { expect } from "vitest";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** Where the binary answers; it is started by whoever runs the journeys. */
export const base = (process.env.ORIEL_URL ?? "http://127.0.0.1:8420").replace(/\/?$/, "/");

export type Theme = "light" | "dark";

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox"],
  });
}

/** A page whose errors and warnings are collected; settle() fails if there was one. */
export interface Watched {
  page: Page;
  settle(): void;
}

export async function openPage(browser: Browser, theme: Theme, width = 1440): Promise<Watched> {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: theme });
  const trouble: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") trouble.push(message.text());
  });
  page.on("pageerror", (error) => trouble.push(String(error)));
  page.setDefaultTimeout(15_000);
  return { page, settle: () => expect(trouble).toEqual([]) };
}

/** No finding of axe on what is shown now. */
export async function expectAccessible(page: Page): Promise<void> {
  // Injected by the test's own protocol: the page's policy does not allow scripts from elsewhere.
  await page.evaluate(axe);
  const findings = await page.evaluate(async (tags) => {
    const { axe: runner } = window as unknown as {
      axe: {
        run(
          root: Document,
          options: object,
        ): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
      };
    };
    const { violations } = await runner.run(document, { runOnly: tags });
    return violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`,
    );
  }, rules);
  expect(findings).toEqual([]);
}

/** The middle of the reddest spot of the map: where a faulty node stands. */
export async function reddestSpot(page: Page): Promise<{ x: number; y: number }> {
  const spot = await page.evaluate(() => {
    const canvas = document.querySelector("canvas");
    if (!canvas) return undefined;
    // A copy is read: reading a canvas itself slows its drawing down, and the browser says so.
    const g = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
    if (!g) return undefined;
    g.drawImage(canvas, 0, 0);
    const probe = document.createElement("i");
    probe.style.color = "var(--fault)";
    document.body.append(probe);
    const [red = 0, green = 0, blue = 0] = (getComputedStyle(probe).color.match(/\d+/g) ?? []).map(Number);
    probe.remove();
    const { data, width, height } = g.getImageData(0, 0, canvas.width, canvas.height);
    const cell = 16;
    const counts = new Map<string, { x: number; y: number; n: number }>();
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const at = (y * width + x) * 4;
        const far =
          Math.abs((data[at] ?? 0) - red) +
          Math.abs((data[at + 1] ?? 0) - green) +
          Math.abs((data[at + 2] ?? 0) - blue);
        if (far > 24 || data[at + 3] !== 255) continue;
        const key = `${Math.floor(x / cell)} ${Math.floor(y / cell)}`;
        const sum = counts.get(key) ?? { x: 0, y: 0, n: 0 };
        counts.set(key, { x: sum.x + x, y: sum.y + y, n: sum.n + 1 });
      }
    }
    const best = [...counts.values()].sort((a, b) => b.n - a.n)[0];
    const frame = canvas.getBoundingClientRect();
    const scale = canvas.width / frame.width;
    return best && { x: frame.left + best.x / best.n / scale, y: frame.top + best.y / best.n / scale };
  });
  if (!spot) throw new Error("nothing on the map is red");
  return spot;
}

/** Waits for the picture of the map, which is drawn a frame after its layout came. */
export async function expectDrawn(page: Page): Promise<void> {
  await page.locator("canvas").waitFor();
  await page.waitForFunction(() => {
    const canvas = document.querySelector("canvas");
    if (!canvas?.width) return false;
    const g = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
    if (!g) return false;
    g.drawImage(canvas, 0, 0);
    return g
      .getImageData(0, 0, canvas.width, canvas.height)
      .data.some((value, i) => i % 4 === 3 && value > 0);
  });
}

/** Where an element is once it has stopped moving: a pane above it may still grow. */
export async function restingBox(element: Locator) {
  for (let last = await element.boundingBox(), still = 0; ; ) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const box = await element.boundingBox();
    still = box && last && box.x === last.x && box.y === last.y ? still + 1 : 0;
    if (box && still >= 3) return box;
    last = box;
  }
}
