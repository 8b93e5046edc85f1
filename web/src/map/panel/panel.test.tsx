// @vitest-environment jsdom
import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { problem, renderAt } from "../../testing/render";
import { buildGraph } from "../graph";
import { storyMap } from "../story";
import { strength } from "../strength";
import { TableTwin } from "../twin";
import { EdgePanel } from "./edge";
import { NodePanel } from "./node";
import { Overview } from "./overview";

const graph = buildGraph(storyMap);
const reviews = graph.nodes.get("reviews");
const slowEdge = graph.edges.get("reviews,v3~ratings");
if (!reviews || !slowEdge) throw new Error("the story lacks reviews");
const nothing = () => {};

const trace = {
  traceId: "7be41c09d2f35a868f0c2a17be41c09d",
  rootName: "GET /productpage",
  rootService: "gateway",
  startNs: "1763733900000000000",
  durationNs: 2.1e9,
  spans: 200,
  status: "fault",
  faults: 2,
  path: [{ service: "reviews", version: "v3", selfNs: 2e9 }],
  match: { service: "reviews", name: "GET /reviews", durationNs: 2.04e9, startNs: "1763733900000000000" },
};

test("the overview ranks what needs a look and leads to it", async () => {
  const onNeed = vi.fn();
  renderAt(
    "/map",
    <Overview
      graph={graph}
      whole={graph}
      total={storyMap.total}
      yesterday={undefined}
      before={undefined}
      onEdge={nothing}
      onNeed={onNeed}
    />,
  );
  const first = screen.getAllByRole("button")[0];
  expect(first?.textContent).toContain("reviews v3 → ratings3.1 % fault");
  if (first) await userEvent.click(first);
  expect(onNeed.mock.lastCall?.[0]).toMatchObject({ kind: "edge", target: "reviews,v3~ratings" });
});

const panel = (patch = {}) => (
  <NodePanel
    graph={graph}
    node={reviews}
    before={undefined}
    brush={undefined}
    onBrush={nothing}
    onEdge={nothing}
    onOpenGroup={nothing}
    onClose={nothing}
    {...patch}
  />
);

test("a service's panel judges its versions and lists the slowest traces of the brush", async () => {
  const { asked } = renderAt("/map?t=15m", panel({ brush: { min: 1e9, max: 4e9 } }), {
    traces: { traces: [trace] },
  });
  expect(screen.getByText("v3 is worse.")).toBeTruthy();
  const link = await screen.findByRole("link", { name: /2.04 s.*GET \/productpage/ });
  expect(link.getAttribute("href")).toBe(`trace?t=15m&id=${trace.traceId}`);
  const query = new URLSearchParams(asked.find((url) => url.startsWith("api/v1/traces"))?.split("?")[1]);
  expect(Object.fromEntries(query)).toMatchObject({
    service: "reviews",
    sort: "slowest",
    minDuration: "1000ms",
    maxDuration: "4000ms",
  });
  expect(screen.getByRole("link", { name: /^All/ }).getAttribute("href")).toContain(
    "service=reviews&minDuration=1000ms",
  );
});

test("keys move the edges of the brush by whole buckets", async () => {
  const onBrush = vi.fn();
  renderAt("/map", panel({ brush: { min: 2 ** 30, max: 2 ** 32 }, onBrush }), { traces: { traces: [] } });
  screen.getByRole("slider", { name: "Shortest" }).focus();
  await userEvent.keyboard("{ArrowRight}");
  const { min, max } = onBrush.mock.lastCall?.[0] ?? {};
  expect(max).toBe(2 ** 32);
  expect(min / 2 ** 30).toBeCloseTo(2 ** (1 / 4));
});

test("the slowest traces fail by themselves, in the server's words", async () => {
  renderAt("/map", panel(), { traces: () => problem(400, "Unknown parameter", "minDuration: bad") });
  expect(await screen.findByText("Unknown parameter.")).toBeTruthy();
  expect(screen.getByText("minDuration: bad")).toBeTruthy();
  expect(screen.getByText("v3 is worse.")).toBeTruthy();
});

test("an edge's panel compares versions and says on which side the time goes", async () => {
  renderAt(
    "/map",
    <EdgePanel
      graph={graph}
      edge={slowEdge}
      before={undefined}
      brush={undefined}
      onBrush={nothing}
      onClose={nothing}
    />,
    { traces: { traces: [] } },
  );
  expect(screen.getByText("The time goes before ratings.")).toBeTruthy();
  const rows = within(screen.getByRole("table")).getAllByRole("row");
  expect(rows.map((row) => row.textContent)).toEqual([
    "versionfaultp50p95p99",
    "v33.1 %8.4 ms1.97 s2.15 s",
    "v20 %7.7 ms28 ms44 ms",
  ]);
});

test("the table twin holds every node and edge, sorts, and opens with Enter", async () => {
  const user = userEvent.setup();
  const onNode = vi.fn();
  const all = strength(graph, { focus: "", edge: "", hops: "all", faultsOnly: false, minRate: 0 });
  renderAt(
    "/map",
    <TableTwin graph={graph} strength={all} focus="" edge="" onNode={onNode} onEdge={nothing} />,
  );
  const nodes = screen.getByRole("table", { name: "Nodes" });
  expect(within(nodes).getAllByRole("row")).toHaveLength(graph.parts.size + 1);
  expect(within(screen.getByRole("table", { name: "Edges" })).getAllByRole("row")).toHaveLength(
    graph.edges.size + 1,
  );
  await user.click(within(nodes).getByRole("button", { name: /^fault/ }));
  expect(within(nodes).getAllByRole("row")[1]?.textContent).toContain("reviews v3");
  within(nodes).getAllByRole("row")[1]?.focus();
  await user.keyboard("{ArrowDown}{ArrowUp}{Enter}");
  expect(onNode).toHaveBeenCalledWith("reviews");
});

test("an error keeps the old rows and says what went wrong", async () => {
  let fails = false;
  const answers = { traces: () => (fails ? problem(503, "Store did not answer") : { traces: [trace] }) };
  const { rerenderAt } = renderAt("/map", panel({ brush: { min: 1e9, max: 4e9 } }), answers);
  await screen.findByRole("link", { name: /2.04 s/ });
  fails = true;
  rerenderAt(panel({ brush: { min: 2e9, max: 4e9 } }));
  await screen.findByText("Store did not answer.", {}, { timeout: 3_000 });
  expect(screen.getByRole("link", { name: /2.04 s/ })).toBeTruthy();
});
