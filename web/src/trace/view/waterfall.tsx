import {
  type KeyboardEvent,
  type PointerEvent,
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { at } from "../engine/model";
import { isOpen, toggle } from "../engine/rows";
import { panView, toTime, zoomView } from "../engine/timescale";
import type { Timeline } from "../usetimeline";
import type { TopRef } from "./axis";
import { fitCanvas, onFrame, useSize } from "./canvas";
import { useColors } from "./colors";
import { Mirror, rowId } from "./mirror";
import { GUTTER, indentOf, paintWaterfall, ROW } from "./paintwaterfall";
import { TextFit } from "./text";
import styles from "./waterfall.module.css";

interface Props {
  timeline: Timeline;
  nameWidth: number;
  /** Search text in lower case. */
  match: string;
  /** Told of the first row in view, for what stands above it. */
  top: TopRef;
}

/** A drag smaller than this is a click. */
const clickPixels = 4;

/** The spans: names at the left, bars at the right, on one canvas that redraws what is in view. */
export function Waterfall({ timeline, nameWidth, match, top }: Props) {
  const { model, repeats, rows, shape, view, row } = timeline;
  const colors = useColors(model);
  const [area, size] = useSize<HTMLDivElement>();
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const fit = useRef<TextFit>(null);
  const hovered = useRef(-1);
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  const [near, setNear] = useState(0);
  const width = scroller.current?.clientWidth || size.width;

  const draw = useRef(() => {});
  draw.current = () => {
    const box = scroller.current;
    if (!canvas.current || !box || size.width === 0) return;
    const ctx = fitCanvas(canvas.current, { width: box.clientWidth, height: size.height });
    if (!ctx) return;
    fit.current ??= new TextFit(ctx);
    const critical = timeline.address.crit;
    const [scrollTop, selected] = [box.scrollTop, row];
    paintWaterfall(ctx, fit.current, {
      model,
      repeats,
      rows,
      shape,
      view,
      scrollTop,
      width: box.clientWidth,
      height: size.height,
      nameWidth,
      colors,
      selected,
      hovered: hovered.current,
      match,
      critical,
    });
    top.current(Math.floor(scrollTop / ROW));
  };
  const frame = useRef(onFrame(() => draw.current()));
  useLayoutEffect(() => draw.current());
  useEffect(() => () => frame.current.stop(), []);

  // The mirror follows when scrolling rests; while it moves, only the canvas is drawn.
  const rest = useRef(0);
  const scrolled = useCallback(() => {
    frame.current.ask();
    window.clearTimeout(rest.current);
    rest.current = window.setTimeout(
      () => setNear(Math.floor((scroller.current?.scrollTop ?? 0) / ROW)),
      120,
    );
  }, []);
  useEffect(() => () => window.clearTimeout(rest.current), []);

  const shown = useRef(-1);
  useLayoutEffect(() => {
    const box = scroller.current;
    if (!box || row < 0 || size.height === 0) return;
    const y = row * ROW;
    const outside = y < box.scrollTop || y + ROW > box.scrollTop + size.height;
    // A span that the address names is first shown with its surroundings.
    const low = shown.current < 0 && y > box.scrollTop + size.height * 0.5;
    if (!outside && !low) return;
    const far = shown.current < 0 || Math.abs(y - box.scrollTop) > size.height * 1.5;
    shown.current = row;
    if (far) box.scrollTop = Math.round((y - size.height / 3) / ROW) * ROW;
    else box.scrollTop = y < box.scrollTop ? y : y + ROW - size.height;
  }, [row, size.height]);

  const pointAt = (event: { clientX: number; clientY: number }) => {
    const box = scroller.current?.getBoundingClientRect();
    const x = event.clientX - (box?.left ?? 0);
    const y = event.clientY - (box?.top ?? 0) + (scroller.current?.scrollTop ?? 0);
    return { x, row: Math.floor(y / ROW), inside: Math.floor(y / ROW) < rows.count };
  };
  const timeAt = (x: number) => toTime(view, Math.max(1, width - nameWidth - GUTTER), x - nameWidth);

  const down = (event: PointerEvent<HTMLDivElement>) => {
    if (event.button !== 0) return;
    const p = pointAt(event);
    if (p.x >= nameWidth && p.x < width) {
      event.currentTarget.setPointerCapture(event.pointerId);
      setDrag({ from: p.x, to: p.x });
    }
    if (!p.inside) return;
    timeline.selectRow(p.row);
    const twist = indentOf(rows, p.row, nameWidth);
    if (p.x < nameWidth && Math.abs(p.x - twist) <= 12)
      timeline.setShape(toggle(model, repeats, shape, rows, p.row));
  };
  const move = (event: PointerEvent<HTMLDivElement>) => {
    const p = pointAt(event);
    if (drag) setDrag({ from: drag.from, to: Math.max(nameWidth, Math.min(p.x, width - GUTTER)) });
    const next = p.inside ? p.row : -1;
    if (next !== hovered.current) {
      hovered.current = next;
      frame.current.ask();
    }
  };
  const up = () => {
    if (drag && Math.abs(drag.to - drag.from) > clickPixels) {
      timeline.setView({
        from: timeAt(Math.min(drag.from, drag.to)),
        to: timeAt(Math.max(drag.from, drag.to)),
      });
    }
    setDrag(null);
  };

  useWheelZoom(scroller, (event) => {
    const p = pointAt(event);
    if (p.x < nameWidth) return false;
    const sideways = event.shiftKey
      ? event.deltaY
      : Math.abs(event.deltaX) > Math.abs(event.deltaY)
        ? event.deltaX
        : 0;
    if (sideways !== 0) {
      timeline.setView(panView(view, sideways / Math.max(1, width - nameWidth), timeline.whole.to), false);
      return true;
    }
    if (!(event.ctrlKey || event.metaKey || event.altKey)) return false;
    timeline.setView(zoomView(view, timeAt(p.x), Math.exp(event.deltaY * 0.002), timeline.whole.to), false);
    return true;
  });

  const open = row >= 0 ? isOpen(model, repeats, shape, rows, row) : undefined;
  const rowAfter = (key: string, page: number): number | undefined => {
    switch (key) {
      case "ArrowDown":
        return row + 1;
      case "ArrowUp":
        return row - 1;
      case "ArrowRight":
        return open ? row + 1 : row;
      case "ArrowLeft": {
        let parent = row;
        while (parent > 0 && at(rows.depth, parent) >= at(rows.depth, row)) parent--;
        return parent;
      }
      case "Home":
        return 0;
      case "End":
        return rows.count - 1;
      case "PageDown":
        return row + page;
      case "PageUp":
        return row - page;
    }
    return undefined;
  };
  const key = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const page = Math.max(1, Math.floor(size.height / ROW) - 1);
    const to = rowAfter(event.key, page);
    const flips =
      event.key === " " || (event.key === "ArrowRight" ? open === false : event.key === "ArrowLeft" && open);
    if (to === undefined && !flips) return;
    event.preventDefault();
    if (flips) timeline.setShape(toggle(model, repeats, shape, rows, row));
    else if (to !== undefined) timeline.selectRow(Math.max(0, Math.min(rows.count - 1, to)));
  };

  const visible = Math.ceil(size.height / ROW) + 1;
  return (
    <div ref={area} className={`fill ${styles.area}`}>
      <div
        ref={scroller}
        className={styles.scroller}
        role="treegrid"
        aria-label="Spans"
        aria-rowcount={rows.count + 1}
        aria-colcount={4}
        aria-activedescendant={row >= 0 ? rowId(row) : undefined}
        tabIndex={0}
        data-waterfall
        onScroll={scrolled}
        onKeyDown={key}
        onPointerDown={down}
        onPointerMove={move}
        onPointerUp={up}
        onPointerCancel={() => setDrag(null)}
        onPointerLeave={() => {
          hovered.current = -1;
          frame.current.ask();
        }}
        onDoubleClick={(event) => {
          const p = pointAt(event);
          if (p.inside) timeline.reroot(at(rows.span, p.row));
        }}
      >
        <canvas ref={canvas} className={styles.canvas} style={{ width, height: size.height }} />
        <div style={{ height: Math.max(0, rows.count * ROW - size.height) }} role="presentation" />
        <Mirror timeline={timeline} first={near} last={near + visible} />
      </div>
      {drag && Math.abs(drag.to - drag.from) > clickPixels ? (
        <div
          className={styles.wash}
          style={{ left: Math.min(drag.from, drag.to), width: Math.abs(drag.to - drag.from) }}
        />
      ) : null}
    </div>
  );
}

/** React listens to wheel events passively; zooming must keep the page from scrolling. */
function useWheelZoom(target: { current: HTMLElement | null }, handle: (event: WheelEvent) => boolean): void {
  const latest = useRef(handle);
  latest.current = handle;
  useEffect(() => {
    const element = target.current;
    if (!element) return;
    const wheel = (event: WheelEvent) => {
      if (latest.current(event)) event.preventDefault();
    };
    element.addEventListener("wheel", wheel, { passive: false });
    return () => element.removeEventListener("wheel", wheel);
  }, [target]);
}
