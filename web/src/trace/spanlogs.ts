import type { LogLine } from "../api/types.gen";
import { at, type TraceModel } from "./engine/model";

const indices = new WeakMap<TraceModel, Map<string, number>>();

/** logsBelow keeps the records of a span and of those below it; at the root, also those that name no span. */
export function logsBelow(m: TraceModel, logs: readonly LogLine[], span: number): LogLine[] {
  let index = indices.get(m);
  if (!index) {
    index = new Map(m.spanIds.map((id, i) => [id, i]));
    indices.set(m, index);
  }
  const known = index;
  return logs.filter((l) => {
    const i = l.spanId ? known.get(l.spanId) : undefined;
    return i === undefined ? at(m.parent, span) < 0 : i >= span && i < at(m.end, span);
  });
}
