import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { get } from "../api/client";
import type { LogList, SpanDetail, Trace } from "../api/types.gen";

/** How long a selection must rest before its details are asked for: holding an arrow key asks for the last one only. */
const restMillis = 100;

/** The API's limit of log records in one answer. */
const mostLogs = 5_000;

/** The columns of a trace. They are never compared with an older answer: that would cost more than drawing them. */
export function useTrace(id: string) {
  return useQuery<Trace, Error>({
    queryKey: ["trace", id],
    queryFn: ({ signal }) => get<Trace>(`traces/${encodeURIComponent(id)}`, {}, signal),
    enabled: id !== "",
    structuralSharing: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** All that is known of one span. undefined while it is on its way; span -1 asks for nothing. */
export function useDetail(
  traceId: string,
  span: number,
): { detail: SpanDetail | undefined; error: Error | null; retry: () => void } {
  const { details, error, retry } = useDetails(traceId, span < 0 ? [] : [span]);
  return { detail: details?.find((d) => d.index === span), error, retry };
}

/** Details of a few spans, in one request. */
export function useDetails(traceId: string, spans: readonly number[]) {
  const index = spans.join(",");
  const query = useQuery<{ spans: SpanDetail[] }, Error>({
    queryKey: ["trace", traceId, "spans", index],
    queryFn: ({ signal }) => get(`traces/${encodeURIComponent(traceId)}/spans`, { index }, signal),
    enabled: index !== "",
    staleTime: Number.POSITIVE_INFINITY,
  });
  return { details: query.data?.spans, error: query.error, retry: () => void query.refetch() };
}

/** The log records of a trace, oldest first. */
export function useTraceLogs(traceId: string, enabled: boolean) {
  return useQuery<LogList, Error>({
    queryKey: ["trace", traceId, "logs"],
    queryFn: ({ signal }) =>
      get<LogList>(`traces/${encodeURIComponent(traceId)}/logs`, { limit: mostLogs }, signal),
    enabled,
    staleTime: 30_000,
  });
}

/** A value once it has rested. */
export function useRested<T>(value: T): T {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = window.setTimeout(() => setRested(value), restMillis);
    return () => window.clearTimeout(timer);
  }, [value]);
  return rested;
}
