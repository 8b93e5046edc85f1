import type { Point } from "./layout/types";
import type { Scene } from "./scene";

/** How the scene lies in the pane: screen = scene × zoom + offset. */
export interface View {
  zoom: number;
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

const least = 0.08;
const most = 3;

/** The whole scene in the pane, in the middle, never larger than its own size. */
export function fit({ bounds }: Scene, size: Size): View {
  const width = bounds.right - bounds.left;
  const height = bounds.bottom - bounds.top;
  if (width <= 0 || height <= 0 || size.width <= 0) return { zoom: 1, x: 0, y: 0 };
  const margin = 10;
  const zoom = Math.min(1, (size.width - 2 * margin) / width, (size.height - 2 * margin) / height);
  return {
    zoom,
    x: size.width / 2 - ((bounds.left + bounds.right) / 2) * zoom,
    y: size.height / 2 - ((bounds.top + bounds.bottom) / 2) * zoom,
  };
}

/** Zooms by a factor and keeps what is under the point where it is. */
export function zoomAt(view: View, factor: number, at: Point): View {
  const zoom = Math.min(most, Math.max(least, view.zoom * factor));
  const by = zoom / view.zoom;
  return { zoom, x: at.x - (at.x - view.x) * by, y: at.y - (at.y - view.y) * by };
}

/** Keeps a part of the scene in the pane: it cannot be pushed out of sight. */
export function bound(view: View, { bounds }: Scene, size: Size): View {
  const keep = 80;
  const within = (offset: number, from: number, to: number, room: number) =>
    Math.min(room - keep - from * view.zoom, Math.max(keep - to * view.zoom, offset));
  return {
    zoom: view.zoom,
    x: within(view.x, bounds.left, bounds.right, size.width),
    y: within(view.y, bounds.top, bounds.bottom, size.height),
  };
}

export function toScene(view: View, at: Point): Point {
  return { x: (at.x - view.x) / view.zoom, y: (at.y - view.y) / view.zoom };
}

/** The view with a point of the scene inside the pane, moved no more than needed. */
export function reveal(view: View, at: Point, size: Size): View {
  const margin = 70;
  const x = at.x * view.zoom + view.x;
  const y = at.y * view.zoom + view.y;
  const into = (value: number, room: number) => Math.min(room - margin, Math.max(margin, value)) - value;
  return { zoom: view.zoom, x: view.x + into(x, size.width), y: view.y + into(y, size.height) };
}
