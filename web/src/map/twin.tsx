import { useState } from "react";
import type { MapStats } from "../api/types.gen";
import { durationText, percent, rate } from "../time/format";
import { Outcome } from "../ui/glyph";
import { Section } from "../ui/inspector";
import { ServiceName } from "../ui/servicename";
import { type Column, Table } from "../ui/table";
import { type Edge, type Graph, type Part, partName } from "./graph";
import { sayKind } from "./say";
import { loudest, share } from "./stats";
import type { Strength } from "./strength";

type Sort = { by: string; descending: boolean };
type Row<T> = { item: T; stats: MapStats; name: string };

interface Props {
  graph: Graph;
  /** Rows outside it are left out: a table has no places that must stay known. */
  strength: Strength;
  focus: string;
  edge: string;
  onNode: (id: string) => void;
  onEdge: (key: string) => void;
}

/** The same data as tables: all nodes, all edges, sortable. */
export function TableTwin({ graph, strength, focus, edge, onNode, onEdge }: Props) {
  const nodes = [...graph.parts.values()]
    .filter((part) => strength.parts.has(part.key))
    .map((part): Row<Part> => ({ item: part, stats: part.stats, name: partName(part) }));
  const edges = [...graph.edges.values()]
    .filter((one) => strength.edges.has(one.key))
    .map(
      (one): Row<Edge> => ({
        item: one,
        stats: one.stats,
        name: `${partName(one.from)} → ${partName(one.to)}`,
      }),
    );
  return (
    <div className="scroll">
      <Section title="Nodes" note={`${nodes.length}`} flush>
        <StatsTable
          label="Nodes"
          rows={nodes}
          rowKey={(row) => row.item.key}
          selected={graph.nodes.get(focus)?.parts[0]?.key}
          first={{ id: "name", title: "Name", cell: nodeName, sortable: true }}
          second={{ id: "kind", title: "Kind", cell: (row) => sayKind(row.item.node) || "client" }}
          onOpen={(row) => onNode(row.item.node.id)}
        />
      </Section>
      <Section title="Edges" note={`${edges.length}`} flush>
        <StatsTable
          label="Edges"
          rows={edges}
          rowKey={(row) => row.item.key}
          selected={edge || undefined}
          first={{ id: "name", title: "From → to", cell: (row) => row.name, sortable: true }}
          onOpen={(row) => onEdge(row.item.key)}
        />
      </Section>
    </div>
  );
}

function nodeName(row: Row<Part>) {
  const { node, version } = row.item;
  return node.kind === "service" ? <ServiceName name={node.name} version={version} /> : node.name;
}

function StatsTable<T>(props: {
  label: string;
  rows: readonly Row<T>[];
  rowKey: (row: Row<T>) => string;
  selected: string | undefined;
  first: Column<Row<T>>;
  second?: Column<Row<T>>;
  onOpen: (row: Row<T>) => void;
}) {
  const [sort, setSort] = useState<Sort>({ by: "rate", descending: true });
  const figure = (id: string, title: string, cell: (stats: MapStats) => string): Column<Row<T>> => ({
    id,
    title,
    numeric: true,
    sortable: true,
    cell: (row) => (row.stats.requests === 0 ? "–" : cell(row.stats)),
  });
  const columns: Column<Row<T>>[] = [
    props.first,
    ...(props.second ? [props.second] : []),
    figure("rate", "req/s", (stats) => rate(stats.perSecond)),
    figure("error", "4xx", (stats) => `${percent(share(stats, "error"))} %`),
    figure("throttle", "throttled", (stats) => `${percent(share(stats, "throttle"))} %`),
    { ...figure("fault", "fault", () => ""), cell: (row) => <Fault stats={row.stats} /> },
    figure("p50", "p50", (stats) => durationText(stats.p50)),
    figure("p95", "p95", (stats) => durationText(stats.p95)),
    figure("p99", "p99", (stats) => durationText(stats.p99)),
  ];
  const rows = props.rows.toSorted((a, b) => compare(a, b, sort.by) * (sort.descending ? -1 : 1));
  const resort = (by: string) =>
    setSort((old) => ({ by, descending: old.by === by ? !old.descending : by !== "name" }));
  const { label, rowKey, selected, onOpen } = props;
  return <Table {...{ label, columns, rows, rowKey, selected, onOpen, sort }} onSort={resort} />;
}

function Fault({ stats }: { stats: MapStats }) {
  const text = `${percent(share(stats, "fault"))} %`;
  return loudest(stats)?.outcome === "fault" ? <Outcome meaning="fault">{text}</Outcome> : text;
}

function compare(a: Row<unknown>, b: Row<unknown>, by: string): number {
  switch (by) {
    case "name":
      return a.name.localeCompare(b.name, "en", { numeric: true });
    case "rate":
      return a.stats.perSecond - b.stats.perSecond;
    case "p50":
    case "p95":
    case "p99":
      return a.stats[by] - b.stats[by];
    case "error":
    case "throttle":
    case "fault":
      return share(a.stats, by) - share(b.stats, by);
    default:
      return 0;
  }
}
