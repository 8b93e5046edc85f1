"""Sends traces, logs and metrics with OpenTelemetry's Python SDK.

    client.py PROTOCOL ENDPOINT COUNT      PROTOCOL is grpc or http

Makes COUNT traces of two spans (SERVER with a CLIENT child) with an event, a
link, an exception and attributes of all types, and a log record in each, and
counts them in the counter baskets.seen and the histogram basket.price. Prints one JSON line: the trace ids in hex. Exits 1 if an export failed.
"""

import json
import logging
import sys
import threading

from opentelemetry import trace
from opentelemetry._logs import set_logger_provider
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Link, SpanKind, Status, StatusCode


def exporters(protocol, endpoint):
    if protocol == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
        from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

        return (
            OTLPSpanExporter(endpoint=endpoint, insecure=True),
            OTLPLogExporter(endpoint=endpoint, insecure=True),
            OTLPMetricExporter(endpoint=endpoint, insecure=True),
        )
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    base = f"http://{endpoint}"
    return (
        OTLPSpanExporter(endpoint=f"{base}/v1/traces", compression=Compression.Gzip),
        OTLPLogExporter(endpoint=f"{base}/v1/logs", compression=Compression.Deflate),
        OTLPMetricExporter(endpoint=f"{base}/v1/metrics"),
    )


class Counting(SpanExporter):
    """Remembers whether an export failed, which the SDK only logs."""

    def __init__(self, inner):
        self.inner, self.failed, self.lock = inner, 0, threading.Lock()

    def export(self, spans):
        result = self.inner.export(spans)
        if result is not SpanExportResult.SUCCESS:
            with self.lock:
                self.failed += len(spans)
        return result

    def shutdown(self):
        self.inner.shutdown()


def main():
    protocol, endpoint, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    span_exporter, log_exporter, metric_exporter = exporters(protocol, endpoint)
    counting = Counting(span_exporter)
    resource = Resource.create({"service.name": f"python-{protocol}", "service.version": "1.2.3"})
    traces = TracerProvider(resource=resource)
    traces.add_span_processor(BatchSpanProcessor(counting))
    logs = LoggerProvider(resource=resource)
    logs.add_log_record_processor(BatchLogRecordProcessor(log_exporter))
    set_logger_provider(logs)
    log = logging.getLogger("client")
    log.setLevel(logging.INFO)
    log.addHandler(LoggingHandler(logger_provider=logs))
    tracer = traces.get_tracer("e2e", "0.1")
    metrics = MeterProvider(metric_readers=[PeriodicExportingMetricReader(metric_exporter)], resource=resource)
    meter = metrics.get_meter("e2e", "0.1")
    seen, price = meter.create_counter("baskets.seen"), meter.create_histogram("basket.price")

    ids, before = [], None
    for i in range(count):
        links = [Link(before)] if before else []
        with tracer.start_as_current_span("GET /basket", kind=SpanKind.SERVER, links=links) as server:
            server.set_attributes({
                "http.request.method": "GET", "http.route": "/basket", "http.response.status_code": 503,
                "basket.items": i, "basket.price": 12.5, "basket.gift": True, "basket.tags": ["a", "ü", "b"],
            })
            server.add_event("looked up", {"cache.hit": False})
            before = server.get_span_context()
            ids.append(trace.format_trace_id(before.trace_id))
            with tracer.start_as_current_span("SELECT baskets", kind=SpanKind.CLIENT) as client:
                client.set_attributes({"db.system.name": "postgresql", "db.namespace": "shop", "server.address": "shop-db"})
                client.record_exception(TimeoutError("no answer"))
                client.set_status(Status(StatusCode.ERROR, "no answer"))
            seen.add(1, {"basket.gift": True})
            price.record(12.5)
            log.warning("basket %d is slow", i, extra={"basket.items": i})
    traces.shutdown()
    logs.shutdown()
    metrics.shutdown()
    print(json.dumps(ids))
    return 1 if counting.failed else 0


if __name__ == "__main__":
    sys.exit(main())
