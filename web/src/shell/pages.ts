import type { IconName } from "../ui/icon";

/** A page of the UI: a folder of that name with a page.tsx. */
export interface PageInfo {
  /** The last segment of its address. */
  name: string;
  title: string;
  /** The letter after g; a page without one is not on the rail. */
  key?: string;
  icon?: IconName;
  /** Stands at the lower end of the rail. */
  low?: boolean;
  /** The page on the rail that it belongs to. */
  under?: string;
  /** Has no time range. */
  timeless?: boolean;
}

/** All pages in the order of the rail. Those whose folder is absent are left out. */
export const pages: readonly PageInfo[] = [
  { name: "map", title: "Service map", key: "m", icon: "map" },
  { name: "traces", title: "Traces", key: "t", icon: "traces" },
  { name: "trace", title: "Trace", under: "traces", timeless: true },
  { name: "logs", title: "Logs", key: "l", icon: "logs" },
  { name: "setup", title: "Set-up", key: "s", icon: "setup", low: true, timeless: true },
];
