/**
 * Reads a trace id however it was pasted: 32 hex digits (W3C, OTLP), 16 (Zipkin),
 * X-Ray's 1-58406520-a006649127e371903a2de979 with or without "Root=", or a whole
 * traceparent header. Returns 32 lower-case hex digits.
 *
 * Sources: https://www.w3.org/TR/trace-context/#traceparent-header,
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids
 */
export function readTraceId(pasted: string): string | undefined {
  const text = pasted.trim().toLowerCase();
  const xray = /(?:^|root=)1-([0-9a-f]{8})-([0-9a-f]{24})(?:;|$)/.exec(text);
  const parent = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/.exec(text);
  const plain = /^(?:[0-9a-f]{32}|[0-9a-f]{16})$/.exec(text);
  const id = xray ? `${xray[1]}${xray[2]}` : (parent?.[1] ?? plain?.[0].padStart(32, "0"));
  return id === undefined || /^0+$/.test(id) ? undefined : id;
}
