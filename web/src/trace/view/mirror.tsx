import { durationText } from "../../time/format";
import { outcomeOf, rowLabel } from "../engine/labels";
import { at, serviceLabel } from "../engine/model";
import { isOpen } from "../engine/rows";
import type { Timeline } from "../usetimeline";

/** The id of a row's element, for aria-activedescendant. */
export function rowId(row: number): string {
  return `span-row-${row}`;
}

/**
 * The rows in view as elements, for those who do not see the canvas. The
 * selected row is always among them, so that the grid can point to it.
 */
export function Mirror({ timeline, first, last }: { timeline: Timeline; first: number; last: number }) {
  const { rows, row } = timeline;
  const from = Math.max(0, Math.min(first, rows.count - 1));
  const list: number[] = [];
  if (row >= 0 && row < from) list.push(row);
  for (let r = from; r < Math.min(last, rows.count); r++) list.push(r);
  if (row >= last && row < rows.count) list.push(row);
  return (
    <div className="vh" role="rowgroup">
      <div role="row" aria-rowindex={1}>
        <span role="columnheader">Operation</span>
        <span role="columnheader">Service</span>
        <span role="columnheader">Duration</span>
        <span role="columnheader">Outcome</span>
      </div>
      {list.map((r) => (
        <MirrorRow key={r} timeline={timeline} row={r} />
      ))}
    </div>
  );
}

function MirrorRow({ timeline, row }: { timeline: Timeline; row: number }) {
  const { model, repeats, rows, shape } = timeline;
  const i = at(rows.span, row);
  const label = rowLabel(model, repeats, rows, row);
  const open = isOpen(model, repeats, shape, rows, row);
  return (
    <div
      id={rowId(row)}
      role="row"
      aria-rowindex={row + 2}
      aria-level={at(rows.depth, row) + 1}
      aria-selected={row === timeline.row}
      {...(open === undefined ? {} : { "aria-expanded": open })}
    >
      <span role="gridcell">{`${label.name} ${label.badge}`.trim()}</span>
      <span role="gridcell">{serviceLabel(model.services[at(model.service, i)])}</span>
      <span role="gridcell">{durationText(at(model.duration, i))}</span>
      <span role="gridcell">{outcomeOf(model, i)}</span>
    </div>
  );
}
