const units: Record<string, number> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** readDuration reads "250ms", "1.5s" or "1m30s" into nanoseconds; null if it is none. */
export function readDuration(text: string): number | null {
  if (!/^(\d+(\.\d+)?(ns|us|µs|μs|ms|s|m|h))+$/.test(text)) return null;
  let sum = 0;
  for (const [, value, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|μs|ms|s|m|h)/g)) {
    sum += Number(value) * (units[unit ?? ""] ?? 0);
  }
  return Number.isSafeInteger(Math.round(sum)) ? Math.round(sum) : null;
}

/** writeDuration is the shortest text that readDuration, and Go, read back as the same nanoseconds. */
export function writeDuration(ns: number): string {
  for (const unit of ["h", "m", "s", "ms", "us"]) {
    const size = units[unit] ?? 1;
    const text = `${ns / size}`;
    if (ns >= size && text.length <= 9 && !text.includes("e") && Math.round(Number(text) * size) === ns) {
      return text + unit;
    }
  }
  return `${ns}ns`;
}
