import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { bucketOf, countOf } from "../charts/histogram";
import { buildGraph } from "../map/graph";
import { addressesOf } from "../setup/snippets";
import { toMillis } from "../time/format";
import type { LogList, Names, Problem, Map as ServiceMap, Status, Timeline, TraceList } from "./types.gen";

// The answers that the Go tests hold to be right, read with the eyes of the UI.

function golden<T>(name: string): T {
  const file = new URL(`../../../api/ui/testdata/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")) as T;
}

describe("the map", () => {
  const map = golden<ServiceMap>("map");
  const graph = buildGraph(map);

  test("has every node and edge of the answer", () => {
    expect(graph.nodes.size).toBe(map.nodes.length);
    const parts = map.nodes.reduce((sum, node) => sum + Math.max(1, node.versions?.length ?? 0), 0);
    expect(graph.parts.size).toBe(parts);
    expect(graph.edges.size).toBe(map.edges.length);
  });

  test("counts each request once, in one bucket", () => {
    for (const { stats } of [...graph.parts.values(), ...graph.edges.values()]) {
      expect(stats.ok + stats.error + stats.throttle + stats.fault).toBe(stats.requests);
      expect(countOf(stats.histogram)).toBe(stats.requests);
    }
  });

  test("has quantiles in buckets that are there", () => {
    for (const { stats } of graph.parts.values()) {
      if (stats.requests === 0) continue;
      const buckets = stats.histogram.map(([bucket]) => bucket);
      const first = Math.min(...buckets);
      const last = Math.max(...buckets);
      for (const quantile of [stats.p50, stats.p95, stats.p99]) {
        expect(bucketOf(quantile)).toBeGreaterThanOrEqual(first);
        expect(bucketOf(quantile)).toBeLessThanOrEqual(last);
      }
    }
  });
});

test("the state of the process fills the snippets", () => {
  const status = golden<Status>("status");
  const open = status.listeners.filter((listener) => listener.open);
  const grpc = open.find((listener) => listener.protocol === "grpc" && /otlp/i.test(listener.name));
  const port = grpc?.address.split(":").at(-1);
  expect(addressesOf(status, "box").grpc.split(":").at(-1)).toBe(port ?? "4317");
});

test("the timeline has as many faults as steps", () => {
  const timeline = golden<Timeline>("timeline");
  expect(timeline.requests).toHaveLength(timeline.faults.length);
  expect(timeline.range.from + timeline.stepMs * timeline.requests.length).toBeGreaterThanOrEqual(
    timeline.range.to,
  );
});

test("log lines are newest first", () => {
  const times = golden<LogList>("logs").logs.map((line) => toMillis(line.timeNs));
  expect(times).toEqual(times.toSorted((a, b) => b - a));
});

test("traces, names and problems have what the pages need", () => {
  for (const trace of golden<TraceList>("traces").traces) {
    expect(trace.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(trace.match.durationNs).toBeGreaterThan(0);
  }
  expect(golden<Names>("services").names.length).toBeGreaterThan(0);
  expect(golden<Problem>("problem").status).toBeGreaterThanOrEqual(400);
});
