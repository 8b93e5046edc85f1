import { Outcome } from "../ui/glyph";
import styles from "./legend.module.css";

/** What shapes, sizes and lines of the map mean. */
export function Legend() {
  return (
    <div className={styles.legend}>
      <Outcome meaning="ok" />
      <Outcome meaning="error" />
      <Outcome meaning="throttle" />
      <Outcome meaning="fault" />
      <span className={styles.apart}>
        <svg width="36" height="14" aria-hidden="true">
          <circle cx="6" cy="7" r="3.5" fill="none" stroke="var(--control)" />
          <circle cx="24" cy="7" r="6.2" fill="none" stroke="var(--control)" />
        </svg>
        size: requests/s
      </span>
      <span>
        <svg width="40" height="10" aria-hidden="true">
          <path d="M0 5h16" stroke="var(--plot-2)" />
          <path d="M22 5h18" stroke="var(--plot-2)" strokeWidth="6" />
        </svg>
        width: requests/s
      </span>
      <span>
        <svg width="22" height="8" aria-hidden="true">
          <path d="M0 4h22" stroke="var(--fault)" strokeWidth="2" strokeDasharray="5 3" />
        </svg>
        over 1 % fault
      </span>
      <span className="wide">
        <svg width="16" height="14" aria-hidden="true">
          <rect
            x="1"
            y="2"
            width="14"
            height="10"
            rx="2"
            fill="none"
            stroke="var(--control)"
            strokeDasharray="3 2"
          />
        </svg>
        inferred from callers
      </span>
      <span className="grow" />
      <span className="wide">shares under 0.5 % are not drawn</span>
    </div>
  );
}
