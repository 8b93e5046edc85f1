import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { usePlace } from "../url/router";
import { frameSchema, useUrlState } from "../url/state";
import type { Zone } from "./format";
import { formatRange, resolve, type TimeRange, type Window } from "./range";

/** How often live pages ask again. */
const liveMillis = 5_000;
/** A window that ends within this time still counts as the present. */
const recentMillis = 60_000;
const zoneKey = "oriel-zone";

interface Clock {
  /** The chosen range, and the instants it stands for. These move only with refresh, so that all panes show the same window. */
  range: TimeRange;
  window: Window;
  now: number;
  live: boolean;
  compare: boolean;
  zone: Zone;
  setRange: (range: TimeRange, options?: { replace?: boolean }) => void;
  setLive: (on: boolean) => void;
  setCompare: (on: boolean) => void;
  setZone: (zone: Zone) => void;
  /** Moves a relative range up to the present. */
  refresh: () => void;
}

const ClockContext = createContext<Clock | undefined>(undefined);

/** Holds the one time window of the page. */
export function ClockProvider({ children }: { children: ReactNode }) {
  const [frame, change] = useUrlState(frameSchema);
  const { page } = usePlace();
  const [now, setNow] = useState(() => Date.now());
  const [zone, setZone] = useState<Zone>(storedZone);
  const { live, cmp } = frame;
  const rangeText = formatRange(frame.t);

  // A newly chosen range is relative to the present, not to when the page was opened.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text stands for the range.
  useEffect(() => setNow(Date.now()), [rangeText]);

  // Another page shows the present too, unless the last look at it was just now: then "back" finds what it left.
  // biome-ignore lint/correctness/useExhaustiveDependencies: page is what changes.
  useEffect(() => setNow((old) => (Date.now() - old > recentMillis ? Date.now() : old)), [page]);

  useEffect(() => {
    if (!live) return;
    const tick = () => {
      if (document.visibilityState === "visible") setNow(Date.now());
    };
    const timer = window.setInterval(tick, liveMillis);
    tick();
    return () => window.clearInterval(timer);
  }, [live]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the text stands for the range.
  const clock = useMemo<Clock>(
    () => ({
      range: frame.t,
      window: resolve(frame.t, now),
      now,
      live,
      compare: cmp,
      zone,
      setRange: (t, options) => change({ t, ...(t.kind === "fixed" ? { live: false } : {}) }, options),
      setLive: (on) =>
        change({ live: on, ...(on && frame.t.kind === "fixed" ? { t: frameSchema.t.fallback } : {}) }),
      setCompare: (on) => change({ cmp: on }),
      setZone: (next) => {
        window.localStorage.setItem(zoneKey, next);
        setZone(next);
      },
      refresh: () => setNow(Date.now()),
    }),
    [rangeText, now, live, cmp, zone, change],
  );
  return <ClockContext value={clock}>{children}</ClockContext>;
}

export function useClock(): Clock {
  const clock = useContext(ClockContext);
  if (!clock) throw new Error("useClock needs a ClockProvider above");
  return clock;
}

function storedZone(): Zone {
  return window.localStorage.getItem(zoneKey) === "local" ? "local" : "utc";
}
