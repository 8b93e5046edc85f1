import { Fragment, type RefObject, useLayoutEffect, useMemo, useState } from "react";
import { durationText } from "../../time/format";
import { ServiceMark } from "../../ui/servicename";
import { spanName } from "../engine/labels";
import { ancestors, at, entersService, serviceLabel, type TraceModel } from "../engine/model";
import type { Rows } from "../engine/rows";
import { ticks, toX, type View } from "../engine/timescale";
import styles from "./axis.module.css";
import { useSize } from "./canvas";

/** Heads of the two columns: what the names are, and the time axis. */
export function Axis({ view, nameWidth, gutter }: { view: View; nameWidth: number; gutter: number }) {
  const [ref, { width }] = useSize<HTMLDivElement>();
  const inner = Math.max(1, width - gutter);
  return (
    <div
      className={styles.head}
      style={{ gridTemplateColumns: nameWidth > 0 ? `${nameWidth}px 1fr` : "1fr" }}
    >
      {nameWidth > 0 ? (
        <div>
          Service and operation
          <span className="grow" />
          <span className="wide">
            scroll, drag, <kbd>w a s d</kbd>
          </span>
        </div>
      ) : null}
      <div ref={ref} className={styles.axis} aria-hidden="true">
        {ticks(view, inner).map((t) => (
          <span key={t} style={{ left: toX(view, inner, t) }}>
            {tickText(t, view)}
          </span>
        ))}
      </div>
    </div>
  );
}

/** tickText keeps as many digits as the step of the axis needs. */
export function tickText(t: number, view: View): string {
  if (t === 0) return "0";
  const width = view.to - view.from;
  const [size, unit] = t >= 1e9 ? [1e9, "s"] : t >= 1e6 ? [1e6, "ms"] : t >= 1e3 ? [1e3, "µs"] : [1, "ns"];
  const digits = Math.max(0, Math.ceil(Math.log10(size / (width / 40))));
  return `${Number((t / size).toFixed(Math.min(9, digits)))} ${unit}`;
}

/** TopRef is how the spans tell the crumbs which row is the first in view, without drawing the page anew. */
export type TopRef = RefObject<(row: number) => void>;

interface CrumbsProps {
  model: TraceModel;
  rows: Rows;
  root: number;
  top: TopRef;
  onSelect: (span: number) => void;
}

/** Crumbs names what the first row in view belongs to: the ancestors at which the work entered a service. */
export function Crumbs({ model, rows, root, top, onSelect }: CrumbsProps) {
  const [row, setRow] = useState(0);
  useLayoutEffect(() => {
    top.current = setRow;
  }, [top]);
  const span = row < rows.count ? at(rows.span, row) : -1;
  const all = useMemo(
    () => (span < 0 ? [] : ancestors(model, span).filter((i) => i >= root && entersService(model, i))),
    [model, span, root],
  );
  const shown = all.length > 5 ? [...all.slice(0, 2), -1, ...all.slice(-2)] : all;
  return (
    <nav className={styles.crumbs} aria-label="Above the first row">
      {all.length === 0 ? (
        <span>
          {model.count.toLocaleString("en")} spans in {durationText(model.durationNs)}
        </span>
      ) : null}
      {shown.map((i, k) => (
        <Fragment key={i}>
          {k > 0 ? <span aria-hidden="true">›</span> : null}
          {i < 0 ? <span>{all.length - 4} more</span> : <Crumb model={model} span={i} onSelect={onSelect} />}
        </Fragment>
      ))}
    </nav>
  );
}

function Crumb({
  model,
  span,
  onSelect,
}: {
  model: TraceModel;
  span: number;
  onSelect: (span: number) => void;
}) {
  const service = model.services[at(model.service, span)];
  return (
    <button type="button" onClick={() => onSelect(span)}>
      <ServiceMark name={service?.name ?? ""} />
      <span className="trunc">
        {serviceLabel(service)} {spanName(model, span)}
      </span>
    </button>
  );
}
