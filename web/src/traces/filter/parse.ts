import { readDuration } from "./duration";
import { type Place, type Token, tokenize } from "./tokens";

/** Problem is a mistake in a filter: where it stands, and a sentence that says how to mend it. */
export interface FilterProblem extends Place {
  readonly message: string;
}

/** Term is one condition. All terms of a filter must hold. */
export interface Term extends Place {
  readonly field: string;
  readonly op: "=" | ">=" | "<=" | ">" | "<" | "in";
  readonly values: readonly string[];
}

/** Filter is a parsed filter: its terms and every problem found, not only the first. */
export interface Filter {
  readonly terms: readonly Term[];
  readonly problems: readonly FilterProblem[];
}

/** Fields that are not attributes, with the spellings that mean them. */
export const fields: Readonly<Record<string, string>> = {
  service: "service",
  "service.name": "service",
  version: "version",
  "service.version": "version",
  operation: "operation",
  name: "operation",
  caller: "caller",
  duration: "duration",
  status: "status",
  root: "root",
};

export const statuses = ["ok", "error", "throttle", "fault"];

/** fieldOf is the canonical name of a field as written; an attribute keeps its key. */
export function fieldOf(written: string): string {
  return fields[written.toLowerCase()] ?? written;
}

/**
 * parse reads `field op value AND field op value …`. The grammar:
 *
 *	filter = [ term { "AND" term } ]
 *	term   = field op value | field "IN" "(" value { "," value } ")"
 *	op     = "=" | ">=" | "<=" | ">" | "<"
 *	value  = word | string
 *
 * It never throws: a faulty term is left out, described, and reading goes on at the next AND.
 */
export function parse(text: string): Filter {
  const p = new Parser(tokenize(text), text.length);
  p.filter();
  return { terms: p.terms, problems: p.problems };
}

class Parser {
  readonly terms: Term[] = [];
  readonly problems: FilterProblem[] = [];
  private i = 0;

  constructor(
    private readonly tokens: Token[],
    private readonly length: number,
  ) {}

  filter(): void {
    while (this.i < this.tokens.length) {
      const term = this.term();
      if (term) this.check(term);
      else this.skipToAnd();
      const joint = this.tokens[this.i];
      if (!joint) return;
      if (!isWord(joint, "and")) {
        this.fail(joint, jointMessage(joint));
        this.skipToAnd();
      }
      const and = this.tokens[this.i];
      this.i++;
      if (and && this.i >= this.tokens.length) this.fail(and, "A term must follow AND.");
    }
  }

  private term(): Term | null {
    const field = this.tokens[this.i];
    if (!field) return null;
    if (field.kind !== "word" || isWord(field, "and") || isWord(field, "or")) {
      return this.fail(field, "A field name is wanted here, such as service or http.method.");
    }
    this.i++;
    const op = this.tokens[this.i];
    if (op?.kind === "open") {
      return this.fail(op, `Write ${field.text} = "…" rather than ${field.text}("…").`);
    }
    if (op && isWord(op, "in")) {
      this.i++;
      return this.list(field);
    }
    if (op?.kind !== "op") {
      return this.fail(op ?? field, `An operator must follow ${field.text}: =, >=, <=, >, < or IN.`);
    }
    if (!["=", ">=", "<=", ">", "<"].includes(op.text)) {
      const instead = op.text === "==" ? "Write a single =." : "Use =, >=, <=, >, < or IN.";
      return this.fail(op, `${op.text} is no operator here. ${instead}`);
    }
    this.i++;
    const value = this.value(op);
    if (!value) return null;
    return {
      field: fieldOf(field.text),
      op: op.text as Term["op"],
      values: [value.text],
      from: field.from,
      to: value.to,
    };
  }

  private list(field: Token): Term | null {
    const open = this.tokens[this.i];
    if (open?.kind !== "open") {
      return this.fail(open ?? this.end(), "IN wants a list in parentheses: status IN (fault, error).");
    }
    this.i++;
    const values: string[] = [];
    for (;;) {
      const value = this.value(open);
      if (!value) return null;
      values.push(value.text);
      const after = this.tokens[this.i];
      this.i++;
      if (after?.kind === "close") {
        return { field: fieldOf(field.text), op: "in", values, from: field.from, to: after.to };
      }
      if (after?.kind !== "comma") return this.fail(after ?? this.end(), "A comma or ) is wanted here.");
    }
  }

  private value(after: Token): Token | null {
    const value = this.tokens[this.i];
    if (!value || (value.kind !== "word" && value.kind !== "string") || isWord(value, "and")) {
      return this.fail(value ?? after, `A value must follow ${after.text}.`);
    }
    this.i++;
    if (value.unclosed) {
      this.fail(value, "The closing quote is missing.");
    }
    return value;
  }

  /** check tests what only some fields allow. A faulty term is kept out of the terms. */
  private check(t: Term): void {
    const message = termMessage(t, this.terms);
    if (message) this.problems.push({ from: t.from, to: t.to, message });
    else this.terms.push(t);
  }

  private skipToAnd(): void {
    for (let t = this.tokens[this.i]; t && !isWord(t, "and"); t = this.tokens[this.i]) this.i++;
  }

  private end(): Place {
    return { from: Math.max(0, this.length - 1), to: this.length };
  }

  private fail(at: Place, message: string): null {
    this.problems.push({ from: at.from, to: at.to, message });
    return null;
  }
}

function isWord(t: Token, word: string): boolean {
  return t.kind === "word" && t.text.toLowerCase() === word;
}

function jointMessage(t: Token): string {
  if (isWord(t, "or") || t.text === "||")
    return "Terms are joined by AND. For one of several outcomes write status IN (fault, error).";
  return "AND is wanted between two terms.";
}

function termMessage(t: Term, before: readonly Term[]): string {
  const value = t.values[0] ?? "";
  if (t.field === "duration") {
    if (t.op === "=" || t.op === "in") return "Compare a duration with >=, <=, > or <.";
    const bad = t.values.find((v) => readDuration(v) === null);
    if (bad !== undefined) return `${bad || "An empty text"} is no duration. Write 250ms, 1.5s or 2m.`;
    const side = t.op.charAt(0);
    if (before.some((b) => b.field === "duration" && b.op.charAt(0) === side)) {
      return `duration has two ${side === ">" ? "lower" : "upper"} bounds; keep one.`;
    }
    return "";
  }
  if (t.op !== "=" && t.op !== "in") return `${t.op} compares durations only. Use = for ${t.field}.`;
  if (t.field === "status") {
    const bad = t.values.find((v) => !statuses.includes(v.toLowerCase()));
    if (bad !== undefined) return `${bad} is no status. There are ok, error, throttle and fault.`;
  } else if (t.op === "in") {
    return `IN works with status only. Use = for ${t.field}.`;
  }
  if (t.field === "root" && value !== "true") {
    return "root can only be true: it keeps the first span of each trace. Leave it out for all spans.";
  }
  const known = Object.values(fields).includes(t.field);
  if (known && before.some((b) => b.field === t.field))
    return `${t.field} stands twice; all terms must hold at once.`;
  if (!known && t.field.includes("=")) return `${t.field} is no attribute key.`;
  return "";
}
