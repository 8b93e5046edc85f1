import { at, hasChildren, type TraceModel } from "./model";
import type { Repeats } from "./repeats";

/** What a row of the waterfall stands for. */
export const RowKind = { span: 0, repeat: 1, more: 2 } as const;

/** How far a repeat is opened: only its row; its first members and "n more"; all members. */
export const Opened = { no: 0, sample: 1, all: 2 } as const;

/** Members shown of a repeat that has been opened once. */
export const SAMPLE = 3;

/** Shape is what the reader has folded. The arrays are replaced, never changed, so that a view can compare them. */
export interface Shape {
  /** The span at the top; -1 shows all roots. */
  readonly root: number;
  /** 1 for each span whose children are hidden. */
  readonly closed: Uint8Array;
  /** One of Opened for each repeat. */
  readonly opened: Uint8Array;
  /** Whether repeats are shown as one row at all. */
  readonly group: boolean;
}

/** Rows is the folded tree as a list. Row r shows span[r], or the repeat group[r] that span belongs to. */
export interface Rows {
  readonly count: number;
  readonly span: Int32Array;
  readonly kind: Uint8Array;
  readonly depth: Int32Array;
  /** Row of each span, -1 while it is hidden. */
  readonly rowOf: Int32Array;
  readonly maxDepth: number;
}

/** wholeShape shows everything, repeats grouped. */
export function wholeShape(m: TraceModel, repeats: Repeats): Shape {
  return {
    root: -1,
    closed: new Uint8Array(m.count),
    opened: new Uint8Array(repeats.groups.length),
    group: true,
  };
}

/**
 * buildRows walks the tree once with an own stack: O(spans), no recursion (a trace
 * may be 100,000 deep), no object for a row.
 */
export function buildRows(m: TraceModel, repeats: Repeats, shape: Shape): Rows {
  const span = new Int32Array(m.count + 2 * repeats.groups.length);
  const kind = new Uint8Array(span.length);
  const depth = new Int32Array(span.length);
  const rowOf = new Int32Array(m.count).fill(-1);
  let count = 0;
  let maxDepth = 0;

  // A frame is a list being walked: siblings from next to stop, or members of a repeat by position.
  const frames: { next: number; stop: number; depth: number; repeat: number; placed: Set<number> | null }[] =
    [];
  const emit = (i: number, k: number, d: number): void => {
    span[count] = i;
    kind[count] = k;
    depth[count] = d;
    maxDepth = Math.max(maxDepth, d);
    count++;
  };
  const descend = (i: number, d: number): void => {
    rowOf[i] = count;
    emit(i, RowKind.span, d);
    if (hasChildren(m, i) && !at(shape.closed, i)) {
      frames.push({ next: i + 1, stop: at(m.end, i), depth: d + 1, repeat: -1, placed: null });
    }
  };

  if (shape.root >= 0) descend(shape.root, 0);
  else frames.push({ next: 0, stop: m.count, depth: 0, repeat: -1, placed: null });
  for (let f = frames.at(-1); f; f = frames.at(-1)) {
    if (f.next >= f.stop) {
      frames.pop();
      continue;
    }
    if (f.repeat >= 0) {
      const members = repeats.groups[f.repeat]?.members ?? new Int32Array(0);
      const i = at(members, f.next);
      const rest = members.length - SAMPLE;
      if (f.next === SAMPLE && rest > 1 && at(shape.opened, f.repeat) === Opened.sample) {
        emit(i, RowKind.more, f.depth);
        f.next = f.stop;
        continue;
      }
      f.next++;
      descend(i, f.depth);
      continue;
    }
    const i = f.next;
    f.next = at(m.end, i);
    const g = shape.group && i !== shape.root ? at(repeats.groupOf, i) : -1;
    if (g < 0) {
      descend(i, f.depth);
      continue;
    }
    f.placed ??= new Set();
    if (f.placed.has(g)) continue;
    f.placed.add(g);
    emit(i, RowKind.repeat, f.depth);
    if (at(shape.opened, g) !== Opened.no) {
      const members = repeats.groups[g]?.members.length ?? 0;
      frames.push({ next: 0, stop: members, depth: f.depth + 1, repeat: g, placed: null });
    }
  }
  return {
    count,
    span: span.slice(0, count),
    kind: kind.slice(0, count),
    depth: depth.slice(0, count),
    rowOf,
    maxDepth,
  };
}

/** closeAll hides the children of every span below the top; openAll shows them. */
export function closeAll(m: TraceModel, shape: Shape): Shape {
  const closed = new Uint8Array(m.count);
  for (let i = 0; i < m.count; i++)
    closed[i] = hasChildren(m, i) && at(m.parent, i) >= 0 && i !== shape.root ? 1 : 0;
  return { ...shape, closed, opened: new Uint8Array(shape.opened.length) };
}

export function openAll(m: TraceModel, shape: Shape): Shape {
  return { ...shape, closed: new Uint8Array(m.count) };
}

/** closeBelow keeps levels levels under the top open, and closes the rest. */
export function closeBelow(m: TraceModel, shape: Shape, levels: number): Shape {
  const top = shape.root >= 0 ? at(m.depth, shape.root) : 0;
  const closed = new Uint8Array(m.count);
  for (let i = 0; i < m.count; i++)
    closed[i] = at(m.depth, i) - top >= levels - 1 && hasChildren(m, i) ? 1 : 0;
  return { ...shape, closed };
}

/** toggle opens or closes one row: a span's children, or the next step of a repeat. */
export function toggle(m: TraceModel, repeats: Repeats, shape: Shape, rows: Rows, row: number): Shape {
  const i = at(rows.span, row);
  if (at(rows.kind, row) === RowKind.span) {
    if (!hasChildren(m, i)) return shape;
    const closed = shape.closed.slice();
    closed[i] = closed[i] ? 0 : 1;
    return { ...shape, closed };
  }
  const g = at(repeats.groupOf, i);
  const opened = shape.opened.slice();
  if (at(rows.kind, row) === RowKind.more) opened[g] = Opened.all;
  else opened[g] = at(opened, g) === Opened.no ? Opened.sample : Opened.no;
  return { ...shape, opened };
}

/** isOpen says whether a row has rows under it now; undefined where it never can. */
export function isOpen(
  m: TraceModel,
  repeats: Repeats,
  shape: Shape,
  rows: Rows,
  row: number,
): boolean | undefined {
  const i = at(rows.span, row);
  const k = at(rows.kind, row);
  if (k === RowKind.repeat) return at(shape.opened, at(repeats.groupOf, i)) !== Opened.no;
  if (k === RowKind.more) return false;
  return hasChildren(m, i) ? !at(shape.closed, i) : undefined;
}

/** reveal opens what hides span i: its ancestors, and the repeats that it or they are in. */
export function reveal(m: TraceModel, repeats: Repeats, shape: Shape, i: number): Shape {
  const closed = shape.closed.slice();
  const opened = shape.opened.slice();
  let root = shape.root;
  if (root >= 0 && (i < root || i >= at(m.end, root))) root = -1;
  for (let p = i; p >= 0 && p !== root; p = at(m.parent, p)) {
    if (p !== i) closed[p] = 0;
    const g = at(repeats.groupOf, p);
    const members = g >= 0 ? repeats.groups[g]?.members : undefined;
    if (!shape.group || !members) continue;
    const shown = members.indexOf(p) < SAMPLE ? Opened.sample : Opened.all;
    opened[g] = Math.max(at(opened, g), shown);
  }
  if (root >= 0 && i !== root) closed[root] = 0;
  return { ...shape, root, closed, opened };
}

/** Cursor is the row that is selected: a span's, or that of the repeat it belongs to. */
export interface Cursor {
  readonly span: number;
  readonly kind: number;
}

/** rowOfCursor finds the cursor's row; what has been folded away is stood for by the nearest row above. */
export function rowOfCursor(m: TraceModel, repeats: Repeats, rows: Rows, cursor: Cursor): number {
  if (cursor.kind !== RowKind.span) {
    const head = repeatRow(rows, repeats, at(repeats.groupOf, cursor.span));
    for (let r = Math.max(0, head); head >= 0 && r < rows.count; r++) {
      if (at(rows.span, r) === cursor.span && at(rows.kind, r) === cursor.kind) return r;
    }
  }
  return rowFor(m, repeats, rows, cursor.span);
}

/** rowFor is the row that shows span i, or the nearest one above that stands for it. */
export function rowFor(m: TraceModel, repeats: Repeats, rows: Rows, i: number): number {
  for (let p = i; p >= 0; p = at(m.parent, p)) {
    const row = at(rows.rowOf, p);
    if (row >= 0) return row;
    const g = at(repeats.groupOf, p);
    const head = g >= 0 ? repeatRow(rows, repeats, g) : -1;
    if (head >= 0) return head;
  }
  return rows.count > 0 ? 0 : -1;
}

/** repeatRow finds the row of a repeat. Rows are in tree order, so it stands just below its parent's row. */
function repeatRow(rows: Rows, repeats: Repeats, g: number): number {
  const group = repeats.groups[g];
  if (!group) return -1;
  const first = at(group.members, 0);
  const from = group.parent >= 0 ? at(rows.rowOf, group.parent) : 0;
  if (from < 0) return -1;
  for (let r = from; r < rows.count; r++) {
    if (at(rows.kind, r) === RowKind.repeat && at(rows.span, r) === first) return r;
  }
  return -1;
}
