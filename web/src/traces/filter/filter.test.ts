import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applied, fixedChoices, namedChoices, wantedAt } from "./complete";
import { readDuration, writeDuration } from "./duration";
import { highlight } from "./highlight";
import { durationBounds, print, searchParams, withoutTerm, withTerm } from "./params";
import { parse, statuses } from "./parse";
import { tokenize } from "./tokens";

const params = (text: string): string => decodeURIComponent(searchParams(parse(text).terms).toString());

describe("from text to parameters", () => {
  it.each([
    ["", ""],
    ['service = "reviews" AND status = fault', "service=reviews&status=fault"],
    ["duration >= 1s and duration < 2s", "minDuration=1s&maxDuration=1999999999ns"],
    ['service.version = "v3" AND name = "GET /"', "version=v3&operation=GET+/"],
    ['http.method = GET AND user.tier = "guest"', "attr=http.method=GET&attr=user.tier=guest"],
    ["status IN (fault, Error) AND root = true", "status=fault,error&root=true"],
    ["caller='productpage'", "caller=productpage"],
  ])("%s", (text, want) => {
    expect(parse(text).problems).toEqual([]);
    expect(params(text)).toBe(want);
  });
});

describe("problems are found at their place", () => {
  it.each([
    ["service", "service", "An operator must follow service: =, >=, <=, >, < or IN."],
    ["service =", "=", "A value must follow =."],
    ['service = "rev', '"rev', "The closing quote is missing."],
    ["service == x", "==", "== is no operator here. Write a single =."],
    ["status = broken", "status = broken", "broken is no status. There are ok, error, throttle and fault."],
    ["duration > 3", "duration > 3", "3 is no duration. Write 250ms, 1.5s or 2m."],
    ["duration = 1s", "duration = 1s", "Compare a duration with >=, <=, > or <."],
    ["service > a", "service > a", "> compares durations only. Use = for service."],
    ["service = a OR service = b", "OR", /joined by AND/],
    ["service = a service = b", "service", "AND is wanted between two terms."],
    ["service = a AND", "AND", "A term must follow AND."],
    ["service = a AND service = b", "service = b", "service stands twice; all terms must hold at once."],
    ['service("reviews")', "(", 'Write service = "…" rather than service("…").'],
    ["version IN (v1, v2)", "version IN (v1, v2)", "IN works with status only. Use = for version."],
    ["status IN fault", "fault", /list in parentheses/],
    ["status IN (fault", "t", "A comma or ) is wanted here."],
    ["root = false", "root = false", /root can only be true/],
    ["duration > 1s AND duration >= 2s", "duration >= 2s", "duration has two lower bounds; keep one."],
  ])("%s", (text, place, message) => {
    const { problems } = parse(text);
    const p = problems[0];
    expect(text.slice(p?.from, p?.to)).toBe(place);
    expect(p?.message).toMatch(
      message instanceof RegExp ? message : new RegExp(message.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")),
    );
  });

  it("reports every problem, and keeps the good terms", () => {
    const f = parse("status = nope AND service = a AND duration = 5");
    expect(f.problems).toHaveLength(2);
    expect(f.terms.map((t) => t.field)).toEqual(["service"]);
  });
});

const term = fc.oneof(
  fc.record({
    field: fc.constantFrom("service", "version", "http.route", "user.id"),
    op: fc.constant("=" as const),
    values: fc.tuple(fc.string()),
  }),
  fc.record({
    field: fc.constant("duration"),
    op: fc.constantFrom(">=" as const, "<" as const),
    values: fc.tuple(fc.nat().map(writeDuration)),
  }),
  fc.record({
    field: fc.constant("status"),
    op: fc.constant("in" as const),
    values: fc.uniqueArray(fc.constantFrom(...statuses), { minLength: 1 }),
  }),
);

describe("laws", () => {
  it("what is printed is read back", () => {
    fc.assert(
      fc.property(fc.uniqueArray(term, { selector: (t) => t.field }), (terms) => {
        const read = parse(print(terms));
        expect(read.problems).toEqual([]);
        expect(read.terms.map(({ field, op, values }) => ({ field, op, values: [...values] }))).toEqual(
          terms,
        );
      }),
    );
  });

  it("any text is read without throwing; tokens and problems lie inside it and highlighting loses nothing", () => {
    const pieces = fc.array(
      fc.constantFrom(
        "service",
        " ",
        "=",
        '"',
        "AND",
        "(",
        ")",
        ",",
        "1s",
        "||",
        "\\",
        "in",
        "status",
        "é😀",
      ),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          pieces.map((p) => p.join("")),
        ),
        fc.nat(),
        (text, n) => {
          const { problems } = parse(text);
          for (const p of [...problems, ...tokenize(text)]) {
            expect(p.from).toBeGreaterThanOrEqual(0);
            expect(p.to).toBeLessThanOrEqual(text.length);
            expect(p.from).toBeLessThanOrEqual(p.to);
          }
          expect(
            highlight(text, problems)
              .map((h) => h.text)
              .join(""),
          ).toBe(text);
          const w = wantedAt(text, n % (text.length + 1));
          expect(w.replace.from).toBeLessThanOrEqual(w.replace.to);
        },
      ),
    );
  });

  it("durations keep their nanoseconds", () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 53 - 1 }), (ns) => {
        expect(readDuration(writeDuration(ns))).toBe(ns);
      }),
    );
    expect(writeDuration(1.5e9)).toBe("1.5s");
    expect(readDuration("1m30s")).toBe(90e9);
    expect(readDuration("5 apples")).toBeNull();
  });
});

describe("completion", () => {
  const at = (marked: string) => {
    const caret = marked.indexOf("|");
    return wantedAt(marked.replace("|", ""), caret);
  };

  it.each([
    ["|", "field", ""],
    ["ser|", "field", "ser"],
    ["service |", "op", ""],
    ["service = |", "value", ""],
    ['service = "re|', "value", "re"],
    ['service.version = "v|" AND service = "a"', "value", "v"],
    ['service = "a"|', "and", ""],
    ["service = a |", "and", ""],
    ["service = a AND ht|", "field", "ht"],
    ["status IN (fault, |", "value", ""],
    ["status IN (fault)|", "and", ""],
  ])("%s wants %s", (marked, what, prefix) => {
    const w = at(marked);
    expect(w.what).toBe(what);
    if ("prefix" in w) expect(w.prefix).toBe(prefix);
  });

  it("knows the field of a value, also in a list", () => {
    expect(at("a = b AND status IN (fault, |")).toMatchObject({ field: "status" });
    expect(at('service.version = "v|')).toMatchObject({ field: "version" });
  });

  it("replaces what was typed and leaves the rest", () => {
    const text = 'service = "re" AND root = true';
    const w = wantedAt(text, 13);
    const [choice] = namedChoices(w, [{ name: "reviews", count: 3 }]);
    expect(choice).toBeDefined();
    if (choice)
      expect(applied(text, w, choice)).toEqual({ text: 'service = "reviews" AND root = true', caret: 20 });
    expect(fixedChoices(at("status = f|")).map((c) => c.label)).toEqual(["fault"]);
    expect(fixedChoices(at("duration |")).map((c) => c.label)).toContain(">=");
  });
});

describe("editing", () => {
  it("sets, replaces and drops terms", () => {
    const f = parse('service = "a" AND duration >= 1s');
    expect(withTerm(f, { field: "service", op: "=", values: ["b"] })).toBe(
      'service = "b" AND duration >= 1s',
    );
    expect(withTerm(f, { field: "duration", op: "<=", values: ["2s"] })).toBe(
      'service = "a" AND duration >= 1s AND duration <= 2s',
    );
    expect(withoutTerm(f, 0)).toBe("duration >= 1s");
    expect(durationBounds(f.terms)).toEqual({ min: 1e9, max: Number.POSITIVE_INFINITY });
  });
});
