import type { Cell } from "./chain";
import { boxGap } from "./types";

const rounds = 16;

/** Heights of all cells in the given order: each as near to the mean of its neighbours as its column allows. */
export function place(cells: readonly Cell[], columns: readonly (readonly number[])[]): number[] {
  const y = new Array<number>(cells.length).fill(0);
  for (const column of columns) stack(cells, column, y);
  for (let round = 0; round < rounds; round++) {
    const rightward = round % 2 === 0;
    const turn = rightward ? columns : columns.toReversed();
    for (const column of turn) {
      const wanted = column.map((index) => neighbourMean(cells[index], y, rightward, round) ?? y[index] ?? 0);
      settle(cells, column, wanted, y);
    }
  }
  return y;
}

/** Heights as wanted, moved apart only where cells would overlap. */
export function placeAt(
  cells: readonly Cell[],
  columns: readonly (readonly number[])[],
  known: ReadonlyMap<number, number>,
): number[] {
  const y = new Array<number>(cells.length).fill(0);
  for (const column of columns) stack(cells, column, y);
  known.forEach((value, index) => {
    y[index] = value;
  });
  for (let round = 0; round < 2; round++) {
    for (const column of columns) {
      const wanted = column.map((index) => {
        const fixed = known.get(index);
        return fixed ?? neighbourMean(cells[index], y, true, rounds) ?? y[index] ?? 0;
      });
      const weights = column.map((index) => (known.has(index) ? 1_000 : 1));
      settle(cells, column, wanted, y, weights);
    }
  }
  return y;
}

function stack(cells: readonly Cell[], column: readonly number[], y: number[]) {
  const total = column.reduce((sum, index) => sum + (cells[index]?.height ?? 0) + boxGap, -boxGap);
  let at = -total / 2;
  for (const index of column) {
    const height = cells[index]?.height ?? 0;
    y[index] = at + height / 2;
    at += height + boxGap;
  }
}

function neighbourMean(cell: Cell | undefined, y: readonly number[], rightward: boolean, round: number) {
  if (!cell) return undefined;
  // The last rounds look both ways, so that nothing hangs on one side only.
  const near = rightward ? cell.left : cell.right;
  const ties = round >= rounds - 4 || near.length === 0 ? [...cell.left, ...cell.right] : near;
  if (ties.length === 0) return undefined;
  let sum = 0;
  let weights = 0;
  for (const tie of ties) {
    sum += (y[tie.cell] ?? 0) * tie.weight;
    weights += tie.weight;
  }
  return sum / weights;
}

/**
 * Sets the heights of one column: the least squares from the wanted ones that keep the order and the
 * gaps. That is isotonic regression after the gaps are taken out, solved by pooling neighbours.
 */
export function settle(
  cells: readonly Cell[],
  column: readonly number[],
  wanted: readonly number[],
  y: number[],
  weights?: readonly number[],
) {
  const offsets: number[] = [];
  let offset = 0;
  column.forEach((index, i) => {
    const height = cells[index]?.height ?? 0;
    if (i > 0) {
      const before = cells[column[i - 1] ?? 0];
      // Dummies may pass close to each other.
      const gap = before?.id === "" || cells[index]?.id === "" ? boxGap / 3 : boxGap;
      offset += (before?.height ?? 0) / 2 + gap + height / 2;
    }
    offsets.push(offset);
  });
  const pools: { sum: number; weight: number; size: number }[] = [];
  column.forEach((_, i) => {
    const weight = weights?.[i] ?? 1;
    let pool = { sum: ((wanted[i] ?? 0) - (offsets[i] ?? 0)) * weight, weight, size: 1 };
    for (
      let last = pools.at(-1);
      last && last.sum / last.weight > pool.sum / pool.weight;
      last = pools.at(-1)
    ) {
      pools.pop();
      pool = { sum: pool.sum + last.sum, weight: pool.weight + last.weight, size: pool.size + last.size };
    }
    pools.push(pool);
  });
  let i = 0;
  for (const pool of pools) {
    for (let n = 0; n < pool.size; n++, i++) {
      const index = column[i];
      if (index !== undefined) y[index] = pool.sum / pool.weight + (offsets[i] ?? 0);
    }
  }
}
