import type { Edge, Graph } from "./graph";
import type { Scene } from "./scene";

export type Direction = "left" | "right" | "up" | "down";

/**
 * The part that an arrow key leads to: right to what is called, left to the caller (the one with most
 * traffic), up and down to the next in the column, or the next nearest where the column ends.
 */
export function walk(graph: Graph, scene: Scene, from: string, direction: Direction): string | undefined {
  const here = scene.placed.get(from);
  if (!here) return firstPart(scene);
  if (direction === "left" || direction === "right") {
    const edges = [...graph.edges.values()].filter((edge) =>
      direction === "right" ? edge.from.key === from : edge.to.key === from,
    );
    const best = strongest(edges);
    return best && (direction === "right" ? best.to.key : best.from.key);
  }
  const sign = direction === "down" ? 1 : -1;
  let next: { key: string; cost: number } | undefined;
  for (const [key, placed] of scene.placed) {
    const dy = (placed.y - here.y) * sign;
    const dx = Math.abs(placed.x - here.x);
    if (key === from || dy <= 1 || dx > 60) continue;
    if (!next || dy < next.cost) next = { key, cost: dy };
  }
  return next?.key;
}

/** Where the keyboard begins: at the top left. */
export function firstPart(scene: Scene): string | undefined {
  const [first] = [...scene.placed].sort(([, a], [, b]) => a.x - b.x || a.y - b.y);
  return first?.[0];
}

/** The next edge of a part, in a circle, strongest first; its Enter opens the panel of the edge. */
export function nextEdge(
  graph: Graph,
  part: string,
  after: string | undefined,
  step: 1 | -1,
): Edge | undefined {
  const edges = [...graph.edges.values()]
    .filter((edge) => edge.from.key === part || edge.to.key === part)
    .sort((a, b) => b.stats.perSecond - a.stats.perSecond);
  const at = edges.findIndex((edge) => edge.key === after);
  return edges[at < 0 ? (step > 0 ? 0 : edges.length - 1) : (at + step + edges.length) % edges.length];
}

function strongest(edges: readonly Edge[]): Edge | undefined {
  return edges.reduce<Edge | undefined>(
    (best, edge) => (!best || edge.stats.perSecond > best.stats.perSecond ? edge : best),
    undefined,
  );
}
