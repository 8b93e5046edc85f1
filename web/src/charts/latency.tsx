import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from "react";
import type { Nanos } from "../api/types.gen";
import { durationText } from "../time/format";
import type { Histogram } from "./histogram";
import styles from "./latency.module.css";
import { barsOf, type LogAxis, logAxis, snap } from "./logaxis";

/** A stretch of lengths. */
export interface Lengths {
  min: Nanos;
  max: Nanos;
}

export interface Series {
  name: string;
  histogram: Histogram;
  color: string;
}

interface Props {
  label: string;
  /** Stacked, the first at the bottom. */
  series: readonly Series[];
  marks: readonly { name: string; ns: Nanos }[];
  brush: Lengths | undefined;
  onBrush: (brush: Lengths) => void;
  /** Let the bay open downwards onto what follows. */
  bay?: boolean;
}

const height = 112;
const base = height - 18;
const bayHeight = 18;

/** Latencies on a logarithmic axis. Drag, or arrow keys on an edge, brush a stretch; the bay opens from it. */
export function LatencyHistogram(props: Props) {
  const [frame, width] = useWidth();
  const [drag, setDrag] = useState<Lengths | undefined>();
  const from = useRef<Nanos | undefined>(undefined);
  const axis = logAxis(
    props.series.map((one) => one.histogram),
    width,
  );
  const brush = drag ?? props.brush;

  const at = (event: PointerEvent<SVGSVGElement>) =>
    snap(axis.at(event.clientX - event.currentTarget.getBoundingClientRect().left));
  const down = (event: PointerEvent<SVGSVGElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    from.current = at(event);
  };
  const move = (event: PointerEvent<SVGSVGElement>) => {
    if (from.current === undefined) return;
    const to = at(event);
    if (to !== from.current) setDrag({ min: Math.min(to, from.current), max: Math.max(to, from.current) });
  };
  const up = () => {
    from.current = undefined;
    setDrag(undefined);
    if (drag) props.onBrush(drag);
  };
  const total = height + (props.bay ? bayHeight : 0);
  return (
    <div ref={frame} className={styles.frame}>
      <svg
        width={width}
        height={total}
        viewBox={`0 0 ${width} ${total}`}
        role="img"
        aria-label={props.label}
        className={styles.plot}
        onPointerDown={down}
        onPointerMove={move}
        onPointerUp={up}
        onPointerCancel={up}
      >
        <Plot {...props} axis={axis} brush={brush} />
      </svg>
      {brush ? <Edges axis={axis} brush={brush} onBrush={props.onBrush} /> : null}
    </div>
  );
}

function Plot({ axis, series, marks, brush, bay }: Props & { axis: LogAxis }) {
  const bars = barsOf(
    series.map((one) => one.histogram),
    axis,
    5,
  );
  const most = Math.max(1, ...bars.map((bar) => sum(bar.counts)));
  const tall = (count: number) => Math.sqrt(count / most) * (base - 24);
  const x0 = brush ? axis.x(brush.min) : 0;
  const x1 = brush ? axis.x(brush.max) : 0;
  const end = height + bayHeight;
  return (
    <>
      {axis.ticks.map((tick) => (
        <path key={tick.ns} d={`M${tick.x} 4V${base}`} stroke="var(--grid)" />
      ))}
      {brush ? <rect x={x0} y={4} width={x1 - x0} height={base - 4} fill="var(--accent-wash)" /> : null}
      {bars.map((bar) => {
        const full = tall(sum(bar.counts));
        let y = base;
        return bar.counts.map((count, index) => {
          // Bars are as high as the root of their sum; within one, the series share the height.
          const part = count === 0 ? 0 : Math.max(0.6, (count / sum(bar.counts)) * Math.max(1, full));
          y -= part;
          if (part === 0) return null;
          const left = axis.x(bar.min);
          return (
            <rect
              key={`${bar.min} ${series[index]?.name}`}
              x={left + 0.5}
              y={y}
              width={Math.max(0.5, axis.x(bar.max) - left - 1)}
              height={part}
              fill={series[index]?.color}
            />
          );
        });
      })}
      <path d={`M0 ${base + 0.5}H${axis.width}`} stroke="var(--line-strong)" />
      <Marks axis={axis} marks={marks} />
      {axis.ticks.map((tick, index) => (
        <text
          key={tick.ns}
          x={tick.x}
          y={base + 13}
          textAnchor={index === 0 ? "start" : index === axis.ticks.length - 1 ? "end" : "middle"}
        >
          {tick.text}
        </text>
      ))}
      {brush ? (
        <>
          <path d={`M${x0} 4V${base}M${x1} 4V${base}`} stroke="var(--accent)" strokeWidth={1.5} />
          {bay ? (
            <>
              <path d={`M${x0} ${base + 1}H${x1}L${axis.width} ${end}H0Z`} fill="var(--accent-wash)" />
              <path
                d={`M${x0} ${base + 1}L0 ${end}M${x1} ${base + 1}L${axis.width} ${end}`}
                stroke="var(--accent-line)"
              />
            </>
          ) : null}
        </>
      ) : null}
    </>
  );
}

function Marks({ axis, marks }: { axis: LogAxis; marks: Props["marks"] }) {
  const shown = marks.filter((mark) => mark.ns > 0).map((mark) => ({ ...mark, x: axis.x(mark.ns) }));
  return shown.map((mark, index) => {
    // A label that would run into the next one or out of the plot stands left of its line.
    const next = shown[index + 1]?.x ?? axis.width;
    const left = next - mark.x < 28 && mark.x - (shown[index - 1]?.x ?? 0) >= 28;
    return (
      <g key={mark.name}>
        <path d={`M${mark.x} 10V${base}`} stroke="var(--ink)" strokeDasharray="1 2" />
        <text x={mark.x + (left ? -4 : 4)} y={12} textAnchor={left ? "end" : "start"} className={styles.mark}>
          {mark.name}
        </text>
      </g>
    );
  });
}

function Edges({
  axis,
  brush,
  onBrush,
}: {
  axis: LogAxis;
  brush: Lengths;
  onBrush: (brush: Lengths) => void;
}) {
  const edge = (side: "min" | "max") => {
    const key = (event: KeyboardEvent) => {
      const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      // One key is two buckets: a fifth of an octave either way.
      const value = snap(brush[side] * 2 ** (step / 4));
      const next = { ...brush, [side]: Math.min(axis.max, Math.max(axis.min, value)) };
      if (next.min < next.max) onBrush(next);
    };
    return (
      <div
        role="slider"
        tabIndex={0}
        className={side === "min" ? styles.low : styles.high}
        style={{ insetInlineStart: `${axis.x(brush[side])}px` }}
        aria-label={side === "min" ? "Shortest" : "Longest"}
        aria-orientation="horizontal"
        aria-valuemin={axis.min}
        aria-valuemax={axis.max}
        aria-valuenow={brush[side]}
        aria-valuetext={durationText(brush[side])}
        onKeyDown={key}
      />
    );
  };
  return (
    <>
      {edge("min")}
      {edge("max")}
    </>
  );
}

/** The width of an element, watched. */
export function useWidth(): [React.RefObject<HTMLDivElement | null>, number] {
  const frame = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(352);
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const watch = new ResizeObserver(([entry]) => {
      if (entry && entry.contentRect.width > 0) setWidth(Math.round(entry.contentRect.width));
    });
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  return [frame, width];
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
