import { base } from "./browser";

// Sends an hour of a small shop to the binary's OTLP port, in which version v3
// of reviews waits for a connection pool of one and fails after two seconds.

interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  status?: { code: number; message?: string };
  attributes: object[];
}

const traces = 360;
const minutes = 50;

/** Sends the story once, and waits until the map shows it. */
export async function tellStory(): Promise<void> {
  const otlp = await otlpAddress();
  const services = new Map<string, { resource: object; spans: Span[]; logs: object[] }>();
  const now = Date.now();
  for (let i = 0; i < traces; i++) {
    const start = now - (minutes * 60_000 * (traces - i)) / traces - 20_000;
    oneTrace(services, i, start);
  }
  for (const { resource, spans, logs } of services.values()) {
    await send(`${otlp}/v1/traces`, { resourceSpans: [{ resource, scopeSpans: [{ scope: {}, spans }] }] });
    if (logs.length === 0) continue;
    await send(`${otlp}/v1/logs`, {
      resourceLogs: [{ resource, scopeLogs: [{ scope: {}, logRecords: logs }] }],
    });
  }
  await until(async () => {
    const map = (await (await fetch(`${base}api/v1/map`)).json()) as {
      nodes: { name: string; versions?: object[] }[];
    };
    return map.nodes.some((node) => node.name === "reviews" && (node.versions?.length ?? 0) > 1);
  });
}

type Services = Map<string, { resource: object; spans: Span[]; logs: object[] }>;

function oneTrace(services: Services, i: number, start: number) {
  const v3 = i % 5 === 0;
  const slow = v3 && i % 10 === 0;
  const traceId = hex(32);
  const wait = slow ? 2_000 + (i % 7) : 12 + (i % 9);
  const add = (
    service: string,
    version: string,
    span: {
      name: string;
      kind: number;
      from: number;
      to: number;
      parent?: string;
      fault?: boolean;
      attributes?: object[];
    },
  ) => {
    const key = `${service} ${version}`;
    const resource = { attributes: [text("service.name", service), text("service.version", version)] };
    const home = services.get(key) ?? { resource, spans: [], logs: [] };
    services.set(key, home);
    const spanId = hex(16);
    home.spans.push({
      traceId,
      spanId,
      ...(span.parent ? { parentSpanId: span.parent } : {}),
      name: span.name,
      kind: span.kind,
      startTimeUnixNano: nanos(start + span.from),
      endTimeUnixNano: nanos(start + span.to),
      ...(span.fault ? { status: { code: 2, message: "pool timeout" } } : {}),
      attributes: [...(span.attributes ?? []), integer("http.response.status_code", span.fault ? 504 : 200)],
    });
    return { spanId, home };
  };
  const reviews = v3 ? "v3" : "v2";
  const get = (path: string) => [text("http.request.method", "GET"), text("url.path", path)];
  const root = add("gateway", "1.4", {
    name: "GET /productpage",
    kind: 2,
    from: 0,
    to: wait + 30,
    fault: slow,
    attributes: get("/productpage"),
  });
  const page = add("productpage", "2.0", {
    name: "GET /productpage",
    kind: 2,
    from: 2,
    to: wait + 28,
    parent: root.spanId,
    fault: slow,
  });
  const call = add("productpage", "2.0", {
    name: "GET /reviews",
    kind: 3,
    from: 5,
    to: wait + 20,
    parent: page.spanId,
    fault: slow,
  });
  const served = add("reviews", reviews, {
    name: "GET /reviews/{id}",
    kind: 2,
    from: 6,
    to: wait + 18,
    parent: call.spanId,
    fault: slow,
  });
  const ask = add("reviews", reviews, {
    name: "GET /ratings",
    kind: 3,
    from: 8,
    to: wait + 16,
    parent: served.spanId,
    fault: slow,
  });
  if (slow) {
    served.home.logs.push({
      timeUnixNano: nanos(start + wait),
      severityNumber: 17,
      severityText: "ERROR",
      body: { stringValue: "waited 1000 ms for pool ratings (size 1), giving up" },
      traceId,
      spanId: served.spanId,
    });
  }
  const rating = add("ratings", "1.0", {
    name: "GET /ratings/{id}",
    kind: 2,
    from: wait + 4,
    to: wait + 13,
    parent: ask.spanId,
  });
  add("ratings", "1.0", {
    name: "find ratings",
    kind: 3,
    from: wait + 6,
    to: wait + 11,
    parent: rating.spanId,
    attributes: [
      text("db.system", "mongodb"),
      text("db.namespace", "ratings"),
      text("server.address", "ratings-db"),
    ],
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

async function send(url: string, body: object): Promise<void> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
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

function hex(digits: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(digits / 2)), (b) =>
    b.toString(16).padStart(2, "0"),
  ).join("");
}

function nanos(ms: number): string {
  return `${Math.round(ms)}000000`;
}

function text(key: string, value: string) {
  return { key, value: { stringValue: value } };
}

function integer(key: string, value: number) {
  return { key, value: { intValue: String(value) } };
}
