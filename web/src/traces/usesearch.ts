import { useCallback, useMemo, useRef } from "react";
import { type TraceSearch, useApi, useTraces, windowQuery } from "../api/queries";
import type { Heatmap, TraceSummary, Work } from "../api/types.gen";
import { useClock } from "../time/clock";
import { useSlow } from "../ui/state";
import { currentPlace, navigate, usePlace } from "../url/router";
import { hrefFrom, useUrlState } from "../url/state";
import { writeDuration } from "./filter/duration";
import { durationBounds, searchParams } from "./filter/params";
import { type Filter, parse, type Term } from "./filter/parse";
import type { Brush } from "./heat/grid";
import { filterText, type TracesState, tracesSchema } from "./state";

/** Rows of a page of results. */
const pageRows = 100;

/** Search is a search for traces with its answers. */
export interface Search {
  readonly text: string;
  readonly filter: Filter;
  readonly state: TracesState;
  readonly window: { from: number; to: number };
  readonly heat: { data: Heatmap | undefined; error: Error | null; busy: boolean; retry: () => void };
  readonly list: {
    rows: readonly TraceSummary[];
    work: Work | undefined;
    /** The rows are those of an earlier question. */
    old: boolean;
    error: Error | null;
    busy: boolean;
    more: boolean;
    /** When the rows were answered, Unix milliseconds. */
    at: number;
    fetchMore: () => void;
    retry: () => void;
  };
  run: (text: string) => void;
  change: (patch: Partial<TracesState>, replace?: boolean) => void;
}

/** asSearch is a filter in the API's parameters. */
export function asSearch(terms: readonly Term[]): TraceSearch {
  const p = searchParams(terms);
  const out: Record<string, string | string[] | boolean> = {};
  for (const key of new Set(p.keys())) out[key] = key === "attr" ? p.getAll(key) : (p.get(key) ?? "");
  return out as TraceSearch;
}

/** narrowed is a search within a brush: the tighter of both bounds holds. */
export function narrowed(terms: readonly Term[], brush: Brush | null): TraceSearch {
  const search = asSearch(terms);
  if (!brush) return search;
  const { min, max } = durationBounds(terms);
  return {
    ...search,
    minDuration: writeDuration(Math.max(min, brush.min)),
    maxDuration: writeDuration(Math.min(max, brush.max)),
  };
}

export function useSearch(columns: number): Search {
  const { search: address } = usePlace();
  const [state, changeState] = useUrlState(tracesSchema);
  const { window, refresh } = useClock();
  const text = useMemo(() => filterText(address), [address]);
  const filter = useMemo(() => parse(text), [text]);
  const good = filter.problems.length === 0;

  const heat = useApi<Heatmap>(
    "traces/heatmap",
    { ...windowQuery(window), ...asSearch(filter.terms), columns },
    { enabled: good && columns > 0 },
  );
  const { b } = state;
  const within = useMemo(() => (b ? { from: b.from, to: b.to } : window), [b, window]);
  const list = useTraces(within, narrowed(filter.terms, b), state.sort, pageRows, { enabled: good });
  const slow = useSlow(list.isPlaceholderData);
  const rows = useMemo(() => list.data?.pages.flatMap((p) => p.traces), [list.data]);
  // An error keeps the rows that were there.
  const last = useRef<{ rows: TraceSummary[]; work: Work | undefined; at: number }>({
    rows: [],
    work: undefined,
    at: 0,
  });
  if (rows && !list.isPlaceholderData) {
    last.current = { rows, work: list.data?.pages.at(-1)?.work, at: list.dataUpdatedAt };
  }

  const run = useCallback(
    (to: string) => {
      const params = { q: to.trim() === "" ? "-" : to.trim(), sort: state.sort, plot: state.plot };
      navigate(hrefFrom(currentPlace().search, "traces", params));
      refresh();
    },
    [state.sort, state.plot, refresh],
  );
  const change = useCallback(
    (patch: Partial<TracesState>, replace = false) => changeState(patch, { replace }),
    [changeState],
  );
  return {
    text,
    filter,
    state,
    window,
    heat: { data: heat.data, error: heat.error, busy: heat.isFetching, retry: () => void heat.refetch() },
    list: {
      rows: last.current.rows,
      work: last.current.work,
      at: last.current.at,
      old: slow || list.error !== null,
      error: list.error,
      busy: list.isFetching,
      more: list.hasNextPage,
      fetchMore: () => void list.fetchNextPage(),
      retry: () => void list.refetch(),
    },
    run,
    change,
  };
}
