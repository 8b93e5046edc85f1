import { useEffect, useMemo, useRef, useState } from "react";
import type { Trace } from "../api/types.gen";
import { useInFrame } from "../shell/frame";
import { isTyping } from "../shell/keys";
import { Button } from "../ui/button";
import { Note } from "../ui/state";
import { findSpans, nextMatch } from "./engine/find";
import type { TraceModel } from "./engine/model";
import { closeAll, openAll } from "./engine/rows";
import { panView, zoomView } from "./engine/timescale";
import { Head } from "./head";
import { HopView } from "./hop";
import { SpanInspector } from "./inspector";
import { keyHelp } from "./keys";
import { SpanTable } from "./spantable";
import { looks } from "./state";
import { faultAfter, Tools } from "./tools";
import { type Timeline, useTimeline } from "./usetimeline";
import { Axis, Crumbs } from "./view/axis";
import { FlameView } from "./view/flame";
import { Minimap } from "./view/minimap";
import { GUTTER } from "./view/paintwaterfall";
import { Waterfall } from "./view/waterfall";

/** Width of the names at the left of the bars. */
function useNameWidth(): number {
  const query = "(max-width: 1280px)";
  const [narrow, setNarrow] = useState(() => window.matchMedia(query).matches);
  useEffect(() => {
    const list = window.matchMedia(query);
    const update = () => setNarrow(list.matches);
    list.addEventListener("change", update);
    return () => list.removeEventListener("change", update);
  }, []);
  return narrow ? 292 : 408;
}

/** A trace on screen: head, tools, minimap, spans, hop, and the inspector of the selected span. */
export function Workspace(props: { trace: Trace; model: TraceModel; onReload: () => void }) {
  const { trace, model } = props;
  const timeline = useTimeline(model);
  const { address, rows, cursor, view } = timeline;
  const nameWidth = useNameWidth();
  const top = useRef<(row: number) => void>(() => {});
  const [depth, setDepth] = useState("all");
  const matches = useMemo(() => findSpans(model, address.q), [model, address.q]);
  const next = (step: 1 | -1) => timeline.selectSpan(nextMatch(matches, cursor.span, step));
  useInFrame(trace.traceId.slice(0, 8), keyHelp);
  useTraceKeys(timeline, next, setDepth);

  const look = address.look;
  const [left, gutter] = look === "timeline" ? [nameWidth, GUTTER] : [0, 0];
  return (
    <div className="page with-insp">
      <section className="stack" aria-label="Trace">
        <Head
          model={model}
          onLogs={() => {
            timeline.selectSpan(0);
            timeline.change({ tab: "logs" }, { replace: true });
          }}
        />
        <Tools
          timeline={timeline}
          matches={matches}
          skew={trace.skew ?? []}
          depth={depth}
          onDepth={setDepth}
          onNext={next}
        />
        {look === "table" ? null : <Minimap timeline={timeline} nameWidth={left} gutter={gutter} />}
        {look === "table" ? null : <Axis view={view} nameWidth={left} gutter={gutter} />}
        {look === "timeline" ? (
          <>
            <Crumbs
              model={model}
              rows={rows}
              root={timeline.shape.root}
              top={top}
              onSelect={timeline.selectSpan}
            />
            <Waterfall timeline={timeline} nameWidth={nameWidth} match={matches.text} top={top} />
          </>
        ) : null}
        {look === "flame" ? <FlameView timeline={timeline} match={matches.text} /> : null}
        {look === "table" ? <SpanTable timeline={timeline} /> : null}
        <Gaps trace={trace} model={model} onReload={props.onReload} />
        <HopView model={model} span={cursor.span} />
      </section>
      <SpanInspector timeline={timeline} logCount={trace.logCount} />
    </div>
  );
}

/** Gaps says what is not here: spans that the server left out, parents that never came. */
function Gaps({ trace, model, onReload }: { trace: Trace; model: TraceModel; onReload: () => void }) {
  if (trace.spans > model.count) {
    return (
      <Note
        meaning="sampled"
        title={`${model.count.toLocaleString("en")} of ${trace.spans.toLocaleString("en")} spans are shown.`}
      >
        The trace is larger than what one answer carries.
      </Note>
    );
  }
  if (trace.missing === 0) return null;
  const many = trace.missing > 1;
  const again = (
    <Button small onClick={onReload}>
      Look again
    </Button>
  );
  return (
    <Note
      meaning="sampled"
      title={`${trace.missing.toLocaleString("en")} ${many ? "parents were" : "parent was"} not received.`}
      action={again}
    >
      {many ? "They are" : "It is"} drawn as a dashed row above the children that name {many ? "them" : "it"}.
    </Note>
  );
}

/** The keys of the page, wherever the focus is; the list that has the focus handles the arrows itself. */
function useTraceKeys(
  timeline: Timeline,
  next: (step: 1 | -1) => void,
  setDepth: (depth: string) => void,
): void {
  useEffect(() => {
    const { model, view, whole, shape, cursor, address, change } = timeline;
    const middle = (view.from + view.to) / 2;
    const zoom = (factor: number) => timeline.setView(zoomView(view, middle, factor, whole.to), false);
    const pan = (share: number) => timeline.setView(panView(view, share, whole.to), false);
    const fault = (step: 1 | -1) => timeline.selectSpan(faultAfter(model.category, cursor.span, step));
    const actions: Record<string, () => void> = {
      w: () => zoom(0.7),
      s: () => zoom(1 / 0.7),
      a: () => pan(-0.2),
      d: () => pan(0.2),
      n: () => next(1),
      "shift n": () => next(-1),
      "[": () => fault(-1),
      "]": () => fault(1),
      c: () => change({ crit: !address.crit }),
      r: () => change({ rep: !address.rep }),
      v: () => change({ look: looks[(looks.indexOf(address.look) + 1) % looks.length] ?? "timeline" }),
      "-": () => {
        timeline.setShape(closeAll(model, shape));
        setDepth("2");
      },
      "+": () => {
        timeline.setShape(openAll(model, shape));
        setDepth("all");
      },
    };
    actions["="] = actions["+"] ?? (() => {});
    const key = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target))
        return;
      if (document.querySelector("dialog[open], :popover-open")) return;
      // Enter belongs to the control that has the focus; on the spans, and on nothing, it makes a new top.
      const target = event.target instanceof HTMLElement ? event.target : document.body;
      const free = target === document.body || target.id === "main" || target.dataset.waterfall !== undefined;
      const action =
        event.key === "Escape"
          ? () => timeline.undo()
          : event.key === "Enter" && free
            ? () => timeline.reroot(cursor.span)
            : actions[event.key === "N" ? "shift n" : event.key];
      if (!action) {
        // An arrow pressed on nothing goes to the spans.
        if (free && event.key.startsWith("Arrow"))
          document.querySelector<HTMLElement>("[data-waterfall]")?.focus();
        return;
      }
      event.preventDefault();
      action();
    };
    window.addEventListener("keydown", key);
    return () => window.removeEventListener("keydown", key);
  }, [timeline, next, setDepth]);
}
