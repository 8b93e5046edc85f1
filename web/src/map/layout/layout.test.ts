import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { layout } from "./layout";
import { crossings } from "./order";
import { boxGap, columnGap, type Link } from "./types";

const box = (id: string, first = false) => ({ id, height: 60, first });
const link = (from: string, to: string, weight = 1): Link => ({ id: `${from}>${to}`, from, to, weight });

/** A call graph like real ones: tiers, each service called by a few of the tiers before. */
function mesh(size: number) {
  let seed = 7;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  const tier = (i: number) => Math.floor((i / size) * 7);
  const boxes = Array.from({ length: size }, (_, i) => box(`s${i}`, i === 0));
  const links = new Map<string, Link>();
  const connect = (to: number) => {
    for (let tries = 0; tries < 20; tries++) {
      const from = random(to);
      const apart = tier(to) - tier(from);
      if (apart < 1 || (apart > 1 && random(8) > 0)) continue;
      links.set(`${from}>${to}`, link(`s${from}`, `s${to}`, 1 + random(100)));
      return;
    }
  };
  for (let i = 1; i < size; i++) connect(i);
  for (let i = 0; i < size * 0.66; i++) connect(1 + random(size - 1));
  return { boxes, links: [...links.values()] };
}

describe("layout", () => {
  test("stands callers left of what they call", () => {
    const { at } = layout({
      boxes: [box("client", true), box("a"), box("b"), box("db")],
      links: [link("client", "a"), link("a", "b"), link("b", "db"), link("a", "db")],
    });
    expect([at.client?.x, at.a?.x, at.b?.x, at.db?.x]).toEqual([0, 1, 2, 3].map((n) => n * columnGap));
  });

  test("draws the weakest link of a cycle backwards", () => {
    const { at, bends } = layout({
      boxes: [box("a"), box("b"), box("c")],
      links: [link("a", "b", 9), link("b", "c", 9), link("c", "a", 1)],
    });
    expect([at.a?.x, at.b?.x, at.c?.x]).toEqual([0, columnGap, 2 * columnGap]);
    expect(bends["c>a"]).toHaveLength(1);
  });

  test("finds the order without crossings where there is one", () => {
    const { at } = layout({
      boxes: ["a", "b", "c", "x", "y", "z"].map((id) => box(id)),
      links: [link("a", "z"), link("b", "x"), link("c", "y")],
    });
    const top = (ids: string[]) => ids.toSorted((p, q) => (at[p]?.y ?? 0) - (at[q]?.y ?? 0));
    const partner: Record<string, string> = { a: "z", b: "x", c: "y" };
    expect(top(["x", "y", "z"])).toEqual(top(["a", "b", "c"]).map((id) => partner[id]));
  });

  test("never lets two boxes of a column overlap, whatever the graph", () => {
    const graph = fc.array(fc.tuple(fc.nat(14), fc.nat(14)), { maxLength: 40 });
    fc.assert(
      fc.property(graph, (pairs) => {
        const boxes = Array.from({ length: 15 }, (_, i) => ({ id: `n${i}`, height: 40 + (i % 4) * 30 }));
        const { at } = layout({ boxes, links: pairs.map(([a, b]) => link(`n${a}`, `n${b}`)) });
        for (const a of boxes) {
          for (const b of boxes) {
            const [p, q] = [at[a.id], at[b.id]];
            if (!p || !q || a.id >= b.id || p.x !== q.x) continue;
            expect(Math.abs(p.y - q.y)).toBeGreaterThanOrEqual((a.height + b.height) / 2 + boxGap / 3 - 1e-6);
          }
        }
      }),
    );
  });

  test("does not depend on the order in which the graph is told", () => {
    const { boxes, links } = mesh(60);
    const there = layout({ boxes, links });
    const back = layout({ boxes: boxes.toReversed(), links });
    expect(back.at).toEqual(there.at);
  });

  test("does not depend on traffic where there is no cycle", () => {
    const { boxes, links } = mesh(60);
    const busy = links.map((one, i) => ({ ...one, weight: (i * 7919) % 101 }));
    expect(layout({ boxes, links: busy }).at).toEqual(layout({ boxes, links }).at);
  });

  test("moves nothing when the same graph comes again", () => {
    const graph = mesh(80);
    const once = layout(graph);
    const twice = layout({ ...graph, previous: once });
    for (const [id, at] of Object.entries(once.at)) {
      expect(twice.at[id]?.x).toBe(at.x);
      expect(twice.at[id]?.y).toBeCloseTo(at.y, 6);
    }
  });

  test("moves few boxes when two in a hundred change", () => {
    const graph = mesh(200);
    const once = layout(graph);
    const gone = new Set(["s190", "s150"]);
    const next = {
      boxes: [...graph.boxes.filter((b) => !gone.has(b.id)), box("new1"), box("new2")],
      links: [
        ...graph.links.filter((l) => !gone.has(l.from) && !gone.has(l.to)),
        link("s3", "new1"),
        link("s40", "new2"),
      ],
    };
    const twice = layout({ ...next, previous: once });
    const moves = next.boxes
      .flatMap(({ id }) => {
        const [p, q] = [once.at[id], twice.at[id]];
        return p && q ? [Math.hypot(p.x - q.x, p.y - q.y)] : [];
      })
      .sort((a, b) => a - b);
    expect(moves[Math.floor(moves.length / 2)]).toBeLessThan(5);
  });

  test("is quick with 500 nodes", () => {
    const graph = mesh(500);
    const times = Array.from({ length: 5 }, () => {
      const start = performance.now();
      layout(graph);
      return performance.now() - start;
    });
    // A tenth of a second is the goal; the bound leaves room for a busy machine.
    expect(Math.min(...times)).toBeLessThan(300);
  });

  test("draws one service alone", () => {
    expect(layout({ boxes: [box("only")], links: [link("only", "only")] }).at).toEqual({
      only: { x: 0, y: 30 },
    });
  });

  test("is empty for an empty graph", () => {
    expect(layout({ boxes: [], links: [] })).toEqual({ at: {}, bends: {}, width: 0, height: 0 });
  });
});

describe("crossings", () => {
  const cells = [
    { id: "a", rank: 0, height: 1, left: [], right: [{ cell: 3, weight: 1 }] },
    { id: "b", rank: 0, height: 1, left: [], right: [{ cell: 2, weight: 1 }] },
    { id: "x", rank: 1, height: 1, left: [{ cell: 1, weight: 1 }], right: [] },
    { id: "y", rank: 1, height: 1, left: [{ cell: 0, weight: 1 }], right: [] },
  ];
  test("counts a pair that crosses once", () => {
    expect(
      crossings(cells, [
        [0, 1],
        [2, 3],
      ]),
    ).toBe(1);
    expect(
      crossings(cells, [
        [0, 1],
        [3, 2],
      ]),
    ).toBe(0);
  });
});
