import type { Flame } from "../engine/flame";
import { flameBoxes } from "../engine/flame";
import { spanName } from "../engine/labels";
import { at, Category, entersService, isProxy, serviceLabel, type TraceModel } from "../engine/model";
import type { View } from "../engine/timescale";
import type { Timeline } from "../usetimeline";
import type { Colors } from "./colors";
import type { TextFit } from "./text";

/** Height of a lane with its gap. */
export const LANE = 20;

/** FlameScene is all that one frame of the flame view shows. */
export interface FlameScene {
  timeline: Timeline;
  flame: Flame;
  view: View;
  colors: Colors;
  match: string;
  critical: boolean;
  width: number;
  height: number;
  scrollTop: number;
}

/** paintFlame draws the lanes in view: O(their pixels). */
export function paintFlame(ctx: CanvasRenderingContext2D, fit: TextFit, s: FlameScene): void {
  const { token, services, sans } = s.colors;
  const { model, cursor } = s.timeline;
  ctx.fillStyle = token("pane");
  ctx.fillRect(0, 0, s.width, s.height);
  ctx.font = `11px ${sans}`;
  ctx.textBaseline = "middle";
  const first = Math.floor(s.scrollTop / LANE);
  const last = Math.ceil((s.scrollTop + s.height) / LANE);
  for (const box of flameBoxes(s.flame, s.view, s.width, first, last)) {
    const y = box.lane * LANE - s.scrollTop;
    const i = box.span;
    const colour = services[at(model.service, i)] ?? token("unknown");
    const w = Math.max(1, box.width - (box.width > 3 ? 1 : 0));
    // Names are read on a light wash of the hue; its full strength is the edge.
    ctx.globalAlpha = box.width > 24 ? (isProxy(model, i) ? 0.14 : 0.26) : isProxy(model, i) ? 0.45 : 1;
    ctx.fillStyle = colour;
    ctx.fillRect(box.x, y + 1, w, LANE - 3);
    ctx.globalAlpha = 1;
    if (box.width > 24) ctx.fillRect(box.x, y + 1, 3, LANE - 3);
    const name = box.width > 46 ? fit.cut(flameName(model, i), box.width - 14) : "";
    const found = s.match === "" ? -1 : name.toLowerCase().indexOf(s.match);
    if (found >= 0) {
      ctx.fillStyle = token("hit");
      ctx.fillRect(
        box.x + 8 + fit.width(name.slice(0, found)),
        y + 3,
        fit.width(name.slice(found, found + s.match.length)),
        LANE - 7,
      );
    }
    if (name) {
      ctx.fillStyle = token(isProxy(model, i) ? "ink-2" : "ink");
      ctx.fillText(name, box.x + 8, y + LANE / 2);
    }
    if (at(model.category, i) === Category.fault && !isProxy(model, i))
      outline(ctx, box.x, y, w, token("fault"), 1.5);
    if (i === cursor.span) outline(ctx, box.x, y, w, token("accent"), 2);
  }
  if (s.critical) paintCritical(ctx, s, first, last);
}

/** flameName is the operation, with the service where the work enters it. */
function flameName(m: TraceModel, i: number): string {
  return entersService(m, i)
    ? `${serviceLabel(m.services[at(m.service, i)])}  ${spanName(m, i)}`
    : spanName(m, i);
}

function outline(
  ctx: CanvasRenderingContext2D,
  x: number,
  y: number,
  width: number,
  colour: string,
  weight: number,
): void {
  ctx.strokeStyle = colour;
  ctx.lineWidth = weight;
  ctx.strokeRect(x + weight / 2, y + 1 + weight / 2, Math.max(0.5, width - weight), LANE - 3 - weight);
}

/** The critical path as an ink line under the boxes that are wide enough to have one. */
function paintCritical(ctx: CanvasRenderingContext2D, s: FlameScene, first: number, last: number): void {
  const { model } = s.timeline;
  const scale = s.width / (s.view.to - s.view.from);
  ctx.fillStyle = s.colors.token("critical");
  for (const box of flameBoxes(s.flame, s.view, s.width, first, last)) {
    if (box.width < 3) continue;
    for (let k = at(model.critFirst, box.span); k < at(model.critFirst, box.span + 1); k++) {
      const x = (at(model.critStart, k) - s.view.from) * scale;
      const w = (at(model.critEnd, k) - at(model.critStart, k)) * scale;
      if (x > s.width || x + w < 0) continue;
      const from = Math.max(0, x);
      ctx.fillRect(
        from,
        box.lane * LANE - s.scrollTop + LANE - 2,
        Math.max(1, Math.min(s.width, x + w) - from),
        2,
      );
    }
  }
}
