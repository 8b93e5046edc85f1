import { serviceHue } from "../../theme/service";
import { percent, rate } from "../../time/format";
import { wordFor } from "../../ui/glyph";
import { failingMembers, isFailing } from "../graph";
import { systemName } from "../names";
import type { Placed } from "../scene";
import { drawnFrom, loudest, share } from "../stats";
import { cut, label, type Pen } from "./pen";

/** A node with its name and what is to be said about it. Outline alone is how it looks while its numbers are on their way. */
export function drawNode(pen: Pen, given: Placed, outline: boolean) {
  const { kind } = given.part.node;
  // However far out, a node is a dot that can be seen, and a faulty one stands out.
  const least = (isFailing(given.part) ? 5 : 2) / pen.zoom;
  const placed = given.r < least ? { ...given, r: least } : given;
  if (outline) drawOutline(pen, placed);
  else if (kind === "database") cylinder(pen, placed);
  else if (kind === "queue") slots(pen, placed);
  else if (kind === "external") hexagon(pen, placed);
  else if (kind === "client") screen(pen, placed);
  else if (placed.idle) idleDisc(pen, placed);
  else disc(pen, placed);
  words(pen, placed, outline);
}

function circle(g: CanvasRenderingContext2D, x: number, y: number, r: number) {
  g.beginPath();
  g.arc(x, y, r, 0, 2 * Math.PI);
}

function drawOutline({ g, color }: Pen, { x, y, r }: Placed) {
  circle(g, x, y, r);
  g.fillStyle = color("pane");
  g.fill();
  g.strokeStyle = color("line-strong");
  g.lineWidth = 1.5;
  g.stroke();
}

/** A service: ring of shares around a spot of its hue; halo and cross if it is faulty. */
function disc(pen: Pen, { x, y, r, part }: Placed) {
  const { g, color } = pen;
  const faulty = isFailing(part);
  circle(g, x, y, r + 2);
  g.fillStyle = color("pane");
  g.fill();
  if (faulty) {
    const alpha = g.globalAlpha;
    circle(g, x, y, r + 7);
    g.fillStyle = color("fault");
    g.globalAlpha = alpha * 0.14;
    g.fill();
    g.globalAlpha = alpha;
    g.strokeStyle = color("fault");
    g.lineWidth = 2;
    g.stroke();
    circle(g, x, y, r);
    g.fillStyle = color("pane");
    g.fill();
  }
  ring(pen, x, y, r, part.stats);
  circle(g, x, y, faulty ? r * 0.52 : Math.max(2.5, r * 0.3));
  g.fillStyle = color(faulty ? "fault" : `svc-${serviceHue(part.node.name)}`);
  g.fill();
  if (part.node.kind === "group") {
    // A second circle: there is more inside.
    circle(g, x, y, Math.max(5, r * 0.3 + 4));
    g.strokeStyle = color("control");
    g.lineWidth = 1;
    g.stroke();
  }
  if (faulty) {
    g.beginPath();
    g.moveTo(x - 3, y - 3);
    g.lineTo(x + 3, y + 3);
    g.moveTo(x + 3, y - 3);
    g.lineTo(x - 3, y + 3);
    g.strokeStyle = color("pane");
    g.lineWidth = 1.5;
    g.stroke();
  }
}

/** Shares clockwise from the top, faults first. A share that is drawn is at least 5 px long. */
function ring({ g, color }: Pen, x: number, y: number, r: number, stats: Placed["part"]["stats"]) {
  const alpha = g.globalAlpha;
  circle(g, x, y, r);
  g.globalAlpha = alpha * 0.6;
  g.strokeStyle = color("ok");
  g.lineWidth = 3;
  g.stroke();
  g.globalAlpha = alpha;
  const pixel = 1 / r;
  let at = -Math.PI / 2;
  for (const outcome of ["fault", "throttle", "error"] as const) {
    const part = share(stats, outcome);
    if (part < drawnFrom) continue;
    const sweep = Math.max(part * 2 * Math.PI, 5 * pixel);
    g.beginPath();
    g.arc(x, y, r, at, at + sweep);
    g.strokeStyle = color(outcome);
    g.lineWidth = outcome === "fault" ? 6 : 5;
    g.stroke();
    at += sweep + 1.5 * pixel;
  }
}

function idleDisc({ g, color }: Pen, { x, y, r }: Placed) {
  circle(g, x, y, r);
  g.fillStyle = color("pane");
  g.fill();
  g.setLineDash([2, 2]);
  g.strokeStyle = color("control");
  g.lineWidth = 1;
  g.stroke();
  g.setLineDash([]);
}

/** The dashed look of what was not heard from itself. */
function inferred({ g, color }: Pen) {
  g.fillStyle = color("pane-sunk");
  g.fill();
  g.setLineDash([3, 2]);
  g.strokeStyle = color("control");
  g.lineWidth = 1.25;
  g.stroke();
  g.setLineDash([]);
}

function cylinder(pen: Pen, { x, y, r }: Placed) {
  const { g } = pen;
  const lid = r * 0.36;
  g.beginPath();
  g.moveTo(x - r, y - r + lid);
  g.lineTo(x - r, y + r - lid);
  g.ellipse(x, y + r - lid, r, lid, 0, Math.PI, 0, true);
  g.lineTo(x + r, y - r + lid);
  inferred(pen);
  g.beginPath();
  g.ellipse(x, y - r + lid, r, lid, 0, 0, 2 * Math.PI);
  inferred(pen);
}

function slots(pen: Pen, { x, y, r }: Placed) {
  const { g, color } = pen;
  g.beginPath();
  g.roundRect(x - r - 3, y - r * 0.7, 2 * r + 6, r * 1.4, 2);
  inferred(pen);
  g.beginPath();
  for (const i of [-1, 0, 1]) {
    g.moveTo(x + i * 7, y - r * 0.35);
    g.lineTo(x + i * 7, y + r * 0.35);
  }
  g.strokeStyle = color("control");
  g.stroke();
}

function hexagon(pen: Pen, { x, y, r, part }: Placed) {
  const { g, color } = pen;
  g.beginPath();
  for (let i = 0; i < 6; i++) {
    const angle = (i * Math.PI) / 3;
    g.lineTo(x + r * 0.95 * Math.cos(angle), y + r * 0.95 * Math.sin(angle));
  }
  g.closePath();
  inferred(pen);
  if (loudest(part.stats)?.outcome !== "error") return;
  g.beginPath();
  g.moveTo(x, y - 5);
  g.lineTo(x + 5, y + 4);
  g.lineTo(x - 5, y + 4);
  g.closePath();
  g.strokeStyle = color("error");
  g.lineWidth = 1.5;
  g.stroke();
}

function screen({ g, color }: Pen, { x, y }: Placed) {
  g.beginPath();
  g.roundRect(x - 13, y - 10, 26, 18, 2);
  g.fillStyle = color("pane");
  g.fill();
  g.moveTo(x - 6, y + 12);
  g.lineTo(x + 6, y + 12);
  g.strokeStyle = color("control");
  g.lineWidth = 1.5;
  g.stroke();
}

function words(pen: Pen, { x, y, r, part, idle }: Placed, outline: boolean) {
  const { node, stats, version } = part;
  const name = cut(version || node.name, 22);
  if (idle) {
    label(pen, name, x + 12, y + 4, { size: 12, weight: 500, token: "ink", align: "left" });
    pen.g.font = `500 12px ${pen.color("sans")}`;
    const wide = pen.g.measureText(name).width;
    if (!outline) label(pen, "idle", x + 17 + wide, y + 4, { size: 11, token: "ink-3", align: "left" });
    return;
  }
  const said = outline ? undefined : loudest(stats);
  if (pen.zoom < 0.3 && said?.outcome !== "fault") return;
  const failing = failingMembers(node);
  const halo = failing > 0 || (said?.outcome === "fault" && node.kind === "service");
  const low = node.kind === "queue" ? r * 0.7 : halo ? r + 6 : r;
  const top = y + low + 15;
  label(pen, name, x, top, { size: 12, weight: 500, token: outline ? "ink-3" : "ink" });
  if (pen.zoom < 0.5 && !said) return;
  const traffic = `${rate(stats.perSecond)}/s`;
  if (outline) return;
  if (failing > 0) {
    const text = `${failing} of ${node.members.length} with faults`;
    label(pen, text, x, top + 14, { size: 11, weight: 500, token: "fault-ink" });
  } else if (said) {
    const text = `${percent(said.share)} % ${wordFor(said.outcome)}`;
    const weight = said.outcome === "fault" ? 500 : 400;
    label(pen, text, x, top + 14, { size: 11, weight, token: `${said.outcome}-ink` });
  } else {
    const what = node.kind === "group" ? `${node.members.length} nodes` : systemName(node.system);
    label(pen, what ? `${what}, ${traffic}` : traffic, x, top + 14, { size: 11, token: "ink-3" });
  }
}
