import styles from "./setup.module.css";

const spots: readonly (readonly [x: number, y: number, text: string])[] = [
  [90, 95, "your clients"],
  [300, 95, "your service"],
  [520, 50, "what it calls"],
  [520, 140, "its database"],
  [730, 50, "and what that calls"],
];
const links = [
  [0, 1],
  [1, 2],
  [1, 3],
  [2, 4],
] as const;

/** The map to come. */
export function Ghost() {
  return (
    <div className={styles.ghost} aria-hidden="true">
      <svg viewBox="0 0 900 190" preserveAspectRatio="xMidYMid meet">
        {links.map(([from, to]) => {
          const [ax, ay] = spots[from] ?? [0, 0];
          const [bx, by] = spots[to] ?? [0, 0];
          const path = `M${ax + 26} ${ay}C${ax + 106} ${ay} ${bx - 106} ${by} ${bx - 26} ${by}`;
          return (
            <path
              key={path}
              d={path}
              fill="none"
              stroke="var(--control)"
              strokeDasharray="4 4"
              opacity={0.7}
            />
          );
        })}
        {spots.map(([x, y, text], index) => (
          <g key={text}>
            {index === 3 ? (
              <path
                d={`M${x - 17} ${y - 10}v20a17 6 0 0 0 34 0v-20a17 6 0 0 0 -34 0a17 6 0 0 0 34 0`}
                fill="var(--pane)"
                stroke="var(--control)"
                strokeDasharray="4 3"
              />
            ) : (
              <circle
                cx={x}
                cy={y}
                r={index === 1 ? 22 : 17}
                fill="var(--pane)"
                stroke={index === 1 ? "var(--accent)" : "var(--control)"}
                strokeDasharray="4 3"
                strokeWidth={index === 1 ? 1.5 : 1}
              />
            )}
            <text x={x} y={y + 38} textAnchor="middle">
              {text}
            </text>
          </g>
        ))}
      </svg>
    </div>
  );
}
