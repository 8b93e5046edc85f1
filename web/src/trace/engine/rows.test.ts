import { describe, expect, it } from "vitest";
import { bigTrace } from "../testdata/big";
import { buildTrace } from "../testdata/build";
import { storyTrace } from "../testdata/story";
import { at, buildModel, type TraceModel } from "./model";
import { findRepeats } from "./repeats";
import {
  buildRows,
  closeAll,
  closeBelow,
  isOpen,
  Opened,
  openAll,
  RowKind,
  type Rows,
  reveal,
  rowFor,
  toggle,
  wholeShape,
} from "./rows";

const m = buildModel(storyTrace());
const repeats = findRepeats(m);
const whole = wholeShape(m, repeats);

function names(of: TraceModel, rows: Rows): string[] {
  return Array.from(rows.span, (i, r) => `${["", "×", "…"][at(rows.kind, r)]}${of.names[at(of.name, i)]}`);
}

describe("repeats", () => {
  it("counts the 24 queries of one parent as one repeat, one after another", () => {
    expect(repeats.groups).toHaveLength(1);
    const g = repeats.groups[0];
    expect(g?.members).toHaveLength(24);
    expect(g?.sequential).toBe(true);
    expect(g?.sum).toBeCloseTo(24 * 18.4e6, -7);
  });

  it("says when they ran at the same time", () => {
    const spec = { depth: 1, service: "a", name: "q", startMs: 1, ms: 5 };
    const t = buildTrace("t", "0", [
      { depth: 0, service: "a", name: "root", startMs: 0, ms: 9 },
      ...Array.from({ length: 6 }, () => spec),
    ]);
    expect(findRepeats(buildModel(t)).groups[0]?.sequential).toBe(false);
  });

  it("leaves four of a kind alone", () => {
    const spec = { depth: 0, service: "a", name: "q", startMs: 1, ms: 5 };
    expect(findRepeats(buildModel(buildTrace("t", "0", [spec, spec, spec, spec]))).groups).toEqual([]);
  });
});

describe("rows", () => {
  it("shows a repeat once, then its first members, then all", () => {
    let shape = whole;
    let rows = buildRows(m, repeats, shape);
    expect(rows.count).toBe(m.count - 23);
    const head = names(m, rows).indexOf("×SELECT product by id");
    expect(isOpen(m, repeats, shape, rows, head)).toBe(false);
    shape = toggle(m, repeats, shape, rows, head);
    rows = buildRows(m, repeats, shape);
    expect(names(m, rows).slice(head, head + 6)).toEqual([
      "×SELECT product by id",
      "SELECT product by id",
      "SELECT product by id",
      "SELECT product by id",
      "…SELECT product by id",
      "rank",
    ]);
    shape = toggle(m, repeats, shape, rows, head + 4);
    rows = buildRows(m, repeats, shape);
    expect(rows.count).toBe(m.count + 1);
    shape = toggle(m, repeats, shape, rows, head);
    expect(buildRows(m, repeats, shape).count).toBe(m.count - 23);
  });

  it("shows every span when repeats are not grouped", () => {
    const rows = buildRows(m, repeats, { ...whole, group: false });
    expect([...rows.span]).toEqual(Array.from({ length: m.count }, (_, i) => i));
  });

  it("closes and opens, one and all", () => {
    const closed = buildRows(m, repeats, closeAll(m, whole));
    expect(names(m, closed)).toEqual(["GET /productpage", "ingress"]);
    const shape = toggle(m, repeats, whole, buildRows(m, repeats, whole), 0);
    expect(buildRows(m, repeats, shape).count).toBe(1);
    expect(buildRows(m, repeats, openAll(m, shape)).count).toBe(m.count - 23);
    expect(buildRows(m, repeats, closeBelow(m, whole, 2)).maxDepth).toBe(1);
  });

  it("draws the subtree of a new root from the left", () => {
    const root = m.spanIds.indexOf(m.spanIds[30] ?? "");
    const rows = buildRows(m, repeats, { ...whole, group: false, root });
    expect(at(rows.depth, 0)).toBe(0);
    expect(rows.count).toBe(at(m.end, root) - root);
  });

  it("reveals a span that is folded away in a closed parent and a closed repeat", () => {
    const deep = Array.from(m.name).lastIndexOf(m.names.indexOf("SELECT product by id"));
    const folded = closeAll(m, whole);
    const shape = reveal(m, repeats, folded, deep);
    expect(at(shape.opened, 0)).toBe(Opened.all);
    const rows = buildRows(m, repeats, shape);
    expect(at(rows.span, at(rows.rowOf, deep))).toBe(deep);
  });

  it("finds the row that stands for a hidden span", () => {
    const deep = Array.from(m.name).indexOf(m.names.indexOf("SELECT product by id"));
    const rows = buildRows(m, repeats, whole);
    expect(at(rows.kind, rowFor(m, repeats, rows, deep))).toBe(RowKind.repeat);
    const folded = buildRows(m, repeats, closeAll(m, whole));
    expect(rowFor(m, repeats, folded, deep)).toBe(1);
  });

  it("survives a chain of 100,000 spans and is quick on a wide trace", () => {
    const chain = buildTrace(
      "t",
      "0",
      Array.from({ length: 2 }, (_, i) => ({ depth: i, service: "a", name: "n", startMs: 0, ms: 1 })),
    );
    const n = 100_000;
    const ids = Array.from({ length: n }, (_, i) => i);
    const zero = ids.map(() => 0);
    chain.columns = {
      ...chain.columns,
      start: zero,
      duration: zero,
      self: zero,
      service: zero,
      name: zero,
      kind: zero,
      category: zero,
      flags: zero,
      parent: ids.map((i) => i - 1),
      end: ids.map(() => n),
      depth: ids,
      spanId: ids.map(String),
      critical: [],
      events: [],
    };
    const deep = buildModel(chain);
    const none = findRepeats(deep);
    expect(buildRows(deep, none, wholeShape(deep, none)).maxDepth).toBe(n - 1);
  });

  it("shows each span of any trace exactly once when all is open", () => {
    for (const seed of [1, 2, 3]) {
      const big = buildModel(bigTrace(2000, seed));
      const found = findRepeats(big);
      const rows = buildRows(big, found, {
        ...wholeShape(big, found),
        opened: new Uint8Array(found.groups.length).fill(Opened.all),
      });
      const shown = Array.from(rows.span).filter((_, r) => at(rows.kind, r) === RowKind.span);
      expect(shown.sort((a, b) => a - b)).toEqual(Array.from({ length: big.count }, (_, i) => i));
    }
  });
});
