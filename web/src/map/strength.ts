import { type Edge, type Graph, isFailing, type Part } from "./graph";
import { isFaulty } from "./stats";

/** What is drawn at full strength. The rest is dimmed and stays where it is. */
export interface Strength {
  parts: ReadonlySet<string>;
  edges: ReadonlySet<string>;
}

export interface Selection {
  /** A node's id. */
  focus: string;
  /** An edge's key. */
  edge: string;
  hops: "1" | "2" | "all";
  faultsOnly: boolean;
  /** Requests a second below which edges are dimmed. */
  minRate: number;
}

export function strength(graph: Graph, selection: Selection): Strength {
  const edges = [...graph.edges.values()].filter((edge) => passes(edge, selection));
  const chosen = graph.edges.get(selection.edge);
  if (chosen) return { parts: new Set([chosen.from.key, chosen.to.key]), edges: new Set([chosen.key]) };

  const focus = graph.nodes.get(selection.focus);
  if (focus && selection.hops !== "all") return around(focus.parts, edges, Number(selection.hops));

  const parts = [...graph.parts.values()].filter((part) => !selection.faultsOnly || isFailing(part));
  const ends = edges.flatMap((edge) => [edge.from.key, edge.to.key]);
  const filtered = selection.faultsOnly || selection.minRate > 0;
  const lone = filtered ? parts.filter((part) => part.stats.perSecond >= selection.minRate) : parts;
  return {
    parts: new Set([...lone.map((part) => part.key), ...ends]),
    edges: new Set(edges.map((edge) => edge.key)),
  };
}

function passes(edge: Edge, { faultsOnly, minRate }: Selection): boolean {
  return edge.stats.perSecond >= minRate && (!faultsOnly || isFaulty(edge.stats) || isFailing(edge.to));
}

function around(start: readonly Part[], edges: readonly Edge[], hops: number): Strength {
  const parts = new Set(start.map((part) => part.key));
  const reached = new Set<string>();
  for (let hop = 0; hop < hops; hop++) {
    const next = edges.filter((edge) => parts.has(edge.from.key) || parts.has(edge.to.key));
    for (const edge of next) {
      reached.add(edge.key);
      parts.add(edge.from.key);
      parts.add(edge.to.key);
    }
  }
  return { parts, edges: reached };
}
