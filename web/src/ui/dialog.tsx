import { type ReactNode, useEffect, useRef } from "react";
import styles from "./dialog.module.css";

/** A modal dialog on the browser's own <dialog>: Escape and a click beside it close it. */
export function Dialog(props: {
  open: boolean;
  onClose: () => void;
  label: string;
  children: ReactNode;
  top?: boolean;
}) {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = box.current;
    if (!dialog) return;
    if (props.open && !dialog.open) dialog.showModal();
    if (!props.open && dialog.open) dialog.close();
  }, [props.open]);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape is the key for it, and the dialog's own.
    <dialog
      ref={box}
      className={`${styles.dialog} ${props.top ? styles.top : ""}`}
      aria-label={props.label}
      onClose={props.onClose}
      onClick={(event) => {
        if (event.target === box.current) box.current?.close();
      }}
    >
      {props.open ? props.children : null}
    </dialog>
  );
}
