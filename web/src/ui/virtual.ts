import { type RefObject, useLayoutEffect, useRef, useState } from "react";

interface Virtual {
  /** For the scrolling element. */
  ref: RefObject<HTMLDivElement | null>;
  /** Rows to draw: first up to last, exclusive. */
  first: number;
  last: number;
  /** Height of all rows, for the element that gives the scrollbar its length. */
  total: number;
  /** Scrolls a row into view, no further than needed. */
  show: (row: number) => void;
}

/** Draws only the rows of a long list that are in view. All rows have one height. head is what sticks above them. */
export function useVirtual(count: number, rowHeight: number, head = 0, overscan = 6): Virtual {
  const ref = useRef<HTMLDivElement>(null);
  const [range, setRange] = useState({ first: 0, last: Math.min(count, 60) });

  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const update = () => {
      const top = Math.floor(element.scrollTop / rowHeight) - overscan;
      const bottom = Math.ceil((element.scrollTop + element.clientHeight) / rowHeight) + overscan;
      const first = Math.max(0, Math.min(top, count));
      const last = Math.min(count, Math.max(bottom, first + 2 * overscan));
      setRange((was) => (was.first === first && was.last === last ? was : { first, last }));
    };
    update();
    element.addEventListener("scroll", update, { passive: true });
    const sizes = new ResizeObserver(update);
    sizes.observe(element);
    return () => {
      element.removeEventListener("scroll", update);
      sizes.disconnect();
    };
  }, [count, rowHeight, overscan]);

  const show = (row: number) => {
    const element = ref.current;
    if (!element) return;
    const y = row * rowHeight;
    if (y < element.scrollTop) element.scrollTop = y;
    else if (y + rowHeight + head > element.scrollTop + element.clientHeight) {
      element.scrollTop = y + rowHeight + head - element.clientHeight;
    }
  };
  return { ref, ...range, total: count * rowHeight, show };
}
