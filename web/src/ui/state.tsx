import { type ReactNode, useEffect, useState } from "react";
import { problemFrom } from "../api/client";
import { Button } from "./button";
import { Glyph, type Meaning } from "./glyph";
import styles from "./state.module.css";

// The six states of a pane: loading, partial, sampled, empty, error, stale.
// A pane keeps its old rows in the last two, in the third ink.

/** True from 120 ms after busy became true: what is faster than that shows no loading state. */
export function useSlow(busy: boolean, afterMs = 120): boolean {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    if (!busy) {
      setSlow(false);
      return;
    }
    const timer = window.setTimeout(() => setSlow(true), afterMs);
    return () => window.clearTimeout(timer);
  }, [busy, afterMs]);
  return slow;
}

/** The line on the top edge of a pane. Without a share it says that work is under way, not how far it is. */
export function Progress({ busy, share }: { busy: boolean; share?: number | undefined }) {
  const width = share === undefined ? undefined : { inlineSize: `${Math.round(share * 100)}%` };
  const value = share === undefined ? {} : { "aria-valuenow": Math.round(share * 100) };
  if (!busy) return <div className={styles.progress} />;
  return (
    <div className={styles.progress} role="progressbar" aria-label="Loading" {...value}>
      <i style={width} />
    </div>
  );
}

/** Bars in the geometry of the rows to come. */
export function SkeletonRows({ rows = 9 }: { rows?: number }) {
  return (
    <div role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className={styles.skeleton}>
          <i />
          <i style={{ inlineSize: `${Math.max(20, 92 - row * 9)}%` }} />
          <i />
        </div>
      ))}
    </div>
  );
}

/** A sentence at the lower edge of a pane. The first words say what is; the rest what it means. */
export function Note(props: { meaning: Meaning; title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className={`${styles.note} ${props.meaning === "fault" ? styles.fault : ""}`} role="status">
      <Glyph meaning={props.meaning} />
      <p>
        <b>{props.title}</b> {props.children}
      </p>
      {props.action ?? null}
    </div>
  );
}

/** What the server answered instead of data. Old rows stay above it. */
export function ErrorNote({
  error,
  onRetry,
  since,
}: {
  error: unknown;
  onRetry?: () => void;
  since?: string;
}) {
  const problem = problemFrom(error);
  return (
    <Note
      meaning="fault"
      title={problem.title.replace(/\.?$/, ".")}
      action={
        onRetry ? (
          <Button small onClick={onRetry}>
            Retry
          </Button>
        ) : null
      }
    >
      {since ? `What is above is from ${since}. ` : ""}
      {problem.detail ? <span className="mono">{problem.detail}</span> : null}
    </Note>
  );
}

/** A pane with nothing to show: what there was before the filter, what removed it, and one button that helps. */
export function Empty(props: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className={styles.empty}>
      <Glyph meaning="sampled" size={18} />
      <h2>{props.title}</h2>
      {props.children ? <div>{props.children}</div> : null}
      {props.action ? <div className="row">{props.action}</div> : null}
    </div>
  );
}
