import type { InstantNs, Nanos } from "../api/types.gen";

// Numbers as people read them: SI units, a thin number of digits, one space
// between number and unit. All of it is meant for tabular numerals.

/** The zone in which instants are shown. Ranges in addresses are always UTC. */
export type Zone = "utc" | "local";

/** A number and its unit, for figures that draw the two in different sizes. */
export interface Quantity {
  value: string;
  unit: string;
}

const lengths: readonly [limit: number, divisor: number, unit: string][] = [
  [999.5, 1, "ns"],
  [999.5e3, 1e3, "µs"],
  [999.5e6, 1e6, "ms"],
  [99.5e9, 1e9, "s"],
  [5_970e9, 60e9, "min"],
  [Infinity, 3_600e9, "h"],
];

/** A length of time with three digits at most: 2.04 s, 88 ms, 1.2 µs. */
export function duration(ns: Nanos | bigint): Quantity {
  const n = Number(ns);
  if (n === 0) return { value: "0", unit: "ms" };
  const size = Math.abs(n);
  const [, divisor, unit] = lengths.find(([limit]) => size < limit) ?? [0, 3_600e9, "h"];
  const scaled = n / divisor;
  // Milliseconds below ten keep one digit, seconds two: what an eye compares.
  const digits = unit === "s" ? (size < 9.995e9 ? 2 : 1) : Math.abs(scaled) < 9.95 && unit !== "ns" ? 1 : 0;
  return { value: scaled.toFixed(digits).replace("-", "−"), unit };
}

export function durationText(ns: Nanos | bigint): string {
  const { value, unit } = duration(ns);
  return `${value} ${unit}`;
}

/** Requests a second: 1,720, 431, 12.8, 0.02. */
export function rate(perSecond: number): string {
  if (perSecond >= 999.5) return Math.round(perSecond).toLocaleString("en");
  if (perSecond >= 99.5) return perSecond.toFixed(0);
  if (perSecond >= 9.95) return trimZero(perSecond.toFixed(1));
  if (perSecond >= 0.995) return trimZero(perSecond.toFixed(1));
  if (perSecond === 0) return "0";
  return perSecond < 0.005 ? perSecond.toPrecision(1) : perSecond.toFixed(2);
}

/** A share of 0 to 1 as per cent, without the sign: 3.6, 0.26, 0. */
export function percent(share: number): string {
  const p = share * 100;
  if (p === 0) return "0";
  if (p >= 99.95) return p >= 99.995 ? "100" : p.toFixed(2);
  if (p >= 9.95) return p.toFixed(0);
  if (p >= 0.995) return p.toFixed(1);
  if (p >= 0.005) return p.toFixed(2);
  return "<0.01";
}

/** A whole number in full: 95,500. */
export function count(n: number): string {
  return Math.round(n).toLocaleString("en");
}

/** A large number in three digits: 1.84 M, 95.5 k, 812. */
export function countShort(n: number): string {
  for (const [limit, unit] of [
    [1e9, "G"],
    [1e6, "M"],
    [1e4, "k"],
  ] as const) {
    if (n >= limit * 0.9995) {
      const scaled = n / (unit === "k" ? 1e3 : limit);
      return `${scaled.toFixed(scaled < 9.995 ? 2 : scaled < 99.95 ? 1 : 0)} ${unit}`;
    }
  }
  return count(n);
}

/** Bytes in powers of 1,000: 611 MB. */
export function bytes(n: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  const step = n < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(n) / 3 + 1e-9));
  const scaled = n / 1_000 ** step;
  return `${step === 0 || scaled >= 99.5 ? scaled.toFixed(0) : scaled.toPrecision(scaled < 9.95 ? 2 : 3)} ${units[step]}`;
}

/** A length in seconds or more in words: 4 min 12 s, 2 h 5 min, 3 d 4 h. */
export function spell(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1_000));
  const parts: [number, string][] = [
    [Math.floor(s / 86_400), "d"],
    [Math.floor(s / 3_600) % 24, "h"],
    [Math.floor(s / 60) % 60, "min"],
    [s % 60, "s"],
  ];
  const first = parts.findIndex(([n]) => n > 0);
  if (first < 0) return "0 s";
  return parts
    .slice(first, first + 2)
    .filter(([n]) => n > 0)
    .map(([n, unit]) => `${n} ${unit}`)
    .join(" ");
}

/** The time of day, to the minute, second or millisecond. */
export function clock(ms: number, zone: Zone, precision: "min" | "s" | "ms" = "s"): string {
  return iso(ms, zone).slice(11, precision === "min" ? 16 : precision === "s" ? 19 : 23);
}

/** The date: 2026-01-31. */
export function dateText(ms: number, zone: Zone): string {
  return iso(ms, zone).slice(0, 10);
}

export function sameDay(a: number, b: number, zone: Zone): boolean {
  return dateText(a, zone) === dateText(b, zone);
}

/** An instant in nanoseconds as Unix milliseconds, with the fraction. */
export function toMillis(ns: InstantNs): number {
  return Number(BigInt(ns) / 1_000n) / 1_000;
}

/** A length as the API takes it: a Go duration, to the microsecond from 1 ms on, since people read it too. */
export function goDuration(ns: Nanos): string {
  return ns < 1e6 ? `${Math.round(ns)}ns` : `${Number((ns / 1e6).toFixed(3))}ms`;
}

function iso(ms: number, zone: Zone): string {
  const shift = zone === "local" ? new Date(ms).getTimezoneOffset() * 60_000 : 0;
  const at = new Date(ms - shift);
  return Number.isNaN(at.getTime()) ? "0000-00-00T00:00:00.000" : at.toISOString();
}

function trimZero(text: string): string {
  return text.replace(/\.0$/, "");
}
