// Writes OTLP requests as protobuf, as far as the journeys need them.
// Source: https://github.com/open-telemetry/opentelemetry-proto, trace.proto and logs.proto, v1.

export type Attributes = Readonly<Record<string, string | number>>;

export interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string | undefined;
  name: string;
  /** 2 server, 3 client. */
  kind: number;
  startMs: number;
  endMs: number;
  fault: boolean;
  attributes: Attributes;
}

export interface LogRecord {
  timeMs: number;
  severity: number;
  body: string;
  traceId: string;
  spanId: string;
}

/** An ExportTraceServiceRequest of one resource. */
export function traceRequest(resource: Attributes, spans: readonly Span[]): Uint8Array<ArrayBuffer> {
  const scope = message(2, ...spans.map((span) => message(2, spanFields(span))));
  return join(message(1, resourceFields(resource), scope));
}

/** An ExportLogsServiceRequest of one resource. */
export function logsRequest(resource: Attributes, records: readonly LogRecord[]): Uint8Array<ArrayBuffer> {
  const scope = message(2, ...records.map((record) => message(2, recordFields(record))));
  return join(message(1, resourceFields(resource), scope));
}

function resourceFields(attributes: Attributes): Uint8Array {
  return message(1, keyValues(1, attributes));
}

function spanFields(span: Span): Uint8Array {
  return join(
    bytes(1, hex(span.traceId)),
    bytes(2, hex(span.spanId)),
    span.parentSpanId ? bytes(4, hex(span.parentSpanId)) : empty,
    text(5, span.name),
    varint(6, span.kind),
    nanos(7, span.startMs),
    nanos(8, span.endMs),
    keyValues(9, span.attributes),
    span.fault ? message(15, text(2, "pool timeout"), varint(3, 2)) : empty,
  );
}

function recordFields(record: LogRecord): Uint8Array {
  return join(
    nanos(1, record.timeMs),
    varint(2, record.severity),
    message(5, text(1, record.body)),
    bytes(9, hex(record.traceId)),
    bytes(10, hex(record.spanId)),
  );
}

function keyValues(field: number, attributes: Attributes): Uint8Array {
  return join(
    ...Object.entries(attributes).map(([key, value]) =>
      message(field, text(1, key), message(2, typeof value === "string" ? text(1, value) : varint(3, value))),
    ),
  );
}

const empty = new Uint8Array(0);

function message(field: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return bytes(field, join(...parts));
}

function text(field: number, value: string): Uint8Array {
  return bytes(field, new TextEncoder().encode(value));
}

function bytes(field: number, value: Uint8Array): Uint8Array {
  return join(number((field << 3) | 2), number(value.length), value);
}

function varint(field: number, value: number): Uint8Array {
  return join(number(field << 3), number(value));
}

/** A fixed64 of Unix nanoseconds. */
function nanos(field: number, ms: number): Uint8Array {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, BigInt(Math.round(ms)) * 1_000_000n, true);
  return join(number((field << 3) | 1), out);
}

function number(value: number): Uint8Array {
  const out: number[] = [];
  let rest = value;
  while (rest > 127) {
    out.push((rest & 127) | 128);
    rest >>>= 7;
  }
  out.push(rest);
  return Uint8Array.from(out);
}

function hex(digits: string): Uint8Array {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function join(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
