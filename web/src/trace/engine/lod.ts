/**
 * Interval drawing whose cost is the number of pixels, not of intervals.
 */

/** Intervals are sorted by start and do not overlap. */
export interface Intervals {
  readonly start: ArrayLike<number>;
  readonly end: ArrayLike<number>;
  readonly count: number;
}

/**
 * eachVisible calls visit with the intervals that show in [from, to], and of
 * those that fall on one pixel only with the first: after drawing up to some
 * pixel, it leaps by binary search to the first interval that ends beyond it.
 * perPixel is the length of a pixel in the intervals' unit. visit gets the
 * index and the end of what was drawn, at least one pixel after the start.
 */
export function eachVisible(
  intervals: Intervals,
  from: number,
  to: number,
  perPixel: number,
  visit: (index: number) => void,
): void {
  let i = firstEndingAfter(intervals, from, 0);
  while (i < intervals.count) {
    const start = intervals.start[i] as number;
    if (start > to) return;
    visit(i);
    const drawnTo = Math.max(intervals.end[i] as number, start + perPixel);
    i = firstEndingAfter(intervals, drawnTo, i + 1);
  }
}

/** firstEndingAfter gallops from index lo to the first interval that ends after t. */
export function firstEndingAfter(intervals: Intervals, t: number, lo: number): number {
  const { end, count } = intervals;
  let step = 1;
  let hi = lo;
  while (hi < count && (end[hi] as number) <= t) {
    lo = hi + 1;
    hi += step;
    step *= 2;
  }
  hi = Math.min(hi, count);
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if ((end[mid] as number) <= t) lo = mid + 1;
    else hi = mid;
  }
  return lo;
}
