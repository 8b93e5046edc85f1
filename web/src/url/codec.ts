// A typed view of the query string. Each page states a schema, and reads and
// writes its whole state through it, so that an address always says what is seen.
// Version 1. A later version lists a migration from the one before in `migrations`.

export const version = 1;

/** One piece of state. A value that equals the fallback is not written. */
export interface Field<T> {
  readonly fallback: T;
  /** Reads all values of the key; undefined if they mean nothing. */
  parse(values: readonly string[]): T | undefined;
  format(value: T): readonly string[];
}

export type Schema = Readonly<Record<string, Field<unknown>>>;
export type StateOf<S extends Schema> = { [K in keyof S]: S[K] extends Field<infer T> ? T : never };

/** Free text; empty is the fallback. */
export function text(fallback = ""): Field<string> {
  return {
    fallback,
    parse: (values) => values[0],
    format: (value) => [value],
  };
}

/** One of a fixed set of words. */
export function oneOf<const T extends string>(options: readonly T[], fallback: NoInfer<T>): Field<T> {
  return {
    fallback,
    parse: (values) => options.find((option) => option === values[0]),
    format: (value) => [value],
  };
}

/** On (1) or off (0). */
export function flag(fallback = false): Field<boolean> {
  return {
    fallback,
    parse: (values) => (values[0] === "1" ? true : values[0] === "0" ? false : undefined),
    format: (value) => [value ? "1" : "0"],
  };
}

/** A number between min and max; what lies outside is the fallback. */
export function number(fallback: number, min = -Infinity, max = Infinity): Field<number> {
  return {
    fallback,
    parse: (values) => {
      const raw = values[0];
      if (raw === undefined || raw.trim() === "") return undefined;
      const value = Number(raw);
      return Number.isFinite(value) && value >= min && value <= max ? value : undefined;
    },
    format: (value) => [String(value)],
  };
}

/** Any number of texts: the key is repeated. */
export function list(): Field<readonly string[]> {
  return {
    fallback: [],
    parse: (values) => values.slice(),
    format: (value) => value,
  };
}

/** Reads a query. Keys that are not in the schema are not looked at. */
export function decode<S extends Schema>(schema: S, search: string | URLSearchParams): StateOf<S> {
  const params = migrate(new URLSearchParams(search));
  const state: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(schema)) {
    const values = params.getAll(key);
    state[key] = (values.length > 0 ? field.parse(values) : undefined) ?? field.fallback;
  }
  return state as StateOf<S>;
}

/** Writes a query without "?", in the order of the schema. */
export function encode<S extends Schema>(schema: S, state: StateOf<S>): string {
  const pairs: string[] = [];
  for (const [key, field] of Object.entries(schema)) {
    const values = field.format(state[key]);
    if (same(values, field.format(field.fallback))) continue;
    for (const value of values) pairs.push(`${escapeQuery(key)}=${escapeQuery(value)}`);
  }
  return pairs.join("&");
}

type Migration = (params: URLSearchParams) => URLSearchParams;
const migrations: readonly Migration[] = [];

function migrate(params: URLSearchParams): URLSearchParams {
  const from = Number(params.get("v") ?? version);
  if (!Number.isInteger(from) || from < 1 || from >= version) return params;
  return migrations.slice(from - 1).reduce((current, migration) => migration(current), params);
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}

/** As encodeURIComponent, but what is legible and allowed in a query stays as it is. */
export function escapeQuery(raw: string): string {
  // A lone surrogate cannot be encoded; it becomes the replacement character.
  return encodeURIComponent(raw.toWellFormed()).replace(/%(3A|2F|2C|40)/g, (code) =>
    decodeURIComponent(code),
  );
}
