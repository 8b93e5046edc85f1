import type { MapStats } from "../../api/types.gen";
import { rate } from "../../time/format";
import { Glyph } from "../../ui/glyph";
import { Figures, InspectorHead, Section } from "../../ui/inspector";
import { type Before, sixFigures } from "../figures";
import { type Graph, isInferred, partName } from "../graph";
import { findNeeds, type Need } from "../needs";
import styles from "./panel.module.css";

interface Props {
  graph: Graph;
  /** The same without groups: what needs a look is found wherever it stands. */
  whole: Graph;
  total: MapStats;
  /** The day before, if it is compared. */
  yesterday: Graph | undefined;
  before: Before | undefined;
  onEdge: (key: string) => void;
  /** Something on the whole graph, which may stand in a group that is closed. */
  onNeed: (need: Need) => void;
}

const busiest = 8;

/** The whole mesh: six figures, what needs a look, the busiest edges. */
export function Overview({ graph, whole, total, yesterday, before, onEdge, onNeed }: Props) {
  const needs = findNeeds(whole, yesterday);
  const edges = [...graph.edges.values()]
    .sort((a, b) => b.stats.perSecond - a.stats.perSecond)
    .slice(0, busiest);
  const top = edges[0]?.stats.perSecond ?? 0;
  return (
    <>
      <InspectorHead
        title="Whole mesh"
        below={`${inventory(graph)} Select a node or an edge for its panel.`}
      />
      <Figures figures={sixFigures(total, "Requests", before)} />
      <Section title="Needs a look" note={needs.length > 0 ? "ranked by requests hit" : undefined} flush>
        {needs.length === 0 ? (
          <p className={styles.calm}>
            Nothing. No fault, 4xx or throttling above its threshold in this range.
          </p>
        ) : (
          <ul className={styles.needs}>
            {needs.map((need) => (
              <li key={need.key}>
                <button type="button" onClick={() => onNeed(need)}>
                  <Glyph meaning={need.outcome} />
                  <span className="trunc strong">{need.title}</span>
                  <span className={styles[need.outcome]}>{need.figure}</span>
                  <span className="cap">{need.detail}</span>
                </button>
              </li>
            ))}
          </ul>
        )}
      </Section>
      {edges.length === 0 ? null : (
        <Section title="Busiest edges" note="requests/s">
          <ul className={styles.edges}>
            {edges.map((edge) => (
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
      )}
    </>
  );
}

function inventory(graph: Graph): string {
  const nodes = [...graph.nodes.values()];
  const number = (test: (node: (typeof nodes)[number]) => boolean) => nodes.filter(test).length;
  const services = number((node) => node.kind === "service");
  const groups = number((node) => node.kind === "group");
  const inferred = number(isInferred);
  const clients = number((node) => node.kind === "client");
  const say = (n: number, one: string, many: string) => (n === 0 ? "" : `${n} ${n === 1 ? one : many}`);
  const parts = [
    say(groups, "group", "groups"),
    say(services, "service", "services"),
    inferred === 0 ? "" : `${inferred} inferred`,
    say(clients, "client", "clients"),
  ];
  return `${parts.filter(Boolean).join(", ")}.`;
}
