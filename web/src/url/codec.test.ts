import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mapSchema } from "../map/state";
import { fixed, type TimeRange } from "../time/range";
import { decode, encode, flag, list, number, oneOf, text } from "./codec";
import { frameSchema, hrefFrom } from "./state";

const schema = {
  name: text(),
  kind: oneOf(["a", "b"], "a"),
  on: flag(),
  size: number(10, 0, 1000),
  many: list(),
};
const states = fc.record({
  name: fc.string({ unit: "binary" }),
  kind: fc.constantFrom("a" as const, "b" as const),
  on: fc.boolean(),
  size: fc.double({ min: 0, max: 1000, noNaN: true }).map((n) => n + 0),
  many: fc.array(fc.string({ unit: "binary" }), { maxLength: 5 }),
});

describe("codec", () => {
  test("reads what it wrote, for every state", () => {
    fc.assert(
      fc.property(states, (state) => {
        const whole = {
          ...state,
          name: state.name.toWellFormed(),
          many: state.many.map((s) => s.toWellFormed()),
        };
        expect(decode(schema, encode(schema, state))).toEqual(whole);
      }),
    );
  });

  test("never fails on a query from outside, and what it read can be written and read again", () => {
    fc.assert(
      fc.property(fc.webQueryParameters(), (query) => {
        const once = decode(schema, query);
        expect(decode(schema, encode(schema, once))).toEqual(once);
      }),
    );
  });

  test("does not write what is the fallback", () => {
    expect(encode(schema, { name: "", kind: "a", on: false, size: 10, many: [] })).toBe("");
  });

  test("takes the fallback for what means nothing", () => {
    expect(decode(schema, "kind=z&on=maybe&size=1e9")).toEqual({
      name: "",
      kind: "a",
      on: false,
      size: 10,
      many: [],
    });
  });

  test("keeps colons, slashes and commas legible", () => {
    expect(encode({ name: text() }, { name: "a:b/c,d&e" })).toBe("name=a:b/c,d%26e");
  });
});

describe("the address of the map", () => {
  const brush = fc.option(
    fc
      .tuple(fc.integer({ min: 1, max: 1e12 }), fc.integer({ min: 1, max: 1e12 }))
      .map(([a, by]) => ({ min: a, max: a + by })),
    { nil: undefined },
  );
  test("holds every brush", () => {
    fc.assert(
      fc.property(brush, (lat) => {
        const state = { ...decode(mapSchema, ""), lat };
        expect(decode(mapSchema, encode(mapSchema, state)).lat).toEqual(lat);
      }),
    );
  });
});

describe("the frame's state", () => {
  const range = fc.oneof(
    fc.constantFrom<TimeRange>(
      { kind: "last", ms: 900_000 },
      { kind: "last", ms: 3_600_000 },
      { kind: "last", ms: 90_000 },
    ),
    fc
      .tuple(fc.integer({ min: 0, max: 4e12 }), fc.integer({ min: 1_000, max: 7e9 }))
      .map(([from, length]) => fixed(from, from + length))
      .filter((value) => value !== undefined),
  );
  test("survives the address to the millisecond", () => {
    fc.assert(
      fc.property(range, fc.boolean(), fc.boolean(), (t, cmp, live) => {
        expect(decode(frameSchema, encode(frameSchema, { t, cmp, live }))).toEqual({ t, cmp, live });
      }),
    );
  });

  test("goes along to another page, and the page's own state does not", () => {
    expect(
      hrefFrom("?t=15m&cmp=1&focus=reviews", "traces", {
        service: "a b",
        attr: ["x=1", "y=2"],
        none: undefined,
      }),
    ).toBe("traces?t=15m&cmp=1&service=a%20b&attr=x%3D1&attr=y%3D2");
  });

  test("gives way to a range that the link names", () => {
    expect(hrefFrom("?t=15m", "map", { t: "3h" })).toBe("map?t=3h");
  });
});
