import type { Point } from "./layout/types";
import { type Line, pointAt, type Scene } from "./scene";

/** A text beside an edge: its left end and base line. */
export interface Placement extends Point {
  line: Line;
  text: string;
}

interface Rect {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

const letter = 5.9;
const height = 12;
/** Places along the edge, the best first. */
const stops = [0.5, 0.42, 0.58, 0.34, 0.66, 0.27, 0.73];

/** Puts texts beside their edges where they cover neither nodes nor each other, as far as there is room. */
export function placeLabels(scene: Scene, wanted: readonly { line: Line; text: string }[]): Placement[] {
  const taken = [...scene.placed.values()].flatMap(({ x, y, r, idle }): Rect[] =>
    idle
      ? [{ left: x - r, top: y - r, right: x + 62, bottom: y + r }]
      : [
          { left: x - r - 4, top: y - r - 4, right: x + r + 4, bottom: y + r + 4 },
          { left: x - 42, top: y + r, right: x + 42, bottom: y + r + 34 },
        ],
  );
  return wanted.map(({ line, text }) => {
    const width = text.length * letter;
    let best: { at: Point; rect: Rect; cost: number } | undefined;
    for (const [rank, stop] of stops.entries()) {
      const on = pointAt(line.path, stop);
      const off = line.width / 2 + 5;
      for (const [side, at] of [
        { x: on.x + 5, y: on.y - off },
        { x: on.x + 5, y: on.y + off + height - 3 },
        { x: on.x - width - 5, y: on.y - off },
        { x: on.x - width - 5, y: on.y + off + height - 3 },
      ].entries()) {
        const rect = { left: at.x, top: at.y - height + 2, right: at.x + width, bottom: at.y + 3 };
        const cost =
          taken.reduce((sum, other) => sum + overlap(rect, other), 0) +
          crossing(line, rect) +
          rank * 12 +
          side;
        if (!best || cost < best.cost) best = { at, rect, cost };
      }
    }
    if (best) taken.push(best.rect);
    return { line, text, x: best?.at.x ?? 0, y: best?.at.y ?? 0 };
  });
}

function overlap(a: Rect, b: Rect): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const tall = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return width > 0 && tall > 0 ? width * tall : 0;
}

/** How much of its own edge a text would cover: steep edges want their text well to one side. */
function crossing(line: Line, rect: Rect): number {
  let inside = 0;
  for (let i = 0; i <= 24; i++) {
    const p = pointAt(line.path, i / 24);
    const half = line.width / 2;
    if (
      p.x > rect.left - half &&
      p.x < rect.right + half &&
      p.y > rect.top - half &&
      p.y < rect.bottom + half
    )
      inside++;
  }
  return inside * 40;
}
