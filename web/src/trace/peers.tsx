import type { Peers } from "../api/types.gen";
import { type Histogram, quantile } from "../charts/histogram";
import { barsOf, type LogAxis, logAxis } from "../charts/logaxis";
import { count, countShort, durationText } from "../time/format";
import styles from "./inspector.module.css";

/** A percentile with as many nines as it has: 50, 99, 99.9. */
export function percentileText(p: number): string {
  if (p >= 99.995) return "100";
  if (p >= 99.9) return p.toFixed(2).replace(/0$/, "");
  if (p >= 99) return p.toFixed(1).replace(/\.0$/, "");
  return p.toFixed(0);
}

/** The first bucket over 100 ns, and the share of peers that may be left out at the fast end. */
const shortest = 54;
const tail = 0.005;

/** shown leaves out a few peers that took hardly any time: they would stretch the axis by decades. */
export function shown(histogram: Histogram): Histogram {
  const sorted = histogram.filter(([bucket, n]) => bucket >= shortest && n > 0).sort((a, b) => a[0] - b[0]);
  const total = sorted.reduce((sum, [, n]) => sum + n, 0);
  let passed = 0;
  const from = sorted.findIndex(([, n]) => {
    passed += n;
    return passed > total * tail;
  });
  return sorted.slice(Math.max(0, from));
}

/** Bars of a histogram; heights by square root, so that a few slow ones stay visible beside many fast. */
function bars(histogram: Histogram, axis: LogAxis, pixels: number) {
  const list = barsOf([histogram], axis, pixels);
  const most = Math.max(1, ...list.map((bar) => bar.counts[0] ?? 0));
  return list.map((bar) => ({
    x: axis.x(bar.min),
    width: Math.max(1, axis.x(bar.max) - axis.x(bar.min) - 1),
    share: Math.sqrt((bar.counts[0] ?? 0) / most),
  }));
}

/** The histogram of a span's peers with the span marked in it. */
export function PeersPlot({ peers, durationNs }: { peers: Peers; durationNs: number }) {
  const histogram = shown(peers.histogram);
  const axis = logAxis([histogram], 352);
  const every = axis.ticks.length > 6 ? 2 : 1;
  const median = durationText(quantile(peers.histogram, 0.5));
  const p95 = durationText(quantile(peers.histogram, 0.95));
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
        {bars(histogram, axis, 6).map((bar) => (
          <rect
            key={bar.x}
            x={bar.x}
            width={bar.width}
            y={33 - bar.share * 30}
            height={bar.share * 30}
            fill="var(--plot-2)"
          />
        ))}
        <path d="M0 33.5h352" stroke="var(--line-strong)" />
        <path d={`M${axis.x(durationNs)} 0v34`} stroke="var(--accent)" strokeWidth={1.5} />
      </svg>
      <div className={`cap ${styles.ticks}`} aria-hidden="true">
        {axis.ticks
          .filter((_, k) => (axis.ticks.length - 1 - k) % every === 0)
          .map((t) => (
            <span key={t.ns} style={{ left: `${(t.x / axis.width) * 100}%` }}>
              {t.text}
            </span>
          ))}
      </div>
    </div>
  );
}

/** The same in 64 × 14 pixels. */
export function PeersMini({ peers, durationNs }: { peers: Peers; durationNs: number }) {
  const histogram = shown(peers.histogram);
  const axis = logAxis([histogram], 62);
  return (
    <svg width="64" height="14" aria-hidden="true">
      <path d="M0 13.5h64" stroke="var(--line-strong)" />
      {bars(histogram, axis, 3.5).map((bar) => (
        <rect
          key={bar.x}
          x={bar.x}
          width={bar.width}
          y={13 - bar.share * 12}
          height={bar.share * 12}
          fill="var(--plot-2)"
        />
      ))}
      <path d={`M${axis.x(durationNs) + 0.5} 0v14`} stroke="var(--accent)" strokeWidth={1.5} />
    </svg>
  );
}
