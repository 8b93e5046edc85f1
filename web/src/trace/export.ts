import { get } from "../api/client";
import type { SpanDetail } from "../api/types.gen";
import { outcomeOf, spanName } from "./engine/labels";
import { at, serviceLabel, type TraceModel } from "./engine/model";

/** Spans asked for at once, and the most whose attributes are read: beyond it the file has columns only. */
const chunk = 200;
const mostDetails = 20_000;

/** traceDocument puts a trace into one JSON document with an object for each span, attributes where they are given. */
export function traceDocument(m: TraceModel, details: ReadonlyMap<number, SpanDetail>): unknown {
  const spans = Array.from({ length: m.count }, (_, i) => {
    const d = details.get(i);
    return {
      spanId: m.spanIds[i],
      parentId: m.spanIds[at(m.parent, i)] ?? "",
      service: serviceLabel(m.services[at(m.service, i)]),
      name: spanName(m, i),
      startNs: String(m.startNs + BigInt(Math.round(at(m.start, i)))),
      durationNs: at(m.duration, i),
      status: outcomeOf(m, i),
      ...(d
        ? {
            statusMessage: d.statusMessage,
            attributes: pairs(d.attributes),
            resource: pairs(d.resource),
            events: d.events.map((e) => ({ ...e, attributes: pairs(e.attributes) })),
            links: d.links.map((l) => ({ ...l, attributes: pairs(l.attributes) })),
          }
        : {}),
    };
  });
  return { traceId: m.traceId, startNs: String(m.startNs), durationNs: m.durationNs, spans };
}

function pairs(attributes: readonly { key: string; value: string }[]): Record<string, string> {
  return Object.fromEntries(attributes.map((a) => [a.key, a.value]));
}

/** downloadTrace reads the details in chunks and hands the document to the browser as a file. */
export async function downloadTrace(m: TraceModel, progress: (share: number) => void): Promise<void> {
  const details = new Map<number, SpanDetail>();
  const wanted = m.count <= mostDetails ? m.count : 0;
  for (let from = 0; from < wanted; from += chunk) {
    progress(from / wanted);
    const index = Array.from({ length: Math.min(chunk, wanted - from) }, (_, k) => from + k).join(",");
    const answer = await get<{ spans: SpanDetail[] }>(`traces/${m.traceId}/spans`, { index });
    for (const d of answer.spans) details.set(d.index, d);
  }
  const blob = new Blob([JSON.stringify(traceDocument(m, details))], { type: "application/json" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `trace-${m.traceId}.json`;
  link.click();
  URL.revokeObjectURL(link.href);
}
