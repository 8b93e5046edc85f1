import { describe, expect, test } from "vitest";
import { buildGraph } from "./graph";
import { hitTest } from "./hit";
import { placeLabels } from "./labels";
import { layout } from "./layout/layout";
import { buildScene, lineWidth, pointAt, type Scene, toLayout } from "./scene";
import { statsOf, storyMap } from "./story";
import { bound, fit, reveal, toScene, zoomAt } from "./view";
import { firstPart, nextEdge, walk } from "./walk";

const graph = buildGraph(storyMap);
const size = { width: 1000, height: 780 };
const scene = buildScene(graph, layout(toLayout(graph)), size);
const at = (key: string, of: Scene = scene) => {
  const placed = of.placed.get(key);
  if (!placed) throw new Error(`${key} is not placed`);
  return placed;
};

describe("scene", () => {
  test("stands the client left of everything and versions above each other in a frame", () => {
    const [frame] = scene.frames;
    expect(
      [...scene.placed.values()].every((one) => one.part.key === "client" || one.x > at("client").x),
    ).toBe(true);
    expect(at("reviews,v1").y).toBeLessThan(at("reviews,v2").y);
    expect(at("reviews,v2").y).toBeLessThan(at("reviews,v3").y);
    expect(frame?.node.id).toBe("reviews");
    expect(at("reviews,v3").y + at("reviews,v3").r).toBeLessThan((frame?.y ?? 0) + (frame?.height ?? 0));
  });

  test("keeps circles and labels of one column apart", () => {
    const all = [...scene.placed.values()];
    for (const a of all) {
      for (const b of all) {
        if (a === b || Math.abs(a.x - b.x) > 30 || a.y > b.y) continue;
        expect(b.y - b.r - (a.y + a.r)).toBeGreaterThan(a.idle ? 0 : 28);
      }
    }
  });

  test("draws area and width by traffic", () => {
    const ring = (key: string) => at(key).r - 10;
    // 512 a second against 61: areas above the floor are as their rates.
    expect(ring("gateway") ** 2 / ring("search") ** 2).toBeCloseTo(512 / 61, 1);
    expect(lineWidth(400, 1600) / lineWidth(100, 1600)).toBeCloseTo(2);
    expect(lineWidth(0.001, 1600)).toBe(1);
  });

  test("runs an edge that closes a cycle from right to left", () => {
    const cyclic = buildGraph({
      nodes: ["a", "b"].map((id) => ({ id, kind: "service" as const, name: id, stats: statsOf(100) })),
      edges: [
        { from: "a", to: "b", stats: statsOf(100) },
        { from: "b", to: "a", stats: statsOf(3) },
        { from: "a", to: "a", stats: statsOf(1) },
      ],
    });
    const drawn = buildScene(cyclic, layout(toLayout(cyclic)), size);
    expect([...drawn.lines.values()].map((line) => [line.edge.key, line.backward])).toEqual([
      ["a~b", false],
      ["b~a", true],
      ["a~a", false],
    ]);
  });
});

describe("texts beside edges", () => {
  const wanted = [...scene.lines.values()]
    .filter((line) => line.edge.to.node.id === "reviews" || line.edge.from.node.id === "reviews")
    .filter((line) => !line.idle)
    .map((line) => ({ line, text: "p95 1.97 s" }));
  const labels = placeLabels(scene, wanted).map(({ x, y, text }) => ({
    x,
    y,
    right: x + text.length * 5.9,
    bottom: y + 3,
  }));

  test("cover neither nodes nor each other", () => {
    expect(labels).toHaveLength(4);
    for (const a of labels) {
      for (const { x, y, r } of scene.placed.values()) {
        const nearest = {
          x: Math.min(Math.max(x, a.x), a.right),
          y: Math.min(Math.max(y, a.y - 8), a.bottom),
        };
        expect(Math.hypot(nearest.x - x, nearest.y - y)).toBeGreaterThan(r);
      }
      for (const b of labels) {
        if (a === b) continue;
        expect(a.right < b.x || b.right < a.x || a.y < b.y - 10 || b.y < a.y - 10).toBe(true);
      }
    }
  });
});

describe("pointer", () => {
  test("hits nodes, their names, edges, and nothing", () => {
    const v3 = at("reviews,v3");
    expect(hitTest(scene, v3, 1)).toEqual({ kind: "node", id: "reviews", part: "reviews,v3" });
    expect(hitTest(scene, { x: v3.x, y: v3.y + v3.r + 20 }, 1)).toMatchObject({ part: "reviews,v3" });
    const line = scene.lines.get("gateway~auth");
    if (!line) throw new Error("no edge");
    expect(hitTest(scene, pointAt(line.path, 0.5), 1)).toEqual({ kind: "edge", key: "gateway~auth" });
    expect(hitTest(scene, { x: scene.bounds.left - 200, y: 0 }, 1)).toBeUndefined();
  });

  test("has a target of 24 px however far it is zoomed out", () => {
    const { x, y, r } = at("payments");
    const away = { x: x - r - 20, y };
    expect(hitTest(scene, away, 0.25)).toMatchObject({ part: "payments" });
  });
});

describe("view", () => {
  const fitted = fit(scene, size);
  test("fits all of it, never enlarged", () => {
    const corner = {
      x: scene.bounds.right * fitted.zoom + fitted.x,
      y: scene.bounds.bottom * fitted.zoom + fitted.y,
    };
    expect(fitted.zoom).toBeLessThanOrEqual(1);
    expect(corner.x).toBeLessThanOrEqual(size.width);
    expect(corner.y).toBeLessThanOrEqual(size.height);
  });

  test("keeps the point under the pointer while zooming, within bounds", () => {
    const point = { x: 333, y: 222 };
    const before = toScene(fitted, point);
    const near = zoomAt(fitted, 1.7, point);
    expect(toScene(near, point).x).toBeCloseTo(before.x);
    expect(zoomAt(fitted, 1e9, point).zoom).toBe(3);
    expect(zoomAt(fitted, 1e-9, point).zoom).toBe(0.08);
  });

  test("cannot be pushed out of sight", () => {
    const pushed = bound({ ...fitted, x: 1e6, y: -1e6 }, scene, size);
    expect(scene.bounds.left * pushed.zoom + pushed.x).toBeLessThan(size.width);
    expect(scene.bounds.bottom * pushed.zoom + pushed.y).toBeGreaterThan(0);
  });

  test("moves no more than needed to reveal a node", () => {
    expect(reveal(fitted, at("auth"), size)).toEqual(fitted);
    const shown = reveal({ zoom: 2, x: 0, y: 0 }, at("mailer"), size);
    expect(at("mailer").x * 2 + shown.x).toBeLessThan(size.width);
  });
});

describe("keys", () => {
  test("walk along the strongest calls and back", () => {
    expect(firstPart(scene)).toBe("client");
    expect(walk(graph, scene, "client", "right")).toBe("gateway");
    expect(walk(graph, scene, "gateway", "right")).toBe("auth");
    expect(walk(graph, scene, "reviews,v3", "left")).toBe("productpage");
    expect(walk(graph, scene, "client", "left")).toBeUndefined();
  });

  test("go up and down a column", () => {
    const below = walk(graph, scene, "reviews,v2", "down");
    expect(below).toBe("reviews,v3");
    expect(walk(graph, scene, "reviews,v3", "up")).toBe("reviews,v2");
  });

  test("go round the edges of a node", () => {
    const first = nextEdge(graph, "reviews,v3", undefined, 1);
    const second = nextEdge(graph, "reviews,v3", first?.key, 1);
    expect([first?.key, second?.key]).toEqual(["reviews,v3~ratings", "productpage~reviews,v3"]);
    expect(nextEdge(graph, "reviews,v3", second?.key, 1)?.key).toBe(first?.key);
    expect(nextEdge(graph, "reviews,v3", undefined, -1)?.key).toBe(second?.key);
  });
});
