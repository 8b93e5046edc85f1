/** Span of text, in UTF-16 code units as an input's selection counts them; to exclusive. */
export interface Place {
  readonly from: number;
  readonly to: number;
}

export type TokenKind = "word" | "string" | "op" | "open" | "close" | "comma" | "bad";

/** Token is a piece of a filter. Tokens never overlap; only white space lies between them. */
export interface Token extends Place {
  readonly kind: TokenKind;
  /** What is written, quotes and escapes resolved. */
  readonly text: string;
  /** A string whose closing quote is missing. */
  readonly unclosed?: boolean;
}

const space = /\s/;
const opChar = /[=<>!~]/;
const wordChar = /[^\s=<>!~(),"'&|]/;

/** tokenize never fails: what cannot be part of a filter becomes a token of kind bad. */
export function tokenize(text: string): Token[] {
  const out: Token[] = [];
  for (let i = 0; i < text.length; ) {
    const c = text.charAt(i);
    if (space.test(c)) {
      i++;
      continue;
    }
    const token = c === '"' || c === "'" ? quoted(text, i) : plain(text, i);
    out.push(token);
    i = token.to;
  }
  return out;
}

function plain(text: string, from: number): Token {
  const c = text.charAt(from);
  const run = (is: RegExp): number => {
    let to = from;
    while (to < text.length && is.test(text.charAt(to))) to++;
    return to;
  };
  const token = (kind: TokenKind, to: number): Token => ({ kind, from, to, text: text.slice(from, to) });
  if (c === "(") return token("open", from + 1);
  if (c === ")") return token("close", from + 1);
  if (c === ",") return token("comma", from + 1);
  if (opChar.test(c)) return token("op", run(opChar));
  if (wordChar.test(c)) return token("word", run(wordChar));
  return token("bad", run(/[&|]/));
}

/** quoted reads a string in double or single quotes; a backslash takes the next character as it is. */
function quoted(text: string, from: number): Token {
  const quote = text.charAt(from);
  let value = "";
  for (let i = from + 1; i < text.length; i++) {
    const c = text.charAt(i);
    if (c === quote) return { kind: "string", from, to: i + 1, text: value };
    if (c === "\\" && i + 1 < text.length) {
      i++;
      value += text.charAt(i);
    } else value += c;
  }
  return { kind: "string", from, to: text.length, text: value, unclosed: true };
}

/** quote writes a value as a string that tokenize reads back. */
export function quote(value: string): string {
  return `"${value.replace(/[\\"]/g, "\\$&")}"`;
}
