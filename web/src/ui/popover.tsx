import {
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
  useEffect,
  useId,
  useRef,
  useState,
} from "react";
import { Icon } from "./icon";
import styles from "./popover.module.css";

/** Puts a shown popover below its anchor, or above it where there is more room, and inside the window. */
export function placeBelow(anchor: Element, popover: HTMLElement, gap = 4): void {
  const a = anchor.getBoundingClientRect();
  const p = popover.getBoundingClientRect();
  const below = a.bottom + gap + p.height <= window.innerHeight || a.top < window.innerHeight - a.bottom;
  popover.style.top = `${Math.max(4, below ? a.bottom + gap : a.top - gap - p.height)}px`;
  popover.style.left = `${Math.max(4, Math.min(a.left, window.innerWidth - p.width - 8))}px`;
}

interface PopoverProps {
  /** What it belongs to, and stands below. */
  anchor: RefObject<Element | null>;
  open: boolean;
  onClose: () => void;
  label: string;
  children: ReactNode;
}

/** A floating pane on the browser's own popover: a click outside or Escape closes it. */
export function Popover({ anchor, open, onClose, label, children }: PopoverProps) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = box.current;
    if (!element || !open) return;
    element.showPopover();
    if (anchor.current) placeBelow(anchor.current, element);
    element.querySelector<HTMLElement>("[data-autofocus], input")?.focus();
    return () => {
      if (element.matches(":popover-open")) element.hidePopover();
    };
  }, [open, anchor]);
  return (
    <div
      ref={box}
      popover="auto"
      className={styles.popover}
      role="dialog"
      aria-label={label}
      onToggle={(event) => {
        if (event.newState === "closed" && open) onClose();
      }}
    >
      {open ? children : null}
    </div>
  );
}

/** A choice from a list that opens below a button: "Traffic ≥ 0.1 /s". */
export function Picker<T extends string>(props: {
  label: string;
  value: T;
  options: readonly (readonly [value: T, text: string])[];
  onChange: (value: T) => void;
}) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  const text = props.options.find(([value]) => value === props.value)?.[1] ?? props.value;
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const key = (event: KeyboardEvent<HTMLDivElement>) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const items = [...event.currentTarget.querySelectorAll<HTMLElement>("[role=option]")];
    const at = items.indexOf(document.activeElement as HTMLElement);
    items[(at + step + items.length) % items.length]?.focus();
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        className={styles.picker}
        aria-haspopup="listbox"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        {props.label} <span>{text}</span>
      </button>
      <Popover anchor={button} open={open} onClose={() => setOpen(false)} label={props.label}>
        <div
          id={id}
          role="listbox"
          aria-label={props.label}
          className={styles.options}
          onKeyDown={key}
          tabIndex={-1}
        >
          {props.options.map(([value, optionText]) => (
            <button
              key={value}
              type="button"
              role="option"
              aria-selected={value === props.value}
              data-autofocus={value === props.value ? "" : undefined}
              onClick={() => {
                props.onChange(value);
                close();
              }}
            >
              {optionText}
              {value === props.value ? <Icon name="check" size={12} /> : null}
            </button>
          ))}
        </div>
      </Popover>
    </>
  );
}
