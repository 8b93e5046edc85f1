import { useEffect, useMemo, useRef, useState } from "react";
import type { Graph } from "./graph";
import type { LayoutResult } from "./layout/types";
import { recallPlaces, savePlaces } from "./places";
import { toLayout } from "./scene";

/**
 * The layout of a graph, from a worker; undefined until the first is there. Later graphs start from
 * the places of the one before, and the first from those of the last visit, so that nothing jumps.
 */
export function useLayout(graph: Graph | undefined, seed: string): LayoutResult | undefined {
  const [result, setResult] = useState<{ seed: string; layout: LayoutResult } | undefined>();
  const worker = useRef<Worker | undefined>(undefined);
  const number = useRef(0);
  const last = useRef<{ seed: string; layout: LayoutResult } | undefined>(undefined);

  useEffect(() => {
    const started = new Worker(new URL("./layout/worker.ts", import.meta.url), { type: "module" });
    worker.current = started;
    return () => {
      worker.current = undefined;
      started.terminate();
    };
  }, []);

  // Figures change with every refresh; the layout is asked for again only when boxes or links do.
  const input = useMemo(() => (graph ? toLayout(graph) : undefined), [graph]);
  const shape = useMemo(() => JSON.stringify([seed, input && coarse(input)]), [seed, input]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: shape stands for input.
  useEffect(() => {
    const target = worker.current;
    if (!input || !target) return;
    const id = ++number.current;
    const previous = last.current?.seed === seed ? last.current.layout : recallPlaces(seed);
    const answer = (event: MessageEvent<{ id: number; result: LayoutResult }>) => {
      if (event.data.id !== id) return;
      const next = { seed, layout: event.data.result };
      last.current = next;
      savePlaces(seed, next.layout);
      setResult(next);
    };
    target.addEventListener("message", answer);
    target.postMessage({ id, input: { ...input, previous } });
    return () => target.removeEventListener("message", answer);
  }, [shape]);

  return result?.seed === seed ? result.layout : undefined;
}

/** Heights in steps: a node that grows by a pixel does not move its neighbours. */
function coarse(input: ReturnType<typeof toLayout>) {
  return [
    input.boxes.map((box) => [box.id, Math.round(box.height / 16)]),
    input.links.map((link) => link.id),
  ];
}
