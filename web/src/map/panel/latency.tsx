import type { MapStats } from "../../api/types.gen";
import { bucketEnd, bucketOf, countBetween } from "../../charts/histogram";
import { LatencyHistogram, type Lengths, type Series } from "../../charts/latency";
import { snap } from "../../charts/logaxis";
import { count, durationText } from "../../time/format";
import { Section } from "../../ui/inspector";
import styles from "./panel.module.css";
import { type SlowSearch, SlowTraces } from "./slow";

interface Props {
  title: string;
  stats: MapStats;
  series: readonly Series[];
  brush: Lengths | undefined;
  onBrush: (brush: Lengths | undefined) => void;
  search: SlowSearch;
  /** "traces" or "calls", for the heading. */
  what: string;
}

/** Latencies with their brush; through the bay, the slowest traces of what is brushed. */
export function Latency({ title, stats, series, brush, onBrush, search, what }: Props) {
  if (stats.requests === 0) return null;
  const shown = brush ?? tail(stats);
  const inside = countBetween(stats.histogram, shown.min, shown.max);
  const legend = (
    <span className={styles.legend}>
      {series.length > 1
        ? series.map((one) => (
            <span key={one.name}>
              <i style={{ background: one.color }} /> {one.name}
            </span>
          ))
        : null}
      <span>height √ count</span>
    </span>
  );
  return (
    <Section title={title} note={legend} flush>
      <div className={styles.plot}>
        <LatencyHistogram
          label={say(stats)}
          series={series}
          marks={[
            { name: "p50", ns: stats.p50 },
            { name: "p95", ns: stats.p95 },
            { name: "p99", ns: stats.p99 },
          ]}
          brush={shown}
          onBrush={onBrush}
          bay
        />
      </div>
      <SlowTraces search={search} lengths={shown} inside={inside} what={what} />
    </Section>
  );
}

/**
 * What is brushed when nobody has: the last hump, down to the valley before it; without a valley in the
 * slowest twentieth, from half of p99 on.
 */
export function tail(stats: Pick<MapStats, "p50" | "p99" | "requests" | "histogram">): Lengths {
  const buckets = new Map(stats.histogram);
  const longest = Math.max(-1, ...stats.histogram.map(([bucket, n]) => (n > 0 ? bucket : -1)));
  const max = bucketEnd(longest);
  // A handful of requests is no hump.
  const enough = Math.max(7, stats.requests * 0.001);
  let sum = 0;
  let peak = 0;
  for (let bucket = longest; bucket > bucketOf(stats.p50); bucket--) {
    const n = buckets.get(bucket) ?? 0;
    const valley = n < peak * 0.01 && (buckets.get(bucket - 1) ?? 0) < peak * 0.01;
    if (valley && sum >= enough) return { min: bucketEnd(bucket), max };
    if (sum > stats.requests * 0.1) break;
    sum += n;
    peak = Math.max(peak, n);
  }
  return { min: Math.min(snap(stats.p99 / 2), bucketEnd(longest - 1)), max };
}

function say(stats: MapStats): string {
  const [p50, p95, p99] = [stats.p50, stats.p95, stats.p99].map((ns) => durationText(ns));
  return `Latency of ${count(stats.requests)} requests on a logarithmic axis: p50 ${p50}, p95 ${p95}, p99 ${p99}`;
}
