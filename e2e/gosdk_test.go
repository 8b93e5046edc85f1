//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploggrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/log"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// goExporters are the SDK's exporters for one protocol, traces and logs compressed.
func goExporters(t *testing.T, protocol string, c *collector) (traces sdktrace.SpanExporter, logs sdklog.Exporter, metrics sdkmetric.Exporter) {
	t.Helper()
	ctx := t.Context()
	var errs [3]error
	if protocol == "grpc" {
		traces, errs[0] = otlptracegrpc.New(ctx, otlptracegrpc.WithEndpoint(c.grpc), otlptracegrpc.WithInsecure(), otlptracegrpc.WithCompressor("gzip"))
		logs, errs[1] = otlploggrpc.New(ctx, otlploggrpc.WithEndpoint(c.grpc), otlploggrpc.WithInsecure(), otlploggrpc.WithCompressor("gzip"))
		metrics, errs[2] = otlpmetricgrpc.New(ctx, otlpmetricgrpc.WithEndpoint(c.grpc), otlpmetricgrpc.WithInsecure())
	} else {
		traces, errs[0] = otlptracehttp.New(ctx, otlptracehttp.WithEndpoint(c.http), otlptracehttp.WithInsecure(), otlptracehttp.WithCompression(otlptracehttp.GzipCompression))
		logs, errs[1] = otlploghttp.New(ctx, otlploghttp.WithEndpoint(c.http), otlploghttp.WithInsecure(), otlploghttp.WithCompression(otlploghttp.GzipCompression))
		metrics, errs[2] = otlpmetrichttp.New(ctx, otlpmetrichttp.WithEndpoint(c.http), otlpmetrichttp.WithInsecure())
	}
	if err := errors.Join(errs[:]...); err != nil {
		t.Fatal(err)
	}
	return traces, logs, metrics
}

// sendFromGo sends with OpenTelemetry's Go SDK what python/client.py sends with Python's.
func sendFromGo(t *testing.T, protocol string, c *collector) (ids []string) {
	t.Helper()
	spanExporter, logExporter, metricExporter := goExporters(t, protocol, c)
	about := resource.NewSchemaless(attribute.String("service.name", "go-"+protocol), attribute.String("service.version", "1.2.3"))
	traces := sdktrace.NewTracerProvider(sdktrace.WithResource(about), sdktrace.WithBatcher(spanExporter))
	logs := sdklog.NewLoggerProvider(sdklog.WithResource(about), sdklog.WithProcessor(sdklog.NewBatchProcessor(logExporter)))
	metrics := sdkmetric.NewMeterProvider(sdkmetric.WithResource(about), sdkmetric.WithReader(sdkmetric.NewPeriodicReader(metricExporter)))
	meter := metrics.Meter("e2e")
	seen, err := meter.Int64Counter("baskets.seen")
	if err != nil {
		t.Fatal(err)
	}
	price, err := meter.Float64Histogram("basket.price")
	if err != nil {
		t.Fatal(err)
	}
	tracer, logger := traces.Tracer("e2e", trace.WithInstrumentationVersion("0.1")), logs.Logger("e2e")
	for i := range sdkTraces {
		ctx, server := tracer.Start(context.Background(), "GET /basket", trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
			attribute.String("http.request.method", "GET"), attribute.String("http.route", "/basket"), attribute.Int("http.response.status_code", 503),
			attribute.Int("basket.items", i), attribute.Float64("basket.price", 12.5), attribute.Bool("basket.gift", true),
			attribute.StringSlice("basket.tags", []string{"a", "ü", "b"})))
		server.AddEvent("looked up", trace.WithAttributes(attribute.Bool("cache.hit", false)))
		ids = append(ids, server.SpanContext().TraceID().String())
		_, client := tracer.Start(ctx, "SELECT baskets", trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
			attribute.String("db.system.name", "postgresql"), attribute.String("db.namespace", "shop"), attribute.String("server.address", "shop-db")))
		client.RecordError(errors.New("no answer"))
		client.SetStatus(codes.Error, "no answer")
		client.End()
		var record log.Record
		record.SetSeverity(log.SeverityWarn)
		record.SetSeverityText("WARN")
		record.SetBody(attribute.StringValue(fmt.Sprintf("basket %d is slow", i)))
		logger.Emit(ctx, record)
		seen.Add(ctx, 1)
		price.Record(ctx, 12.5)
		server.End()
	}
	if err := errors.Join(traces.Shutdown(t.Context()), logs.Shutdown(t.Context()), metrics.Shutdown(t.Context())); err != nil {
		t.Fatal(err)
	}
	return ids
}
