import { mergeHistograms } from "../../charts/histogram";
import type { Lengths, Series } from "../../charts/latency";
import { rate } from "../../time/format";
import { Button, ButtonLink } from "../../ui/button";
import { Figures, Inspector, InspectorHead, Section } from "../../ui/inspector";
import { ServiceMark } from "../../ui/servicename";
import { useHref } from "../../url/state";
import { type Before, sixFigures } from "../figures";
import { edgesOf, type Graph, isInferred, type Node, partName } from "../graph";
import { sayKind } from "../say";
import { weighVersions } from "../verdict";
import { Latency } from "./latency";
import styles from "./panel.module.css";
import type { SlowSearch } from "./slow";
import { Versions, versionColor } from "./versions";

interface Props {
  graph: Graph;
  node: Node;
  before: Before | undefined;
  brush: Lengths | undefined;
  onBrush: (brush: Lengths | undefined) => void;
  onEdge: (key: string) => void;
  onOpenGroup: (namespace: string) => void;
  onClose: () => void;
}

/** A service, what is inferred, or a group: figures, versions, latency, slowest traces, neighbours. */
export function NodePanel({ graph, node, before, brush, onBrush, onEdge, onOpenGroup, onClose }: Props) {
  const href = useHref();
  const service = node.kind === "service";
  const note = [node.namespace, service ? "" : sayKind(node)].filter(Boolean).join(", ");
  const search = searchFor(graph, node);
  const actions = (
    <>
      {search ? (
        <ButtonLink small href={href("traces", { ...search })}>
          Traces
        </ButtonLink>
      ) : null}
      {node.kind === "group" ? (
        <Button small onClick={() => onOpenGroup(node.name)}>
          Open group
        </Button>
      ) : null}
    </>
  );
  const title = (
    <>
      {service ? <ServiceMark name={node.name} /> : null}
      <span className="trunc">{node.name}</span>
    </>
  );
  return (
    <Inspector label={`Details of ${node.name}`}>
      <InspectorHead title={title} note={note || undefined} actions={actions} onClose={onClose} />
      <Figures figures={sixFigures(node.stats, "Requests", before)} />
      {node.parts.length > 1 ? <Versions graph={graph} node={node} /> : null}
      {node.kind === "group" ? <Members node={node} /> : null}
      {search ? (
        <Latency
          title="Latency"
          stats={node.stats}
          series={seriesOf(graph, node)}
          brush={brush}
          onBrush={onBrush}
          search={search}
          what={isInferred(node) ? "callers' spans" : "traces"}
        />
      ) : null}
      <Neighbours graph={graph} node={node} onEdge={onEdge} />
    </Inspector>
  );
}

/** What is inferred has no spans of its own: its one caller is asked, or nobody. */
function searchFor(graph: Graph, node: Node): SlowSearch | undefined {
  if (node.kind === "service") return { service: node.name };
  if (!isInferred(node)) return undefined;
  const callers = new Set(edgesOf(graph, node).in.map((edge) => edge.from.node));
  const [only] = callers;
  return callers.size === 1 && only?.kind === "service" ? { service: only.name } : undefined;
}

/** Versions stacked, a worse one at the bottom where it is seen; else one series. */
export function seriesOf(graph: Graph, node: Node): Series[] {
  if (node.parts.length < 2) {
    return [{ name: node.name, histogram: node.stats.histogram, color: "var(--plot-2)" }];
  }
  const verdicts = weighVersions(graph, node);
  const worse = new Set(verdicts.filter((one) => one.kind === "worse").map((one) => one.part.key));
  if (worse.size === 0)
    return [{ name: "all versions", histogram: node.stats.histogram, color: "var(--plot-2)" }];
  const seen = node.parts.filter((part) => part.stats.requests > 0);
  const others = seen.filter((part) => !worse.has(part.key));
  return [
    ...seen
      .filter((part) => worse.has(part.key))
      .map((part) => ({
        name: part.version,
        histogram: part.stats.histogram,
        color: versionColor(node, part.key, worse),
      })),
    {
      name: others.map((part) => part.version).join(", "),
      histogram: mergeHistograms(others.map((part) => part.stats.histogram)),
      color: "var(--plot-2)",
    },
  ];
}

function Members({ node }: { node: Node }) {
  return (
    <Section title="In this group" note="requests/s">
      <ul className={styles.members}>
        {node.members
          .toSorted((a, b) => b.stats.perSecond - a.stats.perSecond)
          .map((member) => (
            <li key={member.id}>
              <span className="trunc">{member.name}</span>
              <span>{rate(member.stats.perSecond)}</span>
            </li>
          ))}
      </ul>
    </Section>
  );
}

function Neighbours({ graph, node, onEdge }: { graph: Graph; node: Node; onEdge: (key: string) => void }) {
  const edges = edgesOf(graph, node);
  const list = [...edges.in, ...edges.out];
  if (list.length === 0) return null;
  const top = Math.max(...list.map((edge) => edge.stats.perSecond));
  return (
    <Section title="Edges" note="requests/s">
      <ul className={styles.edges}>
        {list.map((edge) => (
          <li key={edge.key}>
            <button type="button" onClick={() => onEdge(edge.key)}>
              <span className="trunc">
                {partName(edge.from)} → {partName(edge.to)}
              </span>
              <i style={{ inlineSize: `${top === 0 ? 0 : (edge.stats.perSecond / top) * 100}px` }} />
              <span className="num">{rate(edge.stats.perSecond)}</span>
            </button>
          </li>
        ))}
      </ul>
    </Section>
  );
}
