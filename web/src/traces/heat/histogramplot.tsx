import { type KeyboardEvent, type PointerEvent, useRef, useState } from "react";
import { count, countShort, durationText } from "../../time/format";
import { frame, powersOfTen, shareOf, tickText } from "./axis";
import { type Brush, brushOf, type Cells, cellsOf, countIn, type Grid, rowTotals, steer } from "./grid";
import styles from "./plot.module.css";

interface Props {
  grid: Grid;
  size: { width: number; height: number };
  brush: Brush | null;
  unit: string;
  old: boolean;
  onBrush: (brush: Brush | null) => void;
}

/** All columns of the heat map together: how many took how long, faults in red. A brush chooses durations. */
export function HistogramPlot({ grid, size, brush, unit, old, onBrush }: Props) {
  const start = useRef<number | null>(null);
  const [drag, setDrag] = useState<Cells | null>(null);
  const { width, height } = size;
  const pw = Math.max(1, width - frame.left - frame.right);
  const ph = Math.max(1, height - frame.top - frame.bottom);
  const bw = pw / grid.rows;
  const totals = rowTotals(grid);
  const most = Math.max(1, ...totals.map((t) => t.count));
  const step = roundStep(most / 4);
  const cells = drag ?? (brush ? cellsOf(grid, brush) : null);
  const whole = { column: 0, to: grid.columns };
  const inside = cells ? countIn(grid, cells) : null;
  const b = drag || !brush ? (cells ? brushOf(grid, cells) : null) : brush;
  const said =
    inside && b ? `${durationText(b.min)} – ${durationText(b.max)}, ${count(inside.count)} ${unit}` : "";

  const rowAt = (event: PointerEvent<HTMLElement>): number => {
    const x = event.clientX - event.currentTarget.getBoundingClientRect().left - frame.left;
    return Math.max(0, Math.min(grid.rows - 1, Math.floor(x / bw)));
  };
  const move = (event: PointerEvent<HTMLElement>) => {
    if (start.current === null) return;
    const row = rowAt(event);
    if (row === start.current && !drag) return;
    setDrag({ ...whole, row: Math.min(row, start.current), top: Math.max(row, start.current) + 1 });
  };
  const up = () => {
    if (drag) onBrush(brushOf(grid, drag));
    else if (start.current !== null) onBrush(null);
    start.current = null;
    setDrag(null);
  };
  const key = (event: KeyboardEvent<HTMLElement>) => {
    if (event.key === "Escape" && brush) {
      event.preventDefault();
      onBrush(null);
      return;
    }
    // Durations run to the right here, and upwards in the heat map.
    const turned = { ArrowRight: "ArrowUp", ArrowLeft: "ArrowDown" }[event.key];
    const next = turned ? steer(grid, cells, turned, event.shiftKey) : null;
    if (!next || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    onBrush(brushOf(grid, cells ? next : { ...next, ...whole }));
  };
  const x = (row: number): number => frame.left + row * bw;
  return (
    <div
      className={styles.plot}
      role="application"
      aria-roledescription="histogram"
      aria-label={`${count(grid.total)} ${unit} by duration. Left and right move the brush, with Shift they widen it, Escape clears it.${said ? ` Brushed: ${said}` : ""}`}
      tabIndex={0}
      data-old={old}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        start.current = rowAt(event);
      }}
      onPointerMove={move}
      onPointerUp={up}
      onPointerCancel={() => {
        start.current = null;
        setDrag(null);
      }}
      onKeyDown={key}
    >
      <svg width={width} height={height} aria-hidden="true">
        {[1, 2, 3, 4]
          .filter((k) => k * step <= most)
          .map((k) => (
            <g key={k}>
              <path
                d={`M${frame.left} ${frame.top + ph * (1 - (k * step) / most)}h${pw}`}
                stroke="var(--grid)"
              />
              <text x={frame.left - 9} y={frame.top + ph * (1 - (k * step) / most) + 4} textAnchor="end">
                {countShort(k * step)}
              </text>
            </g>
          ))}
        {totals.map((t, row) => {
          const h = (t.count / most) * ph;
          const f = (t.faults / most) * ph;
          return t.count === 0 ? null : (
            <g key={row}>
              <rect
                x={x(row)}
                width={Math.max(1, bw - 1)}
                y={frame.top + ph - Math.max(1, h)}
                height={Math.max(1, h)}
                fill="var(--plot)"
                opacity={old ? 0.45 : 1}
              />
              {t.faults > 0 ? (
                <rect
                  x={x(row)}
                  width={Math.max(1, bw - 1)}
                  y={frame.top + ph - Math.max(1, f)}
                  height={Math.max(1, f)}
                  fill="var(--fault)"
                />
              ) : null}
            </g>
          );
        })}
        <path
          d={`M${frame.left} ${frame.top}V${frame.top + ph + 0.5}H${frame.left + pw}`}
          className={styles.axis}
        />
        {powersOfTen(grid).map((t) => (
          <text
            key={t}
            x={frame.left + shareOf(grid, t) * pw}
            y={height - 8}
            textAnchor={shareOf(grid, t) > 0.97 ? "end" : "middle"}
          >
            {tickText(t)}
          </text>
        ))}
        {cells ? (
          <>
            <rect
              className={styles.brush}
              x={x(cells.row)}
              y={frame.top}
              width={(cells.top - cells.row) * bw}
              height={ph}
            />
            <text className={styles.said} x={Math.min(x(cells.top) + 8, width - 240)} y={frame.top + 14}>
              {said}
            </text>
          </>
        ) : null}
      </svg>
      <span className="vh" role="status">
        {said}
      </span>
    </div>
  );
}

/** roundStep is 1, 2 or 5 times a power of ten, nearest above least. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, least)));
  return [1, 2, 5, 10].map((k) => k * power).find((s) => s >= least) ?? power * 10;
}
