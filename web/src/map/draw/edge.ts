import { durationText } from "../../time/format";
import type { Placement } from "../labels";
import type { Point } from "../layout/types";
import type { Line } from "../scene";
import { isFaulty } from "../stats";
import { label, type Pen } from "./pen";

export interface EdgeLook {
  /** In the focus, under the pointer, or chosen: drawn in the stronger grey. */
  lifted: boolean;
  chosen: boolean;
  outline: boolean;
}

export function drawEdge({ g, color, zoom }: Pen, line: Line, look: EdgeLook) {
  const alpha = g.globalAlpha;
  const faulty = isFaulty(line.edge.stats) && !look.outline;
  const token = look.lifted && !look.outline ? "plot" : look.outline ? "line" : "plot-2";
  g.lineCap = "butt";
  if (look.chosen) {
    g.globalAlpha = alpha * 0.16;
    stroke(g, line.path, color("accent"), line.width + 15);
    g.globalAlpha = alpha;
  }
  if (look.lifted) g.globalAlpha = alpha * 0.75;
  if (line.idle) g.setLineDash([1, 4]);
  stroke(g, line.path, color(token), look.outline ? 1 : line.width);
  g.setLineDash([]);
  arrow(g, line, color(token));
  g.globalAlpha = alpha;
  if (faulty) {
    g.setLineDash([5, 3]);
    stroke(g, line.path, color("fault"), Math.max(2, 1 / zoom));
    g.setLineDash([]);
  }
}

function stroke(g: CanvasRenderingContext2D, path: readonly Point[], style: string, width: number) {
  const [start] = path;
  if (!start) return;
  g.beginPath();
  g.moveTo(start.x, start.y);
  for (let i = 1; i + 2 < path.length; i += 3) {
    const [a, b, c] = [path[i], path[i + 1], path[i + 2]];
    if (a && b && c) g.bezierCurveTo(a.x, a.y, b.x, b.y, c.x, c.y);
  }
  g.strokeStyle = style;
  g.lineWidth = width;
  g.stroke();
}

function arrow(g: CanvasRenderingContext2D, line: Line, style: string) {
  const end = line.path.at(-1);
  const before = line.path.at(-2);
  if (!end || !before) return;
  const angle = Math.atan2(end.y - before.y, end.x - before.x);
  const half = 4 + line.width * 0.55;
  g.save();
  g.translate(end.x, end.y);
  g.rotate(angle);
  g.beginPath();
  g.moveTo(-1, -half);
  g.lineTo(6, 0);
  g.lineTo(-1, half);
  g.closePath();
  g.fillStyle = style;
  g.fill();
  g.restore();
}

/** What is said beside an edge. */
export function edgeText(line: Line): string {
  return `p95 ${durationText(line.edge.stats.p95)}`;
}

export function drawEdgeLabel(pen: Pen, { line, text, x, y }: Placement) {
  const faulty = isFaulty(line.edge.stats);
  const options = { size: 11, weight: faulty ? 500 : 400, align: "left" as const };
  label(pen, text, x, y, { ...options, token: faulty ? "fault-ink" : "ink-2" });
}
