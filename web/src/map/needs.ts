import type { Outcome } from "../api/types.gen";
import { count, durationText, percent } from "../time/format";
import { wordFor } from "../ui/glyph";
import { between, type Edge, type Graph, type Part, partName } from "./graph";
import { loud, loudest, share } from "./stats";
import { weighVersions } from "./verdict";

/** Something on the map that should be looked at. */
export interface Need {
  key: string;
  kind: "node" | "edge";
  /** Node id or edge key: what a click focuses. */
  target: string;
  title: string;
  outcome: Exclude<Outcome, "ok">;
  /** "3.6 % fault" or "p95 2.04 s". */
  figure: string;
  detail: string;
  /** Requests that were hit. */
  hit: number;
}

const severity = { fault: 0, error: 1, throttle: 2 };
const most = 6;

/** What needs a look: faults first, then by how many requests were hit. yesterday is asked for what was usual. */
export function findNeeds(graph: Graph, yesterday?: Graph): Need[] {
  const needs: Need[] = [];
  for (const part of graph.parts.values()) {
    // The client has no outcome of its own, and what is inferred is told by its edges.
    if (part.node.kind !== "service" && part.node.kind !== "group") continue;
    const need = partNeed(graph, part, yesterday);
    if (need) needs.push(need);
  }
  for (const edge of graph.edges.values()) {
    const said = loudest(edge.stats);
    // The node at the end says the same already.
    if (!said || (loudest(edge.to.stats)?.outcome === said.outcome && edge.to.node.kind === "service"))
      continue;
    needs.push(edgeNeed(edge, said, yesterday));
  }
  return needs
    .sort((a, b) => severity[a.outcome] - severity[b.outcome] || b.hit - a.hit || (a.key < b.key ? -1 : 1))
    .slice(0, most);
}

function partNeed(graph: Graph, part: Part, yesterday: Graph | undefined): Need | undefined {
  const said = loudest(part.stats);
  const verdict =
    part.version === "" ? undefined : weighVersions(graph, part.node).find((one) => one.part === part);
  const slow = verdict?.kind === "worse" && !said;
  if (!said && !slow) return undefined;
  const common = { key: part.key, kind: "node" as const, target: part.node.id, title: partName(part) };
  if (!said) {
    // Slower than its siblings without failing: told as throttled time is, below faults.
    const figure = `p95 ${durationText(part.stats.p95)}`;
    return {
      ...common,
      outcome: "throttle",
      figure,
      detail: verdict?.evidence ?? "",
      hit: part.stats.requests,
    };
  }
  const base = verdict?.kind === "worse" ? verdict.base : undefined;
  const detail = base
    ? `p95 ${durationText(part.stats.p95)} against ${durationText(base.stats.p95)} for ${base.version}`
    : usual(said.outcome, yesterday?.nodes.get(part.node.id)?.stats, yesterday) ||
      `${count(part.stats[said.outcome])} of ${count(part.stats.requests)} requests`;
  return { ...common, ...sayIt(said), detail, hit: part.stats[said.outcome] };
}

function edgeNeed(edge: Edge, said: Said, yesterday: Graph | undefined): Need {
  const was = yesterday && between(yesterday, edge.from.node.id, edge.to.node.id);
  const numbers = `${count(edge.stats[said.outcome])} of ${count(edge.stats.requests)} calls, p95 ${durationText(edge.stats.p95)}`;
  return {
    key: edge.key,
    kind: "edge",
    target: edge.key,
    title: `${partName(edge.from)} → ${partName(edge.to)}`,
    ...sayIt(said),
    detail: usual(said.outcome, was, yesterday) || numbers,
    hit: edge.stats[said.outcome],
  };
}

type Said = NonNullable<ReturnType<typeof loudest>>;

function sayIt({ outcome, share: part }: Said) {
  return { outcome, figure: `${percent(part)} % ${wordFor(outcome)}` };
}

/** What the share was yesterday; empty if that was not asked for. */
function usual(
  outcome: Said["outcome"],
  was: Parameters<typeof share>[0] | undefined,
  yesterday?: Graph,
): string {
  if (!yesterday) return "";
  if (!was || was.requests === 0) return "not there on −1 d";
  const before = share(was, outcome);
  return before >= loud[outcome] ? `${percent(before)} % on −1 d too` : `${percent(before)} % on −1 d`;
}
