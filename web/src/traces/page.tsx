import { useEffect, useMemo } from "react";
import type { KeyHelp } from "../shell/frame";
import { useInFrame } from "../shell/frame";
import { isTyping } from "../shell/keys";
import { useClock } from "../time/clock";
import { clock, count, countShort } from "../time/format";
import { Button, Kbd, Segmented } from "../ui/button";
import { Picker } from "../ui/popover";
import { Empty, ErrorNote, Note, Progress, SkeletonRows, useSlow } from "../ui/state";
import { rememberResults } from "../url/results";
import { usePlace } from "../url/router";
import { NothingFound } from "./empty";
import { FilterLine } from "./filterline";
import { frame } from "./heat/axis";
import { CountTable } from "./heat/counttable";
import { buildGrid, cellsOf, countIn } from "./heat/grid";
import { HeatPlot } from "./heat/heatplot";
import { HistogramPlot } from "./heat/histogramplot";
import styles from "./heat/plot.module.css";
import { TracesInspector } from "./inspector";
import { Results } from "./results";
import { type Search, useSearch } from "./usesearch";
import { useWidth } from "./usewidth";

const keyHelp: readonly KeyHelp[] = [
  ["/", "to the filter"],
  ["↑ ↓", "walk the traces"],
  ["Enter", "open the selected trace"],
  ["h", "heat map, histogram or table"],
  ["o", "sort by duration or by start"],
  ["Esc", "clear the brush"],
];

const plots = ["heat", "histogram", "table"] as const;

/** Width of a cell of the heat map. */
const cellPixels = 10;
const plotHeight = 291;

/** The trace search: /traces?q=… */
export default function Page() {
  const [pane, width] = useWidth<HTMLElement>();
  const columns = Math.max(0, Math.min(500, Math.floor((width - frame.left - frame.right) / cellPixels)));
  const search = useSearch(columns);
  const { state, list, heat } = search;
  const { search: address } = usePlace();
  useInFrame(undefined, keyHelp);
  useEffect(() => rememberResults(address), [address]);
  useTracesKeys(search);

  // Durations run upwards in the heat map and to the right in the histogram, which has more room for them.
  const long =
    state.plot !== "histogram" ? plotHeight - frame.top - frame.bottom : width - frame.left - frame.right;
  const grid = useMemo(() => (heat.data ? buildGrid(heat.data, long) : undefined), [heat.data, long]);
  const cells = useMemo(() => (grid && state.b ? cellsOf(grid, state.b) : null), [grid, state.b]);
  const at = Math.max(
    0,
    list.rows.findIndex((t) => t.traceId === state.sel),
  );
  const trace = list.rows[at];
  const unit = search.filter.terms.some((t) => t.field === "root") ? "traces" : "spans";
  const plot = { size: { width, height: plotHeight }, brush: state.b, unit, old: heat.error !== null };
  const onBrush = (b: typeof state.b) => search.change({ b });
  const slow = useSlow(list.busy || heat.busy);
  const nothing = list.rows.length === 0 && list.work !== undefined && !list.old;
  return (
    <div className="page with-insp">
      <section ref={pane} className="stack" aria-label="Trace search">
        <FilterLine text={search.text} onRun={search.run} />
        <div className="tools">
          <Segmented
            label="Plot"
            options={[
              ["heat", "Time × duration"],
              ["histogram", "Histogram"],
              ["table", "Table"],
            ]}
            value={state.plot}
            onChange={(to) => search.change({ plot: to })}
          />
          <span className="grow" />
          <span className="cap trunc">{workText(search)}</span>
          {state.plot === "heat" ? <Scale /> : null}
        </div>
        <Progress busy={slow} />
        {grid && state.plot === "heat" ? <HeatPlot grid={grid} {...plot} onBrush={onBrush} /> : null}
        {grid && state.plot === "histogram" ? (
          <HistogramPlot grid={grid} {...plot} onBrush={onBrush} />
        ) : null}
        {grid && state.plot === "table" ? (
          <CountTable grid={grid} brush={state.b} unit={unit} onBrush={onBrush} />
        ) : null}
        {grid ? null : <PlotWaiting slow={slow && !heat.error} />}
        {heat.error ? <ErrorNote error={heat.error} onRetry={heat.retry} /> : null}
        <ListTools
          search={search}
          brushed={grid && cells ? countIn(grid, cells).count : undefined}
          unit={unit}
        />
        {search.filter.problems[0] ? (
          <div className="fill">
            <Mistake message={search.filter.problems[0].message} />
          </div>
        ) : nothing ? (
          <div className="fill">
            <NothingFound search={search} />
          </div>
        ) : list.rows.length === 0 ? (
          <div className="fill">{slow && !list.error ? <SkeletonRows rows={12} /> : null}</div>
        ) : (
          <Results search={search} selected={at} end={<ListState search={search} />} />
        )}
        {list.rows.length === 0 && list.error ? <ErrorNote error={list.error} onRetry={list.retry} /> : null}
      </section>
      <TracesInspector search={search} trace={trace} grid={grid} cells={cells} brush={state.b} unit={unit} />
    </div>
  );
}

function Mistake({ message }: { message: string }) {
  const edit = () => document.querySelector<HTMLElement>("[data-search]")?.focus();
  return (
    <Empty title="This filter cannot be run" action={<Button onClick={edit}>Edit filter</Button>}>
      {message}
    </Empty>
  );
}

/** What the answers took, and whether they are whole. */
function workText({ heat }: Search): string {
  const work = heat.data?.work;
  if (!work) return "";
  return `${countShort(work.rowsScanned)} spans scanned, ${countShort(work.rowsMatched)} matched in ${Math.max(1, Math.round(work.tookMs))} ms`;
}

function Scale() {
  return (
    <span className={`cap wide ${styles.scale}`} aria-hidden="true">
      few
      {[1, 2, 3, 4, 5, 6].map((i) => (
        <i key={i} style={{ background: `var(--heat-${i})` }} />
      ))}
      many
    </span>
  );
}

function PlotWaiting({ slow }: { slow: boolean }) {
  return (
    <div className={styles.plot}>
      {slow ? (
        <div className={styles.skeleton} role="status" aria-label="Loading">
          {[40, 70, 92, 80, 55].map((w) => (
            <i key={w} style={{ inlineSize: `${w}%` }} />
          ))}
        </div>
      ) : null}
    </div>
  );
}

/** The line over the table: what it lists, and its order. */
function ListTools({ search, brushed, unit }: { search: Search; brushed: number | undefined; unit: string }) {
  const { state, list } = search;
  const listed = list.more
    ? `first ${count(list.rows.length)} traces listed`
    : `${count(list.rows.length)} traces listed`;
  return (
    <div className="tools" style={{ height: 36 }}>
      {state.b ? (
        <>
          <span>
            <b style={{ color: "var(--ink)" }}>
              {brushed === undefined ? "…" : count(brushed)} {unit}
            </b>{" "}
            in the selection
          </span>
          <Button small kind="quiet" onClick={() => search.change({ b: null })}>
            Clear selection <Kbd>Esc</Kbd>
          </Button>
        </>
      ) : null}
      <span className={state.b ? "dim wide" : undefined}>{list.rows.length > 0 ? listed : ""}</span>
      <span className="grow" />
      <Picker
        label="Sort"
        value={state.sort}
        options={[
          ["slowest", "duration, longest first"],
          ["newest", "start, newest first"],
        ]}
        onChange={(sort) => search.change({ sort })}
      />
    </div>
  );
}

/** Below the rows: an error that left them old, a part that was not read, damage that was left out. */
function ListState({ search }: { search: Search }) {
  const { zone } = useClock();
  const { list } = search;
  if (list.error)
    return <ErrorNote error={list.error} onRetry={list.retry} since={clock(list.at, zone, "s")} />;
  const work = list.work;
  if (work && !work.complete) {
    return (
      <Note
        meaning="sampled"
        title="Only a part was read."
        action={
          <Button small onClick={list.retry}>
            Read again
          </Button>
        }
      >
        {countShort(work.rowsScanned)} of {countShort(work.rowsTotal)} spans were looked at before the time
        for an answer was up. Ranks may change; a shorter time range or another term helps.
      </Note>
    );
  }
  if (work && work.quarantined > 0) {
    return (
      <Note meaning="sampled" title={`${count(work.quarantined)} damaged blocks were left out.`}>
        What they held is not in these figures.
      </Note>
    );
  }
  return null;
}

function useTracesKeys(search: Search): void {
  useEffect(() => {
    const { state, change } = search;
    const key = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target))
        return;
      if (document.querySelector("dialog[open], :popover-open")) return;
      const free =
        event.target === document.body || (event.target instanceof HTMLElement && event.target.id === "main");
      if (event.key === "Escape" && state.b) change({ b: null });
      else if (event.key === "h")
        change({ plot: plots[(plots.indexOf(state.plot) + 1) % plots.length] ?? "heat" });
      else if (event.key === "o") change({ sort: state.sort === "slowest" ? "newest" : "slowest" });
      else if (free && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
        document.querySelector<HTMLElement>("[data-results]")?.focus();
      } else if (free && event.key === "Enter") {
        document.querySelector<HTMLElement>("[data-results] [aria-selected=true] a")?.click();
      } else return;
      event.preventDefault();
    };
    window.addEventListener("keydown", key);
    return () => window.removeEventListener("keydown", key);
  }, [search]);
}
