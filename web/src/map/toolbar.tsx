import { type KeyboardEvent, useId, useRef, useState } from "react";
import type { Map as ServiceMap } from "../api/types.gen";
import { count, countShort } from "../time/format";
import { Button, Segmented } from "../ui/button";
import { Picker } from "../ui/popover";
import { SearchField } from "../ui/searchfield";
import { ServiceMark } from "../ui/servicename";
import type { StateOf } from "../url/codec";
import type { Graph, Node } from "./graph";
import { type mapSchema, thresholds } from "./state";
import styles from "./toolbar.module.css";

type State = StateOf<typeof mapSchema>;

interface Props {
  state: State;
  change: (patch: Partial<State>) => void;
  graph: Graph | undefined;
  map: ServiceMap | undefined;
  /** Whether the nodes have namespaces to group by. */
  groupable: boolean;
  grouped: boolean;
}

/** Find, reach, grouping, filters, counts, and the switch to the table. */
export function Toolbar({ state, change, graph, map, groupable, grouped }: Props) {
  const focused = state.focus !== "" || state.edge !== "";
  return (
    <div className="tools">
      <Find graph={graph} onChoose={(id) => change({ focus: id, edge: "", lat: undefined })} />
      <Segmented
        label="Reach"
        options={[
          ["1", "1 hop"],
          ["2", "2"],
          ["all", "All"],
        ]}
        value={focused ? state.hops : "all"}
        onChange={(hops) => change({ hops })}
      />
      {groupable ? (
        <Picker
          label="Group"
          value={grouped ? "namespace" : "service"}
          options={[
            ["service", "by service"],
            ["namespace", "by namespace"],
          ]}
          onChange={(group) => change({ group, open: [], focus: "", edge: "" })}
        />
      ) : null}
      <span className="wide">
        <Picker
          label="Traffic"
          value={state.traffic}
          options={thresholds.map((value) => [value, value === "0" ? "any" : `≥ ${value} /s`] as const)}
          onChange={(traffic) => change({ traffic })}
        />
      </span>
      <Button
        small
        kind="quiet"
        aria-pressed={state.faults}
        onClick={() => change({ faults: !state.faults })}
      >
        Only with faults
      </Button>
      <span className="grow" />
      {graph && map ? (
        <span className="cap wide">
          {count(graph.nodes.size)} nodes, {count(graph.edges.size)} edges, from{" "}
          {countShort(map.total.requests)} requests
        </span>
      ) : null}
      <Segmented
        label="View"
        options={[
          ["map", "Map"],
          ["table", "Table"],
        ]}
        value={state.view}
        onChange={(view) => change({ view })}
      />
    </div>
  );
}

const shown = 8;

/** Finds a node by name; Enter focuses the first or the chosen. */
function Find({ graph, onChoose }: { graph: Graph | undefined; onChoose: (id: string) => void }) {
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const matches = findNodes(graph, text).slice(0, shown);
  const choose = (node: Node | undefined) => {
    if (!node) return;
    setText("");
    onChoose(node.id);
    box.current?.querySelector("input")?.blur();
  };
  const key = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && matches.length > 0) {
      event.preventDefault();
      setAt((at + step + matches.length) % matches.length);
    } else if (event.key === "Enter") choose(matches[at]);
  };
  return (
    <div ref={box} className={styles.find}>
      <SearchField
        label="Find a service"
        value={text}
        onChange={(next) => {
          setText(next);
          setAt(0);
        }}
        onKeyDown={key}
        role="combobox"
        aria-expanded={matches.length > 0}
        aria-controls={`${id}-list`}
        aria-activedescendant={matches.length > 0 ? `${id}-${at}` : undefined}
      />
      <ul
        id={`${id}-list`}
        role="listbox"
        aria-label="Services found"
        className={styles.list}
        hidden={matches.length === 0}
      >
        {matches.map((node, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the field's, as for every combobox.
          <li
            key={node.id}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === at}
            onClick={() => choose(node)}
            onPointerMove={() => setAt(index)}
          >
            {node.kind === "service" ? <ServiceMark name={node.name} /> : null}
            <span className="trunc">{node.name}</span>
            <span className="grow" />
            {node.kind === "service" ? null : <span className="cap">{node.kind}</span>}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Nodes whose name holds the text; those that begin with it first, then by traffic. */
export function findNodes(graph: Graph | undefined, text: string): Node[] {
  const wanted = text.trim().toLowerCase();
  if (!graph || wanted === "") return [];
  const begins = (node: Node) => (node.name.toLowerCase().startsWith(wanted) ? 0 : 1);
  return [...graph.nodes.values()]
    .filter((node) => node.name.toLowerCase().includes(wanted))
    .sort((a, b) => begins(a) - begins(b) || b.stats.perSecond - a.stats.perSecond);
}
