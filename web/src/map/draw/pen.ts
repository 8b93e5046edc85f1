import type { Palette } from "../../theme/theme";

/** What all drawing functions share: the canvas, the colours, and how much detail the zoom leaves room for. */
export interface Pen {
  g: CanvasRenderingContext2D;
  color: Palette;
  zoom: number;
}

export type Align = "center" | "left" | "right";

/** Text with a halo of the pane's colour, so that lines may run behind it. */
export function label(
  { g, color, zoom }: Pen,
  text: string,
  x: number,
  y: number,
  options: { size: number; token: string; weight?: number; align?: Align },
) {
  // Below full size, names shrink less than the picture, down to what can be read.
  const size = options.size * Math.max(1, Math.min(1.5, 0.8 / zoom));
  g.font = `${options.weight ?? 400} ${size}px ${color("sans")}`;
  g.textAlign = options.align ?? "center";
  g.textBaseline = "alphabetic";
  g.lineJoin = "round";
  g.lineWidth = 4;
  g.strokeStyle = color("pane");
  g.strokeText(text, x, y);
  g.fillStyle = color(options.token);
  g.fillText(text, x, y);
}

/** Text cut to a width, with an ellipsis. */
export function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, Math.max(1, most - 1))}…`;
}
