import { count, durationText, percent } from "../time/format";
import { type Graph, type Node, type Part, partName } from "./graph";
import { loud, share } from "./stats";

/** Fewer requests say nothing about a version. */
export const enough = 100;
/** Differences that make one version worse than another. */
const faultRatio = 2;
const faultPoints = 0.002;
const leastFaults = 5;
const latencyRatio = 1.5;

export interface VersionVerdict {
  part: Part;
  /** What it is measured against: the version with most requests. */
  base: Part;
  kind: "worse" | "like" | "unknown";
  /** "v3 is worse." */
  title: string;
  /** The numbers that prove it, with their counts. */
  evidence: string;
}

/** Weighs each version against the one with most requests; the worst first. Empty for a service with one version. */
export function weighVersions(graph: Graph, node: Node): VersionVerdict[] {
  const [base, ...others] = node.parts.toSorted((a, b) => b.stats.requests - a.stats.requests);
  if (!base) return [];
  const order = { worse: 0, unknown: 1, like: 2 };
  return others
    .filter((part) => part.stats.requests > 0)
    .map((part) => weigh(graph, part, base))
    .sort((a, b) => order[a.kind] - order[b.kind] || b.part.stats.requests - a.part.stats.requests);
}

function weigh(graph: Graph, part: Part, base: Part): VersionVerdict {
  const { stats } = part;
  const fewest = Math.min(stats.requests, base.stats.requests);
  if (fewest < enough) {
    const evidence = `${count(fewest)} requests in this range; at least ${enough} are needed.`;
    return { part, base, kind: "unknown", title: `Not enough data to judge ${part.version}.`, evidence };
  }
  const [mine, theirs] = [share(stats, "fault"), share(base.stats, "fault")];
  const faulty =
    stats.fault >= leastFaults &&
    mine - theirs >= faultPoints &&
    (theirs === 0 || mine / theirs >= faultRatio);
  const slow = base.stats.p95 > 0 && stats.p95 / base.stats.p95 >= latencyRatio;
  const over = `over ${count(stats.requests)} requests`;
  if (!faulty && !slow) {
    const evidence = `Faults ${percent(mine)} % and ${percent(theirs)} %, p95 ${durationText(stats.p95)} and ${durationText(base.stats.p95)}, ${over}.`;
    return { part, base, kind: "like", title: `${part.version} does as ${base.version}.`, evidence };
  }
  const proofs: string[] = [];
  if (faulty) {
    const ratio =
      theirs === 0 ? `${percent(mine)} % against none` : `${times(mine / theirs)} × ${base.version}`;
    proofs.push(`Faults ${ratio}`);
  }
  if (slow) proofs.push(`p95 ${times(stats.p95 / base.stats.p95)} ×${faulty ? "" : ` ${base.version}`}`);
  const evidence = `${proofs.join(", ")}, ${over}.${where(graph, part)}`;
  return { part, base, kind: "worse", title: `${part.version} is worse.`, evidence };
}

/** Which of its own calls fail, if some do. */
function where(graph: Graph, part: Part): string {
  const failing = [...graph.edges.values()]
    .filter((edge) => edge.from === part && share(edge.stats, "fault") >= loud.fault)
    .sort((a, b) => b.stats.fault - a.stats.fault)[0];
  if (!failing) return "";
  const { stats } = failing;
  return ` ${percent(share(stats, "fault"))} % of its calls to ${partName(failing.to)} fail.`;
}

function times(ratio: number): string {
  return ratio >= 9.95 ? ratio.toFixed(0) : ratio.toFixed(1);
}
