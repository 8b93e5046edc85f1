// Sends traces, logs and metrics with OpenTelemetry's Node SDK.
//
//     node client.js PROTOCOL ENDPOINT COUNT      PROTOCOL is grpc, http or json
//
// Makes COUNT traces of two spans (SERVER with a CLIENT child) with an event,
// an exception and attributes of all types, and a log record in each, and counts them in the
// counter baskets.seen and the histogram basket.price. Prints one JSON line: the trace ids
// in hex. Exits 1 if an export failed.
import { context, diag, DiagLogLevel, metrics, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { logs, SeverityNumber } from '@opentelemetry/api-logs';
import { OTLPLogExporter as GrpcLogs } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPLogExporter as JsonLogs } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as HttpLogs } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPMetricExporter as GrpcMetrics } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPMetricExporter as JsonMetrics } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as HttpMetrics } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter as GrpcTraces } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as JsonTraces } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as HttpTraces } from '@opentelemetry/exporter-trace-otlp-proto';
import { NodeSDK, logs as sdkLogs, metrics as sdkMetrics, resources, tracing } from '@opentelemetry/sdk-node';

const [protocol, endpoint, count] = process.argv.slice(2);
let failed = 0;
const complain = (...words) => console.error(...words);
const fail = (...words) => {
  failed++;
  complain(...words);
};
diag.setLogger({ error: fail, warn: complain, info() {}, debug() {}, verbose() {} }, DiagLogLevel.WARN);

const base = `http://${endpoint}`;
const overHttp = (Traces, Logs, Metrics) => [
  new Traces({ url: `${base}/v1/traces`, compression: 'gzip' }),
  new Logs({ url: `${base}/v1/logs` }),
  new Metrics({ url: `${base}/v1/metrics` }),
];
const [spanExporter, logExporter, metricExporter] = {
  grpc: () => [new GrpcTraces({ url: base }), new GrpcLogs({ url: base }), new GrpcMetrics({ url: base })],
  http: () => overHttp(HttpTraces, HttpLogs, HttpMetrics),
  json: () => overHttp(JsonTraces, JsonLogs, JsonMetrics),
}[protocol]();
const sdk = new NodeSDK({
  resource: resources.resourceFromAttributes({ 'service.name': `node-${protocol}`, 'service.version': '1.2.3' }),
  spanProcessors: [new tracing.BatchSpanProcessor(spanExporter)],
  logRecordProcessors: [new sdkLogs.BatchLogRecordProcessor({ exporter: logExporter })],
  metricReaders: [new sdkMetrics.PeriodicExportingMetricReader({ exporter: metricExporter })],
  instrumentations: [],
});
sdk.start();

const tracer = trace.getTracer('e2e', '0.1');
const logger = logs.getLogger('e2e');
const meter = metrics.getMeter('e2e', '0.1');
const seen = meter.createCounter('baskets.seen');
const price = meter.createHistogram('basket.price');
const ids = [];
for (let i = 0; i < Number(count); i++) {
  const server = tracer.startSpan('GET /basket', {
    kind: SpanKind.SERVER,
    attributes: {
      'http.request.method': 'GET', 'http.route': '/basket', 'http.response.status_code': 503,
      'basket.items': i, 'basket.price': 12.5, 'basket.gift': true, 'basket.tags': ['a', 'ü', 'b'],
    },
  });
  server.addEvent('looked up', { 'cache.hit': false });
  ids.push(server.spanContext().traceId);
  const inside = trace.setSpan(context.active(), server);
  const client = tracer.startSpan('SELECT baskets', { kind: SpanKind.CLIENT }, inside);
  client.setAttributes({ 'db.system.name': 'postgresql', 'db.namespace': 'shop', 'server.address': 'shop-db' });
  client.recordException(new Error('no answer'));
  client.setStatus({ code: SpanStatusCode.ERROR, message: 'no answer' });
  client.end();
  logger.emit({
    context: inside, severityNumber: SeverityNumber.WARN, severityText: 'WARN',
    body: `basket ${i} is slow`, attributes: { 'basket.items': i },
  });
  seen.add(1, { 'basket.gift': true });
  price.record(12.5);
  server.end();
}
await sdk.shutdown();
console.log(JSON.stringify(ids));
process.exit(failed ? 1 : 0);
