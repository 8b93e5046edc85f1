import type { Peers } from "../api/types.gen";
import { bucketStart, latencyAxis, logShare, quantileOf } from "../charts/buckets";
import { count, countShort, durationText } from "../time/format";
import styles from "./inspector.module.css";

/** A percentile with as many nines as it has: 50, 99, 99.9. */
export function percentileText(p: number): string {
  if (p >= 99.995) return "100";
  if (p >= 99.9) return p.toFixed(2).replace(/0$/, "");
  if (p >= 99) return p.toFixed(1).replace(/\.0$/, "");
  return p.toFixed(0);
}

/** Bars of a histogram, by buckets taken together; heights by square root, so that a few slow ones stay visible beside many fast. */
function bars(histogram: readonly (readonly [number, number])[], by: number) {
  const sums = new Map<number, number>();
  for (const [bucket, n] of histogram) {
    const first = bucket - (bucket % by);
    sums.set(first, (sums.get(first) ?? 0) + n);
  }
  const most = Math.max(1, ...sums.values());
  return [...sums].map(([bucket, n]) => ({ bucket, end: bucket + by, share: Math.sqrt(n / most) }));
}

/** The histogram of a span's peers with the span marked in it. */
export function PeersPlot({ peers, durationNs }: { peers: Peers; durationNs: number }) {
  const { lo, hi, ticks } = latencyAxis(peers.histogram);
  const x = (ns: number): number => Math.min(1, Math.max(0, logShare(ns, lo, hi))) * 352;
  const median = durationText(quantileOf(peers.histogram, 0.5));
  const p95 = durationText(quantileOf(peers.histogram, 0.95));
  return (
    <div className={styles.peers}>
      <div className="row cap">
        <span
          className="trunc"
          title={`${count(peers.count)} in the last hour; half of them took less than ${median}`}
        >
          Among {countShort(peers.count)} peers of this operation
        </span>
        <span className="grow" />
        <b>slower than {percentileText(peers.percentile)} %</b>
      </div>
      <svg
        width="100%"
        height="34"
        viewBox="0 0 352 34"
        preserveAspectRatio="none"
        role="img"
        aria-label={`Peers: p50 ${median}, p95 ${p95}; this span ${durationText(durationNs)}`}
      >
        {bars(peers.histogram, 3).map(({ bucket, end, share }) => (
          <rect
            key={bucket}
            x={x(bucketStart(bucket))}
            width={Math.max(1, x(bucketStart(end)) - x(bucketStart(bucket)) - 1)}
            y={33 - share * 30}
            height={share * 30}
            fill="var(--plot-2)"
          />
        ))}
        <path d="M0 33.5h352" stroke="var(--line-strong)" />
        <path d={`M${x(durationNs)} 0v34`} stroke="var(--accent)" strokeWidth={1.5} />
      </svg>
      <div className={`row cap ${styles.ticks}`} aria-hidden="true">
        {ticks.map((t) => (
          <span key={t}>{durationText(t).replace(".00", "").replace(".0", "")}</span>
        ))}
      </div>
    </div>
  );
}

/** The same in 64 × 14 pixels. */
export function PeersMini({ peers, durationNs }: { peers: Peers; durationNs: number }) {
  const { lo, hi } = latencyAxis(peers.histogram);
  const x = (ns: number): number => Math.min(1, Math.max(0, logShare(ns, lo, hi))) * 62;
  return (
    <svg width="64" height="14" aria-hidden="true">
      <path d="M0 13.5h64" stroke="var(--line-strong)" />
      {bars(peers.histogram, 6).map(({ bucket, share }) => (
        <rect
          key={bucket}
          x={x(bucketStart(bucket))}
          y={13 - share * 12}
          width={3}
          height={share * 12}
          fill="var(--plot-2)"
        />
      ))}
      <path d={`M${x(durationNs) + 0.5} 0v14`} stroke="var(--accent)" strokeWidth={1.5} />
    </svg>
  );
}
