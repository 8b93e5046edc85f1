// Generated from api/ui/types.go by "go generate ./api/ui". Do not edit.

/** 32 lower-case hex digits. */
export type TraceId = string & { readonly __brand?: "TraceId" };
/** 16 lower-case hex digits. */
export type SpanId = string & { readonly __brand?: "SpanId" };
/** An instant in Unix nanoseconds as a decimal string: a JSON number would lose digits. BigInt() reads it. */
export type InstantNs = string & { readonly __brand?: "InstantNs" };
/** An instant in Unix milliseconds. */
export type InstantMs = number & { readonly __brand?: "InstantMs" };
/** A length of time in nanoseconds. */
export type Nanos = number & { readonly __brand?: "Nanos" };
/** A length of time in milliseconds. */
export type Millis = number & { readonly __brand?: "Millis" };

/** Problem is an error answer (application/problem+json, RFC 9457). */
export interface Problem {
  /** what is wrong, in a few words */
  title: string;
  /** the HTTP status */
  status: number;
  /** the value, and what to do */
  detail?: string;
  /** the parameter that is wrong */
  field?: string;
}

/** Range is a time window in Unix milliseconds, to exclusive. */
export interface Range {
  from: InstantMs;
  to: InstantMs;
}

/** Work says what an answer took and whether it is whole. */
export interface Work {
  rowsScanned: number;
  rowsMatched: number;
  rowsTotal: number;
  bytesScanned: number;
  tookMs: Millis;
  complete: boolean;
  /** damaged blocks that were left out */
  quarantined: number;
}

/** Status is what the process listens on, has received, keeps and dropped. */
export interface Status {
  version: string;
  startedMs: InstantMs;
  nowMs: InstantMs;
  listeners: ListenerStatus[];
  /** traces, logs, metrics */
  received: SignalStatus[];
  store: StoreStatus;
  /** items, since the start */
  dropped: number;
  /** items or requests that were answered with an error */
  refused: number;
  /** What became of loading the configuration again; absent if it never was. */
  reload?: ReloadStatus;
}

/** ReloadStatus is the last time that the configuration was loaded again. */
export interface ReloadStatus {
  /** success, invalid, failed */
  result: string;
  error?: string;
  atMs: InstantMs;
}

/** ListenerStatus is one open, or not opened, address. */
export interface ListenerStatus {
  /** "OTLP gRPC" */
  name: string;
  /** grpc, http, udp */
  protocol: string;
  /** host:port */
  address: string;
  open: boolean;
  /** why it is not open */
  error?: string;
  items: number;
  refused: number;
}

/** SignalStatus counts what came in. */
export interface SignalStatus {
  signal: string;
  items: number;
  /** over the last ten seconds */
  perSecond: number;
  /** 0: never */
  lastMs: InstantMs;
}

/** StoreStatus is the state of the embedded store. */
export interface StoreStatus {
  spans: number;
  logs: number;
  bytes: number;
  /** 0: empty */
  oldestMs: InstantMs;
  newestMs: InstantMs;
  quarantined: number;
  retentionBytes: number;
  retentionMs: Millis;
  /** why writes are refused */
  error?: string;
}

/** Timeline is requests and faults over time, for the time control. */
export interface Timeline {
  range: Range;
  stepMs: Millis;
  requests: number[];
  faults: number[];
}

/** Map is the service map of a range. */
export interface Map {
  /** whole minutes */
  range: Range;
  nodes: MapNode[];
  edges: MapEdge[];
  /** of the requests that enter from the client */
  total: MapStats;
  work: Work;
}

/** MapStats are requests by outcome and their latencies. */
export interface MapStats {
  requests: number;
  ok: number;
  /** 4xx */
  error: number;
  /** 429 */
  throttle: number;
  /** 5xx or failed */
  fault: number;
  /** over the part of the range from the store's first data to now */
  perSecond: number;
  /** nanoseconds; 0 without requests */
  p50: number;
  p95: number;
  p99: number;
  /** [bucket, count]; a bucket ends at 2^((bucket+1)/8) nanoseconds */
  histogram: [number, number][];
  slowTrace?: TraceId;
}

/** NodeKind says what a node of the map is. */
export type NodeKind = "service" | "client" | "database" | "queue" | "external";

/** Outcome of a request, in the order of the codes 0 to 3 in TraceColumns.Category. */
export type Outcome = "ok" | "error" | "throttle" | "fault";

/** MapNode is a service, the client, or something inferred from calls to it. */
export interface MapNode {
  id: string;
  kind: NodeKind;
  name: string;
  namespace?: string;
  /** of inferred nodes: postgresql, redis, kafka, http */
  system?: string;
  stats: MapStats;
  /** two or more, by version; empty if only one */
  versions?: MapVersion[];
}

/** MapVersion is the part of a service's requests that one version served. */
export interface MapVersion {
  version: string;
  stats: MapStats;
}

/**
 * MapEdge is calls from one node to another, as the caller saw them. There is
 * one edge for each pair of versions; versions are empty where a node has only one.
 */
export interface MapEdge {
  /** MapNode.ID */
  from: string;
  to: string;
  fromVersion?: string;
  toVersion?: string;
  stats: MapStats;
}

/** TraceList is a page of search results: one row a trace. */
export interface TraceList {
  range: Range;
  traces: TraceSummary[];
  /** pass as after for the next page */
  after?: string;
  /** RowsMatched counts spans */
  work: Work;
}

/** TraceSummary is one trace of a list. */
export interface TraceSummary {
  traceId: TraceId;
  rootName: string;
  rootService: string;
  startNs: InstantNs;
  /** from the first start to the last end */
  durationNs: Nanos;
  spans: number;
  /** of the root */
  status: Outcome;
  httpStatus?: number;
  /** spans with fault */
  faults: number;
  /** its root is not (yet) here */
  partial?: boolean;
  /** where the time went, along the critical path, longest services */
  path: PathSegment[];
  /** the span by which it was found and sorted */
  match: MatchedSpan;
}

/** PathSegment is a service's share of a trace's critical path, in order of first entry. */
export interface PathSegment {
  service: string;
  version?: string;
  selfNs: Nanos;
}

/** MatchedSpan is the span of a trace that fulfilled the search. */
export interface MatchedSpan {
  service: string;
  name: string;
  durationNs: Nanos;
  startNs: InstantNs;
}

/** Heatmap is matching spans by start and duration. */
export interface Heatmap {
  range: Range;
  stepMs: Millis;
  /** Cells are [column, bucket, count, faults]; bucket as in MapStats.Histogram. */
  cells: [number, number, number, number][];
  /** all columns together */
  histogram: [number, number][];
  work: Work;
}

/**
 * Trace is one trace in columns, parents before children, depth first; siblings by start.
 * Span i is described by element i of each column.
 */
export interface Trace {
  traceId: TraceId;
  startNs: InstantNs;
  durationNs: Nanos;
  /** elements in each column, stand-ins for missing parents included */
  spans: number;
  /** dictionary for Service */
  services: TraceService[];
  /** dictionary for Name */
  names: string[];
  columns: TraceColumns;
  /** clocks that were corrected */
  skew?: SkewNote[];
  /** parents that are referred to and not there */
  missing: number;
  logCount: number;
}

/** TraceService is a service that takes part in a trace. */
export interface TraceService {
  name: string;
  version?: string;
}

/** SkewNote says that a service's clock was moved to keep children inside their parents. */
export interface SkewNote {
  /** index in Services */
  service: number;
  movedNs: Nanos;
}

/** TraceColumns has one element a span. */
export interface TraceColumns {
  /** nanoseconds after Trace.StartNs, clock corrected */
  start: number[];
  /** nanoseconds */
  duration: number[];
  /** nanoseconds not covered by children */
  self: number[];
  /** index, -1 for a root */
  parent: number[];
  /** index after the last descendant */
  end: number[];
  depth: number[];
  /** index in Services */
  service: number[];
  /** index in Names */
  name: number[];
  /** OTLP's span kind, 0 to 5 */
  kind: number[];
  /** 0 ok, 1 error, 2 throttle, 3 fault */
  category: number[];
  /** 1: a proxy's span, 2: stands for a missing parent, 4: has events, 8: has links, 16: shares its id with its parent (Zipkin) */
  flags: number[];
  /** triples: span index, start, end of each stretch of the critical path, nanoseconds after Trace.StartNs */
  critical: number[];
  /** 16 hex digits */
  spanId: SpanId[];
  /** pairs: span index, nanoseconds after Trace.StartNs */
  events: number[];
}

/** SpanDetails is the answer about some spans of a trace. */
export interface SpanDetails {
  /** in the order of the indexes asked for */
  spans: SpanDetail[];
}

/** SpanDetail is all that is known of one span. */
export interface SpanDetail {
  index: number;
  spanId: SpanId;
  parentId?: SpanId;
  startNs: InstantNs;
  scope?: string;
  /** unset, ok, error */
  statusCode: string;
  statusMessage?: string;
  httpStatus?: number;
  traceState?: string;
  attributes: Attribute[];
  resource: Attribute[];
  events: SpanEvent[];
  links: SpanLink[];
  /** only if at most ten spans are asked for */
  peers?: Peers;
}

/**
 * Peers sets a span beside those of the same service, operation and kind in
 * the last hour; an older span, in the hour around it.
 */
export interface Peers {
  /** the span itself included */
  count: number;
  /** share of peers that were faster, 0 to 100; of those in the same bucket, half */
  percentile: number;
  histogram: [number, number][];
}

/** Attribute is a key with its value as text and its type. */
export interface Attribute {
  key: string;
  /** arrays and maps as JSON */
  value: string;
  /** string, int, double, bool, bytes (base64), json */
  type: string;
}

/** SpanEvent happened within a span. */
export interface SpanEvent {
  name: string;
  timeNs: InstantNs;
  attributes: Attribute[];
}

/** SpanLink points to another span. */
export interface SpanLink {
  traceId: TraceId;
  spanId: SpanId;
  attributes: Attribute[];
}

/** LogList is a page of log records. */
export interface LogList {
  logs: LogLine[];
  after?: string;
  work: Work;
}

/** LogLine is one log record. */
export interface LogLine {
  timeNs: InstantNs;
  /** trace, debug, info, warn, error, fatal, or empty */
  severity: string;
  service: string;
  version?: string;
  body: string;
  traceId?: TraceId;
  spanId?: SpanId;
  attributes: Attribute[];
  resource: Attribute[];
}

/** Names is a list of names with how often each occurs. */
export interface Names {
  names: NameCount[];
  /** counts are exact */
  exact: boolean;
  /** the list was cut */
  more: boolean;
}

/** NameCount is one name. */
export interface NameCount {
  name: string;
  count: number;
}

/** DropList is the drop ledger: what was given up, by whom and why. */
export interface DropList {
  drops: Drop[];
}

/** Drop is one reason of one component. */
export interface Drop {
  component: string;
  signal: string;
  reason: string;
  items: number;
  firstMs: InstantMs;
  lastMs: InstantMs;
  /** trace ids or first bytes, at most ten */
  samples: string[];
}
