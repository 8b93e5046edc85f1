// @vitest-environment jsdom
import { QueryClientProvider } from "@tanstack/react-query";
import { cleanup, configure, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { newQueryClient } from "../api/queries";
import type { Trace } from "../api/types.gen";
import { FrameProvider } from "../shell/frame";
import { ClockProvider } from "../time/clock";
import Page from "./page";
import { spanDetail, storyLogs } from "./testdata/details";
import { STORY_ID, storyTrace } from "./testdata/story";

let answers: (path: string, query: URLSearchParams) => unknown;

function storyAnswers(trace: Trace = storyTrace()): typeof answers {
  return (path, query) => {
    if (path.endsWith("/logs")) return storyLogs(trace);
    if (path.endsWith("/spans")) {
      return { spans: (query.get("index") ?? "").split(",").map((i) => spanDetail(trace, Number(i))) };
    }
    return trace;
  };
}

// A busy machine may take its time; what is waited for still has to come.
vi.setConfig({ testTimeout: 30_000 });
configure({ asyncUtilTimeout: 8_000 });

beforeEach(() => {
  // jsdom lays nothing out and draws nothing; the grid that mirrors the canvas is what is tested.
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      disconnect() {}
    },
  );
  vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener() {}, removeEventListener() {} }));
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(540);
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(null);
  vi.stubGlobal("fetch", async (address: string) => {
    const url = new URL(address, "http://oriel.test/");
    const body = answers(url.pathname.replace("/api/v1/", ""), url.searchParams);
    if (body instanceof Response) return body;
    return new Response(JSON.stringify(body), { headers: { "content-type": "application/json" } });
  });
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

function show(search: string): void {
  window.history.replaceState(null, "", `/trace${search}`);
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

const grid = () => screen.findByRole("treegrid", { name: "Spans" });
const selected = async () => within(await grid()).getByRole("row", { selected: true });

describe("the timeline", () => {
  beforeEach(() => {
    answers = storyAnswers();
  });

  it("mirrors the rows in view with level, place and state", async () => {
    show(`?id=${STORY_ID}`);
    const rows = within(await grid()).getAllByRole("row");
    expect(rows[1]?.getAttribute("aria-level")).toBe("1");
    expect(rows[1]?.getAttribute("aria-rowindex")).toBe("2");
    expect(rows[1]?.getAttribute("aria-expanded")).toBe("true");
    expect(rows[1]?.textContent).toContain("GET /productpage");
    expect((await grid()).getAttribute("aria-activedescendant")).toBe(rows[1]?.id);
  });

  it("is walked, folded and unfolded by keys", async () => {
    show(`?id=${STORY_ID}`);
    const user = userEvent.setup();
    (await grid()).focus();
    await user.keyboard("{ArrowDown}{ArrowDown}{ArrowDown}");
    expect((await selected()).textContent).toContain("Check");
    await user.keyboard("{ArrowLeft}");
    expect((await selected()).getAttribute("aria-expanded")).toBe("false");
    await user.keyboard("{ArrowLeft}");
    expect((await selected()).textContent).toContain("ext_authz");
    await user.keyboard("{End}");
    expect((await selected()).textContent).toContain("fsync");
  });

  it("makes a span the top with Enter and takes it back with Escape", async () => {
    show(`?id=${STORY_ID}`);
    const user = userEvent.setup();
    (await grid()).focus();
    const all = (await grid()).getAttribute("aria-rowcount");
    await user.keyboard("{ArrowDown}{ArrowDown}{Enter}");
    expect((await grid()).getAttribute("aria-rowcount")).toBe("6");
    expect(screen.getByRole("button", { name: /Whole trace/ })).toBeDefined();
    await user.keyboard("{Escape}");
    expect((await grid()).getAttribute("aria-rowcount")).toBe(all);
  });

  it("walks matches with n and faults with ]", async () => {
    show(`?id=${STORY_ID}&q=mongodb`);
    const user = userEvent.setup();
    (await grid()).focus();
    await user.keyboard("n");
    expect((await selected()).textContent).toContain("mongodb.find ratings");
    expect(screen.getByText(/^1 of 1/)).toBeDefined();
    await user.keyboard("]");
    expect((await selected()).textContent).toContain("GET /productpage");
    await user.keyboard("]]]");
    expect((await selected()).textContent).toContain("GET /reviews/{id}");
  });

  it("shows a repeat once and opens it", async () => {
    show(`?id=${STORY_ID}&q=SELECT+product`);
    const user = userEvent.setup();
    const row = within(await grid()).getByRole("row", { name: /× 24/ });
    expect(row.getAttribute("aria-expanded")).toBe("false");
    await user.click(screen.getByRole("button", { name: "Group repeats" }));
    await waitFor(() =>
      expect(
        within(screen.getByRole("treegrid")).getAllByText("SELECT product by id").length,
      ).toBeGreaterThan(3),
    );
  });

  it("explains the span that the address names: attributes in groups, logs below it, the hop", async () => {
    const trace = storyTrace();
    const call = trace.columns.name.indexOf(trace.names.indexOf("GET reviews:9080/reviews/7"));
    show(`?id=${STORY_ID}&span=${trace.columns.spanId[call]}`);
    await grid();
    const pane = screen.getByRole("complementary", { name: "Span" });
    expect(await within(pane).findByRole("heading", { name: "GET reviews:9080/reviews/7" })).toBeDefined();
    const request = await within(pane).findByRole("table", { name: "Request" });
    expect(within(request).getByRole("rowheader", { name: "http.response.status_code" })).toBeDefined();
    expect(await within(pane).findByText(/waited 995 ms/)).toBeDefined();
    expect(within(pane).getByRole("img", { name: /this span 1.91 s/ })).toBeDefined();
    expect(
      await screen.findByRole("img", { name: /Hop from productpage to reviews v3.*99.6 % of 1.91 s/ }),
    ).toBeDefined();
  });

  it("has a table twin that sorts", async () => {
    show(`?id=${STORY_ID}&look=table`);
    const user = userEvent.setup();
    const table = await screen.findByRole("grid", { name: "Spans" });
    await user.click(within(table).getByRole("button", { name: /Duration/ }));
    expect(
      within(table)
        .getByRole("columnheader", { name: /Duration/ })
        .getAttribute("aria-sort"),
    ).toBe("descending");
    expect(within(table).getAllByRole("row")[1]?.textContent).toContain("2.04 s");
  });

  it("says whose clock was corrected", async () => {
    show(`?id=${STORY_ID}`);
    expect(await screen.findByText("Clock of ratings corrected, −3.1 ms")).toBeDefined();
  });
});

describe("what is not here", () => {
  it("asks for an id", async () => {
    answers = storyAnswers();
    show("");
    expect(await screen.findByRole("heading", { name: "No trace was named" })).toBeDefined();
  });

  it("names an unknown trace and looks again", async () => {
    let asked = 0;
    answers = () => {
      asked++;
      return new Response(JSON.stringify({ title: "no such trace", status: 404 }), {
        status: 404,
        headers: { "content-type": "application/problem+json" },
      });
    };
    show("?id=abc");
    expect(await screen.findByRole("heading", { name: "This trace is not here" })).toBeDefined();
    await userEvent.click(screen.getByRole("button", { name: "Look again" }));
    await waitFor(() => expect(asked).toBe(2));
  });

  it("says what is wrong with an answer that is no tree", async () => {
    const trace = storyTrace();
    trace.columns.parent[3] = 40;
    answers = storyAnswers(trace);
    show(`?id=${STORY_ID}`);
    expect(await screen.findByText(/not depth first/)).toBeDefined();
  });

  it("tells of parents that were not received", async () => {
    const trace = storyTrace();
    trace.missing = 2;
    trace.columns.flags[1] = 2;
    answers = storyAnswers(trace);
    show(`?id=${STORY_ID}`);
    expect(await screen.findByText(/2 parents were not received/)).toBeDefined();
    expect(within(await grid()).getByRole("row", { name: /not received/ })).toBeDefined();
  });
});
