import type { Ranks } from "./rank";
import { type Box, dummyHeight, type Link } from "./types";

/** A box, or a dummy where a long link passes a column. */
export interface Cell {
  /** Box id; empty for a dummy. */
  id: string;
  rank: number;
  height: number;
  /** Neighbours in the next columns to the left and right, as indices of cells with weights. */
  left: Tie[];
  right: Tie[];
}

export interface Tie {
  cell: number;
  weight: number;
}

export interface Chained {
  cells: Cell[];
  /** Cell indices column by column. */
  columns: number[][];
  /** Dummies of each link, in the order of the link. */
  dummies: number[][];
}

/** Cuts links that span several columns into links of one column each. */
export function chain(boxes: readonly Box[], links: readonly Link[], { rank, backward }: Ranks): Chained {
  const cells: Cell[] = boxes.map((box) => ({
    id: box.id,
    rank: rank.get(box.id) ?? 0,
    height: box.height,
    left: [],
    right: [],
  }));
  const cellOf = new Map(cells.map((cell, index) => [cell.id, index]));
  const dummies: number[][] = links.map(() => []);
  links.forEach((link, index) => {
    const turned = backward.has(index);
    const start = cellOf.get(turned ? link.to : link.from);
    const end = cellOf.get(turned ? link.from : link.to);
    if (start === undefined || end === undefined || start === end) return;
    let last = start;
    const to = cells[end]?.rank ?? 0;
    for (let column = (cells[start]?.rank ?? 0) + 1; column < to; column++) {
      const dummy = cells.push({ id: "", rank: column, height: dummyHeight, left: [], right: [] }) - 1;
      dummies[index]?.push(dummy);
      // Long links are kept straight: a bend costs more the further it is from the ends.
      tie(cells, last, dummy, last === start ? 2 : 8);
      last = dummy;
    }
    tie(cells, last, end, last === start ? 1 : 2);
    if (turned) dummies[index]?.reverse();
  });
  const columns: number[][] = Array.from(
    { length: Math.max(0, ...cells.map((cell) => cell.rank + 1)) },
    () => [],
  );
  cells.forEach((cell, index) => {
    columns[cell.rank]?.push(index);
  });
  return { cells, columns, dummies };
}

function tie(cells: Cell[], a: number, b: number, weight: number) {
  cells[a]?.right.push({ cell: b, weight });
  cells[b]?.left.push({ cell: a, weight });
}
