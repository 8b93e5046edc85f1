import { CopyButton } from "../ui/copy";
import styles from "./setup.module.css";

/** Text to paste. What stands in ‹› is marked, and copied without the signs. */
export function Code({ text, label }: { text: string; label: string }) {
  return (
    <div className={styles.code}>
      {/* It scrolls sideways, so the keyboard must reach it. */}
      <pre tabIndex={0} aria-label={label} role="region">
        {text
          .split(/(‹[^›]*›)/)
          .map((part, index) => (part.startsWith("‹") ? <b key={index}>{part.slice(1, -1)}</b> : part))}
      </pre>
      <CopyButton text={plain(text)} label={`Copy: ${label}`} />
    </div>
  );
}

export function plain(text: string): string {
  return text.replace(/[‹›]/g, "");
}
