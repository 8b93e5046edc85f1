// @vitest-environment jsdom
import { act, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import type { Status } from "../api/types.gen";
import { renderAt, streams } from "../testing/render";
import SetupPage from "./page";

const status: Status = {
  version: "1.2.3",
  startedMs: 1_000_000,
  nowMs: 1_252_000,
  listeners: [
    { name: "OTLP gRPC", protocol: "grpc", address: "0.0.0.0:14317", open: true, items: 0, refused: 0 },
    { name: "OTLP HTTP", protocol: "http", address: "0.0.0.0:14318", open: true, items: 0, refused: 3 },
    {
      name: "Zipkin",
      protocol: "http",
      address: "0.0.0.0:9411",
      open: false,
      error: "address already in use",
      items: 0,
      refused: 0,
    },
  ],
  received: [{ signal: "traces", items: 0, perSecond: 0, lastMs: 0 }],
  store: {
    spans: 0,
    logs: 0,
    bytes: 0,
    oldestMs: 0,
    newestMs: 0,
    quarantined: 0,
    retentionBytes: 0,
    retentionMs: 0,
  },
  dropped: 0,
  refused: 3,
};

function send(next: Status) {
  act(() => streams.find((stream) => !stream.closed)?.send(next));
}

test("shows what the process listens on, and why a port is not open", () => {
  renderAt("/setup", <SetupPage />);
  send(status);
  const row = (name: string) => within(screen.getByRole("row", { name: new RegExp(name) }));
  expect(screen.getByRole("heading", { name: "Nothing received yet" })).toBeTruthy();
  expect(screen.getByText(/has been listening for 4 min 12 s/)).toBeTruthy();
  expect(row("Zipkin").getByText("address already in use")).toBeTruthy();
  expect(row("OTLP HTTP").getByText("3 refused")).toBeTruthy();
});

test("the waiting line becomes a link to the first trace with the next state", async () => {
  const first = { traceId: "7be41c09d2f35a868f0c2a17be41c09d", rootName: "GET /", rootService: "hello" };
  const { asked } = renderAt("/setup", <SetupPage />, { traces: { traces: [first] } });
  send(status);
  expect(screen.getByText("Waiting for the first span")).toBeTruthy();
  expect(asked.filter((url) => url.startsWith("api/v1/traces"))).toEqual([]);
  send({
    ...status,
    nowMs: 1_253_000,
    received: [{ signal: "traces", items: 1, perSecond: 0.1, lastMs: 1_252_500 }],
  });
  const link = await screen.findByRole("link", { name: /Open the newest trace: hello GET/ });
  expect(link.getAttribute("href")).toBe("trace?id=7be41c09d2f35a868f0c2a17be41c09d");
});

test("snippets name the real ports, and the language is in the address", async () => {
  const user = userEvent.setup();
  renderAt("/setup", <SetupPage />);
  send(status);
  expect(screen.getByRole("region", { name: "Start your service with it" }).textContent).toContain(
    "localhost:14318",
  );
  await user.click(screen.getByRole("tab", { name: "Java" }));
  await user.keyboard("{ArrowRight}");
  expect(window.location.search).toBe("?lang=python");
  expect(screen.getByRole("region", { name: "Install the packages" }).textContent).toContain(
    "opentelemetry-bootstrap",
  );
});

test("what was dropped is told with its reason", async () => {
  const drop = {
    component: "batch",
    signal: "traces",
    reason: "queue full",
    items: 1200,
    firstMs: 0,
    lastMs: 0,
    samples: [],
  };
  renderAt("/setup", <SetupPage />, { drops: { drops: [drop] } });
  send({ ...status, dropped: 1200 });
  expect((await screen.findByText("queue full")).closest("li")?.textContent).toBe(
    "queue fullbatch, traces1,200",
  );
});
