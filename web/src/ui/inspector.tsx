import type { ReactNode } from "react";
import type { Quantity } from "../time/format";
import { Button } from "./button";
import { Glyph, type Meaning } from "./glyph";
import { Icon } from "./icon";
import styles from "./inspector.module.css";

/** The pane at the right that explains what is selected at the left. */
export function Inspector({ label, children }: { label: string; children: ReactNode }) {
  return (
    <aside className="scroll" aria-label={label} tabIndex={-1}>
      {children}
    </aside>
  );
}

/** Its head: title, what it is, actions, and a way out. */
export function InspectorHead(props: {
  title: ReactNode;
  note?: ReactNode;
  /** A line under the title. */
  below?: ReactNode;
  actions?: ReactNode;
  onClose?: () => void;
}) {
  return (
    <header className={styles.head}>
      <div className="row">
        <h2 className={styles.title}>{props.title}</h2>
        {props.note === undefined ? null : <span className={`cap ${styles.note}`}>{props.note}</span>}
        <span className="grow" />
        {props.onClose ? (
          <Button kind="quiet" small square aria-label="Close panel" onClick={props.onClose}>
            <Icon name="close" size={14} />
          </Button>
        ) : null}
      </div>
      {props.below === undefined ? null : <p className="cap">{props.below}</p>}
      {props.actions ? <div className={styles.actions}>{props.actions}</div> : null}
    </header>
  );
}

/** A part of a pane with a heading. */
export function Section(props: { title: string; note?: ReactNode; children: ReactNode; flush?: boolean }) {
  return (
    <section className={props.flush ? styles.flush : styles.section}>
      <div className={styles.heading}>
        <h3>{props.title}</h3>
        {props.note === undefined ? null : <span className="cap">{props.note}</span>}
      </div>
      {props.children}
    </section>
  );
}

export interface Figure {
  name: string;
  value: Quantity;
  meaning?: Meaning;
  /** What was usual or yesterday, under the figure. */
  note?: string;
  /** Whether the note tells of something worse or better. */
  trend?: "worse" | "better" | undefined;
}

/** Six figures (or three, or nine) with what they were before. */
export function Figures({ figures }: { figures: readonly Figure[] }) {
  return (
    <dl className={styles.figures}>
      {figures.map((figure) => (
        <div key={figure.name}>
          <dt>
            {figure.meaning ? <Glyph meaning={figure.meaning} size={10} /> : null}
            {figure.name}
          </dt>
          <dd>
            {figure.value.value}
            {figure.value.unit === "" ? null : <small>{figure.value.unit}</small>}
          </dd>
          {figure.note === undefined ? null : (
            <dd className={figure.trend ? `${styles.was} ${styles[figure.trend]}` : styles.was}>
              {figure.note}
            </dd>
          )}
        </div>
      ))}
    </dl>
  );
}

/** The verdict in plain words, over or under the table that proves it. */
export function Verdict({ meaning, children }: { meaning: "fault" | "plain"; children: ReactNode }) {
  return <p className={`${styles.verdict} ${meaning === "fault" ? styles.bad : ""}`}>{children}</p>;
}
