import type { Box, Link } from "./types";

export interface Ranks {
  /** Column of each box. */
  rank: Map<string, number>;
  /** Indices of links that run against the columns, because they close a cycle. */
  backward: Set<number>;
}

/**
 * Gives each box its column: one more than the furthest of its callers. Links that close a cycle are
 * found by a depth-first walk in the order of the boxes, and count as if they were turned round.
 */
export function rank(boxes: readonly Box[], links: readonly Link[]): Ranks {
  const out = new Map<string, number[]>(boxes.map((box) => [box.id, []]));
  const incoming = new Map<string, number>(boxes.map((box) => [box.id, 0]));
  links.forEach((link, index) => {
    if (link.from === link.to) return;
    out.get(link.from)?.push(index);
    incoming.set(link.to, (incoming.get(link.to) ?? 0) + 1);
  });
  const roots = [
    ...boxes.filter((box) => box.first),
    ...boxes.filter((box) => !box.first && incoming.get(box.id) === 0),
    ...boxes,
  ].map((box) => box.id);

  const { backward, reversePostorder } = walk(roots, out, links);
  const first = new Set(boxes.filter((box) => box.first).map((box) => box.id));
  const floor = first.size > 0 ? 1 : 0;
  const ranks = new Map<string, number>(boxes.map((box) => [box.id, first.has(box.id) ? 0 : floor]));
  const rankOf = (id: string) => ranks.get(id) ?? 0;
  for (const id of reversePostorder) {
    for (const index of out.get(id) ?? []) {
      const to = links[index]?.to;
      if (to === undefined || backward.has(index)) continue;
      ranks.set(to, Math.max(rankOf(to), rankOf(id) + 1));
    }
  }
  pullRight(boxes, links, ranks, backward, incoming);
  return { rank: ranks, backward };
}

/** A box that nobody calls stands beside what it calls, not at the far left. */
function pullRight(
  boxes: readonly Box[],
  links: readonly Link[],
  ranks: Map<string, number>,
  backward: ReadonlySet<number>,
  incoming: ReadonlyMap<string, number>,
) {
  for (const box of boxes) {
    if (box.first || (incoming.get(box.id) ?? 0) > 0) continue;
    const targets = links.filter(
      (link, index) => link.from === box.id && link.to !== box.id && !backward.has(index),
    );
    if (targets.length === 0) continue;
    const nearest = Math.min(...targets.map((link) => ranks.get(link.to) ?? 0));
    ranks.set(box.id, Math.max(ranks.get(box.id) ?? 0, nearest - 1));
  }
}

/** An iterative depth-first walk: graphs from outside may be deep. */
function walk(roots: readonly string[], out: ReadonlyMap<string, readonly number[]>, links: readonly Link[]) {
  const backward = new Set<number>();
  const state = new Map<string, "open" | "done">();
  const postorder: string[] = [];
  for (const root of roots) {
    if (state.has(root)) continue;
    state.set(root, "open");
    const stack = [{ id: root, next: 0 }];
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const index = out.get(top.id)?.[top.next++];
      if (index === undefined) {
        state.set(top.id, "done");
        postorder.push(top.id);
        stack.pop();
        continue;
      }
      const to = links[index]?.to ?? "";
      const seen = state.get(to);
      if (seen === "open") backward.add(index);
      else if (seen === undefined && out.has(to)) {
        state.set(to, "open");
        stack.push({ id: to, next: 0 });
      }
    }
  }
  return { backward, reversePostorder: postorder.reverse() };
}
