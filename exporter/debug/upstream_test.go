package debug

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/oriel-io/oriel/wire/otlp"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	upstreamexporter "go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/debugexporter"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	tracenoop "go.opentelemetry.io/otel/trace/noop"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// upstream is what the upstream collector's exporter writes about a batch.
func upstream(t *testing.T, verbosity string, batch *otlp.Batch) string {
	t.Helper()
	core, logs := observer.New(zap.InfoLevel)
	factory := debugexporter.NewFactory()
	set := upstreamexporter.Settings{ID: component.NewID(factory.Type()), TelemetrySettings: component.TelemetrySettings{
		Logger: zap.New(core), TracerProvider: tracenoop.NewTracerProvider(), MeterProvider: metricnoop.NewMeterProvider(), Resource: pcommon.NewResource(),
	}}
	cfg := factory.CreateDefaultConfig()
	if err := confmap.NewFromStringMap(map[string]any{"verbosity": verbosity}).Unmarshal(cfg); err != nil {
		t.Fatal(err)
	}
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	switch batch.Signal() {
	case otlp.Traces:
		tree, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(batch.Bytes())
		must(err)
		e, err := factory.CreateTraces(t.Context(), set, cfg)
		must(err)
		must(e.ConsumeTraces(t.Context(), tree))
	case otlp.Logs:
		tree, err := (&plog.ProtoUnmarshaler{}).UnmarshalLogs(batch.Bytes())
		must(err)
		e, err := factory.CreateLogs(t.Context(), set, cfg)
		must(err)
		must(e.ConsumeLogs(t.Context(), tree))
	case otlp.Metrics:
		tree, err := (&pmetric.ProtoUnmarshaler{}).UnmarshalMetrics(batch.Bytes())
		must(err)
		e, err := factory.CreateMetrics(t.Context(), set, cfg)
		must(err)
		must(e.ConsumeMetrics(t.Context(), tree))
	}
	entries := logs.All()
	var fields []string
	for _, f := range entries[0].Context {
		fields = append(fields, fmt.Sprintf("%q: %d", f.Key, f.Integer))
	}
	text := entries[0].Message + "\t{" + strings.Join(fields, ", ") + "}\n"
	for _, e := range entries[1:] {
		text += e.Message
	}
	return text
}

// The text is upstream's, so that whoever greps in it need not change anything.
func TestUpstream(t *testing.T) {
	t.Parallel()
	for name, batch := range map[string]*otlp.Batch{"traces": richTraces(t), "logs": richLogs(t), "metrics": richMetrics(t), "empty traces": fromJSON(t, otlp.Traces, "{}"), "empty logs": fromJSON(t, otlp.Logs, `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{}]}]}]}`)} {
		for _, verbosity := range []string{"basic", "normal", "detailed"} {
			var out bytes.Buffer
			e := newExporter(Config{Verbosity: verbosity, SamplingInitial: 1}, &out)
			if err := e.Consume(t.Context(), batch); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(upstream(t, verbosity, batch), out.String()); diff != "" {
				t.Errorf("%s, %s (-upstream +got):\n%s", name, verbosity, diff)
			}
		}
	}
}

func fromJSON(t *testing.T, signal otlp.Signal, text string) *otlp.Batch {
	t.Helper()
	batch, err := otlp.FromJSON(signal, []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return batch
}

const (
	richAttrs = `[{"key":"text","value":{"stringValue":"a b"}},{"key":"int","value":{"intValue":-7}},{"key":"double","value":{"doubleValue":1234567.5}},{"key":"tiny","value":{"doubleValue":1e-9}},
		{"key":"bool","value":{"boolValue":true}},{"key":"bytes","value":{"bytesValue":"yv4="}},{"key":"list","value":{"arrayValue":{"values":[{"stringValue":"a"},{"intValue":1},{"doubleValue":0.5},{}]}}},
		{"key":"map","value":{"kvlistValue":{"values":[{"key":"a","value":{"stringValue":"v"}},{"key":"b","value":{"boolValue":false}}]}}},{"key":"nothing","value":{}}]`
	richResource = `"schemaUrl":"https://opentelemetry.io/schemas/1.26.0","resource":{"attributes":` + richAttrs + `,"entityRefs":[{"type":"service","schemaUrl":"s","idKeys":["service.name","b"],"descriptionKeys":["c"]},{"type":"host"}]}`
	richScope    = `"schemaUrl":"scope-schema","scope":{"name":"io.opentelemetry","version":"1.2","attributes":` + richAttrs + `}`
	ids          = `"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"1112131415161718"`
)

func richTraces(t *testing.T) *otlp.Batch {
	return fromJSON(t, otlp.Traces, `{"resourceSpans":[{`+richResource+`,"scopeSpans":[{`+richScope+`,"spans":[
		{`+ids+`,"parentSpanId":"0000000000000001","name":"GET /","kind":2,"traceState":"a=b","startTimeUnixNano":"1700000000000000001","endTimeUnixNano":"1700000000250000000",
			"status":{"code":2,"message":"boom"},"droppedAttributesCount":1,"droppedEventsCount":2,"droppedLinksCount":3,"attributes":`+richAttrs+`,
			"events":[{"name":"exception","timeUnixNano":"1700000000100000000","droppedAttributesCount":4,"attributes":`+richAttrs+`},{}],"links":[{`+ids+`,"traceState":"c=d","attributes":`+richAttrs+`},{}]},
		{"name":"empty","kind":77,"status":{"code":9}}]}]}]}`)
}

func richLogs(t *testing.T) *otlp.Batch {
	return fromJSON(t, otlp.Logs, `{"resourceLogs":[{`+richResource+`,"scopeLogs":[{`+richScope+`,"logRecords":[
		{`+ids+`,"timeUnixNano":"1700000000000000001","observedTimeUnixNano":"1700000000250000000","severityNumber":13,"severityText":"WARN","eventName":"e","flags":1,"body":{"stringValue":"disk full"},"attributes":`+richAttrs+`},
		{"severityNumber":24,"body":{"kvlistValue":{"values":[{"key":"a","value":{"intValue":1}}]}}},{"severityNumber":99}]}]}]}`)
}

func richMetrics(t *testing.T) *otlp.Batch {
	point := `"attributes":` + richAttrs + `,"startTimeUnixNano":"1700000000000000001","timeUnixNano":"1700000000250000000","exemplars":[{` + ids + `,"timeUnixNano":"1700000000250000000","asDouble":2.5,"filteredAttributes":` + richAttrs + `},{"asInt":3},{}]`
	return fromJSON(t, otlp.Metrics, `{"resourceMetrics":[{`+richResource+`,"scopeMetrics":[{`+richScope+`,"metrics":[
		{"name":"gauge","description":"a gauge","unit":"By","gauge":{"dataPoints":[{`+point+`,"asInt":"-7"},{"asDouble":0.1},{"asDouble":"NaN"}]}},
		{"name":"sum","sum":{"isMonotonic":true,"aggregationTemporality":2,"dataPoints":[{`+point+`,"asDouble":1234567.125}]}},
		{"name":"histogram","histogram":{"aggregationTemporality":1,"dataPoints":[{`+point+`,"count":6,"sum":7.5,"min":0,"max":1e9,"bucketCounts":[1,2,3],"explicitBounds":[0.5,10]},{}]}},
		{"name":"exponential","exponentialHistogram":{"aggregationTemporality":7,"dataPoints":[{`+point+`,"count":6,"sum":7.5,"max":3,"scale":2,"zeroCount":4,"positive":{"offset":-3,"bucketCounts":[1,300]},"negative":{"offset":1,"bucketCounts":[5,6]}}]}},
		{"name":"summary","summary":{"dataPoints":[{"attributes":`+richAttrs+`,"count":6,"sum":7.5,"quantileValues":[{"quantile":0.5,"value":1},{"quantile":0.99,"value":1e-9}]}]}},
		{"name":"nothing"}]}]}]}`)
}
