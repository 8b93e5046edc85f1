import { describe, expect, test } from "vitest";
import type { Status } from "../api/types.gen";
import { plain } from "./code";
import { reasonsFor } from "./reasons";
import { addressesOf, reachable, snippetsFor } from "./snippets";

const window = { from: 10_000, to: 20_000 };

function status(patch: Partial<Status> = {}, spans = 0): Status {
  return {
    version: "test",
    startedMs: 0,
    nowMs: 20_000,
    listeners: [],
    received: [],
    store: {
      spans,
      logs: 0,
      bytes: 0,
      oldestMs: 12_000,
      newestMs: 18_000,
      quarantined: 0,
      retentionBytes: 0,
      retentionMs: 0,
    },
    dropped: 0,
    refused: 0,
    ...patch,
  };
}

const signal = (name: string, items: number) => ({ signal: name, items, perSecond: 0, lastMs: 0 });
const applying = (s: Status) =>
  reasonsFor(s, window)
    .filter((one) => one.applies)
    .map((one) => one.id);

describe("why a page is empty", () => {
  test("nothing came", () => {
    expect(applying(status())).toEqual(["nothing"]);
  });

  test("what came was refused", () => {
    expect(applying(status({ refused: 14 }))).toEqual(["nothing", "refused"]);
  });

  test("only logs came", () => {
    expect(applying(status({ received: [signal("traces", 0), signal("logs", 7)] }))).toEqual(["other"]);
  });

  test("all was dropped", () => {
    expect(applying(status({ received: [signal("traces", 9)], dropped: 9 }))).toEqual(["dropped"]);
  });

  test("it lies outside the range", () => {
    const old = status({ received: [signal("traces", 9)] }, 9);
    expect(applying(old)).toEqual([]);
    expect(
      reasonsFor(old, { from: 30_000, to: 40_000 })
        .filter((one) => one.applies)
        .map((one) => one.id),
    ).toEqual(["range"]);
  });

  test("a port that could not be opened is named", () => {
    const listener = {
      name: "OTLP gRPC",
      protocol: "grpc",
      address: ":4317",
      open: false,
      items: 0,
      refused: 0,
    };
    expect(reasonsFor(status({ listeners: [listener] }), window)[0]?.detail).toContain(
      "OTLP gRPC could not be opened",
    );
  });
});

describe("snippets", () => {
  test.each([
    ["0.0.0.0:4317", "box.internal", "box.internal:4317"],
    ["[::]:4317", "box.internal", "box.internal:4317"],
    [":4317", "::1", "[::1]:4317"],
    ["127.0.0.1:4317", "box.internal", "127.0.0.1:4317"],
    ["[::1]:4317", "box.internal", "[::1]:4317"],
  ])("an address %s on a page from %s is %s", (address, host, want) => {
    expect(reachable(address, host)).toBe(want);
  });

  test("name the ports that this process has opened", () => {
    const listeners = [
      { name: "OTLP gRPC", protocol: "grpc", address: "0.0.0.0:14317", open: true, items: 0, refused: 0 },
      { name: "OTLP HTTP", protocol: "http", address: "0.0.0.0:14318", open: true, items: 0, refused: 0 },
    ];
    const at = addressesOf(status({ listeners }), "box");
    const text = snippetsFor(at)
      .flatMap((one) => one.steps)
      .map((step) => plain(step.code))
      .join("\n");
    expect(text).toContain("OTEL_EXPORTER_OTLP_ENDPOINT=http://box:14318");
    expect(text).toContain('WithEndpoint("box:14317")');
    expect(text).toContain("address: box, port_value: 14317");
    expect(text).not.toMatch(/[‹›]/);
  });
});
