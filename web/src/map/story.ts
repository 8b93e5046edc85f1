import type { MapStats, Map as ServiceMap } from "../api/types.gen";
import story from "./testdata/story.json";

// For tests: one hour of a small shop in which version v3 of reviews takes a
// tenth of the traffic, has a connection pool of one, and fails after two seconds.

export const storyMap = story as unknown as ServiceMap;

/** Figures with the given counts; what is not named is ok. */
export function statsOf(requests: number, patch: Partial<MapStats> = {}): MapStats {
  const { error = 0, throttle = 0, fault = 0 } = patch;
  return {
    requests,
    ok: requests - error - throttle - fault,
    error,
    throttle,
    fault,
    perSecond: requests / 60,
    p50: 10e6,
    p95: 40e6,
    p99: 80e6,
    histogram: requests === 0 ? [] : [[186, requests]],
    ...patch,
  };
}
