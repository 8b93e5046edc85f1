import type { Lengths, Series } from "../../charts/latency";
import { durationText, percent } from "../../time/format";
import { ButtonLink } from "../../ui/button";
import { Figures, Inspector, InspectorHead, Section, Verdict } from "../../ui/inspector";
import { ServiceMark } from "../../ui/servicename";
import { useHref } from "../../url/state";
import { type Before, sixFigures } from "../figures";
import { type Edge, type Graph, type Part, partName } from "../graph";
import { isFaulty, share } from "../stats";
import { Latency } from "./latency";
import styles from "./panel.module.css";
import type { SlowSearch } from "./slow";

interface Props {
  graph: Graph;
  edge: Edge;
  before: Before | undefined;
  brush: Lengths | undefined;
  onBrush: (brush: Lengths | undefined) => void;
  onClose: () => void;
}

/** Calls from one node to another, as the caller saw them. */
export function EdgePanel({ graph, edge, before, brush, onBrush, onClose }: Props) {
  const href = useHref();
  const search = searchFor(edge);
  const siblings = siblingsOf(graph, edge);
  const title = (
    <>
      <End part={edge.from} />
      <span className="dim" role="img" aria-label="calls">
        →
      </span>
      <End part={edge.to} />
    </>
  );
  const actions = search ? (
    <ButtonLink small href={href("traces", { ...search })}>
      Traces
    </ButtonLink>
  ) : null;
  return (
    <Inspector label={`Calls from ${partName(edge.from)} to ${partName(edge.to)}`}>
      <InspectorHead title={title} actions={actions} onClose={onClose} />
      <Figures figures={sixFigures(edge.stats, "Calls", before)} />
      {siblings.length > 0 ? <Siblings edge={edge} siblings={siblings} /> : null}
      {search ? (
        <Latency
          title="Latency of the edge"
          stats={edge.stats}
          series={seriesOf(edge, siblings)}
          brush={brush}
          onBrush={onBrush}
          search={search}
          what="calls"
        />
      ) : null}
    </Inspector>
  );
}

function End({ part }: { part: Part }) {
  return (
    <>
      {part.node.kind === "service" ? <ServiceMark name={part.node.name} /> : null}
      <span className="trunc">{partName(part)}</span>
    </>
  );
}

/** Spans of the one who is called, by its caller; of the caller itself where the other end is inferred. */
function searchFor(edge: Edge): SlowSearch | undefined {
  const { from, to } = edge;
  const version = (part: Part) => (part.version === "" ? {} : { version: part.version });
  if (to.node.kind === "service") {
    const caller = from.node.kind === "service" ? { caller: from.node.name } : {};
    return { service: to.node.name, ...version(to), ...caller };
  }
  return from.node.kind === "service" ? { service: from.node.name, ...version(from) } : undefined;
}

/** The same call from and to the other versions. */
function siblingsOf(graph: Graph, edge: Edge): Edge[] {
  return [...graph.edges.values()]
    .filter((other) => other !== edge && other.from.node === edge.from.node && other.to.node === edge.to.node)
    .filter((other) => other.stats.requests > 0 && other.stats.requests >= edge.stats.requests * 0.01)
    .sort((a, b) => b.stats.requests - a.stats.requests);
}

function versionsOf(edge: Edge): string {
  return [edge.from.version, edge.to.version].filter(Boolean).join(" → ");
}

function seriesOf(edge: Edge, siblings: readonly Edge[]): Series[] {
  const color = isFaulty(edge.stats) ? "var(--fault)" : "var(--plot)";
  const own = { name: versionsOf(edge) || "this edge", histogram: edge.stats.histogram, color };
  const [other] = siblings;
  if (!other) return [{ ...own, color: isFaulty(edge.stats) ? color : "var(--plot-2)" }];
  return [own, { name: versionsOf(other), histogram: other.stats.histogram, color: "var(--plot-2)" }];
}

function Siblings({ edge, siblings }: { edge: Edge; siblings: readonly Edge[] }) {
  const other = siblings[0];
  if (!other) return null;
  const rows = [edge, ...siblings];
  const slower = other.stats.p95 > 0 && edge.stats.p95 >= other.stats.p95 * 1.5;
  return (
    <Section title="The same call by version" note="as the caller saw it">
      <table className={styles.versions}>
        <thead>
          <tr>
            <th scope="col">
              <span className="vh">version</span>
            </th>
            <th scope="col">fault</th>
            <th scope="col">p50</th>
            <th scope="col">p95</th>
            <th scope="col">p99</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key}>
              <td className={row === edge ? "strong" : undefined}>{versionsOf(row)}</td>
              <td>{percent(share(row.stats, "fault"))} %</td>
              <td>{durationText(row.stats.p50)}</td>
              <td className={row === edge && slower ? "strong" : undefined}>{durationText(row.stats.p95)}</td>
              <td>{durationText(row.stats.p99)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <OtherSide edge={edge} />
    </Section>
  );
}

/** Whether the one who is called sees the same slowness: if not, the calls wait at the caller. */
function OtherSide({ edge }: { edge: Edge }) {
  const there = edge.to.stats;
  if (there.p95 === 0 || edge.to.node.kind !== "service" || edge.stats.p95 < there.p95 * 3) return null;
  const name = partName(edge.to);
  return (
    <Verdict meaning={isFaulty(edge.stats) ? "fault" : "plain"}>
      <b>The time goes before {name}.</b> It answers all its callers with p95 {durationText(there.p95)}; this
      one waits {durationText(edge.stats.p95)}, in the network or in itself.
    </Verdict>
  );
}
