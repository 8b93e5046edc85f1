import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { StateOf } from "../url/codec";
import { useUrlState } from "../url/state";
import { at, type TraceModel } from "./engine/model";
import { findRepeats, type Repeats } from "./engine/repeats";
import {
  buildRows,
  type Cursor,
  RowKind,
  type Rows,
  reveal,
  rowOfCursor,
  type Shape,
  wholeShape,
} from "./engine/rows";
import { clampView, type View } from "./engine/timescale";
import { traceSchema } from "./state";

/** Timeline is a trace as it is looked at now, with what changes the look. */
export interface Timeline {
  readonly model: TraceModel;
  readonly repeats: Repeats;
  readonly rows: Rows;
  readonly shape: Shape;
  readonly view: View;
  readonly whole: View;
  readonly cursor: Cursor;
  readonly row: number;
  readonly address: StateOf<typeof traceSchema>;
  readonly change: ReturnType<typeof useUrlState<typeof traceSchema>>[1];
  setShape: (to: Shape) => void;
  /** Moves the view. A step can be undone; the parts of one gesture cannot. */
  setView: (to: View, step?: boolean) => void;
  /** Selects a row's span. */
  selectRow: (row: number) => void;
  /** Selects a span and opens what hides it. */
  selectSpan: (span: number) => void;
  /** Makes a span the top and shows its time; -1 returns to the whole trace. */
  reroot: (span: number) => void;
  /** Takes back the last zoom or new top. False if there is none. */
  undo: () => boolean;
}

/** How long a view must rest before it is written to the address. */
const restMillis = 250;

export function useTimeline(model: TraceModel): Timeline {
  const [address, change] = useUrlState(traceSchema);
  const repeats = useMemo(() => findRepeats(model), [model]);
  const total = Math.max(1, model.durationNs);
  const whole = useMemo(() => ({ from: 0, to: total }), [total]);
  const spanOf = useCallback((id: string) => (id === "" ? -1 : model.spanIds.indexOf(id)), [model]);

  const [view, moveView] = useState<View>(() => (address.z ? clampView(address.z, total) : whole));
  const [cursor, setCursor] = useState<Cursor>(() => ({
    span: Math.max(0, spanOf(address.span)),
    kind: RowKind.span,
  }));
  const [folds, setFolds] = useState<Shape>(() => {
    const shape = { ...wholeShape(model, repeats), root: spanOf(address.root) };
    const span = spanOf(address.span);
    return span > 0 ? reveal(model, repeats, shape, span) : shape;
  });
  const shape = useMemo(
    () => (folds.group === address.rep ? folds : { ...folds, group: address.rep }),
    [folds, address.rep],
  );
  const rows = useMemo(() => buildRows(model, repeats, shape), [model, repeats, shape]);
  const row = useMemo(() => rowOfCursor(model, repeats, rows, cursor), [model, repeats, rows, cursor]);
  const past = useRef<{ view: View; root: number }[]>([]);
  const now = useRef({ view, shape });
  now.current = { view, shape };

  // The address follows the view when it rests, and the view follows the address when that was changed from outside.
  const written = useRef({ z: address.z, root: address.root, span: address.span });
  useEffect(() => {
    const timer = window.setTimeout(() => {
      const all = view.from <= 0 && view.to >= total;
      const z = all ? null : { from: Math.floor(view.from), to: Math.ceil(view.to) };
      const root = shape.root >= 0 ? (model.spanIds[shape.root] ?? "") : "";
      const span = cursor.span > 0 ? (model.spanIds[cursor.span] ?? "") : "";
      written.current = { z, root, span };
      change({ z, root, span }, { replace: true });
    }, restMillis);
    return () => window.clearTimeout(timer);
  }, [view, shape.root, cursor.span, total, model, change]);
  useEffect(() => {
    const was = written.current;
    if (address.span !== was.span) {
      const span = Math.max(0, spanOf(address.span));
      setCursor({ span, kind: RowKind.span });
      setFolds((shape) => reveal(model, repeats, shape, span));
    }
    if (address.z?.from !== was.z?.from || address.z?.to !== was.z?.to) {
      moveView(address.z ? clampView(address.z, total) : whole);
    }
    if (address.root !== was.root) setFolds((shape) => ({ ...shape, root: spanOf(address.root) }));
    written.current = { z: address.z, root: address.root, span: address.span };
  }, [address.span, address.z, address.root, model, repeats, spanOf, total, whole]);

  const remember = useCallback(() => {
    past.current.push({ view: now.current.view, root: now.current.shape.root });
    if (past.current.length > 100) past.current.shift();
  }, []);
  const setView = useCallback(
    (to: View, step = true) => {
      if (step) remember();
      moveView(clampView(to, total));
    },
    [remember, total],
  );
  const selectRow = useCallback(
    (to: number) => {
      if (to < 0 || to >= rows.count) return;
      setCursor({ span: at(rows.span, to), kind: at(rows.kind, to) });
    },
    [rows],
  );
  const selectSpan = useCallback(
    (span: number) => {
      if (span < 0) return;
      setCursor({ span, kind: RowKind.span });
      setFolds((shape) => reveal(model, repeats, shape, span));
    },
    [model, repeats],
  );
  const reroot = useCallback(
    (span: number) => {
      remember();
      setFolds((shape) => {
        if (!shape.closed[span]) return { ...shape, root: span };
        const closed = shape.closed.slice();
        closed[span] = 0;
        return { ...shape, root: span, closed };
      });
      if (span < 0) return moveView(whole);
      setCursor({ span, kind: RowKind.span });
      const from = at(model.start, span);
      const width = Math.max(at(model.duration, span), 1);
      moveView(clampView({ from: from - width * 0.01, to: from + width * 1.06 }, total));
    },
    [model, remember, total, whole],
  );
  const undo = useCallback(() => {
    const step = past.current.pop();
    if (!step) return false;
    moveView(step.view);
    setFolds((shape) => ({ ...shape, root: step.root }));
    return true;
  }, []);
  return {
    model,
    repeats,
    rows,
    shape,
    view,
    whole,
    cursor,
    row,
    address,
    change,
    setShape: setFolds,
    setView,
    selectRow,
    selectSpan,
    reroot,
    undo,
  };
}
