import { useEffect, useMemo } from "react";
import { useServiceMap } from "../api/queries";
import { StaleNote } from "../api/stale";
import type { Map as ServiceMap } from "../api/types.gen";
import { NoData } from "../setup/nodata";
import { useInFrame } from "../shell/frame";
import { isTyping } from "../shell/keys";
import { useClock } from "../time/clock";
import { clock as clockText } from "../time/format";
import { day } from "../time/range";
import { Inspector, InspectorHead } from "../ui/inspector";
import { ErrorNote, Note, Progress, useSlow } from "../ui/state";
import { useUrlState } from "../url/state";
import { MapCanvas } from "./canvas";
import type { Before } from "./figures";
import { between, buildGraph, type Edge, findNode, type Graph } from "./graph";
import { canGroup, groupByNamespace, groupFrom } from "./group";
import { Legend } from "./legend";
import { Mirror } from "./mirror";
import type { Need } from "./needs";
import { Outline } from "./outline";
import styles from "./page.module.css";
import { EdgePanel } from "./panel/edge";
import { NodePanel } from "./panel/node";
import { Overview } from "./panel/overview";
import { mapSchema } from "./state";
import { strength } from "./strength";
import { Toolbar } from "./toolbar";
import { TableTwin } from "./twin";
import { useLayout } from "./uselayout";

const keys = [
  ["← →", "To what is called, to the caller"],
  ["↑ ↓", "To the next in the column"],
  ["Shift →", "Along the edges of a node"],
  ["Enter", "Open the panel"],
  ["+ -", "Zoom; 0 fits"],
] as const;

/** The service map: who calls whom, how much, how well, and since when not. */
export default function MapPage() {
  const clock = useClock();
  const [state, change] = useUrlState(mapSchema);
  const answer = useServiceMap(clock.window);
  const dayBefore = { from: clock.window.from - day, to: clock.window.to - day };
  const earlier = useServiceMap(dayBefore, { enabled: clock.compare });
  const map = answer.data;
  const grouped =
    map !== undefined &&
    canGroup(map) &&
    (state.group === "namespace" || (state.group === "auto" && map.nodes.length > groupFrom));
  const openKey = state.open.join("\n");
  const graph = useGraph(map, grouped, openKey);
  const whole = useGraph(map, false, "");
  const yesterday = useGraph(clock.compare ? earlier.data : undefined, grouped, openKey);
  const layout = useLayout(graph, grouped ? `namespace\n${openKey}` : "service");
  const slow = useSlow(answer.isFetching && !clock.live);
  const outline = (slow || answer.isError) && answer.isPlaceholderData;

  const edge = graph?.edges.get(state.edge);
  const node = edge || !graph ? undefined : findNode(graph, state.focus);
  const strong = useMemo(
    () =>
      graph &&
      strength(graph, {
        focus: node?.id ?? "",
        edge: edge?.key ?? "",
        hops: state.hops,
        faultsOnly: state.faults,
        minRate: Number(state.traffic),
      }),
    [graph, node?.id, edge?.key, state.hops, state.faults, state.traffic],
  );
  const look = useMemo(
    () => strong && { strength: strong, focus: node?.id ?? "", edge: edge?.key ?? "", outline },
    [strong, node?.id, edge?.key, outline],
  );
  useInFrame(edge ? `${edge.from.node.name} → ${edge.to.node.name}` : node?.name, keys);

  const onNode = (id: string) => change({ focus: id, edge: "", lat: undefined });
  const onEdge = (key: string) => change({ edge: key, focus: "", lat: undefined });
  const onNeed = (need: Need) => {
    const chosen = need.kind === "node" ? { focus: need.target, edge: "" } : { focus: "", edge: need.target };
    change({
      ...chosen,
      lat: undefined,
      open: whole ? opened(whole, need, state.open, grouped) : state.open,
    });
  };
  const onLeave = () => {
    if (state.focus !== "" || state.edge !== "") change({ focus: "", edge: "", lat: undefined });
  };
  useEscape(onLeave);

  const empty = map !== undefined && !answer.isPlaceholderData && map.nodes.length === 0;
  const body = () => {
    if (!graph || !strong || !look) return answer.error ? null : <Outline seed="service" />;
    if (empty) return <NoData what="requests" />;
    if (state.view === "table") {
      return (
        <TableTwin
          graph={graph}
          strength={strong}
          focus={node?.id ?? ""}
          edge={state.edge}
          onNode={onNode}
          onEdge={onEdge}
        />
      );
    }
    return (
      <>
        <Mirror graph={graph} />
        {layout ? <MapCanvas {...{ graph, layout, look, onNode, onEdge, onLeave }} /> : null}
      </>
    );
  };
  const old = clock.compare && earlier.data ? yesterday : undefined;
  const onBrush = (lat: typeof state.lat) => change({ lat });
  return (
    <div className="page with-insp">
      <section className="stack" aria-label="Service map">
        <Toolbar {...{ state, change, graph, map, grouped }} groupable={map !== undefined && canGroup(map)} />
        <Progress busy={slow} />
        <div className={`fill ${styles.body}`}>{body()}</div>
        <Notes
          {...{ map, error: answer.error, at: answer.dataUpdatedAt, retry: () => void answer.refetch() }}
        />
        {clock.live ? <StaleNote /> : null}
        {empty || state.view === "table" ? null : <Legend />}
      </section>
      {graph && edge ? (
        <EdgePanel
          key={edge.key}
          graph={graph}
          edge={edge}
          before={edgeBefore(edge, old)}
          brush={state.lat}
          onBrush={onBrush}
          onClose={onLeave}
        />
      ) : graph && node ? (
        <NodePanel
          key={node.id}
          graph={graph}
          node={node}
          before={old && { stats: old.nodes.get(node.id)?.stats }}
          brush={state.lat}
          onBrush={onBrush}
          onEdge={onEdge}
          onOpenGroup={(name) => change({ open: [...state.open, name], focus: "", lat: undefined })}
          onClose={onLeave}
        />
      ) : (
        <Inspector label="Whole mesh">
          {empty ? <InspectorHead title="Whole mesh" below="No node in this range." /> : null}
          {graph && map && !empty ? (
            <Overview
              graph={graph}
              whole={whole ?? graph}
              total={map.total}
              yesterday={yesterday}
              before={old && { stats: earlier.data?.total }}
              onEdge={onEdge}
              onNeed={onNeed}
            />
          ) : null}
        </Inspector>
      )}
    </div>
  );
}

/** The groups to be open so that something of the whole graph can be seen. */
function opened(whole: Graph, need: Need, open: readonly string[], grouped: boolean): readonly string[] {
  if (!grouped) return open;
  const edge = whole.edges.get(need.target);
  const nodes = edge ? [edge.from.node, edge.to.node] : [findNode(whole, need.target)];
  return [...new Set([...open, ...nodes.flatMap((node) => node?.namespace || [])])];
}

/** An edge between versions is compared with the same versions or with nothing. */
function edgeBefore(edge: Edge, yesterday: Graph | undefined): Before | undefined {
  if (!yesterday) return undefined;
  const versions = [edge.from, edge.to].filter((part) => part.version !== "");
  if (versions.length === 0) return { stats: between(yesterday, edge.from.node.id, edge.to.node.id) };
  const stats = yesterday.edges.get(edge.key)?.stats;
  const missing = versions.find((part) => !yesterday.parts.has(part.key));
  return missing ? { stats, absent: `no ${missing.version} on −1 d` } : { stats };
}

function useGraph(map: ServiceMap | undefined, grouped: boolean, openKey: string): Graph | undefined {
  return useMemo(() => {
    if (!map) return undefined;
    return grouped ? groupByNamespace(map, new Set(openKey.split("\n"))) : buildGraph(map);
  }, [map, grouped, openKey]);
}

/** Escape leaves the focus from anywhere on the page that has no use of its own for it. */
function useEscape(onLeave: () => void) {
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.defaultPrevented || isTyping(event.target)) return;
      if (document.querySelector("dialog[open], :popover-open")) return;
      onLeave();
    };
    window.addEventListener("keydown", key);
    return () => window.removeEventListener("keydown", key);
  });
}

/** What is not whole about the picture. */
function Notes(props: { map: ServiceMap | undefined; error: Error | null; at: number; retry: () => void }) {
  const { zone } = useClock();
  const { map, error } = props;
  return (
    <>
      {error ? (
        <ErrorNote
          error={error}
          onRetry={props.retry}
          {...(map ? { since: clockText(props.at, zone) } : {})}
        />
      ) : null}
      {map && !map.work.complete ? (
        <Note meaning="sampled" title="Not all of this range was read.">
          {map.work.rowsTotal > 0
            ? `${Math.round((map.work.rowsScanned / map.work.rowsTotal) * 100)} % of the minutes are in the picture; figures are too low.`
            : "Figures are too low."}
        </Note>
      ) : null}
      {map && map.work.quarantined > 0 ? (
        <Note meaning="sampled" title={`${map.work.quarantined} damaged blocks are left out.`}>
          Figures are too low where they lie.
        </Note>
      ) : null}
    </>
  );
}
