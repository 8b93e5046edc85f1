import type { Cell, Chained, Tie } from "./chain";

const sweeps = 12;

/** Orders each column so that few links cross: barycentre sweeps to and fro, keeping the best. */
export function order({ cells, columns }: Chained): number[][] {
  let current = startOrder(cells, columns);
  let best = current;
  let fewest = crossings(cells, current);
  let idle = 0;
  for (let sweep = 0; sweep < sweeps && fewest > 0 && idle < 4; sweep++) {
    current = sweepOnce(cells, current, sweep % 2 === 0);
    const crossed = crossings(cells, current);
    if (crossed < fewest) {
      best = current;
      fewest = crossed;
      idle = 0;
    } else idle++;
  }
  return best;
}

/** The order that known positions give; what is new stands at the mean of its neighbours. */
export function orderBy({ cells, columns }: Chained, known: ReadonlyMap<number, number>): number[][] {
  const height = new Map(known);
  // Two passes, so that a chain of new cells takes its place from its far end too.
  for (let pass = 0; pass < 2; pass++) {
    cells.forEach((cell, index) => {
      if (known.has(index)) return;
      const mean = meanOf([...cell.left, ...cell.right], (tie) => height.get(tie.cell));
      if (mean !== undefined) height.set(index, mean);
    });
  }
  return columns.map((column) =>
    column.toSorted((a, b) => (height.get(a) ?? Infinity) - (height.get(b) ?? Infinity) || a - b),
  );
}

/** How many pairs of links between neighbouring columns cross. */
export function crossings(cells: readonly Cell[], columns: readonly (readonly number[])[]): number {
  const position = positions(cells.length, columns);
  let total = 0;
  for (const column of columns) {
    const ends = column.flatMap((index) =>
      (cells[index]?.right ?? []).map((tie) => position[tie.cell] ?? 0).sort((a, b) => a - b),
    );
    total += inversions(ends);
  }
  return total;
}

function startOrder(cells: readonly Cell[], columns: readonly (readonly number[])[]): number[][] {
  // Depth first from the left, so that what belongs together starts together.
  const result: number[][] = columns.map(() => []);
  const seen = new Set<number>();
  for (const start of columns.flat()) {
    const stack = [start];
    for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
      if (seen.has(index)) continue;
      seen.add(index);
      const cell = cells[index];
      if (!cell) continue;
      result[cell.rank]?.push(index);
      for (const tie of cell.right.toReversed()) stack.push(tie.cell);
    }
  }
  return result;
}

function sweepOnce(
  cells: readonly Cell[],
  columns: readonly (readonly number[])[],
  rightward: boolean,
): number[][] {
  const result = columns.map((column) => column.slice());
  const position = positions(cells.length, result);
  const indices = result.map((_, index) => index);
  if (!rightward) indices.reverse();
  for (const at of indices) {
    const column = result[at] ?? [];
    const centre = new Map(
      column.map((index) => {
        const ties = (rightward ? cells[index]?.left : cells[index]?.right) ?? [];
        return [index, meanOf(ties, (tie) => position[tie.cell]) ?? position[index] ?? 0];
      }),
    );
    column.sort(
      (a, b) => (centre.get(a) ?? 0) - (centre.get(b) ?? 0) || (position[a] ?? 0) - (position[b] ?? 0),
    );
    column.forEach((index, place) => {
      position[index] = place;
    });
  }
  return result;
}

function positions(size: number, columns: readonly (readonly number[])[]): number[] {
  const position = new Array<number>(size).fill(0);
  for (const column of columns) {
    column.forEach((index, place) => {
      position[index] = place;
    });
  }
  return position;
}

function meanOf(ties: readonly Tie[], value: (tie: Tie) => number | undefined): number | undefined {
  let sum = 0;
  let weights = 0;
  for (const tie of ties) {
    const one = value(tie);
    if (one === undefined) continue;
    sum += one * tie.weight;
    weights += tie.weight;
  }
  return weights === 0 ? undefined : sum / weights;
}

/** Counts pairs out of order with a Fenwick tree. */
function inversions(values: readonly number[]): number {
  const size = Math.max(0, ...values) + 1;
  const tree = new Int32Array(size + 1);
  let total = 0;
  for (let seen = 0; seen < values.length; seen++) {
    const value = values[seen] ?? 0;
    let notGreater = 0;
    for (let at = value + 1; at > 0; at -= at & -at) notGreater += tree[at] ?? 0;
    total += seen - notGreater;
    for (let at = value + 1; at <= size; at += at & -at) tree[at] = (tree[at] ?? 0) + 1;
  }
  return total;
}
