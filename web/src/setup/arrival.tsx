import { useEffect, useState } from "react";
import { get } from "../api/client";
import type { Status, TraceList } from "../api/types.gen";
import { Glyph } from "../ui/glyph";
import { Link } from "../url/link";
import { useHref } from "../url/state";
import styles from "./setup.module.css";

/** Waits for the first span; as soon as one is counted, the line becomes a link to its trace. */
export function Arrival({ status }: { status: Status | undefined }) {
  const href = useHref();
  const spans = status?.received.find((one) => one.signal === "traces")?.items ?? 0;
  const kept = status?.store.spans ?? 0;
  const arrived = spans > 0 || kept > 0;
  const first = useFirstTrace(arrived, status);
  if (!arrived) {
    return (
      <div className={styles.wait} role="status">
        <span className={styles.pulse} aria-hidden="true" />
        <span>Waiting for the first span</span>
        <span className="grow" />
        <span className="cap">or see it with invented services:</span>
        <code className="mono">oriel demo</code>
      </div>
    );
  }
  return (
    <div className={styles.wait} role="status">
      <Glyph meaning="ok" />
      <span>
        {spans > 0
          ? `${spans.toLocaleString("en")} spans received`
          : `${kept.toLocaleString("en")} spans kept`}
      </span>
      <span className="grow" />
      {first ? (
        <Link href={href("trace", { id: first.traceId })}>
          Open the newest trace: {first.rootService} {first.rootName}
        </Link>
      ) : null}
      <Link href={href("map")}>Service map</Link>
    </div>
  );
}

/** The newest trace. Asked for again with each state of the process until there is one. */
function useFirstTrace(arrived: boolean, status: Status | undefined) {
  const [trace, setTrace] = useState<TraceList["traces"][number] | undefined>();
  const newest = status?.store.newestMs ?? 0;
  const now = status?.nowMs ?? 0;
  const found = trace !== undefined;
  useEffect(() => {
    if (!arrived || found || now === 0) return;
    const asking = new AbortController();
    const to = Math.max(now, newest) + 1_000;
    const from = (newest > 0 ? Math.min(newest, now) : now) - 3_600_000;
    get<TraceList>("traces", { from, to, sort: "newest", limit: 1 }, asking.signal)
      .then((list) => setTrace(list.traces[0]))
      .catch(() => {
        // The next state asks again; until then the line says what is counted.
      });
    return () => asking.abort();
  }, [arrived, found, now, newest]);
  return trace;
}
