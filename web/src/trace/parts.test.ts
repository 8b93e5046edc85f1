import { describe, expect, it } from "vitest";
import { groupAttributes } from "./attributes";
import { hopAt } from "./engine/hop";
import { at, buildModel } from "./engine/model";
import { orderSpans } from "./engine/order";
import { traceDocument } from "./export";
import { hopSentence, hostGroups } from "./hop";
import { percentileText, shown } from "./peers";
import { logsBelow } from "./spanlogs";
import { traceSchema } from "./state";
import { spanDetail, storyLogs } from "./testdata/details";
import { storyTrace } from "./testdata/story";
import { faultAfter, skewText } from "./tools";
import { tickText } from "./view/axis";

const trace = storyTrace();
const m = buildModel(trace);
const named = (name: string): number => Array.from(m.name).indexOf(m.names.indexOf(name));
const attr = (key: string) => ({ key, value: "1", type: "string" });

it("puts attributes under headings, the important ones first", () => {
  const groups = groupAttributes(
    [
      "url.path",
      "http.request.method",
      "upstream_cluster",
      "db.system",
      "messaging.system",
      "product.id",
    ].map(attr),
    ["host.name", "service.name"].map(attr),
  );
  expect(groups.map((g) => [g.title, ...g.attributes.map((a) => a.key)])).toEqual([
    ["Request", "http.request.method", "url.path"],
    ["Mesh", "upstream_cluster"],
    ["Database", "db.system"],
    ["Messaging", "messaging.system"],
    ["Resource", "service.name", "host.name"],
    ["Other", "product.id"],
  ]);
});

describe("the hop", () => {
  it("says where the time went", () => {
    const hop = hopAt(m, named("GET reviews:9080/reviews/7"));
    expect(hop && hopSentence(hop, "reviews v3")).toBe(
      "The way is fine: 99.6 % of 1.91 s passed inside reviews v3.",
    );
    expect(hopSentence({ chain: [0, 1], out: [4e6], back: [2e6], inside: 4e6, total: 10e6 }, "x")).toBe(
      "6.0 ms of 10 ms passed on the way, 60 %.",
    );
    expect(hopSentence({ chain: [0, 1], out: [4e6], back: [-9e6], inside: 15e6, total: 10e6 }, "x")).toMatch(
      /do not lie/,
    );
  });

  it("joins stations on one host and calls the rest the network", () => {
    expect(hostGroups(["a", "a", "b", "b"]).map((g) => `${g.name} ${g.from}-${g.to}`)).toEqual([
      "a 0-1",
      "network 1-2",
      "b 2-3",
    ]);
    expect(hostGroups(["", ""])).toEqual([]);
    expect(hostGroups(["a", ""]).map((g) => g.name)).toEqual(["a"]);
  });
});

it("keeps the logs of a span and of those below it; the root also keeps those without a span", () => {
  const { logs } = storyLogs(trace);
  const stray = { ...(logs[0] ?? logs[1]), spanId: "" } as (typeof logs)[number];
  expect(logsBelow(m, [...logs, stray], named("backoff")).map((l) => l.body)).toEqual([
    "retry 1 of 1 after 50 ms",
  ]);
  expect(logsBelow(m, [...logs, stray], 0)).toHaveLength(4);
});

it("exports each span with its attributes and exact start", () => {
  const document = traceDocument(m, new Map([[1, spanDetail(trace, 1)]])) as {
    spans: Record<string, unknown>[];
  };
  expect(document.spans).toHaveLength(m.count);
  expect(document.spans[1]).toMatchObject({
    parentId: m.spanIds[0],
    startNs: "1760968931384200000",
    name: "ingress",
  });
  expect(document.spans[1]?.resource).toMatchObject({ "service.name": "gateway" });
  expect(document.spans[0]).not.toHaveProperty("attributes");
});

it("sorts the table by any column", () => {
  const by = (key: Parameters<typeof orderSpans>[3]) => Array.from(orderSpans(m, 0, m.count, key, true));
  const durations = by("duration").map((i) => at(m.duration, i));
  expect(durations).toEqual([...durations].sort((a, b) => b - a));
  const names = Array.from(orderSpans(m, 0, m.count, "name", false)).map((i) => m.names[at(m.name, i)] ?? "");
  expect(names).toEqual([...names].sort((a, b) => a.localeCompare(b)));
});

it("finds faults in a ring, both ways", () => {
  const first = faultAfter(m.category, -1, 1);
  expect(first).toBe(0);
  expect(faultAfter(m.category, first, -1)).toBe(named("pool.acquire ratings"));
  expect(faultAfter([0, 1, 2], 0, 1)).toBe(-1);
});

it("writes percentiles, ticks and corrected clocks", () => {
  expect([50, 99, 99.5, 99.95, 99.999].map(percentileText)).toEqual(["50", "99", "99.5", "99.95", "100"]);
  expect(tickText(1.25e9, { from: 0, to: 2e9 })).toBe("1.25 s");
  expect(tickText(1_500_250, { from: 1_500_000, to: 1_501_000 })).toBe("1.50025 ms");
  expect(skewText([{ name: "a" }], [])).toBe("");
  expect(skewText([{ name: "a" }], [{ service: 0, movedNs: 2e6 }])).toBe("Clock of a corrected, +2.0 ms");
});

it("leaves a few instant peers out of the picture", () => {
  expect(
    shown([
      [0, 1],
      [180, 5],
      [200, 1000],
    ]),
  ).toEqual([[200, 1000]]);
  expect(
    shown([
      [180, 50],
      [200, 1000],
    ]),
  ).toHaveLength(2);
});

it("reads a stretch of time from an address and refuses nonsense", () => {
  expect(traceSchema.z.parse(["10-500"])).toEqual({ from: 10, to: 500 });
  for (const bad of ["", "5", "500-10", "a-b", "-1-5"]) expect(traceSchema.z.parse([bad])).toBeUndefined();
});
