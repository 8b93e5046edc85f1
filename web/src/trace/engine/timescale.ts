/** View is the stretch of a trace that is on screen, in nanoseconds after its start. */
export interface View {
  readonly from: number;
  readonly to: number;
}

/** The narrowest view: below this, neighbouring pixels would show the same nanosecond. */
export const MIN_VIEW = 200;

/** clampView keeps a view inside the trace and no narrower than MIN_VIEW. */
export function clampView(view: View, total: number): View {
  const width = Math.min(Math.max(view.to - view.from, Math.min(MIN_VIEW, total)), total);
  const from = Math.min(Math.max(view.from, 0), total - width);
  return { from, to: from + width };
}

/** zoomView scales a view by factor (below 1 zooms in) around the instant that stays where it is. */
export function zoomView(view: View, around: number, factor: number, total: number): View {
  const width = Math.min(Math.max((view.to - view.from) * factor, Math.min(MIN_VIEW, total)), total);
  const share = view.to > view.from ? (around - view.from) / (view.to - view.from) : 0.5;
  const from = around - share * width;
  return clampView({ from, to: from + width }, total);
}

/** panView moves a view by a share of its own width. */
export function panView(view: View, share: number, total: number): View {
  const by = (view.to - view.from) * share;
  return clampView({ from: view.from + by, to: view.to + by }, total);
}

/** toX gives the pixel of an instant; it may lie outside 0 to width. */
export function toX(view: View, width: number, t: number): number {
  return ((t - view.from) / (view.to - view.from)) * width;
}

/** toTime is the inverse of toX. */
export function toTime(view: View, width: number, x: number): number {
  return view.from + (x / width) * (view.to - view.from);
}

/** ticks are round instants in the view, at least gap pixels apart. */
export function ticks(view: View, width: number, gap = 60): number[] {
  const span = view.to - view.from;
  if (!(span > 0) || !(width > 0)) return [];
  const step = roundStep((span / width) * gap);
  const out: number[] = [];
  for (let k = Math.ceil(view.from / step - 1e-9); k * step <= view.to; k++) out.push(k * step + 0);
  return out;
}

/** roundStep is the smallest of 1, 2, 2.5 and 5 times a power of ten that is not below least. */
export function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1)));
  for (const k of [1, 2, 2.5, 5, 10]) {
    // Nanoseconds are whole: 2.5 is no step below ten.
    if (power * k >= least && (power * k) % 1 === 0) return power * k;
  }
  return power * 10;
}
