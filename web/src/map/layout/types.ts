// A layered layout in five steps, each a pure function in its own file:
// rank, chain (dummy nodes for long edges), order, place, and layout, which joins them.

export interface Point {
  x: number;
  y: number;
}

/** A box to be placed. Positions are those of its centre. */
export interface Box {
  id: string;
  height: number;
  /** Stands in the first column, whatever calls it. */
  first?: boolean;
}

export interface Link {
  id: string;
  from: string;
  to: string;
  weight: number;
}

export interface LayoutInput {
  boxes: readonly Box[];
  links: readonly Link[];
  /** The last picture: what it knows stays near its place. */
  previous?: Pick<LayoutResult, "at" | "bends"> | undefined;
}

export interface LayoutResult {
  /** Centres by box id. */
  at: Record<string, Point>;
  /** Where links that span several columns pass them, from start to end, by link id. */
  bends: Record<string, Point[]>;
  width: number;
  height: number;
}

/** Distance between columns, and between boxes in one. */
export const columnGap = 176;
export const boxGap = 20;
/** Height that a long edge takes where it passes a column. */
export const dummyHeight = 10;
