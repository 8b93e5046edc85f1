import type { ComponentProps, ReactNode } from "react";
import { Link } from "../url/link";
import styles from "./button.module.css";

interface Look {
  kind?: "plain" | "primary" | "quiet" | undefined;
  /** 24 px high, for panes; 28 otherwise. */
  small?: boolean | undefined;
  /** Square, around an icon alone: give an aria-label. */
  square?: boolean | undefined;
  children?: ReactNode;
}

function classes({ kind = "plain", small, square }: Look): string {
  return [styles.button, styles[kind], small && styles.small, square && styles.square]
    .filter(Boolean)
    .join(" ");
}

export function Button({ kind, small, square, ...rest }: Look & ComponentProps<"button">) {
  return <button type="button" className={classes({ kind, small, square })} {...rest} />;
}

/** Looks like a button and is a link to a page of the UI. */
export function ButtonLink({ kind, small, square, ...rest }: Look & ComponentProps<"a"> & { href: string }) {
  return <Link className={classes({ kind, small, square })} {...rest} />;
}

/** A key of the keyboard. */
export function Kbd({ children }: { children: ReactNode }) {
  return <kbd className={styles.kbd}>{children}</kbd>;
}

/** A few exclusive choices side by side. */
export function Segmented<T extends string>(props: {
  label: string;
  options: readonly (readonly [value: T, text: string])[];
  value: T;
  onChange: (value: T) => void;
}) {
  return (
    <fieldset className={styles.segmented} aria-label={props.label}>
      {props.options.map(([value, text]) => (
        <button
          key={value}
          type="button"
          aria-pressed={value === props.value}
          onClick={() => props.onChange(value)}
        >
          {text}
        </button>
      ))}
    </fieldset>
  );
}
