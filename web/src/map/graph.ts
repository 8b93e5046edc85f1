import type { MapEdge, MapNode, MapStats, NodeKind, Map as ServiceMap } from "../api/types.gen";
import { systemName } from "./names";
import { isFaulty, mergeStats } from "./stats";

// The map as it is drawn: a service with several versions is one node with
// several parts, and edges go from part to part.

export interface Part {
  key: string;
  node: Node;
  /** Empty where the node is not divided. */
  version: string;
  stats: MapStats;
}

export interface Node {
  id: string;
  kind: NodeKind | "group";
  name: string;
  namespace: string;
  system: string;
  stats: MapStats;
  /** At least one; two or more stand in a frame. */
  parts: Part[];
  /** What a group stands for. */
  members: readonly MapNode[];
}

export interface Edge {
  key: string;
  from: Part;
  to: Part;
  stats: MapStats;
}

export interface Graph {
  nodes: Map<string, Node>;
  parts: Map<string, Part>;
  edges: Map<string, Edge>;
}

export function buildGraph(map: Pick<ServiceMap, "nodes" | "edges">): Graph {
  return assemble(
    map.nodes.map((node) => ({ ...node, members: [] })),
    map.edges,
  );
}

/** A node before it has parts. */
export type RawNode = Omit<MapNode, "kind"> & { kind: Node["kind"]; members: readonly MapNode[] };

export function assemble(raw: readonly RawNode[], rawEdges: readonly MapEdge[]): Graph {
  const nodes = new Map<string, Node>();
  const parts = new Map<string, Part>();
  for (const one of raw) {
    const node: Node = {
      id: one.id,
      kind: one.kind,
      name: one.kind === "client" ? "Clients" : one.name,
      namespace: one.namespace ?? "",
      system: one.system ?? "",
      stats: one.stats,
      parts: [],
      members: one.members,
    };
    const versions =
      one.versions && one.versions.length > 1 ? one.versions : [{ version: "", stats: one.stats }];
    node.parts = versions
      .map(({ version, stats }) => ({ key: partKey(one.id, version), node, version, stats }))
      .sort((a, b) => a.version.localeCompare(b.version, "en", { numeric: true }));
    for (const part of node.parts) parts.set(part.key, part);
    nodes.set(one.id, node);
  }
  const edges = new Map<string, Edge>();
  for (const raw of rawEdges) {
    const from = partOf(nodes, parts, raw.from, raw.fromVersion);
    const to = partOf(nodes, parts, raw.to, raw.toVersion);
    if (!from || !to) continue;
    const key = edgeKey(from.key, to.key);
    const known = edges.get(key);
    edges.set(key, { key, from, to, stats: known ? mergeStats([known.stats, raw.stats]) : raw.stats });
  }
  return { nodes, parts, edges };
}

/** Key of a part: its node's id, and its version. Ids may hold any sign. */
export function partKey(id: string, version = ""): string {
  return version === "" ? plain(id) : `${plain(id)},${plain(version)}`;
}

/** Without the signs that divide a key. */
function plain(text: string): string {
  return text.replace(/[%,~]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
}

/** Key of an edge: it names both ends, and stays the same from one answer to the next. */
export function edgeKey(from: string, to: string): string {
  return `${from}~${to}`;
}

function partOf(
  nodes: Map<string, Node>,
  parts: Map<string, Part>,
  id: string,
  version = "",
): Part | undefined {
  const exact = parts.get(partKey(id, version));
  if (exact) return exact;
  // The version is not told apart at this end: the largest part stands for the node.
  return nodes.get(id)?.parts.reduce((a, b) => (b.stats.requests > a.stats.requests ? b : a));
}

/**
 * A part's name in text: the service, and its version where there are several. A database or queue is
 * named with its system, since it is often called as the service that it belongs to.
 */
export function partName({ node, version }: Part): string {
  if (version !== "") return `${node.name} ${version}`;
  const named = (node.kind === "database" || node.kind === "queue") && node.system !== "";
  return named ? `${node.name} (${systemName(node.system)})` : node.name;
}

/** Edges from and to any part of a node, strongest first. */
export function edgesOf(graph: Graph, node: Node): { in: Edge[]; out: Edge[] } {
  const sorted = [...graph.edges.values()].sort((a, b) => b.stats.perSecond - a.stats.perSecond);
  return {
    in: sorted.filter((edge) => edge.to.node === node && edge.from.node !== node),
    out: sorted.filter((edge) => edge.from.node === node && edge.to.node !== node),
  };
}

/** The node that an address names: by id, by a service's name, or the group that it is in. */
export function findNode(graph: Graph, focus: string): Node | undefined {
  if (focus === "") return undefined;
  const nodes = [...graph.nodes.values()];
  return (
    graph.nodes.get(focus) ??
    nodes.find((node) => node.kind === "service" && node.name === focus) ??
    nodes.find((node) => node.members.some((member) => member.id === focus || member.name === focus))
  );
}

/** All that goes from one node to another, versions together. */
export function between(graph: Graph, from: string, to: string): MapStats | undefined {
  const list = [...graph.edges.values()].filter(
    (edge) => edge.from.node.id === from && edge.to.node.id === to,
  );
  return list.length === 0 ? undefined : mergeStats(list.map((edge) => edge.stats));
}

/** How many members of a group fail: its own sums may hide them. */
export function failingMembers(node: Node): number {
  return node.members.filter((member) => isFaulty(member.stats)).length;
}

/** To be drawn in red. */
export function isFailing({ node, stats }: Part): boolean {
  return isFaulty(stats) || failingMembers(node) > 0;
}

/** Inferred from calls to it, not heard from itself. */
export function isInferred(node: Node): boolean {
  return node.kind === "database" || node.kind === "queue" || node.kind === "external";
}
