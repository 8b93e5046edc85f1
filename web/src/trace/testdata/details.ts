import type { Attribute, LogList, SpanDetail, Trace } from "../../api/types.gen";

const text = (key: string, value: string): Attribute => ({ key, value, type: "string" });

/** peersHistogram has most of its mass around 15 ms, a shoulder at 60 ms, and a few at two seconds. */
export function peersHistogram(): [number, number][] {
  const out: [number, number][] = [];
  for (let b = 160; b < 250; b++) {
    const v = (b / 8) * Math.log10(2) - 6;
    const bell = (at: number, width: number) => Math.exp(-((v - at) ** 2) / width);
    const n = Math.round(200_000 * (bell(1.2, 0.07) + 0.2 * bell(1.8, 0.06) + 0.004 * bell(3.3, 0.003)));
    if (n > 0) out.push([b, n]);
  }
  return out;
}

/** spanDetail makes up attributes that fit a span of the story. */
export function spanDetail(trace: Trace, i: number): SpanDetail {
  const c = trace.columns;
  const service = trace.services[c.service[i] ?? 0];
  const name = trace.names[c.name[i] ?? 0] ?? "";
  const fault = c.category[i] === 3;
  const proxy = (c.flags[i] ?? 0) & 1;
  const attributes: Attribute[] = [];
  if (/^GET /.test(name)) {
    const host = /^GET (\w+:\d+)/.exec(name)?.[1];
    attributes.push(text("http.request.method", "GET"), {
      key: "http.response.status_code",
      value: fault ? "504" : "200",
      type: "int",
    });
    if (host)
      attributes.push(
        text("server.address", host),
        text("upstream.cluster", `${host.split(":")[0]}|v3|9080`),
      );
    attributes.push(text("url.path", name.replace(/^GET [^/]*/, "")));
    if (fault) attributes.push(text("error.type", "PoolTimeout"), text("envoy.response_flags", "UT"));
  }
  if (proxy)
    attributes.push(
      text("node_id", `sidecar~10.0.3.41~${service?.name}`),
      text("upstream_cluster", `outbound|9080||${service?.name}`),
    );
  if (/^(SELECT|mongodb|redis)/.test(name))
    attributes.push(text("db.system", "mongodb"), text("db.query.text", name));
  const reviews = service?.name === "reviews" || service?.name === "ratings";
  return {
    index: i,
    spanId: c.spanId[i] ?? "",
    parentId: c.spanId[c.parent[i] ?? -1] ?? "",
    startNs: String(BigInt(trace.startNs) + BigInt(c.start[i] ?? 0)),
    scope: proxy ? "envoy" : "http",
    statusCode: fault ? "error" : "unset",
    ...(fault && name.startsWith("pool")
      ? { statusMessage: "PoolTimeout: waited 995 ms for a connection, pool size 1" }
      : {}),
    ...(/^GET /.test(name) ? { httpStatus: fault ? 504 : 200 } : {}),
    attributes,
    resource: [
      text("service.name", service?.name ?? ""),
      text("service.version", service?.version ?? "1.19.0"),
      text("ecs.task-definition", `${service?.name}:112`),
      text("host.name", reviews ? "ip-10-0-7-12" : "ip-10-0-3-41"),
      text("cloud.availability_zone", reviews ? "eu-west-1b" : "eu-west-1a"),
    ],
    events:
      (c.flags[i] ?? 0) & 4
        ? [
            {
              name: fault ? "exception" : "render",
              timeNs: String(BigInt(trace.startNs) + BigInt(c.start[i] ?? 0)),
              attributes: [text("exception.type", "PoolTimeout")],
            },
          ]
        : [],
    links: [],
    peers: { count: 1_550_000, percentile: fault ? 99.9 : 62, histogram: peersHistogram() },
  };
}

/** storyLogs are the three lines that the story's call left behind. */
export function storyLogs(trace: Trace): LogList {
  const line = (name: string, ms: number, severity: string, body: string) => {
    const i = trace.columns.name.indexOf(trace.names.indexOf(name));
    return {
      timeNs: String(BigInt(trace.startNs) + BigInt(Math.round(ms * 1e6))),
      severity,
      service: "reviews",
      version: "v3",
      body,
      traceId: trace.traceId,
      spanId: trace.columns.spanId[i] ?? "",
      attributes: [],
      resource: [],
    };
  };
  return {
    logs: [
      line("pool.acquire ratings", 1141, "error", "waited 995 ms for pool ratings (size 1)"),
      line("backoff", 1191, "info", "retry 1 of 1 after 50 ms"),
      line("GET ratings:9080/ratings/7", 2003, "info", "ratings answered in 9 ms"),
    ],
    work: {
      rowsScanned: 3,
      rowsMatched: 3,
      rowsTotal: 3,
      bytesScanned: 900,
      tookMs: 1,
      complete: true,
      quarantined: 0,
    },
  };
}
