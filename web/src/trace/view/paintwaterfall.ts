import { durationText } from "../../time/format";
import { barLabel, rowLabel } from "../engine/labels";
import { at, Category, hiddenFaults, type TraceModel } from "../engine/model";
import type { Repeats } from "../engine/repeats";
import { isOpen, RowKind, type Rows, type Shape } from "../engine/rows";
import { ticks, toX, type View } from "../engine/timescale";
import { layoutRows, type RowBox } from "../engine/waterfall";
import type { Colors } from "./colors";
import { chevron, chevronSide, glyph, square } from "./marks";
import type { TextFit } from "./text";

/** Height of a row, pixels. */
export const ROW = 18;
/** Room at the right of the bars for the duration of one that reaches the end of the view. */
export const GUTTER = 52;
/** Left edge of the first guide. */
export const INDENT = 14;

/** WaterfallScene is all that one frame shows. */
export interface WaterfallScene {
  readonly model: TraceModel;
  readonly repeats: Repeats;
  readonly rows: Rows;
  readonly shape: Shape;
  readonly view: View;
  readonly scrollTop: number;
  readonly width: number;
  readonly height: number;
  readonly nameWidth: number;
  readonly colors: Colors;
  readonly selected: number;
  readonly hovered: number;
  /** Search text in lower case; empty without a search. */
  readonly match: string;
  readonly critical: boolean;
}

/** stepOf is the width of one level of the tree: less where a deep tree would push the names out. */
export function stepOf(rows: Rows, nameWidth: number): number {
  const wide = nameWidth > 350 ? 13 : 8;
  return Math.max(1, Math.min(wide, (nameWidth * 0.55) / Math.max(1, rows.maxDepth)));
}

/** indentOf is where the toggle of a row stands. A tree too deep for any step stops at the middle. */
export function indentOf(rows: Rows, row: number, nameWidth: number): number {
  return INDENT + Math.min(at(rows.depth, row) * stepOf(rows, nameWidth), nameWidth * 0.55);
}

/** paintWaterfall draws one frame: the rows in view and nothing else. */
export function paintWaterfall(ctx: CanvasRenderingContext2D, fit: TextFit, s: WaterfallScene): void {
  const { token } = s.colors;
  const first = Math.floor(s.scrollTop / ROW);
  const last = Math.min(s.rows.count, Math.ceil((s.scrollTop + s.height) / ROW));
  const barWidth = Math.max(1, s.width - s.nameWidth - GUTTER);
  ctx.fillStyle = token("pane");
  ctx.fillRect(0, 0, s.width, s.height);
  const y = (row: number): number => row * ROW - s.scrollTop;

  band(ctx, s, s.hovered, y, token("pane-hover"));
  band(ctx, s, s.selected, y, token("accent-tint"));
  if (s.selected >= first && s.selected < last) {
    ctx.fillStyle = token("accent");
    ctx.fillRect(0, y(s.selected), 2, ROW);
  }
  const bottom = Math.min(s.height, s.rows.count * ROW - s.scrollTop);
  ctx.fillStyle = token("grid");
  for (const t of ticks(s.view, barWidth)) {
    ctx.fillRect(Math.round(s.nameWidth + toX(s.view, barWidth, t)), 0, 1, bottom);
  }

  ctx.textBaseline = "middle";
  ctx.save();
  clip(ctx, 0, 0, s.nameWidth, s.height);
  for (let row = first; row < last; row++) paintName(ctx, fit, s, row, y(row));
  ctx.restore();

  ctx.save();
  clip(ctx, s.nameWidth, 0, barWidth + GUTTER, s.height);
  ctx.translate(s.nameWidth, 0);
  ctx.font = `11px ${s.colors.sans}`;
  for (const box of layoutRows(s.model, s.repeats, s.rows, s.view, barWidth, first, last)) {
    paintBar(ctx, fit, s, box, y(box.row), barWidth);
  }
  ctx.restore();
  ctx.fillStyle = token("line");
  ctx.fillRect(s.nameWidth - 1, 0, 1, s.height);
}

function band(
  ctx: CanvasRenderingContext2D,
  s: WaterfallScene,
  row: number,
  y: (row: number) => number,
  colour: string,
): void {
  if (row < 0) return;
  ctx.fillStyle = colour;
  ctx.fillRect(0, y(row), s.width, ROW);
}

function clip(ctx: CanvasRenderingContext2D, x: number, y: number, width: number, height: number): void {
  ctx.beginPath();
  ctx.rect(x, y, width, height);
  ctx.clip();
}

function paintName(
  ctx: CanvasRenderingContext2D,
  fit: TextFit,
  s: WaterfallScene,
  row: number,
  y: number,
): void {
  const { token, services, sans } = s.colors;
  const { model, rows, repeats } = s;
  const i = at(rows.span, row);
  const step = stepOf(rows, s.nameWidth);
  const mid = y + ROW / 2;
  let x = indentOf(rows, row, s.nameWidth);

  if (step >= 4) {
    ctx.fillStyle = token("line");
    for (let d = 0; d < at(rows.depth, row); d++) ctx.fillRect(Math.round(INDENT + d * step), y, 1, ROW);
  }
  const open = isOpen(model, repeats, s.shape, rows, row);
  if (open !== undefined) chevron(ctx, x, mid, open, token("ink-3"));
  x += 9;

  const label = rowLabel(model, repeats, rows, row);
  const missing = (at(model.flags, i) & 2) !== 0;
  ctx.globalAlpha = label.dim ? 0.5 : 1;
  square(ctx, x, mid - 3.5, services[at(model.service, i)] ?? token("unknown"), missing);
  ctx.globalAlpha = 1;
  x += 13;
  const category = at(model.category, i);
  if (category !== Category.ok && !label.dim) {
    glyph(ctx, x, mid, category, s.colors);
    x += 16;
  }
  // A closed row tells of the faults it hides.
  const hidden = open === false && category !== Category.fault && hiddenFaults(model, i) > 0;
  ctx.font = `12px ${sans}`;
  const room = s.nameWidth - 10 - x - (label.badge ? fit.width(label.badge) + 18 : 0) - (hidden ? 18 : 0);
  if (label.service) {
    const text = fit.cut(label.service, Math.max(0, room * 0.6));
    highlight(ctx, fit, s, text, x, y);
    ctx.fillStyle = token("ink-2");
    ctx.fillText(text, x, mid + 0.5);
    x += text ? fit.width(text) + 7 : 0;
  }
  const rest = s.nameWidth - 10 - x - (label.badge ? fit.width(label.badge) + 18 : 0) - (hidden ? 18 : 0);
  const name = fit.cut(label.name, Math.max(0, rest));
  highlight(ctx, fit, s, name, x, y);
  ctx.fillStyle = token(label.dim ? "ink-3" : "ink");
  ctx.fillText(name, x, mid + 0.5);
  x += fit.width(name) + 8;
  if (label.badge) {
    ctx.font = `11px ${sans}`;
    const width = fit.width(label.badge) + 9;
    ctx.strokeStyle = token("line-strong");
    ctx.lineWidth = 1;
    ctx.strokeRect(Math.round(x) + 0.5, y + 2.5, width, 13);
    ctx.fillStyle = token("ink-3");
    ctx.fillText(label.badge, Math.round(x) + 5, mid + 0.5);
    x += width + 8;
  }
  if (hidden) glyph(ctx, x, mid, Category.fault, s.colors);
}

function highlight(
  ctx: CanvasRenderingContext2D,
  fit: TextFit,
  s: WaterfallScene,
  text: string,
  x: number,
  y: number,
): void {
  const from = s.match === "" ? -1 : text.toLowerCase().indexOf(s.match);
  if (from < 0) return;
  const before = fit.width(text.slice(0, from));
  ctx.fillStyle = s.colors.token("hit");
  ctx.fillRect(x + before, y + 2, fit.width(text.slice(from, from + s.match.length)), ROW - 4);
}

function paintBar(
  ctx: CanvasRenderingContext2D,
  fit: TextFit,
  s: WaterfallScene,
  box: RowBox,
  y: number,
  width: number,
): void {
  const { token, services } = s.colors;
  const colour = services[at(s.model.service, box.span)] ?? token("unknown");
  const { x, width: w } = box.bar;
  if (box.outside) {
    chevronSide(ctx, box.outside === "left" ? 7 : width - 7, y + ROW / 2, box.outside, token("ink-3"));
    return;
  }
  ctx.fillStyle = colour;
  if (box.missing) {
    ctx.strokeStyle = token("control");
    ctx.lineWidth = 1;
    ctx.setLineDash([3, 2]);
    ctx.strokeRect(x + 0.5, y + 4.5, Math.max(1, w - 1), 7);
    ctx.setLineDash([]);
  } else if (box.repeat) {
    ctx.globalAlpha = box.kind === RowKind.more ? 0.7 : 1;
    for (const piece of box.pieces)
      ctx.fillRect(piece.x, y + 4, Math.max(1, piece.width - (piece.width > 3 ? 1 : 0)), 8);
    ctx.globalAlpha = 1;
  } else if (box.proxy) {
    ctx.globalAlpha = 0.5;
    ctx.fillRect(x, y + 7, w, 3);
    ctx.globalAlpha = 1;
  } else {
    ctx.beginPath();
    ctx.roundRect(x, y + 4, w, 8, 1);
    ctx.fill();
  }
  if (box.fault && !box.proxy) {
    ctx.strokeStyle = token("fault");
    ctx.lineWidth = 1.5;
    ctx.strokeRect(x + 0.75, y + 4.75, Math.max(0.5, w - 1.5), 6.5);
  }
  if (s.critical) {
    ctx.fillStyle = token("critical");
    for (const c of box.critical) ctx.fillRect(c.x, y + 13, c.width, 2);
  }
  for (const e of box.events) paintEvent(ctx, e, y, box.fault, s);
  ctx.fillStyle = token("ink-2");
  // A repeat's sentence that fits on neither side gives way to the bare duration.
  for (const text of [barLabel(box.repeat, box.kind, box.durationNs), durationText(box.durationNs)]) {
    const textWidth = fit.width(text);
    const right = x + w + 6 + textWidth <= width + GUTTER - 4;
    if (!right && x - 6 - textWidth < 4) continue;
    ctx.fillText(text, right ? x + w + 6 : x - 6 - textWidth, y + ROW / 2 + 0.5);
    return;
  }
}

function paintEvent(
  ctx: CanvasRenderingContext2D,
  x: number,
  y: number,
  fault: boolean,
  s: WaterfallScene,
): void {
  ctx.fillStyle = s.colors.token("ink");
  ctx.fillRect(x - 0.75, y + 2, 1.5, 14);
  if (!fault) return;
  ctx.fillStyle = s.colors.token("fault");
  ctx.beginPath();
  ctx.moveTo(x, y);
  ctx.lineTo(x + 4, y + 4);
  ctx.lineTo(x, y + 8);
  ctx.lineTo(x - 4, y + 4);
  ctx.fill();
}
