package demo

import (
	"context"
	"errors"
	"os"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploggrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/propagation"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
)

// scopeName is the instrumentation scope of what the demo writes itself.
const scopeName = "github.com/oriel-io/oriel/demo"

// w3c is how the services hand on the trace.
var w3c = propagation.TraceContext{}

// outlet is where telemetry goes: one OTLP connection for all services.
type outlet struct {
	conn *grpc.ClientConn
	// report is told of exports that failed for good.
	report func(error)
	// patient outlets make the producer wait while the queue is full, where
	// live services would rather lose a span than time.
	patient bool
}

// telemetry is one service's own SDK, as if it were a process of its own.
type telemetry struct {
	traces *sdktrace.TracerProvider
	logs   *sdklog.LoggerProvider
	tracer trace.Tracer
	logger log.Logger
}

func newTelemetry(ctx context.Context, s spec, out outlet) (*telemetry, error) {
	spans, err := otlptracegrpc.New(ctx, otlptracegrpc.WithGRPCConn(out.conn))
	if err != nil {
		return nil, err
	}
	records, err := otlploggrpc.New(ctx, otlploggrpc.WithGRPCConn(out.conn))
	if err != nil {
		return nil, err
	}
	// Some seconds of refusals are bridged.
	options := []sdktrace.BatchSpanProcessorOption{sdktrace.WithBatchTimeout(time.Second), sdktrace.WithMaxQueueSize(8192)}
	if out.patient {
		// An hour in ten seconds: services with few spans must not lag behind by minutes of that hour.
		options = []sdktrace.BatchSpanProcessorOption{sdktrace.WithBatchTimeout(20 * time.Millisecond), sdktrace.WithBlocking()}
	}
	res := describe(s)
	t := &telemetry{
		traces: sdktrace.NewTracerProvider(sdktrace.WithResource(res), sdktrace.WithBatcher(quietSpans{spans, out.report}, options...)),
		logs: sdklog.NewLoggerProvider(sdklog.WithResource(res), sdklog.WithProcessor(
			sdklog.NewBatchProcessor(quietLogs{records, out.report}, sdklog.WithExportInterval(time.Second), sdklog.WithMaxQueueSize(8192)))),
	}
	t.tracer = t.traces.Tracer(scopeName)
	t.logger = t.logs.Logger(scopeName)
	return t, nil
}

// close sends what is still queued.
func (t *telemetry) close(ctx context.Context) error {
	return errors.Join(t.traces.Shutdown(ctx), t.logs.Shutdown(ctx))
}

// describe is the resource of a service.
func describe(s spec) *resource.Resource {
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	return resource.NewSchemaless(
		attribute.String("service.name", s.name),
		attribute.String("service.version", s.version),
		attribute.String("service.namespace", "bookshop"),
		attribute.String("service.instance.id", s.name+"-"+s.version),
		attribute.String("deployment.environment.name", "demo"),
		attribute.String("host.name", host),
		attribute.Int("process.pid", os.Getpid()),
		attribute.String("telemetry.sdk.name", "opentelemetry"),
		attribute.String("telemetry.sdk.language", "go"),
	)
}

// say writes a log record that belongs to the span of ctx. A zero time means now.
func (t *telemetry) say(ctx context.Context, at time.Time, level log.Severity, body string, attrs ...attribute.KeyValue) {
	if at.IsZero() {
		at = time.Now()
	}
	var r log.Record
	r.SetTimestamp(at)
	r.SetObservedTimestamp(at)
	r.SetSeverity(level)
	r.SetSeverityText(level.String())
	r.SetBody(attribute.StringValue(body))
	r.AddAttributes(attrs...)
	t.logger.Emit(ctx, r)
}

// sayOutcome writes the line that every request ends with, if it ended badly.
func (t *telemetry) sayOutcome(ctx context.Context, at time.Time, route string, f *failure) {
	level := log.SeverityWarn
	if f.status >= 500 {
		level = log.SeverityError
	}
	t.say(ctx, at, level, route+": "+f.reason, attribute.Int("http.response.status_code", f.status), attribute.String("http.route", route))
}

// quietSpans and quietLogs hand a failed export to report, where the SDK would
// tell a handler that is global to the process.
type quietSpans struct {
	sdktrace.SpanExporter
	report func(error)
}

func (q quietSpans) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if err := q.SpanExporter.ExportSpans(ctx, spans); err != nil {
		q.report(err)
	}
	return nil
}

type quietLogs struct {
	sdklog.Exporter
	report func(error)
}

func (q quietLogs) Export(ctx context.Context, records []sdklog.Record) error {
	if err := q.Exporter.Export(ctx, records); err != nil {
		q.report(err)
	}
	return nil
}
