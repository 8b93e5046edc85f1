import type { SpanDetail } from "../api/types.gen";
import { quantile } from "../charts/histogram";
import { serviceColor } from "../theme/service";
import { durationText } from "../time/format";
import { useDetails, useRested } from "./details";
import { type Hop, hopAt } from "./engine/hop";
import { at, Category, serviceLabel, type TraceModel } from "./engine/model";
import styles from "./hop.module.css";
import { useSize } from "./view/canvas";

const HEIGHT = 146;
const [OUT, BACK] = [72, 108];

/**
 * The call that the selected span takes part in: the way out and back through the
 * proxies, the time inside the callee, and one sentence that says where the time went.
 */
export function HopView({ model, span }: { model: TraceModel; span: number }) {
  const hop = hopAt(model, useRested(span));
  return hop ? <HopFigure model={model} hop={hop} /> : null;
}

function HopFigure({ model, hop }: { model: TraceModel; hop: Hop }) {
  const { details } = useDetails(model.traceId, hop.chain);
  const [box, { width }] = useSize<HTMLDivElement>();
  const caller = serviceLabel(model.services[at(model.service, hop.chain[0] ?? 0)]);
  const callee = serviceLabel(model.services[at(model.service, hop.chain.at(-1) ?? 0)]);
  const sentence = hopSentence(hop, callee);
  const wide = width > 800;
  return (
    <div ref={box} className={styles.hop}>
      <svg
        width={width}
        height={HEIGHT}
        role="img"
        aria-label={`Hop from ${caller} to ${callee}. ${sentence}`}
      >
        <text x={16} y={21} className={`${styles.lead} ${styles.strong}`}>
          Hop
        </text>
        <text x={46} y={21} className={`${styles.lead} ${styles.value}`}>
          {wide ? `${caller} → ${callee}. ` : ""}
          {sentence}
        </text>
        <text x={width - 16} y={21} className={styles.end}>
          {wide ? "widths not to scale" : "not to scale"}
        </text>
        {width > 0 ? <Chain model={model} hop={hop} details={details ?? []} width={width} /> : null}
      </svg>
    </div>
  );
}

/** hopSentence says where the time of a hop went: inside the callee, or on the way. */
export function hopSentence(hop: Hop, callee: string): string {
  const share = hop.total > 0 ? hop.inside / hop.total : 0;
  // Clocks of two hosts differ a little; what sticks out by more than a hundredth is no such error.
  if (Math.min(0, ...hop.out, ...hop.back) < -hop.total * 0.01) {
    return "Its spans do not lie inside each other: work went on after the caller had stopped waiting.";
  }
  if (share >= 0.9) {
    return `The way is fine: ${Math.min(100, share * 100).toFixed(1)} % of ${durationText(hop.total)} passed inside ${callee}.`;
  }
  return `${durationText(hop.total - hop.inside)} of ${durationText(hop.total)} passed on the way, ${((1 - share) * 100).toFixed(0)} %.`;
}

function Chain({
  model,
  hop,
  details,
  width,
}: {
  model: TraceModel;
  hop: Hop;
  details: readonly SpanDetail[];
  width: number;
}) {
  const x0 = 78;
  const x1 = width - 210;
  const last = hop.chain.length - 1;
  // Proxies stand near their service; the network between hosts gets the room.
  const shares = hop.chain.map((_, k) => (last === 3 ? ([0, 0.26, 0.74, 1][k] ?? 1) : k / last));
  const xs = shares.map((f) => x0 + f * (x1 - x0));
  const detailOf = (k: number) => details.find((d) => d.index === hop.chain[k]);
  const hosts = hop.chain.map((_, k) => hostOf(detailOf(k)));
  const callee = detailOf(last)?.peers;
  const usual = callee && callee.count > 1 ? `usually ${durationText(quantile(callee.histogram, 0.5))}` : "";
  const inner = (xs[last] ?? 0) + 5;
  const fault = at(model.category, hop.chain[last] ?? 0) === Category.fault;
  const slow = hop.inside >= hop.total * 0.5;
  return (
    <>
      {hop.chain.map((i, k) => (
        <Station key={i} model={model} span={i} x={xs[k] ?? 0} app={k === 0 || k === last} />
      ))}
      {hop.out.map((t, k) => (
        <Way key={`out ${k}`} from={xs[k] ?? 0} to={xs[k + 1] ?? 0} y={OUT} ns={t} />
      ))}
      {hop.back.map((t, k) => (
        <Way key={`back ${k}`} from={xs[k + 1] ?? 0} to={xs[k] ?? 0} y={BACK} ns={t} />
      ))}
      {hostGroups(hosts).map((g) => (
        <Host key={g.from} name={g.name} from={xs[g.from] ?? 0} to={xs[g.to] ?? 0} />
      ))}
      <path
        d={`M${inner} ${OUT}h46a18 18 0 0 1 0 ${BACK - OUT}h-46`}
        fill="none"
        stroke={fault ? "var(--fault)" : slow ? "var(--critical)" : "var(--plot)"}
        strokeWidth={slow ? 5 : 2}
      />
      <text x={inner + 72} y={(OUT + BACK) / 2 + 1} className={styles.hot}>
        {durationText(hop.inside)}
      </text>
      <text x={inner + 72} y={(OUT + BACK) / 2 + 16} className={styles.lead}>
        {usual}
      </text>
    </>
  );
}

function Station({ model, span, x, app }: { model: TraceModel; span: number; x: number; app: boolean }) {
  const service = model.services[at(model.service, span)];
  const w = app ? 10 : 6;
  return (
    <>
      <rect
        x={x - w / 2}
        y={OUT - 14}
        width={w}
        height={BACK - OUT + 28}
        rx={1}
        fill={app ? serviceColor(service?.name ?? "") : "var(--pane)"}
        stroke={app ? "none" : "var(--control)"}
      />
      <text x={x} y={49} className={app ? styles.strong : undefined}>
        {app ? serviceLabel(service) : at(model.kind, span) === 3 ? "proxy, out" : "proxy, in"}
      </text>
    </>
  );
}

function Way({ from, to, y, ns }: { from: number; to: number; y: number; ns: number }) {
  const d = Math.sign(to - from);
  const end = to - 9 * d;
  return (
    <>
      <path d={`M${from + 9 * d} ${y}H${end}`} stroke="var(--plot)" strokeWidth={1.5} />
      <path
        d={`M${end - 6 * d} ${y - 3.5}L${end} ${y}L${end - 6 * d} ${y + 3.5}`}
        fill="none"
        stroke="var(--plot)"
        strokeWidth={1.5}
      />
      <text x={(from + to) / 2} y={y - 6} className={styles.value}>
        {durationText(ns)}
      </text>
    </>
  );
}

function Host({ name, from, to }: { name: string; from: number; to: number }) {
  return (
    <>
      {to > from && name !== "network" ? (
        <path d={`M${from} ${HEIGHT - 19.5}H${to}`} stroke="var(--line-strong)" />
      ) : null}
      <text x={(from + to) / 2} y={HEIGHT - 6}>
        {name}
      </text>
    </>
  );
}

/** hostGroups joins neighbours on one host, and calls what lies between two hosts the network. */
export function hostGroups(hosts: readonly string[]): { name: string; from: number; to: number }[] {
  const out: { name: string; from: number; to: number }[] = [];
  if (hosts.every((h) => h === "")) return out;
  let from = 0;
  for (let k = 1; k <= hosts.length; k++) {
    if (k < hosts.length && hosts[k] === hosts[from]) continue;
    if (hosts[from]) out.push({ name: hosts[from] ?? "", from, to: k - 1 });
    if (k < hosts.length && hosts[from] && hosts[k]) out.push({ name: "network", from: k - 1, to: k });
    from = k;
  }
  return out;
}

function hostOf(detail: SpanDetail | undefined): string {
  const value = (key: string) => detail?.resource.find((a) => a.key === key)?.value;
  const host = value("host.name") ?? value("host.id") ?? value("k8s.node.name") ?? "";
  const zone = value("cloud.availability_zone");
  return host && zone ? `${host}, ${zone}` : host;
}
