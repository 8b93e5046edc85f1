import { durationText, percent, rate } from "../time/format";
import { wordFor } from "../ui/glyph";
import type { Edge, Node, Part } from "./graph";
import { isInferred, partName } from "./graph";
import { systemName } from "./names";
import { loudest } from "./stats";

/** A part in one sentence, for those who hear the map. */
export function sayPart(part: Part): string {
  const said = loudest(part.stats);
  const parts = [
    part.version === "" ? part.node.name : partName(part),
    sayKind(part.node),
    `${rate(part.stats.perSecond)} requests per second`,
    said ? `${percent(said.share)} per cent ${wordFor(said.outcome)}` : "",
  ];
  return parts.filter(Boolean).join(", ");
}

export function sayEdge(edge: Edge): string {
  const said = loudest(edge.stats);
  const parts = [
    `${partName(edge.from)} calls ${partName(edge.to)}`,
    `${rate(edge.stats.perSecond)} per second`,
    `p95 ${durationText(edge.stats.p95)}`,
    said ? `${percent(said.share)} per cent ${wordFor(said.outcome)}` : "",
  ];
  return parts.filter(Boolean).join(", ");
}

/** What kind of thing a node is, in words. */
export function sayKind(node: Node): string {
  if (node.kind === "group") return `group of ${node.members.length}`;
  if (isInferred(node)) return [systemName(node.system), node.kind].filter(Boolean).join(" ");
  return node.kind === "client" ? "" : node.kind;
}
