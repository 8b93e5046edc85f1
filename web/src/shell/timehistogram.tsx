import { type PointerEvent, useRef, useState } from "react";
import { useTimeline } from "../api/queries";
import type { Timeline } from "../api/types.gen";
import { useClock } from "../time/clock";
import { fixed, type Window } from "../time/range";
import styles from "./timecontrol.module.css";

const width = 176;
const height = 30;
const bars = 44;

/** What the histogram spans: six times the window, and its own length beyond it where that is past. */
export function spanAround(window: Window, now: number): Window {
  const length = window.to - window.from;
  const to = Math.min(now, window.to + length);
  const end = Math.max(to, window.to);
  return { from: end - 6 * length, to: end };
}

/** Requests and faults around the window; the window is a brush that can be moved, or drawn anew. */
export function TimeHistogram() {
  const clock = useClock();
  const [drag, setDrag] = useState<Window | undefined>();
  const span = spanAround(clock.window, clock.now);
  const timeline = useTimeline(span, bars);
  const start = useRef<{ at: number; window: Window | undefined } | undefined>(undefined);
  const brush = drag ?? clock.window;
  const x = (ms: number) => ((ms - span.from) / (span.to - span.from)) * (width - 2) + 1;

  const timeAt = (event: PointerEvent<SVGSVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    return span.from + share * (span.to - span.from);
  };
  const down = (event: PointerEvent<SVGSVGElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    const at = timeAt(event);
    const inside = at >= clock.window.from && at <= clock.window.to;
    start.current = { at, window: inside ? clock.window : undefined };
  };
  const move = (event: PointerEvent<SVGSVGElement>) => {
    if (!start.current) return;
    const at = timeAt(event);
    const { at: from, window: old } = start.current;
    if (old) {
      const by = Math.min(at - from, span.to - old.to);
      setDrag({ from: old.from + by, to: old.to + by });
    } else setDrag({ from: Math.min(from, at), to: Math.max(from, at) });
  };
  const up = () => {
    start.current = undefined;
    setDrag(undefined);
    if (!drag) return;
    const second = (ms: number) => Math.round(ms / 1_000) * 1_000;
    const range = fixed(second(drag.from), second(drag.to));
    if (range) clock.setRange(range);
  };
  const x0 = x(brush.from);
  const x1 = x(brush.to);
  return (
    <div className={styles.hist}>
      <svg
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={say(timeline.data)}
        onPointerDown={down}
        onPointerMove={move}
        onPointerUp={up}
        onPointerCancel={up}
      >
        <rect x={x0} y={1} width={Math.max(1, x1 - x0)} height={height - 2} fill="var(--accent-wash)" />
        {timeline.data ? <Bars timeline={timeline.data} x={x} brush={brush} /> : null}
        <path d={`M${x0} 1V${height - 1}M${x1} 1V${height - 1}`} stroke="var(--accent)" strokeWidth={1.5} />
        <rect x={x0 - 2} y={height / 2 - 5} width={4} height={10} rx={1} fill="var(--accent)" />
      </svg>
    </div>
  );
}

function Bars({ timeline, x, brush }: { timeline: Timeline; x: (ms: number) => number; brush: Window }) {
  const most = Math.max(1, ...timeline.requests);
  const faultMost = Math.max(...timeline.faults, 0);
  const room = height - 5;
  return timeline.requests.map((requests, index) => {
    const from = timeline.range.from + index * timeline.stepMs;
    const left = Math.max(1, x(from));
    const right = Math.min(width - 1, x(from + timeline.stepMs));
    if (requests === 0 || right - left < 0.5) return null;
    const tall = Math.max(1, (requests / most) * room);
    const faults = timeline.faults[index] ?? 0;
    // Faults are few: what there is is drawn at least 2 px high, and the worst bar never above its requests.
    const red =
      faults === 0 ? 0 : Math.min(tall, Math.max(2, (faults / Math.max(faultMost, most * 0.1)) * room * 0.4));
    const inside = from + timeline.stepMs > brush.from && from < brush.to;
    const bar = { x: left + 0.5, width: Math.max(0.5, right - left - 1) };
    return (
      <g key={from}>
        <rect {...bar} y={height - 2 - tall} height={tall} fill={inside ? "var(--plot)" : "var(--plot-2)"} />
        {red > 0 ? <rect {...bar} y={height - 2 - red} height={red} fill="var(--fault)" /> : null}
      </g>
    );
  });
}

function say(timeline: Timeline | undefined): string {
  if (!timeline) return "Requests and faults over time";
  const sum = (values: readonly number[]) =>
    values.reduce((total, value) => total + value, 0).toLocaleString("en");
  return `${sum(timeline.requests)} requests and ${sum(timeline.faults)} faults around the window`;
}
