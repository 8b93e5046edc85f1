import { QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render } from "@testing-library/react";
import { type ReactNode, StrictMode } from "react";
import { afterEach, vi } from "vitest";
import { newQueryClient } from "../api/queries";
import { FrameProvider } from "../shell/frame";
import { ClockProvider } from "../time/clock";

// For tests of components: a page in its frame, with the API answered from a table.

/** Answers by path below api/v1; a function gets the query. A Response is passed on as it is. */
export type Answers = Readonly<Record<string, unknown | ((query: URLSearchParams) => unknown)>>;

/** The streams that the page has opened. */
export const streams: FakeStream[] = [];

class FakeStream {
  onmessage: ((event: { data: string }) => void) | undefined;
  onerror: (() => void) | undefined;
  closed = false;
  readonly url: string;

  constructor(url: string) {
    this.url = url;
    streams.push(this);
  }

  send(value: unknown) {
    this.onmessage?.({ data: JSON.stringify(value) });
  }

  close() {
    this.closed = true;
  }
}

class NoResize {
  observe() {}
  disconnect() {}
}

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  streams.length = 0;
  window.localStorage.clear();
  window.history.replaceState(null, "", "/");
});

/** Renders at an address. Requests for anything that is not in answers fail with a 404 problem. */
export function renderAt(address: string, ui: ReactNode, answers: Answers = {}) {
  const asked: string[] = [];
  vi.stubGlobal("EventSource", FakeStream);
  vi.stubGlobal("ResizeObserver", NoResize);
  vi.stubGlobal("fetch", async (url: string) => {
    asked.push(url);
    const [path = "", query = ""] = url.replace(/^api\/v1\//, "").split("?");
    const answer = answers[path];
    const body = typeof answer === "function" ? answer(new URLSearchParams(query)) : answer;
    if (body instanceof Response) return body;
    if (body !== undefined) return Response.json(body);
    return problem(404, "No such resource");
  });
  window.history.replaceState(null, "", address);
  const queries = newQueryClient();
  const inFrame = (content: ReactNode) => (
    <StrictMode>
      <QueryClientProvider client={queries}>
        <ClockProvider>
          <FrameProvider>{content}</FrameProvider>
        </ClockProvider>
      </QueryClientProvider>
    </StrictMode>
  );
  const shown = render(inFrame(ui));
  const rerenderAt = (next: ReactNode) => shown.rerender(inFrame(next));
  return { ...shown, asked, rerenderAt };
}

export function problem(status: number, title: string, detail = ""): Response {
  const headers = { "content-type": "application/problem+json" };
  return new Response(JSON.stringify({ title, status, detail }), { status, headers });
}
