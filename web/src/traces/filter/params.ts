import { readDuration, writeDuration } from "./duration";
import { type Filter, fields, type Term } from "./parse";
import { quote } from "./tokens";

/**
 * searchParams puts a filter into the parameters of /api/v1/traces. Durations are
 * whole nanoseconds, so that > and < become the next one up or down.
 */
export function searchParams(terms: readonly Term[]): URLSearchParams {
  const out = new URLSearchParams();
  for (const t of terms) {
    const value = t.values[0] ?? "";
    if (t.field === "duration") {
      const ns = readDuration(value) ?? 0;
      if (t.op.startsWith(">")) out.set("minDuration", writeDuration(t.op === ">" ? ns + 1 : ns));
      else out.set("maxDuration", writeDuration(t.op === "<" ? Math.max(0, ns - 1) : ns));
    } else if (t.field === "status") {
      out.set("status", t.values.map((v) => v.toLowerCase()).join(","));
    } else if (Object.values(fields).includes(t.field)) {
      out.set(t.field, value);
    } else {
      out.append("attr", `${t.field}=${value}`);
    }
  }
  return out;
}

/** durationBounds is what a filter says about durations, in nanoseconds. */
export function durationBounds(terms: readonly Term[]): { min: number; max: number } {
  const p = searchParams(terms);
  return {
    min: readDuration(p.get("minDuration") ?? "") ?? 0,
    max: readDuration(p.get("maxDuration") ?? "") ?? Number.POSITIVE_INFINITY,
  };
}

/** printTerm writes a term so that parse reads it back. */
export function printTerm(t: Pick<Term, "field" | "op" | "values">): string {
  const bare = t.field === "duration" || t.field === "status" || t.field === "root";
  const values = t.values.map((v) => (bare && /^[\w.µμ]+$/.test(v) ? v : quote(v)));
  return t.op === "in" ? `${t.field} IN (${values.join(", ")})` : `${t.field} ${t.op} ${values[0] ?? '""'}`;
}

/** print writes a whole filter. */
export function print(terms: readonly Pick<Term, "field" | "op" | "values">[]): string {
  return terms.map(printTerm).join(" AND ");
}

/** withTerm sets one term of a filter text: it takes the place of a term on the same field, or stands at the end. */
export function withTerm(filter: Filter, term: Pick<Term, "field" | "op" | "values">): string {
  const attribute = !Object.values(fields).includes(term.field);
  const same = (t: Term): boolean =>
    t.field === term.field &&
    (attribute ? t.values[0] === term.values[0] : true) &&
    (t.field !== "duration" || t.op.charAt(0) === term.op.charAt(0));
  const at = filter.terms.findIndex(same);
  const terms: Pick<Term, "field" | "op" | "values">[] = [...filter.terms];
  if (at >= 0) terms[at] = term;
  else terms.push(term);
  return print(terms);
}

/** withoutTerm drops the term at an index. */
export function withoutTerm(filter: Filter, index: number): string {
  return print(filter.terms.filter((_, i) => i !== index));
}

/** termsFrom reads the parameters of searchParams back: other pages link to a search with them. */
export function termsFrom(params: URLSearchParams): Pick<Term, "field" | "op" | "values">[] {
  const out: Pick<Term, "field" | "op" | "values">[] = [];
  for (const field of ["service", "version", "operation", "caller"]) {
    const value = params.get(field);
    if (value) out.push({ field, op: "=", values: [value] });
  }
  const status = params.get("status")?.split(",").filter(Boolean) ?? [];
  if (status.length > 0) out.push({ field: "status", op: status.length > 1 ? "in" : "=", values: status });
  for (const [key, op] of [
    ["minDuration", ">="],
    ["maxDuration", "<="],
  ] as const) {
    const ns = readDuration(params.get(key) ?? "");
    if (ns !== null) out.push({ field: "duration", op, values: [writeDuration(ns)] });
  }
  for (const attr of params.getAll("attr")) {
    const at = attr.indexOf("=");
    if (at > 0) out.push({ field: attr.slice(0, at), op: "=", values: [attr.slice(at + 1)] });
  }
  if (params.get("root") === "true") out.push({ field: "root", op: "=", values: ["true"] });
  return out;
}
