import { type KeyboardEvent, type PointerEvent, useLayoutEffect, useRef, useState } from "react";
import { usePalette } from "../../theme/theme";
import { useClock } from "../../time/clock";
import { clock, count, durationText } from "../../time/format";
import { frame, powersOfTen, shareOf, tickText, timeTicks } from "./axis";
import { type Brush, brushOf, type Cells, cellsOf, countIn, type Grid, level, rowStart, steer } from "./grid";
import styles from "./plot.module.css";

interface Props {
  grid: Grid;
  size: { width: number; height: number };
  brush: Brush | null;
  /** "traces" where only roots are searched, else "spans". */
  unit: string;
  /** The cells answer an earlier question. */
  old: boolean;
  onBrush: (brush: Brush | null) => void;
}

/** Time by duration: darker where more spans began then and took so long; a diamond where some of them failed. */
export function HeatPlot({ grid, size, brush, unit, old, onBrush }: Props) {
  const palette = usePalette();
  const { zone } = useClock();
  const canvas = useRef<HTMLCanvasElement>(null);
  const start = useRef<{ column: number; row: number; moving: Cells | null } | null>(null);
  const [drag, setDrag] = useState<Cells | null>(null);
  const [over, setOver] = useState<{ column: number; row: number } | null>(null);
  const { width, height } = size;
  const pw = Math.max(1, width - frame.left - frame.right);
  const ph = Math.max(1, height - frame.top - frame.bottom);
  const cw = pw / grid.columns;
  const ch = ph / grid.rows;
  const cells = drag ?? (brush ? cellsOf(grid, brush) : null);
  const to = grid.from + grid.columns * grid.stepMs;

  useLayoutEffect(() => {
    const ctx = canvas.current?.getContext("2d");
    if (!canvas.current || !ctx || width === 0) return;
    const ratio = globalThis.devicePixelRatio || 1;
    canvas.current.width = Math.round(width * ratio);
    canvas.current.height = Math.round(height * ratio);
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    const ramp = [0, 1, 2, 3, 4, 5, 6].map((i) => palette(`heat-${i}`));
    for (let row = 0; row < grid.rows; row++) {
      for (let column = 0; column < grid.columns; column++) {
        const n = grid.counts[row * grid.columns + column] ?? 0;
        if (n === 0) continue;
        const x = frame.left + column * cw;
        const y = frame.top + ph - (row + 1) * ch;
        ctx.fillStyle = ramp[level(n, grid.most)] ?? "";
        ctx.fillRect(x, y, Math.max(1, cw - 1), Math.max(1, ch - 1));
        const faults = grid.faults[row * grid.columns + column] ?? 0;
        if (faults === 0) continue;
        // The diamond grows with the share that failed; the smallest is one pixel each way.
        const r = Math.min(1.2 + 2.3 * Math.sqrt(faults / n), ch / 2, cw / 2);
        ctx.fillStyle = palette("fault");
        ctx.beginPath();
        ctx.moveTo(x + cw / 2 - 0.5, y + ch / 2 - 0.5 - r);
        ctx.lineTo(x + cw / 2 - 0.5 + r, y + ch / 2 - 0.5);
        ctx.lineTo(x + cw / 2 - 0.5, y + ch / 2 - 0.5 + r);
        ctx.lineTo(x + cw / 2 - 0.5 - r, y + ch / 2 - 0.5);
        ctx.fill();
      }
    }
  }, [grid, palette, width, height, cw, ch, ph]);

  const cellAt = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left - frame.left) / cw);
    const row = Math.floor((frame.top + ph - (event.clientY - box.top)) / ch);
    return {
      column: Math.max(0, Math.min(grid.columns - 1, column)),
      row: Math.max(0, Math.min(grid.rows - 1, row)),
    };
  };
  const down = (event: PointerEvent<HTMLElement>) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const at = cellAt(event);
    const inside =
      cells && at.column >= cells.column && at.column < cells.to && at.row >= cells.row && at.row < cells.top;
    start.current = { ...at, moving: inside ? cells : null };
  };
  const move = (event: PointerEvent<HTMLElement>) => {
    const at = cellAt(event);
    setOver(at);
    const s = start.current;
    if (!s) return;
    setDrag(s.moving ? shifted(grid, s.moving, at.column - s.column, at.row - s.row) : spanning(s, at));
  };
  const up = () => {
    const s = start.current;
    start.current = null;
    if (drag) onBrush(brushOf(grid, drag));
    else if (s && !s.moving) onBrush(null);
    setDrag(null);
  };
  const key = (event: KeyboardEvent<HTMLElement>) => {
    if (event.key === "Escape" && brush) {
      event.preventDefault();
      onBrush(null);
      return;
    }
    const next = steer(grid, cells, event.key, event.shiftKey);
    if (!next || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    onBrush(brushOf(grid, next));
  };

  const time = (ms: number) => clock(ms, zone, "min");
  const said = cells
    ? brushText(drag || !brush ? brushOf(grid, cells) : brush, countIn(grid, cells), unit, time)
    : "";
  const x = (column: number): number => frame.left + column * cw;
  const y = (row: number): number => frame.top + ph - row * ch;
  const offset = zone === "local" ? -new Date(grid.from).getTimezoneOffset() * 60_000 : 0;
  const ticks = timeTicks(grid.from, to, pw, offset);
  const far = to - grid.from > 36 * 3_600_000;
  return (
    <div
      className={styles.plot}
      role="application"
      aria-roledescription="heat map"
      aria-label={`${count(grid.total)} ${unit} by start and duration, ${tickText(rowStart(grid, 0))} to ${tickText(rowStart(grid, grid.rows))}. Arrow keys move the brush, with Shift they widen it, Escape clears it.${said ? ` Brushed: ${said}` : ""}`}
      tabIndex={0}
      data-old={old}
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={up}
      onPointerLeave={() => setOver(null)}
      onPointerCancel={() => {
        start.current = null;
        setDrag(null);
      }}
      onKeyDown={key}
    >
      <canvas ref={canvas} style={{ width, height }} />
      <svg width={width} height={height} aria-hidden="true">
        {powersOfTen(grid).map((t) => {
          const at = frame.top + ph * (1 - shareOf(grid, t));
          return (
            <g key={t}>
              <path d={`M${frame.left - 5} ${at}h5`} className={styles.axis} />
              <text x={frame.left - 9} y={at + 4} textAnchor="end">
                {tickText(t)}
              </text>
            </g>
          );
        })}
        <path
          d={`M${frame.left} ${frame.top}V${frame.top + ph + 0.5}H${frame.left + pw}`}
          className={styles.axis}
        />
        {ticks.map((t) => (
          <text
            key={t}
            x={frame.left + ((t - grid.from) / (to - grid.from)) * pw}
            y={height - 8}
            textAnchor="middle"
          >
            {far
              ? new Date(t + offset).toISOString().slice(5, 16).replace("T", " ")
              : clock(t, zone, to - grid.from < 300_000 ? "s" : "min")}
          </text>
        ))}
        {cells ? (
          <>
            <rect
              className={styles.brush}
              x={x(cells.column)}
              y={y(cells.top)}
              width={(cells.to - cells.column) * cw}
              height={(cells.top - cells.row) * ch}
            />
            {[x(cells.column), x(cells.to)].flatMap((gx) =>
              [y(cells.row), y(cells.top)].map((gy) => (
                <rect
                  key={`${gx} ${gy}`}
                  className={styles.grip}
                  x={gx - 3}
                  y={gy - 3}
                  width={6}
                  height={6}
                />
              )),
            )}
            <text
              className={styles.said}
              x={x(cells.to) > frame.left + 330 ? x(cells.to) - 8 : x(cells.column) + 8}
              textAnchor={x(cells.to) > frame.left + 330 ? "end" : "start"}
              y={y(cells.row) + 15 < frame.top + ph ? y(cells.row) + 15 : y(cells.top) - 8}
            >
              {said}
            </text>
          </>
        ) : null}
      </svg>
      {over && !drag ? (
        <Tip
          grid={grid}
          over={over}
          unit={unit}
          x={x(over.column)}
          y={y(over.row + 1)}
          width={width}
          zone={zone}
        />
      ) : null}
      <span className="vh" role="status">
        {said}
      </span>
    </div>
  );
}

function Tip(props: {
  grid: Grid;
  over: { column: number; row: number };
  unit: string;
  x: number;
  y: number;
  width: number;
  zone: "utc" | "local";
}) {
  const { grid, over } = props;
  const at = countIn(grid, { column: over.column, to: over.column + 1, row: over.row, top: over.row + 1 });
  if (at.count === 0) return null;
  const right = props.x > props.width - 230;
  return (
    <div
      className={styles.tip}
      style={{
        top: Math.max(2, props.y - 30),
        ...(right ? { right: props.width - props.x + 8 } : { left: props.x + 14 }),
      }}
    >
      <b>{count(at.count)}</b> {props.unit}
      {at.faults > 0 ? `, ${count(at.faults)} with fault` : ""} ·{" "}
      {over.row === 0 ? "up to" : `${durationText(rowStart(grid, over.row))} –`}{" "}
      {durationText(rowStart(grid, over.row + 1))} ·{" "}
      {clock(grid.from + over.column * grid.stepMs, props.zone, "s")}
    </div>
  );
}

/** brushText states a brush's range and count. */
export function brushText(
  b: Brush,
  inside: { count: number; faults: number },
  unit: string,
  time: (ms: number) => string,
): string {
  const faults = inside.faults > 0 ? `, ${count(inside.faults)} with fault` : "";
  return `${durationText(b.min)} – ${durationText(b.max)}, ${time(b.from)} – ${time(b.to)}, ${count(inside.count)} ${unit}${faults}`;
}

function spanning(a: { column: number; row: number }, b: { column: number; row: number }): Cells | null {
  if (a.column === b.column && a.row === b.row) return null;
  return {
    column: Math.min(a.column, b.column),
    to: Math.max(a.column, b.column) + 1,
    row: Math.min(a.row, b.row),
    top: Math.max(a.row, b.row) + 1,
  };
}

function shifted(g: Grid, c: Cells, dx: number, dy: number): Cells | null {
  if (dx === 0 && dy === 0) return null;
  const x = Math.max(-c.column, Math.min(g.columns - c.to, dx));
  const y = Math.max(-c.row, Math.min(g.rows - c.top, dy));
  return { column: c.column + x, to: c.to + x, row: c.row + y, top: c.top + y };
}
