import { type KeyboardEvent, type PointerEvent, useLayoutEffect, useMemo, useRef, useState } from "react";
import { durationText } from "../../time/format";
import { minimapRuns } from "../engine/minimap";
import { at, faultOrigins } from "../engine/model";
import { clampView, panView, type View } from "../engine/timescale";
import type { Timeline } from "../usetimeline";
import { fitCanvas, useSize } from "./canvas";
import { type Colors, useColors } from "./colors";
import styles from "./minimap.module.css";

/** Height of the map, of the bay below it, and the margin at both sides. */
const MAP = 46;
const BAY = 14;
const SIDE = 16;

type Grip = "from" | "to" | "all" | "new";

/** The whole trace in small, the stretch in view as a brush, and the bay that joins it to the bars below. */
export function Minimap(props: { timeline: Timeline; nameWidth: number; gutter: number }) {
  const { timeline, nameWidth } = props;
  const { model, view, whole } = timeline;
  const colors = useColors(model);
  const [box, { width }] = useSize<HTMLDivElement>();
  const canvas = useRef<HTMLCanvasElement>(null);
  const inner = Math.max(1, width - 2 * SIDE);
  const lines = MAP - 7;
  const runs = useMemo(() => minimapRuns(model, lines, Math.round(inner)), [model, lines, inner]);
  const faults = useMemo(
    () => faultOrigins(model, 40).map((i) => at(model.start, i) + at(model.duration, i)),
    [model],
  );
  const grip = useRef<{ kind: Grip; x: number; view: View } | null>(null);
  const [moving, setMoving] = useState(false);

  const x = (t: number): number => SIDE + (t / whole.to) * inner;
  const x0 = x(view.from);
  const x1 = x(view.to);
  const end = width - props.gutter;
  const total = durationText(whole.to);

  useLayoutEffect(() => {
    const ctx = canvas.current && width > 0 ? fitCanvas(canvas.current, { width, height: MAP }) : null;
    if (ctx) paint(ctx, colors, runs, Math.min(lines, model.count), width, [x0, x1]);
  }, [colors, runs, lines, model.count, width, x0, x1]);

  const down = (kind: Grip) => (event: PointerEvent<HTMLElement>) => {
    if (event.button !== 0) return;
    event.stopPropagation();
    event.currentTarget.setPointerCapture(event.pointerId);
    timeline.setView(view);
    grip.current = { kind, x: event.clientX, view };
    setMoving(true);
  };
  const move = (event: PointerEvent<HTMLElement>) => {
    const g = grip.current;
    if (!g) return;
    timeline.setView(dragged(g, event, box.current, inner, whole.to), false);
  };
  const up = (event: PointerEvent<HTMLElement>) => {
    const g = grip.current;
    if (g?.kind === "new" && Math.abs(event.clientX - g.x) < 4) timeline.undo();
    grip.current = null;
    setMoving(false);
  };
  const hands = { onPointerMove: move, onPointerUp: up, onPointerCancel: up };

  const edgeKey = (edge: "from" | "to") => (event: KeyboardEvent<HTMLElement>) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageDown: -10, PageUp: 10 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    timeline.setView({ ...view, [edge]: view[edge] + (step * whole.to) / 100 }, false);
  };
  const slider = (edge: "from" | "to", label: string) => ({
    role: "slider",
    tabIndex: 0,
    "aria-label": label,
    "aria-valuemin": 0,
    "aria-valuemax": Math.round(whole.to),
    "aria-valuenow": Math.round(view[edge]),
    "aria-valuetext": durationText(view[edge]),
    onKeyDown: edgeKey(edge),
    onPointerDown: down(edge),
    ...hands,
  });

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: its two sliders have keys; this is their ground.
    <div
      ref={box}
      className={styles.box}
      onPointerDown={down("new")}
      {...hands}
      onDoubleClick={() => timeline.setView(whole)}
      onWheel={(event) =>
        timeline.setView(panView(view, (event.deltaX + event.deltaY) / 800, whole.to), false)
      }
    >
      <canvas ref={canvas} style={{ width, height: MAP }} />
      <svg width={width} height={MAP + BAY} aria-hidden="true">
        {faults.map((t, k) => (
          <rect
            key={k}
            x={x(t) - 1}
            y={0}
            width={faults.length > 8 ? 1 : 2}
            height={MAP}
            fill="var(--fault)"
          />
        ))}
        <path d={`M${x0} ${MAP}H${x1}L${end} ${MAP + BAY}H${nameWidth}Z`} fill="var(--accent-wash)" />
        <path
          d={`M${x0} ${MAP}L${nameWidth} ${MAP + BAY}M${x1} ${MAP}L${end} ${MAP + BAY}`}
          stroke="var(--accent-line)"
          fill="none"
        />
        <path d={`M0 ${MAP + 0.5}H${x0}M${x1} ${MAP + 0.5}H${width}`} stroke="var(--line)" />
        <rect
          x={width - SIDE - 14 - total.length * 6}
          y={2}
          width={total.length * 6 + 8}
          height={14}
          fill={x1 < width - SIDE - 1 ? "var(--ground)" : "var(--pane)"}
          opacity={0.9}
        />
        <text x={width - SIDE - 8} y={13} textAnchor="end">
          {total}
        </text>
      </svg>
      <div
        className={styles.brush}
        style={{ left: x0, width: Math.max(0, x1 - x0), cursor: moving ? "grabbing" : undefined }}
        onPointerDown={down(view.to - view.from < whole.to ? "all" : "new")}
        {...hands}
      />
      <span className={styles.edge} style={{ left: x0 }} {...slider("from", "Start of the view")} />
      <span className={styles.edge} style={{ left: x1 }} {...slider("to", "End of the view")} />
    </div>
  );
}

/** dragged is the view while one of the grips is moved. */
function dragged(
  g: { kind: Grip; x: number; view: View },
  event: { clientX: number },
  box: HTMLElement | null,
  inner: number,
  total: number,
): View {
  const by = ((event.clientX - g.x) / inner) * total;
  if (g.kind === "all") return clampView({ from: g.view.from + by, to: g.view.to + by }, total);
  if (g.kind === "new") {
    const left = (box?.getBoundingClientRect().left ?? 0) + SIDE;
    const a = ((g.x - left) / inner) * total;
    return Math.abs(event.clientX - g.x) < 4
      ? g.view
      : { from: Math.min(a, a + by), to: Math.max(a, a + by) };
  }
  const edge = g.view[g.kind] + by;
  const other = g.kind === "from" ? g.view.to : g.view.from;
  return { from: Math.max(0, Math.min(edge, other)), to: Math.min(total, Math.max(edge, other)) };
}

function paint(
  ctx: CanvasRenderingContext2D,
  colors: Colors,
  runs: ReturnType<typeof minimapRuns>,
  rows: number,
  width: number,
  [x0, x1]: [number, number],
): void {
  const { token, services } = colors;
  ctx.fillStyle = token("ground");
  ctx.fillRect(0, 0, width, MAP);
  ctx.fillStyle = token("pane");
  ctx.fillRect(x0, 0, x1 - x0, MAP);
  const pitch = (MAP - 7) / Math.max(1, rows);
  const thick = Math.max(1.25, Math.min(3, pitch * 0.6));
  for (const run of runs) {
    ctx.globalAlpha = run.proxy ? 0.45 : 1;
    ctx.fillStyle = services[run.service] ?? token("unknown");
    ctx.fillRect(SIDE + run.x, 3 + run.line * pitch, Math.max(1.5, run.width), thick);
  }
  ctx.globalAlpha = 1;
}
