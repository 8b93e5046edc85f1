import { describe, expect, it } from "vitest";
import { bigTrace } from "../testdata/big";
import { storyTrace } from "../testdata/story";
import { ancestors, at, BadTrace, buildModel, entersService, faultOrigins, hiddenFaults } from "./model";

const story = buildModel(storyTrace());
const spanNamed = (name: string): number =>
  story.names.indexOf(name) < 0 ? -1 : Array.from(story.name).indexOf(story.names.indexOf(name));

describe("buildModel", () => {
  it("gives each span its stretches of the critical path and its events", () => {
    const root = 0;
    expect([at(story.critFirst, root), at(story.critFirst, root + 1)]).toEqual([0, 2]);
    expect(Array.from(story.critStart.slice(0, 2))).toEqual([0, 2041.6e6]);
    const acquire = spanNamed("pool.acquire ratings");
    expect(story.eventAt[at(story.eventFirst, acquire)]).toBe(1141e6);
  });

  it("sorts stretches that come last first", () => {
    const t = storyTrace();
    t.columns.critical = [0, 50, 60, 0, 10, 20];
    const m = buildModel(t);
    expect([...m.critStart]).toEqual([10, 50]);
    expect([...m.critEnd]).toEqual([20, 60]);
  });

  it.each([
    ["a short column", (t: ReturnType<typeof storyTrace>) => t.columns.depth.pop(), /depth has/],
    [
      "a parent after its child",
      (t: ReturnType<typeof storyTrace>) => (t.columns.parent[3] = 9),
      /Span 3 has parent 9/,
    ],
    [
      "a subtree that ends before it begins",
      (t: ReturnType<typeof storyTrace>) => (t.columns.end[4] = 2),
      /Span 4/,
    ],
    ["an unknown service", (t: ReturnType<typeof storyTrace>) => (t.columns.service[2] = 99), /dictionary/],
  ])("refuses %s", (_, spoil, message) => {
    const t = storyTrace();
    spoil(t);
    expect(() => buildModel(t)).toThrow(BadTrace);
    expect(() => buildModel(t)).toThrow(message);
  });
});

describe("walks", () => {
  it("names a service where the work enters it, through proxies", () => {
    const reviews = spanNamed("GET /reviews/{id}");
    expect(entersService(story, reviews)).toBe(true);
    expect(entersService(story, spanNamed("ReviewService.list"))).toBe(false);
    expect(entersService(story, spanNamed("egress reviews"))).toBe(false);
  });

  it("lists ancestors from the root down", () => {
    const up = ancestors(story, spanNamed("jwt.verify")).map((i) => story.names[at(story.name, i)]);
    expect(up[0]).toBe("GET /productpage");
    expect(up.at(-1)).toBe("ReviewService.list");
  });

  it("finds where a fault began", () => {
    const names = faultOrigins(story, 10).map((i) => story.names[at(story.name, i)]);
    expect(names).toEqual(["pool.acquire ratings"]);
    expect(hiddenFaults(story, 0)).toBe(5);
  });

  it("agrees with a recount on a generated trace", () => {
    const m = buildModel(bigTrace(3000, 7));
    for (const i of [0, 17, 900, 2999]) {
      let faults = 0;
      for (let c = i + 1; c < at(m.end, i); c++) if (at(m.category, c) === 3) faults++;
      expect(hiddenFaults(m, i)).toBe(faults);
    }
  });
});
