import { Fragment, type KeyboardEvent, type ReactNode, useEffect, useRef } from "react";
import type { PathSegment, TraceSummary } from "../api/types.gen";
import { serviceColor } from "../theme/service";
import { useClock } from "../time/clock";
import { clock, count, durationText, toMillis } from "../time/format";
import { type Meaning, Outcome } from "../ui/glyph";
import { ServiceMark } from "../ui/servicename";
import { useVirtual } from "../ui/virtual";
import { Link } from "../url/link";
import { navigate } from "../url/router";
import { useHref } from "../url/state";
import styles from "./results.module.css";
import type { Search } from "./usesearch";

const ROW = 28;

/** How near the end the next page is fetched. */
const ahead = 30;

/** The traces found, one a row. One row is selected; Enter opens it. */
export function Results({ search, selected, end }: { search: Search; selected: number; end: ReactNode }) {
  const { rows, old, more, busy, fetchMore } = search.list;
  const href = useHref();
  const list = useVirtual(rows.length + (more ? 3 : 0), ROW, ROW);
  const longest = Math.max(1, ...rows.map((t) => t.match.durationNs));
  const { show } = list;
  // A selection that the address names is shown too: the way back from a trace leads to its row.
  const moved = useRef(search.state.sel !== "");
  // biome-ignore lint/correctness/useExhaustiveDependencies: show is new with each render and means the same.
  useEffect(() => {
    if (moved.current) show(selected);
  }, [selected]);
  useEffect(() => {
    if (more && !busy && !old && list.last > rows.length - ahead) fetchMore();
  }, [more, busy, old, list.last, rows.length, fetchMore]);

  const select = (to: number) => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, to))];
    if (!row) return;
    moved.current = true;
    search.change({ sel: row.traceId }, true);
  };
  const key = (event: KeyboardEvent<HTMLElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const row = rows[selected];
    if (event.key === "Enter" && row && event.target === event.currentTarget) {
      event.preventDefault();
      navigate(href("trace", { id: row.traceId }));
      return;
    }
    const to = {
      ArrowDown: selected + 1,
      ArrowUp: selected - 1,
      PageDown: selected + 15,
      PageUp: selected - 15,
      Home: 0,
      End: rows.length - 1,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    select(to);
  };
  const shown = rows.slice(list.first, list.last);
  const sorted = (by: "slowest" | "newest") => (search.state.sort === by ? "descending" : "none");
  return (
    <div className="fill stack">
      <div
        ref={list.ref}
        className={`fill scroll ${styles.scroller} ${old ? styles.old : ""}`}
        role="grid"
        aria-label="Traces"
        aria-rowcount={more ? -1 : rows.length + 1}
        aria-activedescendant={
          selected >= list.first && selected < list.last ? `result-${selected}` : undefined
        }
        aria-busy={busy}
        tabIndex={0}
        data-results
        onKeyDown={key}
      >
        <div className={styles.head} role="row" aria-rowindex={1}>
          <Head sort={sorted("slowest")} onSort={() => search.change({ sort: "slowest" })}>
            Duration
          </Head>
          <span role="columnheader">Status</span>
          <span role="columnheader">Root</span>
          <span role="columnheader">Path of the time</span>
          <span role="columnheader" className="num wide">
            Spans
          </span>
          <Head sort={sorted("newest")} onSort={() => search.change({ sort: "newest" })}>
            Started
          </Head>
          <span role="columnheader" className="wide">
            Trace
          </span>
        </div>
        <div role="presentation" style={{ height: list.total }} />
        {shown.map((t, k) => (
          <Row
            key={`${t.traceId} ${t.match.startNs}`}
            trace={t}
            index={list.first + k}
            selected={list.first + k === selected}
            longest={longest}
            href={href("trace", { id: t.traceId })}
            onSelect={() => select(list.first + k)}
          />
        ))}
        {more && list.last > rows.length ? <Waiting from={rows.length} /> : null}
      </div>
      {end}
    </div>
  );
}

function Head({
  sort,
  onSort,
  children,
}: {
  sort: "descending" | "none";
  onSort: () => void;
  children: string;
}) {
  return (
    <span role="columnheader" aria-sort={sort}>
      <button type="button" onClick={onSort}>
        {children}
        {sort === "descending" ? <span aria-hidden="true"> ↓</span> : null}
      </button>
    </span>
  );
}

interface RowProps {
  trace: TraceSummary;
  index: number;
  selected: boolean;
  longest: number;
  href: string;
  onSelect: () => void;
}

function Row({ trace, index, selected, longest, href, onSelect }: RowProps) {
  const { zone } = useClock();
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid has the keys.
    <div
      id={`result-${index}`}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      className={styles.row}
      style={{ top: ROW + index * ROW }}
      onClick={onSelect}
    >
      <span role="gridcell" className={styles.duration}>
        <span className="strong">{durationText(trace.match.durationNs)}</span>
        <PathBar path={trace.path} share={trace.match.durationNs / longest} />
      </span>
      <span role="gridcell">
        <Outcome meaning={meaningOf(trace.status)}>{trace.httpStatus || undefined}</Outcome>
      </span>
      <span role="gridcell" className="trunc">
        <Link href={href} tabIndex={-1}>
          {trace.rootName || trace.match.name}
        </Link>
        {trace.partial ? <span className="dim"> root not received</span> : null}
      </span>
      <span role="gridcell" className={styles.path}>
        <PathNames path={trace.path} />
      </span>
      <span role="gridcell" className="num wide dim">
        {count(trace.spans)}
      </span>
      <span role="gridcell" className="dim">
        {clock(toMillis(trace.startNs), zone, "ms")}
      </span>
      <span role="gridcell" className="mono dim wide">
        {trace.traceId.slice(0, 8)}
      </span>
    </div>
  );
}

/** A bar as long as the duration, cut by the services that the time went to. */
function PathBar({ path, share }: { path: readonly PathSegment[]; share: number }) {
  const sum = path.reduce((total, s) => total + s.selfNs, 0);
  let at = 0;
  return (
    <span className={styles.bar} aria-hidden="true">
      {sum === 0 ? <i style={{ left: 0, width: `${share * 100}%`, background: "var(--plot)" }} /> : null}
      {path.map((s, k) => {
        const width = sum > 0 ? (s.selfNs / sum) * share * 100 : 0;
        const left = at;
        at += width;
        return (
          <i key={k} style={{ left: `${left}%`, width: `${width}%`, background: serviceColor(s.service) }} />
        );
      })}
    </span>
  );
}

function PathNames({ path }: { path: readonly PathSegment[] }) {
  return path.map((s, k) => (
    <Fragment key={k}>
      {k > 0 ? <s aria-hidden="true">›</s> : null}
      <span>
        <ServiceMark name={s.service} />
        {s.service}
        {s.version ? ` ${s.version}` : ""}
      </span>
    </Fragment>
  ));
}

/** meaningOf is the glyph of a status of the API. */
export function meaningOf(status: string): Meaning {
  return status === "error" || status === "throttle" || status === "fault" ? status : "ok";
}

/** Rows of the next page in outline. */
function Waiting({ from }: { from: number }) {
  return [0, 1, 2].map((k) => (
    <div
      key={k}
      className={`${styles.row} ${styles.wait}`}
      style={{ top: ROW + (from + k) * ROW }}
      role="presentation"
    >
      <i style={{ inlineSize: 34 }} />
      <i style={{ inlineSize: 28 }} />
      <i style={{ inlineSize: 120 - k * 20 }} />
      <i style={{ inlineSize: 160 - k * 30 }} />
    </div>
  ));
}
