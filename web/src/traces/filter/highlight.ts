import type { FilterProblem } from "./parse";
import { tokenize } from "./tokens";

/** Piece is a stretch of a filter's text with the class it is drawn in. All pieces joined are the text. */
export interface Piece {
  readonly text: string;
  readonly role: "key" | "string" | "number" | "op" | "field" | "plain";
  readonly bad: boolean;
}

/** highlight cuts a text at token and problem borders. */
export function highlight(text: string, problems: readonly FilterProblem[]): Piece[] {
  const cuts = new Set([0, text.length]);
  const tokens = tokenize(text);
  for (const p of [...tokens, ...problems]) cuts.add(p.from).add(p.to);
  const at = [...cuts].filter((c) => c <= text.length).sort((a, b) => a - b);
  const out: Piece[] = [];
  for (let i = 0; i + 1 < at.length; i++) {
    const from = at[i] ?? 0;
    const to = at[i + 1] ?? 0;
    const k = tokens.findIndex((t) => t.from <= from && to <= t.to);
    const token = tokens[k];
    const bad = problems.some((p) => p.from <= from && to <= p.to);
    out.push({
      text: text.slice(from, to),
      role: token ? roleOf(token.kind, token.text, tokens[k + 1]?.kind) : "plain",
      bad,
    });
  }
  return out;
}

function roleOf(kind: string, text: string, next: string | undefined): Piece["role"] {
  if (kind === "string") return "string";
  if (kind !== "word") return "op";
  if (/^(and|in)$/i.test(text)) return "key";
  if (next === "op") return "field";
  return /^\d/.test(text) ? "number" : "plain";
}
