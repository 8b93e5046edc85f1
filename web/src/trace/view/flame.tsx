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
import { buildFlame, type Flame, flameBoxes, flameHit } from "../engine/flame";
import { outcomeOf, spanName } from "../engine/labels";
import { at, Category, entersService, isProxy, serviceLabel, type TraceModel } from "../engine/model";
import { toTime, type View, zoomView } from "../engine/timescale";
import type { Timeline } from "../usetimeline";
import { fitCanvas, onFrame, useSize } from "./canvas";
import { type Colors, useColors } from "./colors";
import styles from "./flame.module.css";
import { TextFit } from "./text";

/** Height of a lane with its gap. */
const LANE = 20;

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

interface FlameScene {
  timeline: Timeline;
  flame: Flame;
  view: View;
  colors: Colors;
  match: string;
  critical: boolean;
  width: number;
  height: number;
  scrollTop: number;
}

function paintFlame(ctx: CanvasRenderingContext2D, fit: TextFit, s: FlameScene): void {
  const { token, services, sans } = s.colors;
  const { model, cursor } = s.timeline;
  ctx.fillStyle = token("pane");
  ctx.fillRect(0, 0, s.width, s.height);
  ctx.font = `11px ${sans}`;
  ctx.textBaseline = "middle";
  const first = Math.floor(s.scrollTop / LANE);
  const last = Math.ceil((s.scrollTop + s.height) / LANE);
  for (const box of flameBoxes(s.flame, s.view, s.width, first, last)) {
    const y = box.lane * LANE - s.scrollTop;
    const i = box.span;
    const colour = services[at(model.service, i)] ?? token("unknown");
    const w = Math.max(1, box.width - (box.width > 3 ? 1 : 0));
    // Names are read on a light wash of the hue; its full strength is the edge.
    ctx.globalAlpha = box.width > 24 ? (isProxy(model, i) ? 0.14 : 0.26) : isProxy(model, i) ? 0.45 : 1;
    ctx.fillStyle = colour;
    ctx.fillRect(box.x, y + 1, w, LANE - 3);
    ctx.globalAlpha = 1;
    if (box.width > 24) ctx.fillRect(box.x, y + 1, 3, LANE - 3);
    const name = box.width > 46 ? fit.cut(flameName(model, i), box.width - 14) : "";
    const found = s.match === "" ? -1 : name.toLowerCase().indexOf(s.match);
    if (found >= 0) {
      ctx.fillStyle = token("hit");
      ctx.fillRect(
        box.x + 8 + fit.width(name.slice(0, found)),
        y + 3,
        fit.width(name.slice(found, found + s.match.length)),
        LANE - 7,
      );
    }
    if (name) {
      ctx.fillStyle = token(isProxy(model, i) ? "ink-2" : "ink");
      ctx.fillText(name, box.x + 8, y + LANE / 2);
    }
    if (at(model.category, i) === Category.fault && !isProxy(model, i))
      outline(ctx, box.x, y, w, token("fault"), 1.5);
    if (i === cursor.span) outline(ctx, box.x, y, w, token("accent"), 2);
  }
  if (s.critical) paintCritical(ctx, s, first, last);
}

/** flameName is the operation, with the service where the work enters it. */
function flameName(m: TraceModel, i: number): string {
  return entersService(m, i)
    ? `${serviceLabel(m.services[at(m.service, i)])}  ${spanName(m, i)}`
    : spanName(m, i);
}

function outline(
  ctx: CanvasRenderingContext2D,
  x: number,
  y: number,
  width: number,
  colour: string,
  weight: number,
): void {
  ctx.strokeStyle = colour;
  ctx.lineWidth = weight;
  ctx.strokeRect(x + weight / 2, y + 1 + weight / 2, Math.max(0.5, width - weight), LANE - 3 - weight);
}

/** The critical path as an ink line under the boxes that are wide enough to have one. */
function paintCritical(ctx: CanvasRenderingContext2D, s: FlameScene, first: number, last: number): void {
  const { model } = s.timeline;
  const scale = s.width / (s.view.to - s.view.from);
  ctx.fillStyle = s.colors.token("critical");
  for (const box of flameBoxes(s.flame, s.view, s.width, first, last)) {
    if (box.width < 3) continue;
    for (let k = at(model.critFirst, box.span); k < at(model.critFirst, box.span + 1); k++) {
      const x = (at(model.critStart, k) - s.view.from) * scale;
      const w = (at(model.critEnd, k) - at(model.critStart, k)) * scale;
      if (x > s.width || x + w < 0) continue;
      const from = Math.max(0, x);
      ctx.fillRect(
        from,
        box.lane * LANE - s.scrollTop + LANE - 2,
        Math.max(1, Math.min(s.width, x + w) - from),
        2,
      );
    }
  }
}
