import { useSyncExternalStore } from "react";
import { apiUrl } from "./client";
import type { Status } from "./types.gen";

/** The process's own state, pushed once a second; connected is false while the stream is broken. */
export interface LiveStatus {
  status: Status | undefined;
  connected: boolean;
}

// One stream serves all panes of the page. It is opened by the first reader and closed after the last.
let live: LiveStatus = { status: undefined, connected: true };
let source: EventSource | undefined;
const readers = new Set<() => void>();

function publish(next: LiveStatus) {
  live = next;
  for (const reader of readers) reader();
}

function subscribe(reader: () => void): () => void {
  readers.add(reader);
  if (!source && typeof EventSource !== "undefined") {
    source = new EventSource(apiUrl("status/stream"));
    source.onmessage = (event: MessageEvent<string>) => {
      publish({ status: JSON.parse(event.data) as Status, connected: true });
    };
    source.onerror = () => publish({ ...live, connected: false });
  }
  return () => {
    readers.delete(reader);
    if (readers.size > 0) return;
    source?.close();
    source = undefined;
  };
}

/** The newest state of the process. */
export function useLiveStatus(): LiveStatus {
  return useSyncExternalStore(subscribe, () => live);
}
