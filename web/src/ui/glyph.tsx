import type { ReactNode } from "react";
import styles from "./glyph.module.css";

/** What a glyph stands for: the outcome of a call, or "sampled", left out on purpose. */
export type Meaning = "ok" | "error" | "throttle" | "fault" | "sampled";

const words: Readonly<Record<Meaning, string>> = {
  ok: "ok",
  error: "4xx",
  throttle: "throttled",
  fault: "fault",
  sampled: "left out",
};

/** The word that goes with the glyph. */
export function wordFor(meaning: Meaning): string {
  return words[meaning];
}

/**
 * The sign of an outcome. Each has its own outline, so that colour is never the only sign. With a
 * label it is announced; without one it is decoration beside a word.
 */
export function Glyph({ meaning, size = 12, label }: { meaning: Meaning; size?: number; label?: string }) {
  const role = label === undefined ? { "aria-hidden": true as const } : { role: "img", "aria-label": label };
  return (
    <svg width={size} height={size} viewBox="0 0 12 12" className={styles[meaning]} {...role}>
      {shapes[meaning]}
    </svg>
  );
}

const line = { fill: "none", stroke: "currentColor", strokeWidth: 1.5 };

const shapes: Readonly<Record<Meaning, ReactNode>> = {
  ok: <circle cx="6" cy="6" r="3.25" {...line} />,
  error: <path d="M6 1.6 10.9 10.4H1.1z" strokeLinejoin="round" {...line} />,
  throttle: <path d="M3.2 1.8v8.4M6 1.8v8.4M8.8 1.8v8.4" {...line} />,
  sampled: (
    <>
      <circle cx="6" cy="6" r="4.25" {...line} />
      <path d="M3 9 9 3" {...line} />
    </>
  ),
  fault: (
    <>
      <path d="M6 .6 11.4 6 6 11.4.6 6z" fill="currentColor" />
      <path d="M4.4 4.4 7.6 7.6M7.6 4.4 4.4 7.6" stroke="var(--pane)" strokeWidth={1.3} />
    </>
  ),
};

/** A glyph with its word, code or figure. */
export function Outcome({ meaning, children }: { meaning: Meaning; children?: ReactNode }) {
  return (
    <span className={`${styles.outcome} ${styles[`text-${meaning}`]}`}>
      <Glyph meaning={meaning} />
      {children ?? words[meaning]}
    </span>
  );
}
