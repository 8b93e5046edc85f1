import { fieldOf, statuses } from "./parse";
import { type Place, quote, type Token, tokenize } from "./tokens";

/** What the caret asks for, and the text that a choice would replace. */
export type Wanted =
  | { readonly what: "field"; readonly prefix: string; readonly replace: Place }
  | { readonly what: "op"; readonly field: string; readonly replace: Place }
  | { readonly what: "value"; readonly field: string; readonly prefix: string; readonly replace: Place }
  | { readonly what: "and"; readonly prefix: string; readonly replace: Place };

/** Choice is one line of the completion. */
export interface Choice {
  /** Text that is put in place, without the space after it. */
  readonly insert: string;
  readonly label: string;
  /** How often it occurs in the window; undefined for fixed words. */
  readonly count?: number;
  readonly hint?: string;
}

/** wantedAt says what can stand at the caret. */
export function wantedAt(text: string, caret: number): Wanted {
  const tokens = tokenize(text);
  const here = tokens.find(
    (t) => t.from < caret && caret <= t.to && (t.kind === "word" || t.kind === "string"),
  );
  const closed = here?.kind === "string" && !here.unclosed && caret === here.to;
  const current = closed ? undefined : here;
  const before = tokens.filter((t) => t.to <= caret && t !== current);
  const replace = current ? { from: current.from, to: current.to } : { from: caret, to: caret };
  const prefix = current ? typed(text, current, caret) : "";
  const last = before.at(-1);
  if (!last || isWord(last, "and")) return { what: "field", prefix, replace };
  if (last.kind === "op" || last.kind === "open" || last.kind === "comma") {
    return { what: "value", field: fieldBefore(before), prefix, replace };
  }
  // After a value or a list comes AND; after a field comes an operator.
  if (isValue(before)) return { what: "and", prefix, replace };
  return { what: "op", field: fieldOf(last.text), replace };
}

/** typed is what stands before the caret of a token, without an opening quote. */
function typed(text: string, t: Token, caret: number): string {
  return text.slice(t.kind === "string" ? t.from + 1 : t.from, caret);
}

/** isValue says whether the last of some tokens ends a term. */
function isValue(before: readonly Token[]): boolean {
  const last = before.at(-1);
  const prior = before.at(-2);
  return last?.kind === "close" || last?.kind === "string" || (prior?.kind === "op" && last?.kind === "word");
}

function fieldBefore(before: readonly Token[]): string {
  for (let i = before.length - 1; i >= 0; i--) {
    const t = before[i];
    const next = before[i + 1];
    if (t?.kind === "word" && next && (next.kind === "op" || isWord(next, "in"))) return fieldOf(t.text);
  }
  return "";
}

function isWord(t: Token, word: string): boolean {
  return t.kind === "word" && t.text.toLowerCase() === word;
}

/** Fields that every trace has, in the order they are offered. */
export const builtIn: readonly Choice[] = [
  { insert: "service", label: "service", hint: "who did the work" },
  { insert: "status", label: "status", hint: "ok, error, throttle, fault" },
  { insert: "duration", label: "duration", hint: "of the span" },
  { insert: "operation", label: "operation", hint: "name of the span" },
  { insert: "version", label: "version", hint: "of the service" },
  { insert: "caller", label: "caller", hint: "the service that calls" },
  { insert: "root", label: "root", hint: "first span of each trace" },
];

/** fixedChoices are those that need no question to the server. */
export function fixedChoices(w: Wanted): Choice[] {
  if (w.what === "and") return starts([{ insert: "AND", label: "AND", hint: "another term" }], w.prefix);
  if (w.what === "op") return operators(w.field).map((o) => ({ insert: o, label: o }));
  if (w.what === "field") return starts(builtIn, w.prefix);
  if (w.field === "status")
    return starts(
      statuses.map((s) => ({ insert: s, label: s })),
      w.prefix,
    );
  if (w.field === "root") return starts([{ insert: "true", label: "true" }], w.prefix);
  if (w.field === "duration") {
    return starts(
      ["10ms", "100ms", "250ms", "1s", "2s", "10s"].map((d) => ({ insert: d, label: d })),
      w.prefix,
    );
  }
  return [];
}

/** valueChoices puts names from the server into words of the filter. */
export function namedChoices(w: Wanted, names: readonly { name: string; count: number }[]): Choice[] {
  const known = new Set(builtIn.map((b) => b.label));
  return names
    .filter((n) => w.what !== "field" || !known.has(n.name))
    .map((n) => ({ insert: w.what === "value" ? quote(n.name) : n.name, label: n.name, count: n.count }));
}

/** applied is the text and caret after a choice has been taken. */
export function applied(text: string, w: Wanted, choice: Choice): { text: string; caret: number } {
  const after = text.slice(w.replace.to);
  const lead = w.what === "op" && w.replace.from > 0 && !/\s$/.test(text.slice(0, w.replace.from)) ? " " : "";
  const gap = after.startsWith(" ") ? "" : " ";
  const head = text.slice(0, w.replace.from) + lead + choice.insert;
  return { text: head + gap + after, caret: head.length + 1 };
}

function operators(field: string): string[] {
  if (field === "duration") return [">=", "<=", ">", "<"];
  return field === "status" ? ["=", "IN ("] : ["="];
}

function starts(choices: readonly Choice[], prefix: string): Choice[] {
  const want = prefix.toLowerCase();
  return choices.filter((c) => c.label.toLowerCase().startsWith(want));
}
