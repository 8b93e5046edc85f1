import type { MapStats, Nanos } from "../api/types.gen";
import { duration, durationText, percent, rate } from "../time/format";
import type { Figure } from "../ui/inspector";
import { share } from "./stats";

/** What a difference to yesterday must exceed to be called worse or better. */
const worthPoints = 0.001;
const worthRatio = 1.25;
const worthLength: Nanos = 5e6;

/**
 * The six figures. With before, each has its difference to the day before; "-" where there was nothing.
 * Without it (comparison is off) there is no third line.
 */
export function sixFigures(stats: MapStats, calls: "Requests" | "Calls", before?: Before): Figure[] {
  const was = before?.stats;
  return [
    {
      name: calls,
      value: { value: rate(stats.perSecond), unit: "/s" },
      ...note(before, () => rateNote(stats, was)),
    },
    {
      name: "4xx",
      meaning: "error",
      value: percentFigure(share(stats, "error")),
      ...pointsOf(stats, "error", before),
    },
    {
      name: "Fault",
      meaning: "fault",
      value: percentFigure(share(stats, "fault")),
      ...pointsOf(stats, "fault", before),
    },
    { name: "p50", value: length(stats.p50), ...lengthOf(stats.p50, before, (old) => old.p50) },
    { name: "p95", value: length(stats.p95), ...lengthOf(stats.p95, before, (old) => old.p95) },
    { name: "p99", value: length(stats.p99), ...lengthOf(stats.p99, before, (old) => old.p99) },
  ];
}

/** The same thing one day earlier; without stats it was not there, and absent may say so ("no v3 on −1 d"). */
export interface Before {
  stats: MapStats | undefined;
  absent?: string;
}

function note(before: Before | undefined, text: () => string): { note?: string } {
  if (!before) return {};
  return { note: before.stats && before.stats.requests > 0 ? text() : (before.absent ?? "–") };
}

function rateNote(stats: MapStats, was: MapStats | undefined): string {
  if (!was || was.perSecond === 0) return "–";
  const change = Math.round((stats.perSecond / was.perSecond - 1) * 100);
  return `${change === 0 ? "±0" : signed(change, String(Math.abs(change)))} % vs −1 d`;
}

function pointsOf(stats: MapStats, outcome: "error" | "fault", before: Before | undefined): Partial<Figure> {
  const was = before?.stats;
  if (!was || was.requests === 0) return before ? { note: "–" } : {};
  const change = share(stats, outcome) - share(was, outcome);
  const text =
    Math.abs(change) < 0.00005 ? "±0" : `${signed(change, (Math.abs(change) * 100).toFixed(2))} pt`;
  // Only faults are ours to mend: a caller's mistakes are told, not judged.
  const trend =
    outcome !== "fault" || Math.abs(change) < worthPoints ? undefined : change > 0 ? "worse" : "better";
  return { note: text, trend };
}

function lengthOf(now: Nanos, before: Before | undefined, old: (stats: MapStats) => Nanos): Partial<Figure> {
  const was = before?.stats;
  if (!was || was.requests === 0) return before ? { note: "–" } : {};
  const change = now - old(was);
  if (Math.abs(change) < Math.max(now, old(was)) * 0.01) return { note: "±0" };
  const text = signed(change, durationText(Math.abs(change)));
  if (Math.abs(change) < worthLength) return { note: text };
  const trend = now > old(was) * worthRatio ? "worse" : old(was) > now * worthRatio ? "better" : undefined;
  return { note: text, trend };
}

function signed(change: number, text: string): string {
  return `${change > 0 ? "+" : "−"}${text}`;
}

function percentFigure(part: number) {
  return { value: percent(part), unit: "%" };
}

function length(ns: Nanos) {
  return ns === 0 ? { value: "–", unit: "" } : duration(ns);
}
