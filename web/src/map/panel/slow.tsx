import { type TraceSearch, useTraces } from "../../api/queries";
import type { PathSegment, TraceSummary } from "../../api/types.gen";
import type { Lengths } from "../../charts/latency";
import { serviceColor } from "../../theme/service";
import { useClock } from "../../time/clock";
import { clock, count, durationText, goDuration, toMillis } from "../../time/format";
import { Glyph, type Meaning } from "../../ui/glyph";
import { ErrorNote, Progress, SkeletonRows, useSlow } from "../../ui/state";
import { Link } from "../../url/link";
import { useHref } from "../../url/state";
import styles from "./panel.module.css";

/** Which spans: those of a service, its version, its caller. */
export type SlowSearch = Pick<TraceSearch, "service" | "version" | "caller">;

const rows = 7;

/** The slowest traces in a stretch of lengths, longest first, each bar cut by the services its time went to. */
export function SlowTraces(props: { search: SlowSearch; lengths: Lengths; inside: number; what: string }) {
  const { lengths, search } = props;
  const { window, zone } = useClock();
  const href = useHref();
  const range = { minDuration: goDuration(lengths.min), maxDuration: goDuration(lengths.max) };
  const list = useTraces(window, { ...search, ...range }, "slowest", rows);
  const slow = useSlow(list.isFetching);
  const traces = list.data?.pages[0]?.traces ?? [];
  const longest = Math.max(1, ...traces.map((trace) => trace.match.durationNs));
  const unit = durationText(lengths.max).split(" ")[1];
  const [low, lowUnit] = durationText(lengths.min).split(" ");
  const from = lowUnit === unit ? low : `${low} ${lowUnit}`;
  const all = { ...search, ...range, sort: "slowest" };
  return (
    <div className={styles.slow}>
      <Progress busy={slow} />
      <div className={styles.opened}>
        <h4>
          Slowest {props.what}, {from} – {durationText(lengths.max)}
        </h4>
        <span className="grow" />
        <Link href={href("traces", all)}>All {count(props.inside)}</Link>
      </div>
      {list.isPending && slow ? <SkeletonRows rows={rows} /> : null}
      {list.error ? <ErrorNote error={list.error} onRetry={() => void list.refetch()} /> : null}
      {list.data && traces.length === 0 ? (
        <p className={styles.none}>
          {props.inside > 0
            ? "No trace of this length is kept in this range; the counts come from all requests."
            : "No request took this long in this range."}
        </p>
      ) : null}
      <ul className={list.isPlaceholderData && (slow || list.isError) ? styles.old : undefined}>
        {traces.map((trace) => (
          <li key={`${trace.traceId} ${trace.match.startNs}`}>
            <Link href={href("trace", { id: trace.traceId })}>
              <span className="strong">{durationText(trace.match.durationNs)}</span>
              <Bar path={trace.path} share={trace.match.durationNs / longest} />
              <span className="trunc">{trace.rootName || trace.match.name}</span>
              <span className="row dim">
                <Glyph meaning={meaningOf(trace)} size={11} label={trace.status} />
                {clock(toMillis(trace.match.startNs), zone)}
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}

function meaningOf(trace: TraceSummary): Meaning {
  return trace.status === "error" || trace.status === "throttle" || trace.status === "fault"
    ? trace.status
    : "ok";
}

/** As long as the trace against the longest of the list, cut by service. */
function Bar({ path, share }: { path: readonly PathSegment[]; share: number }) {
  const total = path.reduce((sum, segment) => sum + segment.selfNs, 0) || 1;
  return (
    <span className={styles.bar}>
      {path.map((segment, index) => (
        <i
          key={`${segment.service} ${index}`}
          style={{
            inlineSize: `${(segment.selfNs / total) * share * 100}%`,
            background: serviceColor(segment.service),
          }}
        />
      ))}
    </span>
  );
}
