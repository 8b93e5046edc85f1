import { type Graph, partName } from "./graph";
import { sayEdge, sayPart } from "./say";

/** The map as a list, for those who do not see the canvas: each node, and below it what it calls. */
export function Mirror({ graph }: { graph: Graph }) {
  const edges = [...graph.edges.values()];
  return (
    <ul className="vh" aria-label="Nodes of the map and what they call">
      {[...graph.parts.values()].map((part) => {
        const calls = edges.filter((edge) => edge.from === part);
        return (
          <li key={part.key}>
            {sayPart(part)}
            {calls.length > 0 ? (
              <ul aria-label={`Calls of ${partName(part)}`}>
                {calls.map((edge) => (
                  <li key={edge.key}>{sayEdge(edge)}</li>
                ))}
              </ul>
            ) : null}
          </li>
        );
      })}
    </ul>
  );
}
