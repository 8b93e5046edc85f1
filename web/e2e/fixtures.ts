import { existsSync } from "node:fs";
import { type Browser, type BrowserContext, chromium, type Page, type Route } from "playwright-core";
import { preview } from "vite";
import type { Trace } from "../src/api/types.gen";

// Journeys over pages whose API is answered from fixtures, so that sizes and
// stories can be chosen that no running binary has. The pages themselves come
// from ORIEL_URL, or from a build in ORIEL_DIST (dist by default).

/** Answers a path of the API ("traces/…") with an object to be sent as JSON; undefined is 404. */
export type Answer = (path: string, query: URLSearchParams) => unknown;

export interface Fixture {
  url: string;
  browser: Browser;
  close: () => Promise<void>;
}

/** Starts a browser and, without ORIEL_URL, a server for the built pages on a free port of the loopback. */
export async function start(): Promise<Fixture> {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  if (!existsSync(executablePath)) throw new Error(`no browser at ${executablePath}; set CHROMIUM`);
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  const given = process.env.ORIEL_URL;
  if (given) return { url: given.replace(/\/$/, ""), browser, close: () => browser.close() };
  const outDir = process.env.ORIEL_DIST ?? "dist";
  const server = await preview({
    build: { outDir },
    preview: { host: "127.0.0.1", port: 0 },
    logLevel: "warn",
  });
  const address = server.httpServer.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    browser,
    close: async () => {
      await browser.close();
      await server.close();
    },
  };
}

/** Opens a page whose questions are answered by answer. */
export async function open(
  fixture: Fixture,
  answer: Answer,
  look: { width?: number; height?: number; theme?: "light" | "dark" } = {},
): Promise<{ page: Page; context: BrowserContext; errors: string[] }> {
  const context = await fixture.browser.newContext({
    viewport: { width: look.width ?? 1440, height: look.height ?? 900 },
    colorScheme: look.theme ?? "light",
    reducedMotion: "reduce",
    timezoneId: "UTC",
  });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().includes("404")) errors.push(message.text());
  });
  await page.route("**/api/v1/**", (route) => fulfil(route, answer));
  return { page, context, errors };
}

async function fulfil(route: Route, answer: Answer): Promise<void> {
  const url = new URL(route.request().url());
  const path = url.pathname.replace(/^.*\/api\/v1\//, "");
  const body = await answer(path, url.searchParams);
  if (body === undefined) {
    const problem = { title: "Not found", status: 404, detail: `${path} is not part of this fixture` };
    await route.fulfill({
      status: 404,
      contentType: "application/problem+json",
      body: JSON.stringify(problem),
    });
    return;
  }
  const text = typeof body === "string" ? body : JSON.stringify(body);
  await route.fulfill({ contentType: "application/json", body: text });
}

/** Answers what every page asks, and one trace with whatever details makes of its spans. */
export function traceAnswer(
  trace: Trace,
  details: (i: number) => unknown,
  logs: unknown = { logs: [], work: {} },
): Answer {
  // Written once: a large trace would otherwise be turned into text for each request.
  const columns = JSON.stringify(trace);
  return (path, query) => {
    if (path === `traces/${trace.traceId}`) return columns;
    if (path === `traces/${trace.traceId}/logs`) return logs;
    if (path === `traces/${trace.traceId}/spans`) {
      return { spans: (query.get("index") ?? "").split(",").map((i) => details(Number(i))) };
    }
    return undefined;
  };
}
