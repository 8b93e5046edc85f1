import type { Map as ServiceMap } from "../src/api/types.gen";
import { base } from "./browser";
import { type Attributes, type LogRecord, logsRequest, type Span, traceRequest } from "./otlp";

// Sends most of an hour of a small shop to the binary's OTLP port, in which version
// v3 of reviews waits for a connection pool of one and fails after two seconds.

/** A fifth of them go through v3; the panel judges a version from 100 requests on. */
const traces = 900;
const minutes = 50;

interface Home {
  resource: Attributes;
  spans: Span[];
  logs: LogRecord[];
}

/** Sends the story once, and waits until the map shows it. The binary's store should be empty before. */
export async function tellStory(): Promise<void> {
  const otlp = await otlpAddress();
  const homes = new Map<string, Home>();
  const now = Date.now();
  for (let i = 0; i < traces; i++) {
    oneTrace(homes, i, now - (minutes * 60_000 * (traces - i)) / traces - 20_000);
  }
  for (const { resource, spans, logs } of homes.values()) {
    await send(`${otlp}/v1/traces`, traceRequest(resource, spans));
    if (logs.length > 0) await send(`${otlp}/v1/logs`, logsRequest(resource, logs));
  }
  await until(async () => {
    const map = (await (await fetch(`${base}api/v1/map`)).json()) as ServiceMap;
    const reviews = map.nodes.find((node) => node.name === "reviews");
    const v3 = reviews?.versions?.find((one) => one.version === "v3");
    return (v3?.stats.requests ?? 0) >= traces / 5;
  });
}

/** One visit: gateway, productpage, reviews, ratings, its database. */
function oneTrace(homes: Map<string, Home>, i: number, start: number) {
  const slow = i % 10 === 0;
  const reviews = i % 5 === 0 ? "v3" : "v2";
  const wait = slow ? 2_000 + (i % 7) : 12 + (i % 9);
  const traceId = random(32);

  const add = (
    service: string,
    version: string,
    name: string,
    kind: number,
    [from, to]: readonly [number, number],
    parentSpanId?: string,
    more: { fault?: boolean; attributes?: Attributes } = {},
  ) => {
    const key = `${service} ${version}`;
    const resource = { "service.name": service, "service.version": version };
    const home: Home = homes.get(key) ?? { resource, spans: [], logs: [] };
    homes.set(key, home);
    const spanId = random(16);
    const { fault = false, attributes = {} } = more;
    home.spans.push({
      traceId,
      spanId,
      parentSpanId,
      name,
      kind,
      startMs: start + from,
      endMs: start + to,
      fault,
      attributes: {
        "http.request.method": "GET",
        "http.response.status_code": fault ? 504 : 200,
        ...attributes,
      },
    });
    return { spanId, home };
  };
  // The page is shown without its stars: only reviews and its calls fail.
  const fault = { fault: slow };
  const root = add("gateway", "1.4", "GET /productpage", 2, [0, wait + 30]);
  const page = add("productpage", "2.0", "GET /productpage", 2, [2, wait + 28], root.spanId);
  const call = add("productpage", "2.0", "GET /reviews", 3, [5, wait + 20], page.spanId, fault);
  const served = add("reviews", reviews, "GET /reviews/{id}", 2, [6, wait + 18], call.spanId, fault);
  const ask = add("reviews", reviews, "GET /ratings", 3, [8, wait + 16], served.spanId, fault);
  const rating = add("ratings", "1.0", "GET /ratings/{id}", 2, [wait + 4, wait + 13], ask.spanId);
  add("ratings", "1.0", "find ratings", 3, [wait + 6, wait + 11], rating.spanId, {
    attributes: { "db.system": "mongodb", "db.namespace": "ratings", "server.address": "ratings-db" },
  });
  if (!slow) return;
  served.home.logs.push({
    timeMs: start + wait,
    severity: 17,
    body: "waited 1000 ms for pool ratings (size 1), giving up",
    traceId,
    spanId: served.spanId,
  });
}

async function otlpAddress(): Promise<string> {
  const status = (await (await fetch(`${base}api/v1/status`)).json()) as {
    listeners: { name: string; protocol: string; address: string; open: boolean }[];
  };
  const listener = status.listeners.find(
    (one) => one.open && /otlp/i.test(one.name) && one.protocol === "http",
  );
  if (!listener) throw new Error(`no OTLP/HTTP listener is open: ${JSON.stringify(status.listeners)}`);
  return `http://${listener.address.replace(/^(0\.0\.0\.0|\[::\])?:/, "127.0.0.1:")}`;
}

async function send(url: string, body: Uint8Array<ArrayBuffer>): Promise<void> {
  const headers = { "content-type": "application/x-protobuf" };
  const response = await fetch(url, { method: "POST", headers, body });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
}

/** Asks until it is so. What is sent is kept after at most a few seconds. */
async function until(done: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 20_000;
  while (!(await done())) {
    if (Date.now() > end) throw new Error("the story does not appear on the map");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function random(digits: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(digits / 2)), (b) =>
    b.toString(16).padStart(2, "0"),
  ).join("");
}
