import styles from "./skeleton.module.css";

/** Bars in the geometry of a trace to come: head, minimap, and a staircase of spans. */
export function TraceSkeleton() {
  const rows = Array.from({ length: 22 }, (_, k) => k);
  return (
    <div className={styles.skeleton} role="status" aria-label="Loading">
      <i style={{ left: 56, top: 20, width: 180, height: 12 }} />
      <i style={{ left: 16, top: 58, width: 180, height: 22 }} />
      <i style={{ left: 16, right: 16, top: 100, height: 28 }} />
      {rows.map((k) => (
        <i
          key={k}
          style={{ left: 28 + (k % 9) * 13, top: 206 + k * 18, width: 90 + ((k * 37) % 70), height: 6 }}
        />
      ))}
      {rows.map((k) => (
        <i
          key={`b${k}`}
          style={{
            left: `calc(${44 + ((k * 7) % 22)}% )`,
            top: 206 + k * 18,
            width: `${34 - ((k * 5) % 26)}%`,
            height: 8,
          }}
        />
      ))}
    </div>
  );
}
