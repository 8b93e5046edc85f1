import { createServer, request as forward } from "node:http";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  base,
  expectAccessible,
  expectDrawn,
  launch,
  openPage,
  reddestSpot,
  restingBox,
  type Theme,
} from "./browser";
import { tellStory } from "./story";

let browser: Browser;
/** How long after the first spans the set-up page linked to a trace; undefined if there were spans before. */
let arrivalMillis: number | undefined;

beforeAll(async () => {
  browser = await launch();
  const { page, settle } = await openPage(browser, "light");
  await page.goto(`${base}setup`);
  await page.getByRole("table", { name: "Listening on" }).waitFor();
  const waiting = await page.getByText("Waiting for the first span").isVisible();
  if (waiting) await expectAccessible(page);
  const told = tellStory();
  const start = Date.now();
  await page.getByRole("link", { name: /^Open the newest trace/ }).waitFor();
  if (waiting) arrivalMillis = Date.now() - start;
  await told;
  settle();
  await page.close();
});
afterAll(() => browser?.close());

const verdict = (page: Page) => page.getByText("v3 is worse.");
const slowest = (page: Page) => page.getByRole("link", { name: /^2\.\d\d s/ });

describe.each<Theme>(["light", "dark"])("from the map to the slow trace, %s theme", (theme) => {
  test("by mouse", async () => {
    const { page, settle } = await openPage(browser, theme);
    await page.goto(base);
    await expectDrawn(page);
    await page.getByRole("heading", { name: "Needs a look" }).waitFor();
    await expectAccessible(page);

    const red = await reddestSpot(page);
    await page.mouse.click(red.x, red.y);
    await verdict(page).waitFor();
    expect(page.url()).toMatch(/focus=[^&]*reviews/);
    await slowest(page).first().waitFor();
    await expectAccessible(page);

    // Brush the fast hump: other traces, and one step to go back.
    const plot = await restingBox(page.getByRole("img", { name: /^Latency of/ }));
    await page.mouse.move(plot.x + plot.width * 0.2, plot.y + 40);
    await page.mouse.down();
    await page.mouse.move(plot.x + plot.width * 0.5, plot.y + 40, { steps: 4 });
    await page.mouse.up();
    await page.waitForURL(/lat=/, { timeout: 5_000 });
    await slowest(page).first().waitFor({ state: "detached" });
    await page.goBack();
    expect(page.url()).not.toContain("lat=");

    await slowest(page).first().click();
    await page.waitForURL(/trace\?.*id=[0-9a-f]{32}/);
    await page.getByRole("heading", { level: 1, name: "Trace" }).waitFor();
    await expectAccessible(page);

    await page.goBack();
    await verdict(page).waitFor();
    await page.getByRole("link", { name: /^All \d/ }).click();
    await page.getByRole("heading", { level: 1, name: "Traces" }).waitFor();
    await page.getByText("GET /productpage").first().waitFor();
    await expectAccessible(page);

    await page.goBack();
    await verdict(page).waitFor();
    await page.goBack();
    await page.getByRole("heading", { name: "Needs a look" }).waitFor();
    settle();
    await page.close();
  });

  test("by keyboard", async () => {
    const { page, settle } = await openPage(browser, theme);
    await page.goto(`${base}setup`);
    await page.getByRole("table", { name: "Listening on" }).waitFor();
    await expectAccessible(page);
    await page.keyboard.press("g");
    await page.keyboard.press("m");
    await expectDrawn(page);
    await page.keyboard.press("/");
    await page.keyboard.type("revi");
    await page.getByRole("option", { name: "reviews" }).waitFor();
    await page.keyboard.press("Enter");
    await verdict(page).waitFor();

    // Along the map: from reviews to who calls it, and into its panel.
    await page.getByRole("application", { name: /^Service map/ }).focus();
    await page.keyboard.press("ArrowLeft");
    await page
      .getByText(/^productpage, service,/)
      .first()
      .waitFor({ state: "attached" });
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 2, name: "productpage" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("heading", { name: "Needs a look" }).waitFor();
    await page.goBack();
    await page.goBack();
    await verdict(page).waitFor();

    await slowest(page).first().focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(/trace\?.*id=[0-9a-f]{32}/);
    await page.getByRole("heading", { level: 1, name: "Trace" }).waitFor();
    settle();
    await page.close();
  });

  test("the other pages", async () => {
    const { page, settle } = await openPage(browser, theme, 1100);
    await page.goto(`${base}map?view=table`);
    await page.getByRole("table", { name: "Edges" }).waitFor();
    await expectAccessible(page);

    await page.goto(`${base}map?focus=reviews&cmp=1`);
    await page.getByText("– ").or(page.getByText("–")).first().waitFor();
    await expectAccessible(page);

    await page.goto(`${base}logs`);
    const line = page.getByRole("button", { name: /waited 1000 ms for pool/ }).first();
    await line.click();
    await page.getByRole("link", { name: /^Open trace/ }).waitFor();
    await expectAccessible(page);
    await page.getByRole("link", { name: "Lines of this trace" }).click();
    await page.getByText("of trace").waitFor();
    await page.getByText(/^1 lines?$/).waitFor();
    await page.getByRole("button", { name: /waited 1000 ms/ }).waitFor();

    await page.goto(`${base}map?t=2001-01-01T00:00..2001-01-01T01:00`);
    await page.getByRole("button", { name: "Show the newest hour" }).click();
    await expectDrawn(page);

    await page.keyboard.press("Control+k");
    await page.getByRole("dialog", { name: "Search or jump to" }).waitFor();
    await expectAccessible(page);
    await page.keyboard.press("Escape");
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    await expectAccessible(page);
    settle();
    await page.close();
  });
});

test("the waiting line becomes a link soon after the first span", () => {
  // A second for the next state of the process, and room for the first answers of a cold store.
  expect(arrivalMillis ?? 0).toBeLessThan(4_000);
});

test("nothing is fetched from elsewhere, and nothing is inline", async () => {
  const { page, settle } = await openPage(browser, "light");
  const hosts = new Set<string>();
  page.on("request", (request) => hosts.add(new URL(request.url()).host));
  const response = await page.goto(base);
  await expectDrawn(page);
  expect([...hosts]).toEqual([new URL(base).host]);
  const policy = response?.headers()["content-security-policy"] ?? "";
  expect(policy).toContain("default-src 'self'");
  expect(policy).not.toContain("unsafe");
  settle();
  await page.close();
});

test("all of it works below a path prefix", async () => {
  const proxy = await stripPrefix("/obs");
  const { page, settle } = await openPage(browser, "dark");
  await page.goto(`${proxy.url}/obs/`);
  await expectDrawn(page);
  expect(new URL(page.url()).pathname).toBe("/obs/map");
  await page.keyboard.press("g");
  await page.keyboard.press("s");
  await page.getByRole("table", { name: "Listening on" }).waitFor();
  await page.reload();
  await page.getByRole("table", { name: "Listening on" }).waitFor();
  expect(new URL(page.url()).pathname).toBe("/obs/setup");
  settle();
  await page.close();
  proxy.close();
});

/** A reverse proxy that knows the binary below a prefix, and nothing else. */
async function stripPrefix(prefix: string): Promise<{ url: string; close: () => void }> {
  const server = createServer((request, response) => {
    if (!request.url?.startsWith(`${prefix}/`)) {
      response.writeHead(404).end();
      return;
    }
    const target = new URL(request.url.slice(prefix.length + 1), base);
    const headers = { ...request.headers, host: target.host };
    const inner = forward(target, { method: request.method ?? "GET", headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    inner.on("error", () => response.destroy());
    response.on("close", () => inner.destroy());
    request.pipe(inner);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}`, close };
}
