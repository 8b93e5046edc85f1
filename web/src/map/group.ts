import type { MapEdge, MapNode, Map as ServiceMap } from "../api/types.gen";
import { assemble, type Graph, type RawNode } from "./graph";
import { mergeStats } from "./stats";

/** A map with more nodes is grouped unless the user says otherwise. */
export const groupFrom = 60;

/** Whether there are namespaces to group by. */
export function canGroup(map: Pick<ServiceMap, "nodes">): boolean {
  return new Set(map.nodes.map((node) => node.namespace).filter(Boolean)).size > 1;
}

/**
 * The map with one node for each namespace that is not opened. What is inferred belongs to its
 * callers' namespace if they share one. Calls inside a group are not drawn.
 */
export function groupByNamespace(
  map: Pick<ServiceMap, "nodes" | "edges">,
  opened: ReadonlySet<string>,
): Graph {
  const space = namespaces(map);
  const members = new Map<string, MapNode[]>();
  for (const node of map.nodes) {
    const name = space.get(node.id);
    if (name) members.set(name, [...(members.get(name) ?? []), node]);
  }
  const home = (id: string) => {
    const name = space.get(id);
    return name && !opened.has(name) && (members.get(name)?.length ?? 0) > 1 ? groupId(name) : id;
  };
  const nodes: RawNode[] = map.nodes
    .filter((node) => home(node.id) === node.id)
    .map((node) => ({ ...node, members: [] }));
  for (const [name, list] of members) {
    if (opened.has(name) || list.length < 2) continue;
    const services = list.filter((node) => node.kind === "service");
    nodes.push({
      id: groupId(name),
      kind: "group",
      name,
      stats: mergeStats(entering(map.edges, list) ?? services.map((node) => node.stats)),
      members: list,
    });
  }
  const edges = map.edges.flatMap((edge): MapEdge[] => {
    const from = home(edge.from);
    const to = home(edge.to);
    if (from === to && from !== edge.from) return [];
    const { fromVersion, toVersion, ...rest } = edge;
    return [
      {
        ...rest,
        from,
        to,
        ...(from === edge.from && fromVersion ? { fromVersion } : {}),
        ...(to === edge.to && toVersion ? { toVersion } : {}),
      },
    ];
  });
  return assemble(nodes, edges);
}

/** Id of the node that stands for a namespace. A service's id cannot begin so: control characters are no part of names. */
export function groupId(namespace: string): string {
  return `\u0001${namespace}`;
}

/** A group's requests are those that come from outside: calls among its members are no users of it. */
function entering(edges: readonly MapEdge[], list: readonly MapNode[]) {
  const inside = new Set(list.map((node) => node.id));
  const stats = edges
    .filter((edge) => inside.has(edge.to) && !inside.has(edge.from))
    .map((edge) => edge.stats);
  return stats.length > 0 ? stats : undefined;
}

function namespaces(map: Pick<ServiceMap, "nodes" | "edges">): Map<string, string> {
  const space = new Map<string, string>();
  for (const node of map.nodes) if (node.namespace) space.set(node.id, node.namespace);
  for (const node of map.nodes) {
    if (node.namespace || node.kind === "client" || node.kind === "service") continue;
    const callers = new Set(
      map.edges.filter((edge) => edge.to === node.id).map((edge) => space.get(edge.from)),
    );
    const [only] = callers;
    if (callers.size === 1 && only) space.set(node.id, only);
  }
  return space;
}
