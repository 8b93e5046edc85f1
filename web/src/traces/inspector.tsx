import type { TraceSummary } from "../api/types.gen";
import { serviceColor } from "../theme/service";
import { useClock } from "../time/clock";
import { clock, count, durationText, percent, toMillis } from "../time/format";
import { Button, ButtonLink, Kbd } from "../ui/button";
import { CopyButton } from "../ui/copy";
import { Outcome } from "../ui/glyph";
import { Inspector, InspectorHead, Section, Verdict } from "../ui/inspector";
import { ServiceName } from "../ui/servicename";
import { useHref } from "../url/state";
import { withTerm } from "./filter/params";
import { type Brush, type Cells, countIn, type Grid } from "./heat/grid";
import styles from "./inspector.module.css";
import { type ServiceTime, sumPaths } from "./pathsum";
import { meaningOf } from "./results";
import type { Search } from "./usesearch";

interface Props {
  search: Search;
  trace: TraceSummary | undefined;
  grid: Grid | undefined;
  cells: Cells | null;
  brush: Brush | null;
  unit: string;
}

/** What is selected at the left: the brushed region, where there is one, and the trace of the selected row. */
export function TracesInspector({ search, trace, grid, cells, brush, unit }: Props) {
  const rows = search.list.rows;
  return (
    <Inspector label="Selection">
      {brush && grid && cells ? (
        <Region search={search} grid={grid} cells={cells} brush={brush} unit={unit} />
      ) : null}
      {brush && rows.length > 1 ? (
        <Section title="Where the time went" note={`in the ${count(rows.length)} traces listed`}>
          <Times times={sumPaths(rows).slice(0, 8)} search={search} of={rows.length} />
        </Section>
      ) : null}
      {trace ? (
        <Summary trace={trace} search={search} />
      ) : (
        <p className="cap" style={{ padding: 16 }}>
          No trace is selected.
        </p>
      )}
    </Inspector>
  );
}

/** Counts of the brushed cells beside those of the rest: the same data as the heat map. */
function Region({
  search,
  grid,
  cells,
  brush,
  unit,
}: {
  search: Search;
  grid: Grid;
  cells: Cells;
  brush: Brush;
  unit: string;
}) {
  const { zone } = useClock();
  const inside = countIn(grid, cells);
  const all = countIn(grid, { column: 0, to: grid.columns, row: 0, top: grid.rows });
  const rest = { count: all.count - inside.count, faults: all.faults - inside.faults };
  const share = (f: { count: number; faults: number }) => (f.count > 0 ? f.faults / f.count : 0);
  const [here, there] = [share(inside), share(rest)];
  const clear = (
    <Button small kind="quiet" onClick={() => search.change({ b: null })}>
      Clear <Kbd>Esc</Kbd>
    </Button>
  );
  return (
    <>
      <InspectorHead title="The brushed region" actions={clear} />
      <Section
        title={`${count(inside.count)} ${unit}`}
        note={`${percent(all.count > 0 ? inside.count / all.count : 0)} % of all`}
      >
        <dl className={styles.facts}>
          <dt>Duration</dt>
          <dd>
            {durationText(brush.min)} – {durationText(brush.max)}
          </dd>
          <dt>Started</dt>
          <dd>
            {clock(brush.from, zone, "s")} – {clock(brush.to, zone, "s")}
          </dd>
          <dt>With fault</dt>
          <dd>
            {count(inside.faults)}, {percent(here)} %
          </dd>
          <dt>With fault, the rest</dt>
          <dd>
            {count(rest.faults)}, {percent(there)} %
          </dd>
        </dl>
        {here > there * 1.5 && inside.faults >= 5 ? (
          <Verdict meaning="fault">
            <b>More of these fail.</b> {percent(here)} % in the region, {percent(there)} % outside.
          </Verdict>
        ) : null}
      </Section>
    </>
  );
}

function Times({ times, search, of }: { times: readonly ServiceTime[]; search: Search; of?: number }) {
  return (
    <table className={styles.rows} aria-label="Time by service">
      <tbody>
        {times.map((t) => (
          <tr key={`${t.service} ${t.version}`}>
            <th scope="row">
              <button
                type="button"
                title={`Filter to ${t.service}`}
                onClick={() => search.run(serviceFilter(search, t))}
              >
                <ServiceName name={t.service} version={t.version} />
              </button>
            </th>
            <td>
              <span className={styles.bar}>
                <i style={{ inlineSize: `${t.share * 100}%`, background: serviceColor(t.service) }} />
              </span>
            </td>
            <td>
              <b>{percent(t.share)} %</b>{" "}
              <span className="dim">
                {of === undefined ? durationText(t.selfNs) : `in ${count(t.traces)}`}
              </span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** serviceFilter searches for spans of a service, which need not be roots. */
function serviceFilter(search: Search, t: ServiceTime): string {
  const terms = search.filter.terms.filter((term) => term.field !== "root" && term.field !== "version");
  const withService = withTerm({ terms, problems: [] }, { field: "service", op: "=", values: [t.service] });
  return t.version ? `${withService} AND version = "${t.version}"` : withService;
}

function Summary({ trace, search }: { trace: TraceSummary; search: Search }) {
  const href = useHref();
  const { zone } = useClock();
  const own = trace.match.name !== trace.rootName || trace.match.durationNs !== trace.durationNs;
  const times = sumPaths([trace]);
  const [first] = times;
  return (
    <>
      <InspectorHead
        title={<span className="trunc">{trace.rootName || trace.match.name}</span>}
        actions={
          <>
            <ButtonLink kind="primary" small href={href("trace", { id: trace.traceId })}>
              Open the timeline
            </ButtonLink>
            <CopyButton text={trace.traceId} label="Copy trace id" />
          </>
        }
      />
      <Section title="This trace" note={<span className="mono">{trace.traceId.slice(0, 16)}</span>}>
        <dl className={styles.facts}>
          <dt>Status of the root</dt>
          <dd>
            <Outcome meaning={meaningOf(trace.status)}>{trace.httpStatus || undefined}</Outcome>
          </dd>
          <dt>Duration</dt>
          <dd>{durationText(trace.durationNs)}</dd>
          <dt>Started</dt>
          <dd>{clock(toMillis(trace.startNs), zone, "ms")}</dd>
          <dt>Spans</dt>
          <dd>
            {count(trace.spans)}
            {trace.faults > 0 ? `, ${count(trace.faults)} with fault` : ""}
          </dd>
          {trace.rootService ? (
            <>
              <dt>Entered at</dt>
              <dd>
                <ServiceName name={trace.rootService} />
              </dd>
            </>
          ) : null}
          {own ? (
            <>
              <dt>Found by</dt>
              <dd>
                {trace.match.service} {trace.match.name}, {durationText(trace.match.durationNs)}
              </dd>
            </>
          ) : null}
        </dl>
        {trace.partial ? (
          <Verdict meaning="plain">Its root is not here: it is still on its way, or was left out.</Verdict>
        ) : null}
      </Section>
      {times.length > 0 ? (
        <Section title="Where the time went" note="along the critical path">
          <Times times={times} search={search} />
          {first && first.share >= 0.5 ? (
            <Verdict meaning="plain">
              <b>{percent(first.share)} %</b> of it passed in {first.service}
              {first.version ? ` ${first.version}` : ""}.
            </Verdict>
          ) : null}
        </Section>
      ) : null}
    </>
  );
}
