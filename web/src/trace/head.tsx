import { useRef, useState } from "react";
import { useClock } from "../time/clock";
import { clock, count, durationText } from "../time/format";
import { Button, ButtonLink } from "../ui/button";
import { Outcome } from "../ui/glyph";
import { Icon } from "../ui/icon";
import { Popover } from "../ui/popover";
import { lastResults } from "../url/results";
import { useHref } from "../url/state";
import { useDetail } from "./details";
import { outcomeOf, spanName } from "./engine/labels";
import { at, isMissing, type TraceModel } from "./engine/model";
import { downloadTrace } from "./export";
import styles from "./head.module.css";
import { PeersMini, percentileText } from "./peers";

/** The first line: what the trace is, its four figures, how its root stands among its peers, and what can be done with it. */
export function Head({ model, onLogs }: { model: TraceModel; onLogs: () => void }) {
  const href = useHref();
  const { zone } = useClock();
  const root = useDetail(model.traceId, model.count > 0 ? 0 : -1).detail;
  // A trace outlives its root where work goes on after the answer; a request is as long as its root.
  const whole = rootCount(model) === 1 ? (model.duration[0] ?? 0) : model.durationNs;
  const startMs = Number(model.startNs / 1_000_000n);
  const outcome = model.count > 0 ? outcomeOf(model, 0) : "ok";
  const services = new Set(model.services.map((s) => s.name)).size;
  return (
    <div className={styles.head}>
      <ButtonLink kind="quiet" square href={lastResults() ?? href("traces")} aria-label="Back to the results">
        <Icon name="left" />
      </ButtonLink>
      <div className={`row ${styles.title}`}>
        <h2 className="trunc">{model.count > 0 ? spanName(model, 0) : "Empty trace"}</h2>
        <Outcome meaning={outcome}>{root?.httpStatus || undefined}</Outcome>
      </div>
      <dl>
        <div>
          <dt>Duration</dt>
          <dd>{durationText(whole)}</dd>
        </div>
        <div className="wide">
          <dt>Started</dt>
          <dd>{clock(startMs, zone, "ms")}</dd>
        </div>
        <div>
          <dt>Spans</dt>
          <dd>{count(model.count)}</dd>
        </div>
        <div className="wide">
          <dt>Services</dt>
          <dd>{count(services)}</dd>
        </div>
      </dl>
      {root?.peers && root.peers.count > 1 ? (
        <span
          className={styles.peers}
          title="Share of roots of this operation in the last hour that were faster"
        >
          <PeersMini peers={root.peers} durationNs={model.duration[0] ?? 0} />
          <span>
            <b>p{percentileText(root.peers.percentile)}</b> <span className="dim wide">of this root</span>
          </span>
        </span>
      ) : null}
      <span className="grow" />
      <Button onClick={onLogs}>Logs of this trace</Button>
      <More model={model} />
    </div>
  );
}

/** rootCount counts the spans without a parent; one that only stands for a missing parent counts as several. */
function rootCount(m: TraceModel): number {
  let count = 0;
  for (let i = 0; i < m.count && count < 2; i = at(m.end, i)) count += isMissing(m, i) ? 2 : 1;
  return count;
}

function More({ model }: { model: TraceModel }) {
  const button = useRef<HTMLSpanElement>(null);
  const [open, setOpen] = useState(false);
  const [said, setSaid] = useState("");
  const copy = async (text: string, what: string) => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid(`${what} copied`);
    } catch {
      setSaid("The browser does not allow copying here.");
    }
  };
  const save = async () => {
    try {
      await downloadTrace(model, (share) => setSaid(`Reading attributes, ${Math.round(share * 100)} %`));
      setSaid("Saved as JSON");
    } catch (error) {
      setSaid(`Not saved: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  return (
    <>
      <span ref={button}>
        <Button square aria-label="More: copy, export" aria-expanded={open} onClick={() => setOpen(!open)}>
          <Icon name="more" />
        </Button>
      </span>
      <Popover anchor={button} open={open} onClose={() => setOpen(false)} label="More">
        <div className={styles.menu}>
          <button type="button" data-autofocus onClick={() => copy(window.location.href, "Link")}>
            <Icon name="link" size={14} /> Copy link to this view
          </button>
          <button type="button" onClick={() => copy(model.traceId, "Trace id")}>
            <Icon name="copy" size={14} /> Copy trace id
          </button>
          <button type="button" onClick={save}>
            <Icon name="down" size={14} /> Download as JSON
          </button>
          <p className="cap" role="status" style={{ padding: "4px 12px" }}>
            {said || model.traceId}
          </p>
        </div>
      </Popover>
    </>
  );
}
