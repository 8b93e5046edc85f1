import type { ReactNode } from "react";
import type { Attribute, LogLine, SpanDetail } from "../api/types.gen";
import { useClock } from "../time/clock";
import { clock, count, durationText, toMillis } from "../time/format";
import { Button } from "../ui/button";
import { CopyButton } from "../ui/copy";
import { Outcome } from "../ui/glyph";
import { Icon } from "../ui/icon";
import { ServiceMark } from "../ui/servicename";
import { ErrorNote, useSlow } from "../ui/state";
import { Tabs } from "../ui/tabs";
import { Link } from "../url/link";
import { useHref } from "../url/state";
import { groupAttributes } from "./attributes";
import { useDetail, useRested, useTraceLogs } from "./details";
import { kindWord, outcomeOf, spanName } from "./engine/labels";
import { at, isMissing, serviceLabel, type TraceModel } from "./engine/model";
import styles from "./inspector.module.css";
import { PeersPlot } from "./peers";
import { logsBelow } from "./spanlogs";
import type { Timeline } from "./usetimeline";

/** Log lines shown below the attributes; the tab has all. */
const shortLogs = 5;

/** The selected span: what it is, how it stands among its peers, and all that it carries. */
export function SpanInspector({ timeline, logCount }: { timeline: Timeline; logCount: number }) {
  const { model, address } = timeline;
  const span = useRested(timeline.cursor.span);
  const { detail, error, retry } = useDetail(model.traceId, isMissing(model, span) ? -1 : span);
  const logs = useTraceLogs(model.traceId, logCount > 0);
  const below = logs.data ? logsBelow(model, logs.data.logs, span) : [];
  const waiting = useSlow(!detail && !error);
  const number = (n: number | undefined) => (n === undefined ? {} : { count: count(n) });
  return (
    <aside className="stack" aria-label="Span">
      <SpanHead timeline={timeline} span={span} detail={detail} />
      <Tabs
        label="Details"
        panelClass={`fill scroll ${styles.panel}`}
        value={address.tab}
        onChange={(tab) => timeline.change({ tab }, { replace: true })}
        tabs={[
          {
            value: "attributes",
            text: "Attributes",
            ...number(detail && detail.attributes.length + detail.resource.length),
          },
          { value: "events", text: "Events", ...number(detail?.events.length) },
          { value: "logs", text: "Logs", ...number(logCount === 0 ? 0 : logs.data && below.length) },
          { value: "links", text: "Links", ...number(detail?.links.length) },
        ]}
      >
        {error ? <ErrorNote error={error} onRetry={retry} /> : null}
        {waiting && address.tab !== "logs" && !isMissing(model, span) ? <Bars /> : null}
        {isMissing(model, span) ? (
          <p className="ink2">
            This span was not received: it was sampled out, dropped, or is still on its way. Its children name
            it as their parent.
          </p>
        ) : null}
        {address.tab === "attributes" && detail ? <Attributes detail={detail} /> : null}
        {address.tab === "events" && detail ? <Events detail={detail} model={model} /> : null}
        {address.tab === "links" && detail ? <Links detail={detail} /> : null}
        {address.tab === "logs" ? (
          <Logs logs={below} error={logs.error} none="No log record names a span below this one." />
        ) : null}
        {address.tab === "attributes" && below.length > 0 ? (
          <>
            <div className={styles.sub}>
              <h3>Logs below this span</h3>
              <span className="grow" />
              <Button kind="quiet" small onClick={() => timeline.change({ tab: "logs" }, { replace: true })}>
                All {count(below.length)}
              </Button>
            </div>
            <Logs logs={below.slice(0, shortLogs)} error={null} none="" />
          </>
        ) : null}
      </Tabs>
    </aside>
  );
}

function SpanHead({
  timeline,
  span,
  detail,
}: {
  timeline: Timeline;
  span: number;
  detail: SpanDetail | undefined;
}) {
  const { model } = timeline;
  const service = model.services[at(model.service, span)];
  const outcome = outcomeOf(model, span);
  const status = [detail?.httpStatus || "", outcome === "ok" && detail?.httpStatus ? "" : wordOf(outcome)]
    .filter(Boolean)
    .join(" ");
  return (
    <header className={styles.head}>
      <div className="row">
        <ServiceMark name={service?.name ?? ""} />
        <span className="ink2 trunc">{serviceLabel(service)}</span>
        <span className="cap nowrap">{kindWord(model, span)}</span>
        <span className="grow" />
        <CopyButton text={model.spanIds[span] ?? ""} label="Copy span id" />
        <Button
          kind="quiet"
          small
          square
          aria-label="Previous span"
          onClick={() => timeline.selectRow(timeline.row - 1)}
        >
          <Icon name="left" size={14} />
        </Button>
        <Button
          kind="quiet"
          small
          square
          aria-label="Next span"
          onClick={() => timeline.selectRow(timeline.row + 1)}
        >
          <Icon name="right" size={14} />
        </Button>
      </div>
      <h2>{spanName(model, span)}</h2>
      <div className={`row ${styles.facts}`}>
        <Outcome meaning={outcome}>{status}</Outcome>
        <span className="dim">
          {durationText(at(model.duration, span))}, at +{durationText(at(model.start, span))}
        </span>
        <span className="dim">self {durationText(at(model.self, span))}</span>
      </div>
      {detail?.statusMessage ? <p className={styles.message}>{detail.statusMessage}</p> : null}
      {detail?.peers && detail.peers.count > 1 ? (
        <PeersPlot peers={detail.peers} durationNs={at(model.duration, span)} />
      ) : null}
    </header>
  );
}

function wordOf(outcome: string): string {
  return { error: "error of the caller", throttle: "throttled", fault: "fault" }[outcome] ?? "ok";
}

function Attributes({ detail }: { detail: SpanDetail }) {
  const groups = groupAttributes(detail.attributes, detail.resource);
  if (groups.length === 0) return <p className="dim">This span has no attributes.</p>;
  return groups.map((g) => (
    <section key={g.title}>
      <h3>{g.title}</h3>
      <Pairs attributes={g.attributes} label={g.title} />
    </section>
  ));
}

function Pairs({ attributes, label }: { attributes: readonly Attribute[]; label: string }) {
  return (
    <table className={styles.kv} aria-label={label}>
      <tbody>
        {attributes.map((a, k) => (
          <tr key={`${a.key} ${k}`}>
            <th scope="row">{a.key}</th>
            <td>
              {a.value}
              <CopyButton text={a.value} label={`Copy ${a.key}`} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Events({ detail, model }: { detail: SpanDetail; model: TraceModel }) {
  if (detail.events.length === 0) return <p className="dim">Nothing was recorded within this span.</p>;
  return detail.events.map((e, k) => (
    <section key={k}>
      <h3>
        {e.name} <span className="dim">at +{durationText(Number(BigInt(e.timeNs) - model.startNs))}</span>
      </h3>
      <Pairs attributes={e.attributes} label={e.name} />
    </section>
  ));
}

function Links({ detail }: { detail: SpanDetail }) {
  const href = useHref();
  if (detail.links.length === 0) return <p className="dim">This span points to no other.</p>;
  return detail.links.map((l, k) => (
    <section key={k}>
      <h3>
        <Link className="mono" href={href("trace", { id: l.traceId, span: l.spanId })}>
          {l.traceId.slice(0, 8)} / {l.spanId}
        </Link>
      </h3>
      <Pairs attributes={l.attributes} label="Link" />
    </section>
  ));
}

function Logs({
  logs,
  error,
  none,
}: {
  logs: readonly LogLine[];
  error: Error | null;
  none: string;
}): ReactNode {
  const { zone } = useClock();
  if (error) return <ErrorNote error={error} />;
  if (logs.length === 0) return <p className="dim">{none}</p>;
  return logs.map((l, k) => (
    <div key={k} className={styles.log}>
      <time>{clock(toMillis(l.timeNs), zone, "ms")}</time>
      <span>
        {/^(error|fatal|warn)$/.test(l.severity) ? (
          <b data-level={l.severity}>{l.severity.toUpperCase()} </b>
        ) : null}
        {l.body}
      </span>
    </div>
  ));
}

function Bars() {
  return (
    <div className={styles.bars} role="status" aria-label="Loading">
      {[70, 92, 55, 80, 64].map((w) => (
        <i key={w} style={{ inlineSize: `${w}%` }} />
      ))}
    </div>
  );
}
