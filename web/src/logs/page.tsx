import { useApi, useLogs } from "../api/queries";
import type { LogLine, LogList } from "../api/types.gen";
import { NoData } from "../setup/nodata";
import { useInFrame } from "../shell/frame";
import { useClock } from "../time/clock";
import { count } from "../time/format";
import { Button } from "../ui/button";
import { Empty, ErrorNote, Note, Progress, SkeletonRows, useSlow } from "../ui/state";
import { useUrlState } from "../url/state";
import { Lines } from "./lines";
import styles from "./logs.module.css";
import { logsSchema } from "./state";

const pageSize = 200;
const keys = [
  ["↑ ↓", "From line to line"],
  ["Enter", "Open or close a line"],
] as const;

/** Log lines by time, newest first, or those of one trace. */
export default function LogsPage() {
  const [state, change] = useUrlState(logsSchema);
  useInFrame(state.trace ? `trace ${state.trace.slice(0, 8)}` : undefined, keys);
  const open = (line: string) => change({ line });
  return (
    <div className="page">
      <section className="stack" aria-label="Logs">
        {state.trace ? (
          <OfTrace
            trace={state.trace}
            open={state.line}
            onOpen={open}
            onAll={() => change({ trace: "", line: "" })}
          />
        ) : (
          <InRange open={state.line} onOpen={open} />
        )}
      </section>
    </div>
  );
}

function InRange({ open, onOpen }: { open: string; onOpen: (line: string) => void }) {
  const { window } = useClock();
  const logs = useLogs(window, pageSize);
  const slow = useSlow(logs.isFetching);
  const lines = logs.data?.pages.flatMap((page) => page.logs) ?? [];
  const work = logs.data?.pages[0]?.work;
  return (
    <>
      <div className="tools">
        <b className={styles.ink}>{count(lines.length)} lines</b>
        <span>newest first</span>
        <span className="grow" />
        {work ? (
          <span className="cap">
            {count(work.rowsScanned)} of {count(work.rowsTotal)} records scanned in {Math.round(work.tookMs)}{" "}
            ms
          </span>
        ) : null}
      </div>
      <Progress busy={slow} />
      <div className="fill scroll">
        {logs.isPending && slow ? <SkeletonRows rows={20} /> : null}
        {logs.data && lines.length === 0 ? <NoData what="log lines" signal="logs" /> : null}
        <Lines
          lines={lines}
          open={open}
          onOpen={onOpen}
          old={logs.isPlaceholderData && (slow || logs.isError)}
        />
        {logs.hasNextPage ? (
          <div className={styles.more}>
            <Button small disabled={logs.isFetchingNextPage} onClick={() => void logs.fetchNextPage()}>
              Older lines
            </Button>
          </div>
        ) : null}
      </div>
      {logs.error ? <ErrorNote error={logs.error} onRetry={() => void logs.refetch()} /> : null}
      {work && !work.complete ? <Note meaning="sampled" title="Not all of this range was read." /> : null}
    </>
  );
}

function OfTrace(props: { trace: string; open: string; onOpen: (line: string) => void; onAll: () => void }) {
  const logs = useApi<LogList>(`traces/${encodeURIComponent(props.trace)}/logs`);
  const slow = useSlow(logs.isFetching);
  const lines: readonly LogLine[] = logs.data?.logs ?? [];
  const all = (
    <Button small onClick={props.onAll}>
      All lines of this range
    </Button>
  );
  return (
    <>
      <div className="tools">
        <b className={styles.ink}>{count(lines.length)} lines</b>
        <span>
          of trace <span className="mono">{props.trace}</span>
        </span>
        <span className="grow" />
        {all}
      </div>
      <Progress busy={slow} />
      <div className="fill scroll">
        {logs.isPending && slow ? <SkeletonRows rows={20} /> : null}
        {logs.data && lines.length === 0 ? (
          <Empty title="No log line carries this trace id" action={all}>
            Lines are found by the trace id of the log record.
          </Empty>
        ) : null}
        <Lines lines={lines} open={props.open} onOpen={props.onOpen} old={false} />
      </div>
      {logs.error ? <ErrorNote error={logs.error} onRetry={() => void logs.refetch()} /> : null}
    </>
  );
}
