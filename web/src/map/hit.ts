import type { Point } from "./layout/types";
import { type Line, pointAt, type Scene } from "./scene";

export type Hit = { kind: "node"; id: string; part: string } | { kind: "edge"; key: string };

/** Half the least size of a target: 24 px. */
const reach = 12;

/** What lies under a point of the scene; zoom turns the least target size into scene units. */
export function hitTest(scene: Scene, at: Point, zoom: number): Hit | undefined {
  const slack = reach / zoom;
  let best: { distance: number; hit: Hit } | undefined;
  for (const placed of scene.placed.values()) {
    const distance = Math.hypot(placed.x - at.x, placed.y - at.y) - Math.max(placed.r + 4, slack);
    const label = Math.abs(placed.x - at.x) < 44 && at.y > placed.y && at.y < placed.y + placed.r + 34;
    if (distance > 0 && !label) continue;
    const rank = Math.min(distance, label ? -1 : distance);
    if (!best || rank < best.distance) {
      best = { distance: rank, hit: { kind: "node", id: placed.part.node.id, part: placed.part.key } };
    }
  }
  if (best) return best.hit;
  for (const line of scene.lines.values()) {
    const distance = distanceTo(line, at) - Math.max(line.width / 2, slack * 0.7);
    if (distance <= 0 && (!best || distance < best.distance)) {
      best = { distance, hit: { kind: "edge", key: line.edge.key } };
    }
  }
  if (best) return best.hit;
  for (const frame of scene.frames) {
    const inside =
      at.x >= frame.x &&
      at.x <= frame.x + frame.width &&
      at.y >= frame.y - 8 &&
      at.y <= frame.y + frame.height;
    if (inside) return { kind: "node", id: frame.node.id, part: frame.node.parts[0]?.key ?? "" };
  }
  return undefined;
}

function distanceTo(line: Line, at: Point): number {
  const samples = Math.max(12, ((line.path.length - 1) / 3) * 12);
  let least = Infinity;
  let before = pointAt(line.path, 0);
  for (let i = 1; i <= samples; i++) {
    const next = pointAt(line.path, i / samples);
    least = Math.min(least, toSegment(at, before, next));
    before = next;
  }
  return least;
}

function toSegment(p: Point, a: Point, b: Point): number {
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  const length = dx * dx + dy * dy;
  const t = length === 0 ? 0 : Math.min(1, Math.max(0, ((p.x - a.x) * dx + (p.y - a.y) * dy) / length));
  return Math.hypot(p.x - a.x - t * dx, p.y - a.y - t * dy);
}
