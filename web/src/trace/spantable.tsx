import { type KeyboardEvent, useEffect, useMemo, useState } from "react";
import { durationText } from "../time/format";
import { Outcome } from "../ui/glyph";
import { ServiceName } from "../ui/servicename";
import { useVirtual } from "../ui/virtual";
import { outcomeOf, spanName } from "./engine/labels";
import { at } from "./engine/model";
import { type OrderBy, orderSpans } from "./engine/order";
import styles from "./spantable.module.css";
import type { Timeline } from "./usetimeline";

const ROW = 28;

const columns: readonly (readonly [id: OrderBy, title: string, numeric: boolean])[] = [
  ["name", "Operation", false],
  ["service", "Service", false],
  ["start", "Start", true],
  ["duration", "Duration", true],
  ["self", "Self", true],
  ["outcome", "Outcome", false],
];

/** All spans as a table that can be sorted: the twin of the pictures. */
export function SpanTable({ timeline }: { timeline: Timeline }) {
  const { model, shape, cursor } = timeline;
  const [sort, setSort] = useState<{ by: OrderBy; descending: boolean }>({ by: "start", descending: false });
  const [first, last] = shape.root >= 0 ? [shape.root, at(model.end, shape.root)] : [0, model.count];
  const order = useMemo(
    () => orderSpans(model, first, last, sort.by, sort.descending),
    [model, first, last, sort],
  );
  const at0 = order.indexOf(cursor.span);
  const list = useVirtual(order.length, ROW, ROW);
  const { show } = list;
  // biome-ignore lint/correctness/useExhaustiveDependencies: show is new with each render and means the same.
  useEffect(() => {
    if (at0 >= 0) show(at0);
  }, [at0]);

  const key = (event: KeyboardEvent) => {
    const page = 20;
    const to = {
      ArrowDown: at0 + 1,
      ArrowUp: at0 - 1,
      PageDown: at0 + page,
      PageUp: at0 - page,
      Home: 0,
      End: order.length - 1,
    }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    timeline.selectSpan(at(order, Math.max(0, Math.min(order.length - 1, to))));
  };
  const rows = Array.from({ length: Math.max(0, list.last - list.first) }, (_, k) => list.first + k);
  return (
    <div
      ref={list.ref}
      className={`fill scroll ${styles.scroller}`}
      role="grid"
      aria-label="Spans"
      aria-rowcount={order.length + 1}
      aria-activedescendant={at0 >= list.first && at0 < list.last ? `table-row-${at0}` : undefined}
      tabIndex={0}
      data-waterfall
      onKeyDown={key}
    >
      <div className={styles.head} role="row" aria-rowindex={1}>
        {columns.map(([id, title, numeric]) => (
          <span
            key={id}
            role="columnheader"
            className={numeric ? styles.num : undefined}
            aria-sort={sort.by !== id ? "none" : sort.descending ? "descending" : "ascending"}
          >
            <button
              type="button"
              onClick={() =>
                setSort({ by: id, descending: sort.by === id ? !sort.descending : numeric && id !== "start" })
              }
            >
              {title}
              {sort.by === id ? <span aria-hidden="true">{sort.descending ? " ↓" : " ↑"}</span> : null}
            </button>
          </span>
        ))}
      </div>
      <div role="presentation" style={{ height: list.total }} />
      {rows.map((r) => {
        const i = at(order, r);
        return (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the grid has the keys.
          <div
            key={r}
            id={`table-row-${r}`}
            role="row"
            aria-rowindex={r + 2}
            aria-selected={i === cursor.span}
            className={styles.row}
            style={{ top: ROW + r * ROW }}
            onClick={() => timeline.selectSpan(i)}
            onDoubleClick={() => timeline.reroot(i)}
          >
            <span role="gridcell" className="trunc">
              {spanName(model, i)}
            </span>
            <span role="gridcell" className="trunc">
              <ServiceName {...(model.services[at(model.service, i)] ?? { name: "" })} />
            </span>
            <span role="gridcell" className={`${styles.num} dim`}>
              {durationText(at(model.start, i))}
            </span>
            <span role="gridcell" className={`${styles.num} strong`}>
              {durationText(at(model.duration, i))}
            </span>
            <span role="gridcell" className={styles.num}>
              {durationText(at(model.self, i))}
            </span>
            <span role="gridcell">
              <Outcome meaning={outcomeOf(model, i)} />
            </span>
          </div>
        );
      })}
    </div>
  );
}
