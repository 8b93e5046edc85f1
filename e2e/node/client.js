// Sends traces and logs with OpenTelemetry's Node SDK.
//
//     node client.js PROTOCOL ENDPOINT COUNT      PROTOCOL is grpc or http
//
// Makes COUNT traces of two spans (SERVER with a CLIENT child) with an event,
// an exception and attributes of all types, and a log record in each. Prints
// one JSON line: the trace ids in hex. Exits 1 if an export failed.
import { context, diag, DiagLogLevel, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { logs, SeverityNumber } from '@opentelemetry/api-logs';
import { OTLPLogExporter as GrpcLogs } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPLogExporter as HttpLogs } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPTraceExporter as GrpcTraces } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as HttpTraces } from '@opentelemetry/exporter-trace-otlp-proto';
import { NodeSDK, logs as sdkLogs, resources, tracing } from '@opentelemetry/sdk-node';

const [protocol, endpoint, count] = process.argv.slice(2);
let failed = 0;
const complain = (...words) => console.error(...words);
const fail = (...words) => {
  failed++;
  complain(...words);
};
diag.setLogger({ error: fail, warn: complain, info() {}, debug() {}, verbose() {} }, DiagLogLevel.WARN);

const base = `http://${endpoint}`;
const [spanExporter, logExporter] =
  protocol === 'grpc'
    ? [new GrpcTraces({ url: base }), new GrpcLogs({ url: base })]
    : [new HttpTraces({ url: `${base}/v1/traces`, compression: 'gzip' }), new HttpLogs({ url: `${base}/v1/logs` })];
const sdk = new NodeSDK({
  resource: resources.resourceFromAttributes({ 'service.name': `node-${protocol}`, 'service.version': '1.2.3' }),
  spanProcessors: [new tracing.BatchSpanProcessor(spanExporter)],
  logRecordProcessors: [new sdkLogs.BatchLogRecordProcessor({ exporter: logExporter })],
  instrumentations: [],
});
sdk.start();

const tracer = trace.getTracer('e2e', '0.1');
const logger = logs.getLogger('e2e');
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
  server.end();
}
await sdk.shutdown();
console.log(JSON.stringify(ids));
process.exit(failed ? 1 : 0);
