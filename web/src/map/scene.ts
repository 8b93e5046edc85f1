import { type Edge, type Graph, isFailing, type Node, type Part } from "./graph";
import type { Box, LayoutResult, Link, Point } from "./layout/types";
import { isFaulty } from "./stats";

// Where everything stands and how large it is, in units of the page at zoom 1.
// Pure: the canvas, the pointer and the tests read the same scene.

export interface Placed extends Point {
  part: Part;
  r: number;
  /** Hardly any requests: drawn small, its name beside it. */
  idle: boolean;
}

export interface Frame {
  node: Node;
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Line {
  edge: Edge;
  width: number;
  /** A start, then cubic segments of three points each. */
  path: readonly Point[];
  /** It runs from right to left. */
  backward: boolean;
  idle: boolean;
}

export interface Scene {
  placed: Map<string, Placed>;
  frames: Frame[];
  lines: Map<string, Line>;
  bounds: { left: number; top: number; right: number; bottom: number };
}

const labelHeight = 38;
const idleHeight = 32;
const frameWidth = 116;
const frameTop = 22;
const frameBottom = 2;
/** The most a node or an edge is drawn. */
const largest = 27;
const widest = 13;

/** A version with under half a per cent of its service's requests, unless there is something to say about it. */
export function isIdle({ version, stats, node }: Part): boolean {
  return version !== "" && stats.perSecond < node.stats.perSecond * 0.005 && !isFaulty(stats);
}

/** Area grows with requests a second; a floor keeps the ring legible. */
export function radius(part: Part, busiest: number): number {
  const share = busiest === 0 ? 0 : Math.min(1, part.stats.perSecond / busiest);
  switch (part.node.kind) {
    case "client":
      return 15;
    case "service":
    case "group":
      return isIdle(part) ? 6 : 10 + (largest - 10) * Math.sqrt(share);
    default:
      return 14 + 7 * Math.sqrt(share);
  }
}

export function lineWidth(perSecond: number, busiest: number): number {
  return busiest === 0 ? 1 : Math.max(1, widest * Math.sqrt(perSecond / busiest));
}

function busiestNode(graph: Graph): number {
  const services = [...graph.nodes.values()].filter(
    (node) => node.kind === "service" || node.kind === "group",
  );
  return Math.max(0, ...services.map((node) => node.stats.perSecond));
}

/** What the layout needs to know: a box a node, a link a pair of nodes. */
export function toLayout(graph: Graph): { boxes: Box[]; links: Link[] } {
  const busiest = busiestNode(graph);
  const boxes = [...graph.nodes.values()].map((node) => ({
    id: node.id,
    height: boxHeight(node, busiest),
    first: node.kind === "client",
  }));
  const links = new Map<string, Link>();
  for (const edge of graph.edges.values()) {
    const id = linkId(edge);
    const weight = (links.get(id)?.weight ?? 0) + edge.stats.perSecond;
    links.set(id, { id, from: edge.from.node.id, to: edge.to.node.id, weight });
  }
  return { boxes, links: [...links.values()] };
}

export function linkId(edge: Edge): string {
  return JSON.stringify([edge.from.node.id, edge.to.node.id]);
}

/** Builds the scene from a layout, spread so that it fills an area of the given size where that helps. */
export function buildScene(
  graph: Graph,
  layout: LayoutResult,
  area: { width: number; height: number },
): Scene {
  const busiest = busiestNode(graph);
  const spread = spreadOf(layout, area);
  const put = (p: Point): Point => ({ x: p.x * spread.x, y: p.y * spread.y });
  const placed = new Map<string, Placed>();
  const frames: Frame[] = [];
  for (const node of graph.nodes.values()) {
    const at = layout.at[node.id];
    if (at) placeNode(node, put(at), busiest, placed, frames);
  }
  const busiestEdge = Math.max(0, ...[...graph.edges.values()].map((edge) => edge.stats.perSecond));
  const lines = new Map<string, Line>();
  for (const edge of graph.edges.values()) {
    const from = placed.get(edge.from.key);
    const to = placed.get(edge.to.key);
    if (!from || !to) continue;
    const width = lineWidth(edge.stats.perSecond, busiestEdge);
    const bends = (layout.bends[linkId(edge)] ?? []).map(put);
    const idle = from.idle || to.idle;
    lines.set(edge.key, { edge, width, idle, path: route(from, to, bends), backward: to.x < from.x });
  }
  return { placed, frames, lines, bounds: boundsOf(placed, frames, lines) };
}

/** How far columns and rows are drawn apart: up to half as far again, so that a small mesh fills its pane. */
function spreadOf(layout: LayoutResult, area: { width: number; height: number }): Point {
  const height = area.height - 24;
  // A scene that is too high will be drawn smaller, which leaves more room beside it.
  const zoom = layout.height === 0 ? 1 : Math.min(1, height / layout.height);
  const free = { x: area.width / zoom - 130, y: height };
  const clamp = (value: number, min: number, max: number) => Math.min(max, Math.max(min, value));
  return {
    x: layout.width === 0 ? 1 : clamp(free.x / layout.width, 0.66, Math.max(1.4, 1.2 / zoom)),
    y: layout.height === 0 ? 1 : clamp(free.y / layout.height, 1, 1.35),
  };
}

function placeNode(node: Node, at: Point, busiest: number, placed: Map<string, Placed>, frames: Frame[]) {
  let y = at.y - boxHeight(node, busiest) / 2;
  const framed = node.parts.length > 1;
  if (framed) {
    frames.push({
      node,
      x: at.x - frameWidth / 2,
      y: y + 4,
      width: frameWidth,
      height: boxHeight(node, busiest) - 4,
    });
    y += frameTop;
  }
  for (const part of node.parts) {
    const r = radius(part, busiest);
    const idle = isIdle(part);
    const height = partHeight(part, busiest);
    const x = at.x - (idle ? 20 : 0);
    placed.set(part.key, { part, idle, r, x, y: idle ? y + height / 2 - 4 : y + r + 2 + halo(part) });
    y += height;
  }
}

function partHeight(part: Part, busiest: number): number {
  return isIdle(part) ? idleHeight : 2 * radius(part, busiest) + labelHeight + 2 * halo(part);
}

/** Room for the halo of a faulty part. */
function halo(part: Part): number {
  return isFailing(part) ? 8 : 0;
}

function boxHeight(node: Node, busiest: number): number {
  const parts = node.parts.reduce((sum, part) => sum + partHeight(part, busiest), 0);
  return node.parts.length > 1 ? parts + frameTop + frameBottom : parts;
}

/** From the side of one circle to the side of the other, through the bends, level at each point. */
function route(from: Placed, to: Placed, bends: readonly Point[]): Point[] {
  if (from.part.key === to.part.key) return loop(from);
  const sign = to.x < from.x ? -1 : 1;
  const start = { x: from.x + sign * (from.r + 4), y: from.y };
  const end = { x: to.x - sign * (to.r + 11), y: to.y };
  const stops = [start, ...bends, end];
  const path: Point[] = [start];
  for (let i = 1; i < stops.length; i++) {
    const a = stops[i - 1];
    const b = stops[i];
    if (!a || !b) continue;
    const reach = (b.x - a.x) * 0.47;
    path.push({ x: a.x + reach, y: a.y }, { x: b.x - reach, y: b.y }, b);
  }
  return path;
}

/** Calls to oneself, or between versions in one frame, turn round over the node. */
function loop(at: Placed): Point[] {
  const top = at.y - at.r - 4;
  return [
    { x: at.x + 8, y: top },
    { x: at.x + 26, y: top - 28 },
    { x: at.x - 26, y: top - 28 },
    { x: at.x - 8, y: top - 4 },
  ];
}

/** A point of a path: t runs from 0 to 1 over all segments. */
export function pointAt(path: readonly Point[], t: number): Point {
  const segments = Math.max(1, Math.floor((path.length - 1) / 3));
  const scaled = Math.min(segments - 1e-9, Math.max(0, t * segments));
  const base = Math.floor(scaled) * 3;
  const u = scaled - Math.floor(scaled);
  const [a, b, c, d] = [path[base], path[base + 1], path[base + 2], path[base + 3]];
  if (!a || !b || !c || !d) return path[0] ?? { x: 0, y: 0 };
  const v = 1 - u;
  const mix = (p: number, q: number, r: number, s: number) =>
    v * v * v * p + 3 * v * v * u * q + 3 * v * u * u * r + u * u * u * s;
  return { x: mix(a.x, b.x, c.x, d.x), y: mix(a.y, b.y, c.y, d.y) };
}

function boundsOf(
  placed: Map<string, Placed>,
  frames: readonly Frame[],
  lines: Map<string, Line>,
): Scene["bounds"] {
  const bounds = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  const include = (left: number, top: number, right: number, bottom: number) => {
    bounds.left = Math.min(bounds.left, left);
    bounds.top = Math.min(bounds.top, top);
    bounds.right = Math.max(bounds.right, right);
    bounds.bottom = Math.max(bounds.bottom, bottom);
  };
  for (const { x, y, r } of placed.values())
    include(x - Math.max(r, 50), y - r - 9, x + Math.max(r, 50), y + r + 36);
  for (const frame of frames) include(frame.x, frame.y - 8, frame.x + frame.width, frame.y + frame.height);
  for (const line of lines.values()) for (const p of line.path) include(p.x, p.y - 4, p.x, p.y + 4);
  return bounds.left === Infinity ? { left: 0, top: 0, right: 0, bottom: 0 } : bounds;
}
