import {
  type KeyboardEvent,
  type PointerEvent,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { usePalette } from "../theme/theme";
import { Icon } from "../ui/icon";
import styles from "./canvas.module.css";
import { draw, type Look } from "./draw/draw";
import type { Graph } from "./graph";
import { type Hit, hitTest } from "./hit";
import type { LayoutResult } from "./layout/types";
import { sayEdge, sayPart } from "./say";
import { buildScene, type Scene } from "./scene";
import { bound, fit, reveal, type Size, toScene, type View, zoomAt } from "./view";
import { type Direction, firstPart, nextEdge, walk } from "./walk";

interface Props {
  graph: Graph;
  layout: LayoutResult;
  look: Omit<Look, "hover" | "cursor">;
  onNode: (id: string) => void;
  onEdge: (key: string) => void;
  /** A click on nothing, or Escape. */
  onLeave: () => void;
}

const arrows: Readonly<Record<string, Direction>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};

/** The picture of the map: pointer, wheel and keys on a canvas. What it shows is also in the mirror and the table. */
export function MapCanvas({ graph, layout, look, onNode, onEdge, onLeave }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useSize(box);
  const color = usePalette();
  const scene = useMemo(() => buildScene(graph, layout, size), [graph, layout, size]);
  const [view, setView] = useView(scene, size);
  const [hover, setHover] = useState<Hit | undefined>();
  const [cursor, setCursor] = useState<{ part: string; edge?: string } | undefined>();
  const [said, setSaid] = useState("");

  const hoverEdge = hover?.kind === "edge" ? hover.key : cursor?.edge;
  useEffect(() => {
    const g = canvas.current?.getContext("2d");
    if (!g || size.width === 0) return;
    const frame = requestAnimationFrame(() =>
      draw(g, scene, view, size, color, { ...look, hover: hoverEdge, cursor: cursor?.part }),
    );
    return () => cancelAnimationFrame(frame);
  }, [scene, view, size, color, look, hoverEdge, cursor?.part]);

  const pointer = usePointer({ scene, view, setView, size, setHover, onNode, onEdge, onLeave });
  useWheel(box, (factor, at) => setView((old) => bound(zoomAt(old, factor, at), scene, size)));

  const stand = (part: string | undefined, edge?: string) => {
    const placed = part === undefined ? undefined : scene.placed.get(part);
    if (part === undefined || !placed) return;
    setCursor(edge === undefined ? { part } : { part, edge });
    const chosen = edge === undefined ? undefined : graph.edges.get(edge);
    setSaid(chosen ? sayEdge(chosen) : sayPart(placed.part));
    setView((old) => reveal(old, placed, size));
  };
  const key = (event: KeyboardEvent) => {
    const here = cursor?.part ?? partIn(graph, look.focus);
    const direction = arrows[event.key];
    if (direction && event.shiftKey && here) {
      const edge = nextEdge(
        graph,
        here,
        cursor?.edge,
        direction === "right" || direction === "down" ? 1 : -1,
      );
      stand(here, edge?.key);
    } else if (direction) stand(here === undefined ? firstPart(scene) : walk(graph, scene, here, direction));
    else if (event.key === "Enter" || event.key === " ") {
      const part = here === undefined ? undefined : graph.parts.get(here);
      if (cursor?.edge) onEdge(cursor.edge);
      else if (part) onNode(part.node.id);
    } else if (event.key === "Escape") {
      setCursor(undefined);
      onLeave();
    } else if (event.key === "+" || event.key === "=") zoomBy(1.25);
    else if (event.key === "-") zoomBy(0.8);
    else if (event.key === "0") setView(fit(scene, size));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const zoomBy = (factor: number) =>
    setView((old) => bound(zoomAt(old, factor, { x: size.width / 2, y: size.height / 2 }), scene, size));

  const scale = typeof window === "undefined" ? 1 : window.devicePixelRatio || 1;
  return (
    <div ref={box} className={styles.box} data-over={hover ? hover.kind : undefined}>
      <div
        className={styles.keys}
        role="application"
        tabIndex={0}
        aria-label="Service map. Arrow keys walk to neighbours, with Shift along edges; Enter opens the panel, Escape goes back."
        onKeyDown={key}
        onFocus={(event) => {
          if (cursor === undefined && event.target.matches(":focus-visible")) {
            stand(partIn(graph, look.focus) ?? firstPart(scene));
          }
        }}
        onBlur={() => setCursor(undefined)}
        {...pointer}
      >
        {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: a canvas takes no focus; its parent does. */}
        <canvas
          ref={canvas}
          width={Math.round(size.width * scale)}
          height={Math.round(size.height * scale)}
          className={styles.canvas}
          aria-hidden="true"
        />
      </div>
      <div className={styles.zoom}>
        <button type="button" aria-label="Zoom in" onClick={() => zoomBy(1.25)}>
          <Icon name="plus" size={14} />
        </button>
        <button type="button" aria-label="Zoom out" onClick={() => zoomBy(0.8)}>
          <Icon name="minus" size={14} />
        </button>
        <button type="button" aria-label="Fit" onClick={() => setView(fit(scene, size))}>
          <Icon name="fit" size={14} />
        </button>
      </div>
      <div className="vh" role="status" aria-live="polite">
        {said}
      </div>
    </div>
  );
}

function partIn(graph: Graph, id: string): string | undefined {
  return graph.nodes.get(id)?.parts.reduce((a, b) => (b.stats.requests > a.stats.requests ? b : a)).key;
}

function useSize(box: React.RefObject<HTMLDivElement | null>): Size {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useEffect(() => {
    if (!box.current) return;
    const watch = new ResizeObserver(([entry]) => {
      if (entry) setSize({ width: entry.contentRect.width, height: entry.contentRect.height });
    });
    watch.observe(box.current);
    return () => watch.disconnect();
  }, [box]);
  return size;
}

/** The view fits the scene until the user moves it, and again when other nodes come. */
function useView(scene: Scene, size: Size): [View, (next: View | ((old: View) => View)) => void] {
  const [moved, setMoved] = useState<{ view: View; nodes: string } | undefined>();
  const nodes = useMemo(() => [...scene.placed.keys()].sort().join(), [scene]);
  const fitted = useMemo(() => fit(scene, size), [scene, size]);
  const view = moved && moved.nodes === nodes ? moved.view : fitted;
  const set = useCallback(
    (next: View | ((old: View) => View)) =>
      setMoved((old) => {
        const current = old && old.nodes === nodes ? old.view : fitted;
        return { nodes, view: typeof next === "function" ? next(current) : next };
      }),
    [nodes, fitted],
  );
  return [view, set];
}

function usePointer(props: {
  scene: Scene;
  view: View;
  setView: (next: (old: View) => View) => void;
  size: Size;
  setHover: (hit: Hit | undefined) => void;
  onNode: (id: string) => void;
  onEdge: (key: string) => void;
  onLeave: () => void;
}) {
  const { scene, view, size } = props;
  const drag = useRef<{ x: number; y: number; moved: boolean } | undefined>(undefined);
  const hitAt = (event: PointerEvent<HTMLElement>) => {
    const frame = event.currentTarget.getBoundingClientRect();
    return hitTest(
      scene,
      toScene(view, { x: event.clientX - frame.left, y: event.clientY - frame.top }),
      view.zoom,
    );
  };
  return {
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      drag.current = { x: event.clientX, y: event.clientY, moved: false };
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      const start = drag.current;
      if (!start) {
        props.setHover(hitAt(event));
        return;
      }
      const dx = event.clientX - start.x;
      const dy = event.clientY - start.y;
      if (!start.moved && Math.hypot(dx, dy) < 4) return;
      drag.current = { x: event.clientX, y: event.clientY, moved: true };
      props.setView((old) => bound({ ...old, x: old.x + dx, y: old.y + dy }, scene, size));
    },
    onPointerUp: (event: PointerEvent<HTMLElement>) => {
      const moved = drag.current?.moved ?? true;
      drag.current = undefined;
      if (moved) return;
      const hit = hitAt(event);
      if (hit?.kind === "node") props.onNode(hit.id);
      else if (hit?.kind === "edge") props.onEdge(hit.key);
      else props.onLeave();
    },
    onPointerLeave: () => props.setHover(undefined),
    onPointerCancel: () => {
      drag.current = undefined;
    },
  };
}

/** The wheel zooms; React's own handler could not keep the page from scrolling. */
function useWheel(
  box: React.RefObject<HTMLDivElement | null>,
  onZoom: (factor: number, at: { x: number; y: number }) => void,
) {
  const latest = useRef(onZoom);
  latest.current = onZoom;
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      const frame = element.getBoundingClientRect();
      const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * 16 : event.deltaY;
      latest.current(Math.exp(-pixels * 0.0016), {
        x: event.clientX - frame.left,
        y: event.clientY - frame.top,
      });
    };
    element.addEventListener("wheel", wheel, { passive: false });
    return () => element.removeEventListener("wheel", wheel);
  }, [box]);
}
