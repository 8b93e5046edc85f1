import { useSyncExternalStore } from "react";

// Pages lie side by side, one path segment below the folder the UI is served
// from (/map, /obs/trace?id=…). Relative addresses therefore mean the same on
// every page, and no page needs to know the path prefix.

/** Where the user is: the last path segment, and the query with its "?". */
export interface Place {
  page: string;
  search: string;
}

const moved = new EventTarget();

let place: Place = { page: "", search: "" };

function snapshot(): Place {
  const next = read();
  if (next.page !== place.page || next.search !== place.search) place = next;
  return place;
}

function read(): Place {
  const { pathname, search } = window.location;
  return { page: pathname.slice(pathname.lastIndexOf("/") + 1), search };
}

function subscribe(changed: () => void): () => void {
  window.addEventListener("popstate", changed);
  moved.addEventListener("moved", changed);
  return () => {
    window.removeEventListener("popstate", changed);
    moved.removeEventListener("moved", changed);
  };
}

/** The current place; renders again when it changes. */
export function usePlace(): Place {
  return useSyncExternalStore(subscribe, snapshot);
}

/** The current place, read once. */
export function currentPlace(): Place {
  return read();
}

/**
 * Goes to href, which is relative to the UI's folder ("traces?t=1h"). With
 * replace, the step back skips the place that is left.
 */
export function navigate(href: string, options: { replace?: boolean } = {}): void {
  const now = window.location;
  if (new URL(href, now.href).href === now.href) return;
  if (options.replace) window.history.replaceState(null, "", href);
  else window.history.pushState(null, "", href);
  moved.dispatchEvent(new Event("moved"));
}
