import { useCallback, useMemo } from "react";
import { rangeField } from "../time/range";
import { decode, encode, escapeQuery, flag, type Schema, type StateOf } from "./codec";
import { currentPlace, navigate, usePlace } from "./router";

/** State that all pages share, and that a link to another page keeps. */
export const frameSchema = {
  /** The time range. */
  t: rangeField(),
  /** Compare with the same range one day earlier. */
  cmp: flag(),
  /** Follow new data. */
  live: flag(),
};

type Change<S extends Schema> = (
  patch: Partial<StateOf<S>>,
  options?: {
    /** Do not make a step for "back": for what changes continuously, such as a drag. */
    replace?: boolean;
  },
) => void;

/**
 * The part of the address that schema describes, and a function to change it.
 * Each change is one step that "back" undoes. Other keys are left alone.
 */
export function useUrlState<S extends Schema>(schema: S): [StateOf<S>, Change<S>] {
  const { search } = usePlace();
  const state = useMemo(() => decode(schema, search), [schema, search]);
  const change = useCallback<Change<S>>(
    (patch, options) => {
      const { page, search: now } = currentPlace();
      const next = { ...decode(schema, now), ...patch };
      navigate(address(page, join(encode(schema, next), others(now, Object.keys(schema)))), options);
    },
    [schema],
  );
  return [state, change];
}

export type Params = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Makes addresses of other pages that keep the time range. */
export function useHref(): (page: string, params?: Params) => string {
  const { search } = usePlace();
  return useCallback((page, params = {}) => hrefFrom(search, page, params), [search]);
}

/** The address of page with params, keeping the frame's state of the query `search` unless params say otherwise. */
export function hrefFrom(search: string, page: string, params: Params): string {
  const frame = new URLSearchParams(encode(frameSchema, decode(frameSchema, search)));
  for (const key of Object.keys(params)) frame.delete(key);
  const pairs = [...frame].map(([key, value]) => `${key}=${escapeQuery(value)}`);
  for (const [key, value] of Object.entries(params)) {
    if (value === undefined) continue;
    for (const one of typeof value === "string" ? [value] : value) {
      pairs.push(`${escapeQuery(key)}=${escapeQuery(one)}`);
    }
  }
  return address(page, pairs.join("&"));
}

function others(search: string, keys: readonly string[]): string {
  return [...new URLSearchParams(search)]
    .filter(([key]) => !keys.includes(key))
    .map(([key, value]) => `${escapeQuery(key)}=${escapeQuery(value)}`)
    .join("&");
}

function join(...queries: string[]): string {
  return queries.filter((query) => query !== "").join("&");
}

function address(page: string, query: string): string {
  return query === "" ? page || "." : `${page || "."}?${query}`;
}
