// @vitest-environment jsdom
import { QueryClientProvider } from "@tanstack/react-query";
import { cleanup, configure, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { newQueryClient } from "../api/queries";
import { FrameProvider } from "../shell/frame";
import { ClockProvider } from "../time/clock";
import Page from "./page";
import { page as cut, names, storyHeatmap, storyTraces, work } from "./testdata/story";

const from = Date.parse("2026-01-31T13:05:00Z");
const range = "t=2026-01-31T13:05..2026-01-31T14:05";
let answers: (path: string, query: URLSearchParams) => unknown;
let asked: { path: string; query: URLSearchParams }[];

// A busy machine may take its time; what is waited for still has to come.
vi.setConfig({ testTimeout: 30_000 });
configure({ asyncUtilTimeout: 8_000 });

beforeEach(() => {
  asked = [];
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      disconnect() {}
    },
  );
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(1000);
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(400);
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(null);
  vi.stubGlobal("fetch", async (address: string) => {
    const url = new URL(address, "http://oriel.test/");
    const path = url.pathname.replace("/api/v1/", "");
    asked.push({ path, query: url.searchParams });
    const body = answers(path, url.searchParams);
    if (body instanceof Response) return body;
    return new Response(JSON.stringify(body), { headers: { "content-type": "application/json" } });
  });
  answers = (path, query) => {
    if (path === "traces/heatmap") return storyHeatmap(from, from + 3_600_000, Number(query.get("columns")));
    if (path === "traces") return cut(storyTraces(250, from), query);
    if (path === "services") return names(["reviews", 40], ["ratings", 2]);
    if (path === "values") return names(["v2", 1_450_000], ["v3", 95_500]);
    return names(["http.method", 9]);
  };
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

function show(query: string): void {
  window.history.replaceState(null, "", `/traces?${range}${query}`);
  render(
    <QueryClientProvider client={newQueryClient()}>
      <ClockProvider>
        <FrameProvider>
          <Page />
        </FrameProvider>
      </ClockProvider>
    </QueryClientProvider>,
  );
}

const results = () => screen.findByRole("grid", { name: "Traces" });
const filter = () => screen.getByRole<HTMLInputElement>("combobox", { name: "Filter" });
const lastList = () => asked.filter((a) => a.path === "traces").at(-1)?.query;

describe("results", () => {
  it("lists the slowest roots first until another filter is written", async () => {
    show("");
    expect(within(await results()).getAllByRole("row")[1]?.textContent).toContain("2.04 s");
    expect(filter().value).toBe("root = true");
    expect(Object.fromEntries(lastList() ?? [])).toMatchObject({ root: "true", sort: "slowest" });
  });

  it("takes the search of a link from another page", async () => {
    show("&service=reviews&version=v3&minDuration=1000000000ns&sort=newest");
    await results();
    expect(filter().value).toBe('service = "reviews" AND version = "v3" AND duration >= 1s');
    expect(Object.fromEntries(lastList() ?? [])).toMatchObject({
      service: "reviews",
      minDuration: "1s",
      sort: "newest",
    });
  });

  it("is walked by keys, and the selected trace is explained", async () => {
    show("");
    (await results()).focus();
    await userEvent.keyboard("{ArrowDown}{ArrowDown}");
    expect(within(await results()).getByRole("row", { selected: true }).textContent).toContain("2.03 s");
    const pane = screen.getByRole("complementary", { name: "Selection" });
    expect(within(pane).getByText(/of it passed in reviews v3/)).toBeDefined();
    await userEvent.keyboard("{Enter}");
    expect(window.location.pathname).toBe("/trace");
  });

  it("keeps the rows and says since when if a new question fails", async () => {
    show("");
    await results();
    answers = () =>
      new Response(JSON.stringify({ title: "Store did not answer in 10 s", status: 400 }), {
        status: 400,
        headers: { "content-type": "application/problem+json" },
      });
    await userEvent.click(screen.getByRole("button", { name: "Started" }));
    expect((await screen.findAllByText(/Store did not answer in 10 s/)).length).toBeGreaterThan(0);
    expect(within(await results()).getAllByRole("row").length).toBeGreaterThan(5);
    expect(screen.getByText(/What is above is from/)).toBeDefined();
  });

  it("says when only a part was read", async () => {
    answers = (path, query) =>
      path === "traces/heatmap"
        ? storyHeatmap(from, from + 3_600_000, 50)
        : { ...cut(storyTraces(5, from), query), work: work(5, { complete: false, rowsScanned: 400_000 }) };
    show("");
    expect(await screen.findByText("Only a part was read.")).toBeDefined();
    expect(screen.getByText(/400 k of 1.55 M spans/)).toBeDefined();
  });
});

describe("the filter", () => {
  it("completes values with their counts and runs", async () => {
    show("");
    await results();
    await userEvent.clear(filter());
    await userEvent.type(filter(), 'version = "v');
    const option = await screen.findByRole("option", { name: /v3/ });
    expect(option.textContent).toContain("95.5 k");
    await userEvent.keyboard("{ArrowDown}{Enter}");
    expect(filter().value).toBe('version = "v3" ');
    expect(filter().getAttribute("aria-expanded")).toBe("true");
    await userEvent.keyboard("{Escape}{Enter}");
    await waitFor(() => expect(lastList()?.get("version")).toBe("v3"));
    expect(new URLSearchParams(window.location.search).get("q")).toBe('version = "v3"');
  });

  it("names a mistake and asks nothing", async () => {
    show(`&q=${encodeURIComponent("status = broken")}`);
    expect((await screen.findAllByText(/broken is no status/)).length).toBeGreaterThan(0);
    expect(filter().getAttribute("aria-invalid")).toBe("true");
    expect(asked.filter((a) => a.path.startsWith("traces"))).toEqual([]);
  });

  it("names the term that removes everything, and drops it", async () => {
    const answer = answers;
    answers = (path, query) =>
      path === "traces" && query.get("version") === "v4"
        ? { range: { from, to: from }, traces: [], work: work(0) }
        : answer(path, query);
    show(`&q=${encodeURIComponent('service = "reviews" AND version = "v4"')}`);
    expect(await screen.findByText(/removes all/)).toBeDefined();
    expect(await screen.findByText(/Seen values: v2, v3/)).toBeDefined();
    await userEvent.click(screen.getByRole("button", { name: "Drop that term" }));
    await waitFor(() => expect(filter().value).toBe('service = "reviews"'));
  });

  it("says when nothing at all was received", async () => {
    answers = (path) =>
      path === "traces/heatmap"
        ? { range: { from, to: from + 3_600_000 }, stepMs: 60_000, cells: [], histogram: [], work: work(0) }
        : { range: { from, to: from }, traces: [], work: work(0, { rowsTotal: 0 }) };
    show("");
    expect(await screen.findByRole("heading", { name: /Nothing was received/ })).toBeDefined();
  });
});

describe("the brush", () => {
  it("is drawn by keys, narrows the table, and is cleared with Escape", async () => {
    show("");
    const plot = await screen.findByRole("application", { name: /by start and duration/ });
    plot.focus();
    await userEvent.keyboard("{ArrowUp}");
    await waitFor(() =>
      expect(new URLSearchParams(window.location.search).get("b")).toMatch(/^\d+-\d+,\d+-\d+$/),
    );
    await waitFor(() => expect(lastList()?.get("minDuration")).not.toBeNull());
    expect(screen.getByText(/in the selection/)).toBeDefined();
    const pane = screen.getByRole("complementary", { name: "Selection" });
    expect(within(pane).getByRole("heading", { name: "The brushed region" })).toBeDefined();
    plot.focus();
    await userEvent.keyboard("{Escape}");
    expect(new URLSearchParams(window.location.search).get("b")).toBeNull();
  });

  it("chooses durations in the histogram", async () => {
    show("&plot=histogram");
    const plot = await screen.findByRole("application", { name: /by duration/ });
    plot.focus();
    await userEvent.keyboard("{ArrowRight}");
    const b = /^(\d+)-(\d+),/.exec(new URLSearchParams(window.location.search).get("b") ?? "");
    expect(Number(b?.[2]) - Number(b?.[1])).toBeGreaterThanOrEqual(3_600_000);
  });
});

describe("the table behind the plots", () => {
  it("tells the counts, and a line brushes its durations", async () => {
    show("&plot=table");
    const table = await screen.findByRole("table", { name: "Number of traces by duration" });
    const line = within(table).getAllByRole("row")[1];
    expect(line?.textContent).toMatch(/s.*%/);
    if (line) await userEvent.click(line);
    await waitFor(() =>
      expect(new URLSearchParams(window.location.search).get("b")).toMatch(/^\d+-\d+,\d+-\d+$/),
    );
  });
});
