import {
  type KeyboardEvent,
  type PointerEvent,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { durationText } from "../../time/format";
import { buildFlame, flameHit } from "../engine/flame";
import { outcomeOf, spanName } from "../engine/labels";
import { at, Category, serviceLabel, type TraceModel } from "../engine/model";
import { toTime, zoomView } from "../engine/timescale";
import type { Timeline } from "../usetimeline";
import { fitCanvas, onFrame, useSize } from "./canvas";
import { useColors } from "./colors";
import styles from "./flame.module.css";
import { LANE, paintFlame } from "./paintflame";
import { TextFit } from "./text";

/** The same spans without names at the left: one lane below the other, work in sequence side by side. */
export function FlameView({ timeline, match }: { timeline: Timeline; match: string }) {
  const { model, view, cursor, shape } = timeline;
  const colors = useColors(model);
  const flame = useMemo(() => buildFlame(model, shape.root), [model, shape.root]);
  const [area, size] = useSize<HTMLDivElement>();
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const fit = useRef<TextFit>(null);

  const [tip, setTip] = useState<{ span: number; x: number; y: number } | null>(null);
  const draw = useRef(() => {});
  draw.current = () => {
    const box = scroller.current;
    if (!canvas.current || !box || size.width === 0) return;
    const ctx = fitCanvas(canvas.current, { width: box.clientWidth, height: size.height });
    if (!ctx) return;
    fit.current ??= new TextFit(ctx);
    const critical = timeline.address.crit;
    paintFlame(ctx, fit.current, {
      timeline,
      flame,
      view,
      colors,
      match,
      critical,
      width: box.clientWidth,
      height: size.height,
      scrollTop: box.scrollTop,
    });
  };
  const frame = useRef(onFrame(() => draw.current()));
  useLayoutEffect(() => draw.current());
  useEffect(() => () => frame.current.stop(), []);

  useLayoutEffect(() => {
    const box = scroller.current;
    const lane = at(flame.laneOf, cursor.span);
    if (!box || lane < 0) return;
    const y = lane * LANE;
    if (y < box.scrollTop || y + LANE > box.scrollTop + size.height) box.scrollTop = y - size.height / 3;
  }, [cursor.span, flame, size.height]);

  const hit = (event: { clientX: number; clientY: number }): number => {
    const box = scroller.current;
    if (!box) return -1;
    const rect = box.getBoundingClientRect();
    const perPixel = (view.to - view.from) / box.clientWidth;
    const t = toTime(view, box.clientWidth, event.clientX - rect.left);
    return flameHit(flame, Math.floor((event.clientY - rect.top + box.scrollTop) / LANE), t, perPixel * 3);
  };

  useEffect(() => {
    const box = scroller.current;
    if (!box) return;
    const wheel = (event: WheelEvent) => {
      if (!(event.ctrlKey || event.metaKey || event.altKey)) return;
      event.preventDefault();
      const t = toTime(view, box.clientWidth, event.clientX - box.getBoundingClientRect().left);
      timeline.setView(zoomView(view, t, Math.exp(event.deltaY * 0.002), timeline.whole.to), false);
    };
    box.addEventListener("wheel", wheel, { passive: false });
    return () => box.removeEventListener("wheel", wheel);
  }, [view, timeline]);

  const neighbour = (key: string): number | undefined => {
    const i = cursor.span;
    const lane = flame.lanes[at(flame.laneOf, i)];
    const beside = (step: number): number => lane?.span[lane.span.indexOf(i) + step] ?? i;
    switch (key) {
      case "ArrowUp":
        return Math.max(at(model.parent, i), shape.root, 0);
      case "ArrowDown":
        return at(model.end, i) > i + 1 ? i + 1 : i;
      case "ArrowLeft":
        return beside(-1);
      case "ArrowRight":
        return beside(1);
    }
    return undefined;
  };
  const key = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const to = neighbour(event.key);
    if (to === undefined) return;
    event.preventDefault();
    timeline.selectSpan(to);
  };

  const span = cursor.span;
  return (
    <div ref={area} className={`fill ${styles.area}`}>
      <div
        ref={scroller}
        className={styles.scroller}
        role="application"
        aria-roledescription="flame view"
        aria-label={`Flame view. Selected: ${spanName(model, span)}`}
        tabIndex={0}
        data-waterfall
        onScroll={() => frame.current.ask()}
        onKeyDown={key}
        onPointerDown={(event: PointerEvent) => timeline.selectSpan(hit(event))}
        onPointerMove={(event: PointerEvent) => {
          const i = hit(event);
          if (i === tip?.span) return;
          const box = event.currentTarget.getBoundingClientRect();
          setTip(i < 0 ? null : { span: i, x: event.clientX - box.left, y: event.clientY - box.top });
        }}
        onPointerLeave={() => setTip(null)}
        onDoubleClick={(event) => {
          const i = hit(event);
          if (i >= 0) timeline.reroot(i);
        }}
      >
        <canvas ref={canvas} className={styles.canvas} style={{ width: "100%", height: size.height }} />
        <div style={{ height: Math.max(0, flame.lanes.length * LANE - size.height) }} role="presentation" />
      </div>
      {tip ? <Tip model={model} {...tip} width={size.width} /> : null}
      <span className="vh" role="status">
        {`${serviceLabel(model.services[at(model.service, span)])} ${spanName(model, span)}, ${durationText(at(model.duration, span))}, ${outcomeOf(model, span)}`}
      </span>
    </div>
  );
}

/** What is under the pointer: most boxes are too narrow for their name. */
function Tip({
  model,
  span,
  x,
  y,
  width,
}: {
  model: TraceModel;
  span: number;
  x: number;
  y: number;
  width: number;
}) {
  const side = x > width / 2 ? { right: width - x + 12 } : { left: x + 12 };
  return (
    <div className={styles.tip} style={{ top: y + 14, ...side }} aria-hidden="true">
      <b>{spanName(model, span)}</b>
      <span className="dim">
        {serviceLabel(model.services[at(model.service, span)])}, {durationText(at(model.duration, span))}
        {at(model.category, span) === Category.ok ? "" : `, ${outcomeOf(model, span)}`}
      </span>
    </div>
  );
}
