import { type InputHTMLAttributes, type KeyboardEvent, useRef } from "react";
import { Kbd } from "./button";
import { Icon } from "./icon";
import styles from "./searchfield.module.css";

type Props = Omit<InputHTMLAttributes<HTMLInputElement>, "onChange" | "value"> & {
  label: string;
  value: string;
  onChange: (value: string) => void;
};

/** A field that "/" focuses. Escape empties it, and leaves it when it is empty. One a page. */
export function SearchField({ label, value, onChange, onKeyDown, ...rest }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const key = (event: KeyboardEvent<HTMLInputElement>) => {
    onKeyDown?.(event);
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.stopPropagation();
    if (value === "") input.current?.blur();
    else onChange("");
  };
  return (
    <label className={styles.field}>
      <Icon name="find" size={14} />
      <input
        ref={input}
        data-search
        type="text"
        aria-label={label}
        placeholder={label}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={key}
        spellCheck={false}
        autoComplete="off"
        {...rest}
      />
      <Kbd>/</Kbd>
    </label>
  );
}
