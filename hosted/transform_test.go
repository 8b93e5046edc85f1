package hosted

import (
	"bytes"
	"context"
	"math/rand/v2"
	"testing"

	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/transformprocessor"
	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/wire/otlp"
	upstream "go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	tracenoop "go.opentelemetry.io/otel/trace/noop"
	"go.uber.org/zap"
)

// statements change whatever can be changed in each signal.
const statements = `
error_mode: ignore
trace_statements:
  - set(span.attributes["new"], Concat([span.name, "x"], "-")) where span.kind.string != "Internal"
  - delete_key(span.attributes, "raw")
  - set(span.status.code, STATUS_CODE_ERROR) where span.attributes["http.status_code"] >= 500
  - set(resource.attributes["env"], "prod")
  - replace_pattern(span.name, "^GET (.*)$$", "$$1")
  - set(spanevent.attributes["seen"], true)
  - keep_keys(spanevent.attributes, ["seen", "ratio"])
  - set(span.attributes["broken"], ParseJSON(span.name))
log_statements:
  - merge_maps(log.attributes, ParseJSON(log.body), "upsert")
  - set(log.severity_text, "high") where log.severity_number > 12
  - truncate_all(log.attributes, 3)
metric_statements:
  - statements:
      - set(datapoint.attributes["n"], datapoint.value_int) where metric.type == METRIC_DATA_TYPE_SUM
  - statements:
      - set(metric.description, "changed") where metric.name == "sum"
      - convert_sum_to_gauge() where metric.name == "sum"
      - extract_count_metric(true) where metric.type == METRIC_DATA_TYPE_HISTOGRAM
`

// TestTransformAsUpstream holds what comes out of our pipeline to what the same
// processor makes of the same pdata when it is called directly.
func TestTransformAsUpstream(t *testing.T) {
	t.Parallel()
	c := run(t, "processors:\n  transform:"+indent(statements)+`
receivers: {in: }
exporters: {out: }
service:
  pipelines:
    traces: {receivers: [in], processors: [transform], exporters: [out]}
    logs: {receivers: [in], processors: [transform], exporters: [out]}
    metrics: {receivers: [in], processors: [transform], exporters: [out]}
`)
	direct := newDirect(t)
	r := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		for signal, data := range map[otlp.Signal]any{otlp.Traces: someTraces(r, 10), otlp.Logs: someLogs(r, 10), otlp.Metrics: someMetrics(r, 10)} {
			batch := batchOf(t, signal, data)
			before := bytes.Clone(batch.Bytes())
			if err := c.in.Consume(t.Context(), batch); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(before, batch.Bytes()) {
				t.Fatalf("the batch of %s was changed", signal)
			}
			want := batchOf(t, signal, direct.run(t, data))
			got := <-c.out
			if !bytes.Equal(want.Bytes(), got.Bytes()) {
				t.Errorf("%s: the bytes differ from upstream's own", signal)
			}
			if got.Items() != want.Items() || bytes.Equal(before, got.Bytes()) {
				t.Errorf("%s: got %d items, want %d, and a change", signal, got.Items(), want.Items())
			}
		}
	}
}

func indent(text string) string {
	return string(bytes.ReplaceAll([]byte(text), []byte("\n"), []byte("\n    ")))
}

// direct is the processor without anything of ours around it.
type direct struct {
	traces  processor.Traces
	logs    processor.Logs
	metrics processor.Metrics
	got     any
}

func newDirect(t *testing.T) *direct {
	doc, problems := config.Load(config.Lookup{}, config.Source{Name: "c.yaml", Text: []byte("processors:\n  transform:" + indent(statements))})
	if doc == nil {
		t.Fatal(problems)
	}
	f := transformprocessor.NewFactory()
	cfg, err := signalOrigin(component.KindProcessor, f).read(doc.Blocks[0].Body)
	if err != nil {
		t.Fatal(err)
	}
	set := processor.Settings{ID: upstream.NewID(f.Type()), TelemetrySettings: upstream.TelemetrySettings{
		Logger: zap.NewNop(), MeterProvider: metricnoop.NewMeterProvider(), TracerProvider: tracenoop.NewTracerProvider(),
	}}
	d := &direct{}
	if d.traces, err = f.CreateTraces(t.Context(), set, cfg, must(consumer.NewTraces(func(_ context.Context, data ptrace.Traces) error { d.got = data; return nil }))); err != nil {
		t.Fatal(err)
	}
	if d.logs, err = f.CreateLogs(t.Context(), set, cfg, must(consumer.NewLogs(func(_ context.Context, data plog.Logs) error { d.got = data; return nil }))); err != nil {
		t.Fatal(err)
	}
	if d.metrics, err = f.CreateMetrics(t.Context(), set, cfg, must(consumer.NewMetrics(func(_ context.Context, data pmetric.Metrics) error { d.got = data; return nil }))); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *direct) run(t *testing.T, data any) any {
	t.Helper()
	var err error
	switch data := data.(type) {
	case ptrace.Traces:
		err = d.traces.ConsumeTraces(t.Context(), data)
	case plog.Logs:
		err = d.logs.ConsumeLogs(t.Context(), data)
	case pmetric.Metrics:
		err = d.metrics.ConsumeMetrics(t.Context(), data)
	}
	if err != nil {
		t.Fatal(err)
	}
	return d.got
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
