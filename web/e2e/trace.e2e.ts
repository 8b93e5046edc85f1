import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { spanDetail, storyLogs } from "../src/trace/testdata/details";
import { STORY_ID, storyTrace } from "../src/trace/testdata/story";
import { page as cut, names, storyHeatmap, storyTraces } from "../src/traces/testdata/story";
import { type Answer, type Fixture, open, start, traceAnswer } from "./fixtures";

// The search and the timeline in a real browser: no finding of axe in either
// theme, and the whole walk by keyboard alone.

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const from = Date.parse("2026-01-31T13:05:00Z");
const range = "t=2026-01-31T13:05..2026-01-31T14:05";

const trace = storyTrace();
const oneTrace = traceAnswer(trace, (i) => spanDetail(trace, i), storyLogs(trace));
const found = storyTraces(250, from).map((t, k) => (k === 0 ? { ...t, traceId: STORY_ID } : t));
const answer: Answer = (path, query) => {
  if (path === "traces/heatmap") return storyHeatmap(from, from + 3_600_000, Number(query.get("columns")));
  if (path === "traces") return cut(found, query, 19_104);
  if (path === "services") return names(["reviews", 1_450_000], ["ratings", 95_500]);
  if (path === "values") return names(["v2", 1_450_000], ["v3", 95_500]);
  if (path === "fields") return names(["http.method", 1_450_000]);
  return oneTrace(path, query);
};

let fixture: Fixture;
beforeAll(async () => {
  fixture = await start();
});
afterAll(() => fixture?.close());

async function findings(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const run = (
      globalThis as unknown as { axe: { run: (options: object) => Promise<{ violations: Violation[] }> } }
    ).axe;
    interface Violation {
      id: string;
      nodes: { html: string }[];
    }
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const { violations } = await run.run({ runOnly: tags });
    return violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 160)}`));
  });
}

describe.each(["light", "dark"] as const)("axe, %s", (theme) => {
  it.each([
    ["search", `traces?${range}`],
    ["histogram", `traces?${range}&plot=histogram`],
    ["brush", `traces?${range}&b=${from + 1_380_000}-${from + 3_600_000},1000000000-3300000000`],
    ["timeline", `trace?id=${STORY_ID}`],
    ["flame", `trace?id=${STORY_ID}&look=flame`],
    ["table", `trace?id=${STORY_ID}&look=table`],
    ["unknown trace", "trace?id=00"],
  ])("%s", async (_, address) => {
    const { page, context, errors } = await open(fixture, answer, { theme });
    await page.goto(`${fixture.url}/${address}`);
    await page
      .getByRole("main")
      .getByRole(/unknown|00/.test(address) ? "heading" : "button")
      .first()
      .waitFor();
    await page.waitForLoadState("networkidle");
    expect(await findings(page)).toEqual([]);
    expect(errors).toEqual([]);
    await context.close();
  });

  it("completion", async () => {
    const { page, context } = await open(fixture, answer, { theme });
    await page.goto(`${fixture.url}/traces?${range}`);
    await page.getByRole("combobox").fill('version = "v');
    await page.getByRole("option", { name: /v3/ }).waitFor();
    expect(await findings(page)).toEqual([]);
    await context.close();
  });
});

it("walks from the search to the log line by keys alone", async () => {
  const { page, context, errors } = await open(fixture, answer);
  await page.goto(`${fixture.url}/traces?${range}`);
  await page
    .getByRole("row", { name: /2\.04 s/ })
    .first()
    .waitFor();
  await page.keyboard.press("/");
  await page.keyboard.press("End");
  await page.keyboard.type(' AND service = "rev');
  await page.getByRole("option", { name: /reviews/ }).waitFor();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Enter");
  await page.waitForURL(/q=root.*reviews/);
  await page.keyboard.press("Escape");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/trace\?/);
  await page.getByRole("treegrid").waitFor();
  for (let k = 0; k < 3; k++) await page.keyboard.press("]");
  await page
    .getByRole("complementary", { name: "Span" })
    .getByText(/waited 995 ms/)
    .waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: /Whole trace/ }).waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("v");
  await page.getByRole("application", { name: /Flame/ }).waitFor();
  await page.goBack();
  await page.getByRole("treegrid").waitFor();
  expect(errors).toEqual([]);
  await context.close();
});

it("zooms by dragging on the bars and brushing the minimap", async () => {
  const { page, context } = await open(fixture, answer);
  await page.goto(`${fixture.url}/trace?id=${STORY_ID}`);
  const box = await page.getByRole("treegrid").boundingBox();
  if (!box) throw new Error("the spans are not laid out");
  await page.mouse.move(box.x + 500, box.y + 200);
  await page.mouse.down();
  await page.mouse.move(box.x + 700, box.y + 200, { steps: 4 });
  await page.mouse.up();
  await page.waitForURL(/z=\d+-\d+/);
  const left = page.getByRole("slider", { name: "Start of the view" });
  const before = Number(await left.getAttribute("aria-valuenow"));
  expect(before).toBeGreaterThan(0);
  await left.press("ArrowLeft");
  expect(Number(await left.getAttribute("aria-valuenow"))).toBeLessThan(before);
  await page.getByRole("treegrid").press("Escape");
  expect(Number(await left.getAttribute("aria-valuenow"))).toBe(0);
  await context.close();
});
