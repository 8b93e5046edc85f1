import { Category } from "../engine/model";
import type { Colors } from "./colors";

// The small signs of a row, as the shared glyphs and icons draw them, on a canvas.

/** The toggle before a row that has others under it. */
export function chevron(
  ctx: CanvasRenderingContext2D,
  x: number,
  y: number,
  open: boolean,
  colour: string,
): void {
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1.3;
  ctx.beginPath();
  if (open) {
    ctx.moveTo(x - 3, y - 1.5);
    ctx.lineTo(x, y + 1.5);
    ctx.lineTo(x + 3, y - 1.5);
  } else {
    ctx.moveTo(x - 1.5, y - 3);
    ctx.lineTo(x + 1.5, y);
    ctx.lineTo(x - 1.5, y + 3);
  }
  ctx.stroke();
}

/** Points to a bar that lies out of view. */
export function chevronSide(
  ctx: CanvasRenderingContext2D,
  x: number,
  y: number,
  side: "left" | "right",
  colour: string,
): void {
  const d = side === "left" ? -1 : 1;
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1.3;
  ctx.beginPath();
  ctx.moveTo(x - 2 * d, y - 3.5);
  ctx.lineTo(x + 1.5 * d, y);
  ctx.lineTo(x - 2 * d, y + 3.5);
  ctx.stroke();
}

/** The square of a service's hue; an outline in dashes for a span that is not there. */
export function square(
  ctx: CanvasRenderingContext2D,
  x: number,
  y: number,
  colour: string,
  missing: boolean,
): void {
  if (missing) {
    ctx.strokeStyle = colour;
    ctx.lineWidth = 1;
    ctx.setLineDash([2, 1.5]);
    ctx.strokeRect(x + 0.5, y + 0.5, 6, 6);
    ctx.setLineDash([]);
    return;
  }
  ctx.fillStyle = colour;
  ctx.beginPath();
  ctx.roundRect(x, y, 7, 7, 2);
  ctx.fill();
}

/** glyph draws the sign of an outcome: a triangle, three bars, or a diamond with a cross. */
export function glyph(
  ctx: CanvasRenderingContext2D,
  x: number,
  y: number,
  category: number,
  colors: Colors,
): void {
  const { token } = colors;
  ctx.save();
  ctx.translate(x, y - 5.5);
  ctx.scale(11 / 12, 11 / 12);
  ctx.lineWidth = 1.5;
  ctx.beginPath();
  if (category === Category.fault) {
    ctx.fillStyle = token("fault");
    ctx.moveTo(6, 0.6);
    for (const [px, py] of [
      [11.4, 6],
      [6, 11.4],
      [0.6, 6],
    ] as const)
      ctx.lineTo(px, py);
    ctx.fill();
    ctx.strokeStyle = token("pane");
    ctx.lineWidth = 1.3;
    ctx.beginPath();
    ctx.moveTo(4.4, 4.4);
    ctx.lineTo(7.6, 7.6);
    ctx.moveTo(7.6, 4.4);
    ctx.lineTo(4.4, 7.6);
  } else if (category === Category.error) {
    ctx.strokeStyle = token("error");
    ctx.moveTo(6, 1.6);
    ctx.lineTo(10.9, 10.4);
    ctx.lineTo(1.1, 10.4);
    ctx.closePath();
  } else {
    ctx.strokeStyle = token("throttle");
    for (const px of [3.2, 6, 8.8]) {
      ctx.moveTo(px, 1.8);
      ctx.lineTo(px, 10.2);
    }
  }
  ctx.stroke();
  ctx.restore();
}
