import { durationText } from "../../time/format";
import { at, entersService, isMissing, isProxy, serviceLabel, type TraceModel } from "./model";
import type { Repeat, Repeats } from "./repeats";
import { RowKind, type Rows, SAMPLE } from "./rows";

/** RowLabel is the left half of a row in words. */
export interface RowLabel {
  /** Only where the work enters a service. */
  readonly service: string;
  readonly name: string;
  /** Proxies, missing parents and "n more" recede. */
  readonly dim: boolean;
  /** "× 24", or empty. */
  readonly badge: string;
}

/** rowLabel says what stands at the left of a row. */
export function rowLabel(m: TraceModel, repeats: Repeats, rows: Rows, row: number): RowLabel {
  const i = at(rows.span, row);
  const kind = at(rows.kind, row);
  const members = kind === RowKind.span ? 0 : (repeats.groups[at(repeats.groupOf, i)]?.members.length ?? 0);
  if (kind === RowKind.more) return { service: "", name: `${members - SAMPLE} more`, dim: true, badge: "" };
  if (isMissing(m, i)) return { service: "", name: missingName(m, i), dim: true, badge: "" };
  return {
    service: entersService(m, i) ? serviceLabel(m.services[at(m.service, i)]) : "",
    name: spanName(m, i),
    dim: isProxy(m, i),
    badge: kind === RowKind.repeat ? `× ${members.toLocaleString("en")}` : "",
  };
}

/** spanName is the operation of a span, or a word for an empty one. */
export function spanName(m: TraceModel, i: number): string {
  return m.names[at(m.name, i)] || "unnamed";
}

function missingName(m: TraceModel, i: number): string {
  const id = m.spanIds[i];
  return id ? `parent ${id.slice(0, 8)} not received` : "parent not received";
}

/** barLabel is what stands beside a bar. A repeat tells its count, a single time and the sum. */
export function barLabel(repeat: Repeat | null, kind: number, durationNs: number): string {
  if (!repeat || kind === RowKind.more) return durationText(durationNs);
  const how = repeat.sequential ? "one after another" : "overlapping";
  return `${repeat.members.length} × ${durationText(repeat.median)}, ${how}, ${durationText(durationNs)}`;
}

const outcomes = ["ok", "error", "throttle", "fault"] as const;

/** outcomeOf is the word for a span's category. */
export function outcomeOf(m: TraceModel, i: number): (typeof outcomes)[number] {
  return outcomes[at(m.category, i)] ?? "ok";
}

const kinds = ["", "internal", "server", "client", "producer", "consumer"];

/** kindWord is OTLP's span kind in words; proxies say so. */
export function kindWord(m: TraceModel, i: number): string {
  const kind = kinds[at(m.kind, i)] ?? "";
  return `${isProxy(m, i) ? "proxy " : ""}${kind ? `${kind} ` : ""}span`;
}
