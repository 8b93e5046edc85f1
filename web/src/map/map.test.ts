import { describe, expect, test } from "vitest";
import type { MapNode } from "../api/types.gen";
import { sixFigures } from "./figures";
import { buildGraph, edgesOf, failingMembers, findNode, type Graph } from "./graph";
import { canGroup, groupByNamespace, groupId } from "./group";
import { findNeeds } from "./needs";
import { tail } from "./panel/latency";
import { sayEdge, sayPart } from "./say";
import { isFaulty, loudest, mergeStats } from "./stats";
import { statsOf, storyMap } from "./story";
import { type Selection, strength } from "./strength";
import { findNodes } from "./toolbar";
import { weighVersions } from "./verdict";

const graph = buildGraph(storyMap);
const node = (id: string, of: Graph = graph) => {
  const found = of.nodes.get(id);
  if (!found) throw new Error(`no node ${id}`);
  return found;
};

describe("graph", () => {
  test("divides a service by version, in natural order", () => {
    expect(node("reviews").parts.map((part) => part.key)).toEqual(["reviews,v1", "reviews,v2", "reviews,v3"]);
    expect(node("gateway").parts.map((part) => part.key)).toEqual(["gateway"]);
    expect(edgesOf(graph, node("reviews")).out.map((edge) => edge.key)).toEqual([
      "reviews,v2~ratings",
      "reviews,v3~ratings",
    ]);
  });

  test("draws an edge whose version is not told to the largest part", () => {
    const { edges, nodes } = buildGraph({
      nodes: storyMap.nodes,
      edges: [
        { from: "auth", to: "reviews", stats: statsOf(10) },
        { from: "auth", to: "nobody", stats: statsOf(1) },
      ],
    });
    expect([...edges.keys()]).toEqual(["auth~reviews,v2"]);
    expect(nodes.size).toBe(storyMap.nodes.length);
  });
});

describe("what is said", () => {
  test("faults come before 4xx and throttling, each from its threshold on", () => {
    expect(loudest(statsOf(1000, { fault: 10, error: 500 }))?.outcome).toBe("fault");
    expect(loudest(statsOf(1000, { fault: 9, error: 20, throttle: 100 }))?.outcome).toBe("error");
    expect(loudest(statsOf(1000, { fault: 9, error: 19, throttle: 9 }))).toBeUndefined();
    expect(loudest(statsOf(0))).toBeUndefined();
  });

  test("parts and edges are heard as sentences", () => {
    const [edge] = edgesOf(graph, node("reviews")).out.slice(1);
    expect(edge && sayEdge(edge)).toBe(
      "reviews v3 calls ratings, 51 per second, p95 1.97 s, 3.1 per cent fault",
    );
    expect(sayPart(node("catalog-db").parts[0] ?? fail())).toBe(
      "catalog-db, PostgreSQL database, 1,720 requests per second",
    );
  });
});

describe("versions", () => {
  test("the guilty one is named with its numbers and where its calls fail", () => {
    const [verdict] = weighVersions(graph, node("reviews"));
    expect(verdict?.title).toBe("v3 is worse.");
    expect(verdict?.evidence).toBe(
      "Faults 90 × v2, p95 23 ×, over 154,800 requests. 3.1 % of its calls to ratings fail.",
    );
  });

  test("a version with few requests is not judged", () => {
    const verdicts = weighVersions(graph, node("reviews"));
    expect(verdicts.find((one) => one.part.version === "v1")).toMatchObject({
      kind: "unknown",
      title: "Not enough data to judge v1.",
      evidence: "72 requests in this range; at least 100 are needed.",
    });
  });

  const two = (a: Parameters<typeof statsOf>[1], b: Parameters<typeof statsOf>[1], requests = 5000) => {
    const versions = [
      { version: "a", stats: statsOf(10_000, a) },
      { version: "b", stats: statsOf(requests, b) },
    ];
    const service: MapNode = { id: "s", kind: "service", name: "s", stats: statsOf(15_000), versions };
    const small = buildGraph({ nodes: [service], edges: [] });
    return weighVersions(small, node("s", small))[0];
  };
  test.each([
    ["as many faults", { fault: 30 }, { fault: 15 }, "like"],
    ["twice the share, but hardly any", { fault: 1 }, { fault: 4 }, "like"],
    ["faults where there were none", {}, { fault: 50 }, "worse"],
    ["a longer p95", {}, { p95: 90e6 }, "worse"],
    ["a slightly longer p95", {}, { p95: 50e6 }, "like"],
  ])("%s", (_, a, b, want) => {
    expect(two(a, b)?.kind).toBe(want);
  });

  test("a service with one version has no verdict", () => {
    expect(weighVersions(graph, node("gateway"))).toEqual([]);
  });
});

describe("needs a look", () => {
  const needs = findNeeds(graph);
  test("faults first, then by requests hit", () => {
    expect(needs.map((need) => [need.title, need.figure])).toEqual([
      ["reviews v3 → ratings", "3.1 % fault"],
      ["reviews v3", "3.6 % fault"],
      ["payments", "2.4 % 4xx"],
      ["payments → api.cardpay.example", "2.4 % 4xx"],
      ["checkout", "2.1 % 4xx"],
      ["mailer", "1.8 % throttled"],
    ]);
  });

  test("an edge is not told twice when its service says the same", () => {
    expect(needs.map((need) => need.key)).not.toContain("productpage~reviews,v3");
  });

  test("yesterday is told where it is asked for", () => {
    const withBefore = findNeeds(graph, graph);
    expect(withBefore.find((need) => need.title === "mailer")?.detail).toBe("1.8 % on −1 d too");
  });

  test("nothing is needed where nothing is wrong", () => {
    const calm = buildGraph({
      nodes: [{ id: "s", kind: "service", name: "s", stats: statsOf(1000) }],
      edges: [],
    });
    expect(findNeeds(calm)).toEqual([]);
  });
});

describe("strength", () => {
  const none: Selection = { focus: "", edge: "", hops: "1", faultsOnly: false, minRate: 0 };
  const parts = (selection: Partial<Selection>) =>
    [...strength(graph, { ...none, ...selection }).parts].sort();

  test("without a choice, all is strong", () => {
    expect(parts({})).toHaveLength(graph.parts.size);
  });

  test("one hop around a service with versions", () => {
    expect(parts({ focus: "reviews" })).toEqual([
      "productpage",
      "ratings",
      "reviews,v1",
      "reviews,v2",
      "reviews,v3",
    ]);
  });

  test("two hops reach further, all reaches all", () => {
    expect(parts({ focus: "reviews", hops: "2" })).toContain("ratings-db");
    expect(parts({ focus: "reviews", hops: "2" })).not.toContain("mailer");
    expect(parts({ focus: "reviews", hops: "all" })).toHaveLength(graph.parts.size);
  });

  test("an edge has its two ends", () => {
    expect(parts({ edge: "reviews,v3~ratings" })).toEqual(["ratings", "reviews,v3"]);
  });

  test("only with faults leaves the guilty and their callers", () => {
    expect(parts({ faultsOnly: true })).toEqual(["productpage", "ratings", "reviews,v3"]);
  });

  test("a threshold of traffic leaves busy edges", () => {
    expect(parts({ minRate: 500 })).toEqual([
      "auth",
      "catalog-db",
      "client",
      "gateway",
      "recommend",
      "sessions",
    ]);
  });
});

describe("six figures", () => {
  const now = statsOf(60_000, { fault: 600, p99: 2e9 });
  const was = statsOf(30_000, { fault: 15, p99: 100e6 });
  const notes = (before?: Parameters<typeof sixFigures>[2]) =>
    sixFigures(now, "Requests", before).map((one) => one.note);

  test("have no third line without comparison", () => {
    expect(notes()).toEqual(Array(6).fill(undefined));
  });

  test("are set beside the day before", () => {
    expect(notes({ stats: was })).toEqual(["+100 % vs −1 d", "±0", "+0.95 pt", "±0", "±0", "+1.90 s"]);
    expect(sixFigures(now, "Requests", { stats: was })[2]?.trend).toBe("worse");
    expect(sixFigures(was, "Requests", { stats: now })[5]?.trend).toBe("better");
  });

  test("say where there was nothing", () => {
    expect(notes({ stats: undefined, absent: "no v3 on −1 d" })).toEqual([
      "no v3 on −1 d",
      "–",
      "–",
      "–",
      "–",
      "–",
    ]);
  });
});

describe("groups", () => {
  const map = {
    nodes: storyMap.nodes.map((one) =>
      one.kind === "service"
        ? {
            ...one,
            namespace: ["checkout", "payments", "inventory", "mailer"].includes(one.id) ? "orders" : "shop",
          }
        : one,
    ),
    edges: storyMap.edges,
  };

  test("need two namespaces", () => {
    expect([canGroup(storyMap), canGroup(map)]).toEqual([false, true]);
  });

  test("stand for their namespace, with what only they call", () => {
    const grouped = groupByNamespace(map, new Set());
    expect([...grouped.nodes.keys()].sort()).toEqual([groupId("orders"), groupId("shop"), "client"].sort());
    expect(node(groupId("orders"), grouped).members.map((one) => one.id)).toContain("orders-db");
    expect(edgesOf(grouped, node(groupId("shop"), grouped)).out.map((edge) => edge.to.node.id)).toEqual([
      groupId("orders"),
    ]);
  });

  test("count what comes from outside", () => {
    const grouped = groupByNamespace(map, new Set());
    expect(node(groupId("orders"), grouped).stats.requests).toBe(13.2 * 3600);
  });

  test("show how many of their members fail, which their sums may hide", () => {
    const grouped = groupByNamespace(
      {
        ...map,
        nodes: map.nodes.map((one) =>
          one.id === "inventory" ? { ...one, stats: statsOf(10, { fault: 5 }) } : one,
        ),
      },
      new Set(),
    );
    const orders = node(groupId("orders"), grouped);
    expect([isFaulty(orders.stats), failingMembers(orders)]).toEqual([false, 1]);
    const faulty = strength(grouped, { focus: "", edge: "", hops: "1", faultsOnly: true, minRate: 0 });
    expect(faulty.parts).toContain(orders.parts[0]?.key);
  });

  test("answer for a member that an address names", () => {
    const grouped = groupByNamespace(map, new Set());
    expect(findNode(grouped, "payments")?.id).toBe(groupId("orders"));
    expect(findNode(graph, "payments")?.id).toBe("payments");
    expect(findNode(graph, "")).toBeUndefined();
  });

  test("open to their members", () => {
    const grouped = groupByNamespace(map, new Set(["orders"]));
    expect([...grouped.nodes.keys()]).toEqual(
      expect.arrayContaining(["checkout", "payments", "orders-db", groupId("shop")]),
    );
  });
});

test("merging figures merges their histograms", () => {
  const sum = mergeStats([
    statsOf(10, { histogram: [[100, 10]] }),
    statsOf(90, { fault: 9, histogram: [[200, 90]] }),
  ]);
  expect([sum.requests, sum.fault, sum.p50, sum.p99]).toEqual([100, 9, 2 ** (201 / 8), 2 ** (201 / 8)]);
});

test("the brush begins at the valley before the last hump", () => {
  const { min, max } = tail(node("reviews").stats);
  expect(min).toBeGreaterThan(0.3e9);
  expect(min).toBeLessThan(1.3e9);
  expect(max).toBeGreaterThan(2.1e9);
  const flat = tail(node("ratings").stats);
  expect(flat.min).toBeLessThan(node("ratings").stats.p99);
});

test("finds nodes by any part of their name, beginnings first", () => {
  expect(
    findNodes(graph, "re")
      .map((one) => one.id)
      .slice(0, 2),
  ).toEqual(["reviews", "recommend"]);
  expect(findNodes(graph, "CART").map((one) => one.id)).toEqual(["cart"]);
  expect(findNodes(graph, " ")).toEqual([]);
});

function fail(): never {
  throw new Error("missing");
}
