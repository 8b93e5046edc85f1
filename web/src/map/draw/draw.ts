import { serviceHue } from "../../theme/service";
import type { Palette } from "../../theme/theme";
import { placeLabels } from "../labels";
import type { Line, Scene } from "../scene";
import { isFaulty } from "../stats";
import type { Strength } from "../strength";
import type { Size, View } from "../view";
import { drawEdge, drawEdgeLabel, edgeText } from "./edge";
import { drawNode } from "./node";
import { cut, label, type Pen } from "./pen";

/** Everything about the picture that is not the scene itself. */
export interface Look {
  strength: Strength;
  /** Node in focus, by id. */
  focus: string;
  /** Chosen edge, by key. */
  edge: string;
  /** Edge under the pointer or the cursor. */
  hover: string | undefined;
  /** Part that the keyboard stands on. */
  cursor: string | undefined;
  /** Numbers are on their way: places only. */
  outline: boolean;
}

const dimmed = 0.4;

/** Draws the whole map. It costs one pass over nodes and edges; nothing is kept from one call to the next. */
export function draw(
  g: CanvasRenderingContext2D,
  scene: Scene,
  view: View,
  size: Size,
  color: Palette,
  look: Look,
) {
  const scale = window.devicePixelRatio || 1;
  g.setTransform(scale, 0, 0, scale, 0, 0);
  g.clearRect(0, 0, size.width, size.height);
  g.translate(view.x, view.y);
  g.scale(view.zoom, view.zoom);
  const pen: Pen = { g, color, zoom: view.zoom };
  const alpha = (strong: boolean) => {
    g.globalAlpha = strong ? 1 : dimmed;
  };
  const focused = look.focus !== "" || look.edge !== "";

  for (const frame of scene.frames) drawFrame(pen, frame, look);
  for (const line of scene.lines.values()) {
    const { key } = line.edge;
    const strong = look.strength.edges.has(key) || key === look.hover;
    alpha(strong);
    const lifted = key === look.hover || key === look.edge || (focused && look.strength.edges.has(key));
    drawEdge(pen, line, { lifted, chosen: key === look.edge, outline: look.outline });
  }
  for (const placed of scene.placed.values()) {
    alpha(look.strength.parts.has(placed.part.key) || placed.part.key === look.cursor);
    drawNode(pen, placed, look.outline);
    if (placed.part.key !== look.cursor) continue;
    g.beginPath();
    g.arc(placed.x, placed.y, placed.r + 10, 0, 2 * Math.PI);
    g.strokeStyle = color("accent");
    g.lineWidth = 2;
    g.stroke();
  }
  g.globalAlpha = 1;
  for (const frame of scene.frames) drawFrameName(pen, frame, look);
  g.globalAlpha = 1;
  if (look.outline) return;
  // Far out there is no room for texts beside edges.
  if (view.zoom < 0.5) return;
  const said = [...scene.lines.values()].filter((line) => !line.idle && isSaid(line, look, focused));
  for (const placement of placeLabels(
    scene,
    said.map((line) => ({ line, text: edgeText(line) })),
  )) {
    drawEdgeLabel(pen, placement);
  }
}

/** Edges of the focus, the one under the pointer, and faulty ones have their p95 beside them. */
function isSaid(line: Line, look: Look, focused: boolean): boolean {
  const { key, stats } = line.edge;
  if (stats.p95 === 0) return false;
  return key === look.hover || (focused ? look.strength.edges.has(key) : isFaulty(stats));
}

type Frame = Scene["frames"][number];

function isDim(frame: Frame, look: Look): boolean {
  return !frame.node.parts.some((part) => look.strength.parts.has(part.key));
}

function drawFrame({ g, color }: Pen, frame: Frame, look: Look) {
  const on = frame.node.id === look.focus;
  g.globalAlpha = isDim(frame, look) ? dimmed : 1;
  g.beginPath();
  g.roundRect(frame.x, frame.y, frame.width, frame.height, 4);
  if (on) {
    g.fillStyle = color("accent-wash");
    g.fill();
  }
  g.strokeStyle = color(on ? "accent" : "line-strong");
  g.lineWidth = on ? 1.5 : 1;
  g.stroke();
}

/** The name stands in a gap of the frame's upper edge. */
function drawFrameName(pen: Pen, frame: Frame, look: Look) {
  const { g, color } = pen;
  const name = cut(frame.node.name, 15);
  g.globalAlpha = 1;
  g.font = `500 12px ${color("sans")}`;
  const wide = g.measureText(name).width;
  g.fillStyle = color("pane");
  g.fillRect(frame.x + 9, frame.y - 7, wide + 23, 14);
  g.globalAlpha = isDim(frame, look) ? dimmed : 1;
  g.fillStyle = color(`svc-${serviceHue(frame.node.name)}`);
  g.beginPath();
  g.roundRect(frame.x + 14, frame.y - 4, 8, 8, 2);
  g.fill();
  label(pen, name, frame.x + 27, frame.y + 4, { size: 12, weight: 500, token: "ink", align: "left" });
}
