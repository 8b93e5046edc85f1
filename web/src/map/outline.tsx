import { useState } from "react";
import { useSlow } from "../ui/state";
import styles from "./page.module.css";
import { recallPlaces } from "./places";

/** Where everything stood at the last visit, while the first answer is on its way. */
export function Outline({ seed }: { seed: string }) {
  const slow = useSlow(true);
  const [places] = useState(() => Object.entries(recallPlaces(seed)?.at ?? {}));
  if (!slow || places.length === 0) return <div className={styles.wait} role="status" aria-label="Loading" />;
  const xs = places.map(([, at]) => at.x);
  const ys = places.map(([, at]) => at.y);
  const [left, top] = [Math.min(...xs) - 70, Math.min(...ys) - 60];
  const [width, height] = [Math.max(...xs) + 70 - left, Math.max(...ys) + 60 - top];
  return (
    <div className={styles.wait} role="status" aria-label="Loading">
      <svg viewBox={`${left} ${top} ${width} ${height}`} className={styles.outline} aria-hidden="true">
        {places.map(([id, { x, y }]) => (
          <circle
            key={id}
            cx={x}
            cy={y - 20}
            r={20}
            fill="none"
            stroke="var(--line-strong)"
            strokeWidth={1.5}
          />
        ))}
      </svg>
    </div>
  );
}
