import {
  keepPreviousData,
  QueryClient,
  type UseQueryResult,
  useInfiniteQuery,
  useQuery,
} from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import type { Window } from "../time/range";
import { ApiError, get, type Query } from "./client";
import type { DropList, LogList, Map as ServiceMap, Timeline, TraceList } from "./types.gen";

/** The cache of all answers. A question is asked again when its window moves, not when a tab regains focus. */
export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 60_000,
        gcTime: 5 * 60_000,
        refetchOnWindowFocus: false,
        // The client's mistakes stay mistakes; what the server could not do is tried once more.
        retry: (failures, error) =>
          failures < 1 && !(error instanceof ApiError && error.problem.status < 500),
        retryDelay: 500,
      },
    },
  });
}

interface Options {
  enabled?: boolean;
  /** Show the last answer while the next is under way. On by default. */
  keep?: boolean;
}

/**
 * Any answer of the API. The request is aborted when nobody waits for it any more. If it fails, the last
 * good answer stays, marked as placeholder.
 */
export function useApi<T>(path: string, query: Query = {}, options: Options = {}): UseQueryResult<T, Error> {
  const keep = options.keep ?? true;
  const result = useQuery<T, Error>({
    queryKey: [path, query],
    queryFn: ({ signal }) => get<T>(path, query, signal),
    enabled: options.enabled ?? true,
    ...(keep ? { placeholderData: keepPreviousData } : {}),
  });
  return useLastGood(result, keep);
}

interface Result {
  data: unknown;
  dataUpdatedAt: number;
  isPlaceholderData: boolean;
}

/** The result, or after an error the last data that there was, with its time. */
function useLastGood<R extends Result>(result: R, keep: boolean): R {
  const last = useRef<Result | undefined>(undefined);
  const { data, dataUpdatedAt, isPlaceholderData } = result;
  useEffect(() => {
    if (data !== undefined && !isPlaceholderData)
      last.current = { data, dataUpdatedAt, isPlaceholderData: true };
  }, [data, dataUpdatedAt, isPlaceholderData]);
  return data === undefined && keep && last.current ? { ...result, ...last.current } : result;
}

/** from and to as the API takes them. */
export function windowQuery(window: Window): { from: number; to: number } {
  return { from: Math.floor(window.from), to: Math.ceil(window.to) };
}

export function useTimeline(window: Window, buckets: number): UseQueryResult<Timeline, Error> {
  return useApi<Timeline>("timeline", { ...windowQuery(window), buckets });
}

export function useServiceMap(window: Window, options?: Options): UseQueryResult<ServiceMap, Error> {
  return useApi<ServiceMap>("map", windowQuery(window), options);
}

/** The drop ledger, asked for again whenever the number of dropped items has changed. */
export function useDrops(dropped: number): UseQueryResult<DropList, Error> {
  return useQuery<DropList, Error>({
    queryKey: ["drops", dropped],
    queryFn: ({ signal }) => get<DropList>("drops", {}, signal),
    placeholderData: keepPreviousData,
  });
}

/** What a search for traces may ask for; the names are the API's. */
export interface TraceSearch {
  service?: string;
  version?: string;
  operation?: string;
  caller?: string;
  minDuration?: string;
  maxDuration?: string;
  status?: string;
  attr?: readonly string[];
  root?: boolean;
}

/** Search results, page after page. */
export function useTraces(
  window: Window,
  search: TraceSearch,
  sort: string,
  limit: number,
  options: Options = {},
) {
  const query = { ...windowQuery(window), ...search, sort, limit };
  const keep = options.keep ?? true;
  const result = useInfiniteQuery({
    queryKey: ["traces", query],
    queryFn: ({ pageParam, signal }) => get<TraceList>("traces", { ...query, after: pageParam }, signal),
    initialPageParam: "",
    getNextPageParam: (last) => last.after || undefined,
    enabled: options.enabled ?? true,
    placeholderData: keep ? keepPreviousData : undefined,
  });
  return useLastGood(result, keep);
}

/** Log records, newest first, page after page. */
export function useLogs(window: Window, limit: number) {
  const query = { ...windowQuery(window), limit };
  const result = useInfiniteQuery({
    queryKey: ["logs", query],
    queryFn: ({ pageParam, signal }) => get<LogList>("logs", { ...query, after: pageParam }, signal),
    initialPageParam: "",
    getNextPageParam: (last) => last.after || undefined,
    placeholderData: keepPreviousData,
  });
  return useLastGood(result, true);
}
