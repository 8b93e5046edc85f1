import { type Chained, chain } from "./chain";
import { order, orderBy } from "./order";
import { place, placeAt } from "./place";
import { rank } from "./rank";
import { columnGap, type LayoutInput, type LayoutResult, type Link, type Point } from "./types";

/** Share of boxes that must be known for the last picture to be kept rather than drawn anew. */
const enoughKnown = 0.5;

/**
 * Places boxes in columns from left to right. With enough previous positions the picture is kept: known
 * boxes stay, new ones find their place between them, and nothing is reordered.
 */
export function layout({ boxes, links, previous }: LayoutInput): LayoutResult {
  // The outcome depends on the graph, not on the order in which it was told; traffic decides only where a
  // cycle is cut: the strongest path is walked first.
  const sorted = boxes.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const strongest = links.toSorted((a, b) => b.weight - a.weight || (a.id < b.id ? -1 : 1));
  const ranks = rank(sorted, strongest);
  const told = links.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const turned = new Set([...ranks.backward].map((index) => strongest[index]?.id));
  const backward = new Set(told.flatMap((link, index) => (turned.has(link.id) ? [index] : [])));
  const chained = chain(sorted, told, { rank: ranks.rank, backward });
  const known = recall(chained, told, previous);
  const seen = boxes.filter((box) => previous?.at[box.id]).length;
  const keep = boxes.length > 0 && seen >= boxes.length * enoughKnown;
  const columns = keep ? orderBy(chained, known) : order(chained);
  const y = keep ? placeAt(chained.cells, columns, known) : place(chained.cells, columns);

  const point = (cell: number): Point => ({
    x: (chained.cells[cell]?.rank ?? 0) * columnGap,
    y: y[cell] ?? 0,
  });
  const at: Record<string, Point> = {};
  let top = Infinity;
  let bottom = -Infinity;
  chained.cells.forEach((cell, index) => {
    if (cell.id !== "") at[cell.id] = point(index);
    top = Math.min(top, (y[index] ?? 0) - cell.height / 2);
    bottom = Math.max(bottom, (y[index] ?? 0) + cell.height / 2);
  });
  // A picture that is kept is not moved either: its origin stays where it was.
  const shift = keep || top === Infinity ? 0 : -top;
  const moved = (p: Point): Point => ({ x: p.x, y: p.y + shift });
  for (const id of Object.keys(at)) at[id] = moved(at[id] ?? { x: 0, y: 0 });
  const bends: Record<string, Point[]> = {};
  told.forEach((link, index) => {
    const cells = chained.dummies[index] ?? [];
    if (cells.length > 0) bends[link.id] = cells.map((cell) => moved(point(cell)));
  });
  return {
    at,
    bends,
    width: Math.max(0, columns.length - 1) * columnGap,
    height: top === Infinity ? 0 : bottom - top,
  };
}

/** Heights of the cells that the last picture knows. */
function recall(
  chained: Chained,
  links: readonly Link[],
  previous: LayoutInput["previous"],
): Map<number, number> {
  const known = new Map<number, number>();
  chained.cells.forEach((cell, index) => {
    const at = cell.id === "" ? undefined : previous?.at[cell.id];
    if (at) known.set(index, at.y);
  });
  links.forEach((link, index) => {
    const cells = chained.dummies[index] ?? [];
    const bends = previous?.bends[link.id] ?? [];
    // A link that spans more or fewer columns than before takes a new way.
    if (bends.length !== cells.length) return;
    cells.forEach((cell, i) => {
      known.set(cell, bends[i]?.y ?? 0);
    });
  });
  return known;
}
