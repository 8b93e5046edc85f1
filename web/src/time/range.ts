import type { Field } from "../url/codec";
import { clock, dateText, sameDay, type Zone } from "./format";

/** A time range as the user chose it: relative to now, or between two instants in Unix milliseconds. */
export type TimeRange = { kind: "last"; ms: number } | { kind: "fixed"; from: number; to: number };

/** A range in Unix milliseconds, to exclusive. */
export interface Window {
  from: number;
  to: number;
}

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

const shortest = 1_000;
const longest = 90 * day;
const lastHour: TimeRange = { kind: "last", ms: hour };
const units: Readonly<Record<string, number>> = { s: 1_000, m: minute, h: hour, d: day };

/** The instants a range stands for at the time now. */
export function resolve(range: TimeRange, now: number): Window {
  if (range.kind === "fixed") return { from: range.from, to: range.to };
  return { from: now - range.ms, to: now };
}

/** Reads "1h", "15m", or two instants in UTC: "2026-01-31T13:05..2026-01-31T14:05". */
export function parseRange(raw: string): TimeRange | undefined {
  const [from, to, more] = raw.split("..");
  if (from !== undefined && to !== undefined && more === undefined) {
    const a = parseInstant(from);
    const b = parseInstant(to);
    return a === undefined || b === undefined ? undefined : fixed(a, b);
  }
  const match = /^(\d{1,6})([smhd])$/.exec(raw);
  if (!match) return undefined;
  const ms = Number(match[1]) * (units[match[2] ?? ""] ?? 0);
  return ms >= shortest && ms <= longest ? { kind: "last", ms } : undefined;
}

/** Writes what parseRange reads. */
export function formatRange(range: TimeRange): string {
  if (range.kind === "fixed") return `${formatInstant(range.from)}..${formatInstant(range.to)}`;
  return spanText(range.ms).replace(" ", "").replace("min", "m");
}

/** The range as a part of the address. */
export function rangeField(): Field<TimeRange> {
  return {
    fallback: lastHour,
    parse: (values) => parseRange(values[0] ?? ""),
    format: (value) => [formatRange(value)],
  };
}

/** Two instants as a range, in order and no shorter than a second; undefined if that makes no range. */
export function fixed(a: number, b: number): TimeRange | undefined {
  const from = Math.round(Math.min(a, b));
  const to = Math.round(Math.max(a, b));
  if (!Number.isFinite(from) || !Number.isFinite(to) || from < 0) return undefined;
  return to - from >= shortest && to - from <= longest ? { kind: "fixed", from, to } : undefined;
}

/** The range before (-1) or after (+1); what would end after now becomes relative to now again. */
export function step(range: TimeRange, now: number, direction: -1 | 1): TimeRange {
  const { from, to } = resolve(range, now);
  const length = to - from;
  if (direction > 0 && to + length >= now) return { kind: "last", ms: length };
  return { kind: "fixed", from: from + direction * length, to: to + direction * length };
}

/**
 * Reads what a person types: "30m", "last 2 h", "13:05 - 14:05" (today), or
 * two dates with times ("2026-01-31 13:05 - 2026-01-31 14:05").
 */
export function parseTyped(raw: string, now: number, zone: Zone): TimeRange | undefined {
  const plain = raw
    .trim()
    .toLowerCase()
    .replace(/^last\s+/, "");
  const relative = /^(\d{1,6})\s*(s|sec|seconds?|m|min|minutes?|h|hours?|d|days?)$/.exec(plain);
  if (relative) return parseRange(`${relative[1]}${(relative[2] ?? "").charAt(0)}`);
  const sides = plain.split(/\s+(?:-|–|to)\s+|\s*–\s*|\s*\.\.\s*/);
  if (sides.length !== 2) return undefined;
  const today = dateText(now, zone);
  const from = typedInstant(sides[0] ?? "", today, zone);
  if (from === undefined) return undefined;
  const to = typedInstant(sides[1] ?? "", dateText(from, zone), zone);
  return to === undefined || to <= from ? undefined : fixed(from, to);
}

/** A range in words: its instants, and how it was chosen. */
export function describe(range: TimeRange, now: number, zone: Zone): { title: string; note: string } {
  const { from, to } = resolve(range, now);
  const seconds = to - from < 10 * minute;
  const far = !sameDay(from, to, zone) || !sameDay(to, now, zone);
  const one = (at: number) =>
    (far ? `${dateText(at, zone).slice(5)} ` : "") + clock(at, zone, seconds ? "s" : "min");
  const zoneText = zone === "utc" ? "UTC" : "local";
  const note = range.kind === "last" ? `last ${spanText(range.ms)}, ${zoneText}` : zoneText;
  return { title: `${one(from)} – ${one(to)}`, note };
}

/** A length in its largest whole unit: "1 h", "90 min". */
export function spanText(ms: number): string {
  if (ms % day === 0) return `${ms / day} d`;
  if (ms % hour === 0) return `${ms / hour} h`;
  if (ms % minute === 0) return `${ms / minute} min`;
  return `${Math.round(ms / 1_000)} s`;
}

function formatInstant(ms: number): string {
  return new Date(ms)
    .toISOString()
    .replace(/(:00)?\.000Z$/, "")
    .replace(/Z$/, "");
}

function parseInstant(raw: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z?$/.test(raw)) return undefined;
  const ms = Date.parse(raw.endsWith("Z") ? raw : `${raw}Z`);
  return Number.isNaN(ms) ? undefined : ms;
}

function typedInstant(raw: string, date: string, zone: Zone): number | undefined {
  const match = /^(?:(\d{4}-\d\d-\d\d)[ t])?(\d{1,2}:\d\d(?::\d\d)?)$/.exec(raw.trim());
  if (!match) return undefined;
  const time = (match[2] ?? "").padStart((match[2] ?? "").length < 6 ? 5 : 8, "0");
  const ms = Date.parse(`${match[1] ?? date}T${time}${zone === "utc" ? "Z" : ""}`);
  return Number.isNaN(ms) ? undefined : ms;
}
