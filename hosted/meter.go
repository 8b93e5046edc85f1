package hosted

import (
	"context"
	"strings"
	"sync"

	"github.com/oriel-io/oriel/selfmon"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
)

// meters is an OpenTelemetry MeterProvider that writes into our metrics: the
// metrics of a hosted component stand beside ours under the names that upstream
// shows, with the component's labels added. Made for one component.
//
// The OpenTelemetry SDK in its place costs 1 MB of binary and a second reader, and
// knows nothing of a configuration that is replaced while its counters go on.
type meters struct {
	noop.MeterProvider
	scope *selfmon.Scope

	mu          sync.Mutex // guards instruments
	instruments map[string]*instrument
}

func newMeters(scope *selfmon.Scope) *meters {
	return &meters{scope: scope, instruments: map[string]*instrument{}}
}

// Meter ignores the name: upstream's metrics are told apart by their own.
func (p *meters) Meter(string, ...metric.MeterOption) metric.Meter { return meter{meters: p} }

// ours are metrics that upstream's helpers count and our pipeline counts already.
func ours(name string) bool {
	for _, prefix := range []string{
		"otelcol_receiver_accepted_", "otelcol_receiver_refused_", "otelcol_receiver_failed_",
		"otelcol_processor_incoming_items", "otelcol_processor_outgoing_items", "otelcol_processor_internal_duration",
	} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// instrument makes or finds the instrument of a name. Two that ask for one name share it.
func (p *meters) instrument(name, help string, kind selfmon.Kind, bounds []float64) *instrument {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := p.instruments[name]
	if at == nil {
		at = &instrument{scope: p.scope, name: selfmon.LabelName(name), help: help, kind: kind, bounds: bounds}
		if ours(at.name) {
			at.scope = nil
		}
		p.instruments[name] = at
	}
	return at
}

// meter makes instruments.
type meter struct {
	noop.Meter
	*meters
}

func (m meter) Int64Counter(name string, o ...metric.Int64CounterOption) (metric.Int64Counter, error) {
	return int64Counter{instrument: m.instrument(name, metric.NewInt64CounterConfig(o...).Description(), selfmon.KindCounter, nil)}, nil
}

func (m meter) Float64Counter(name string, o ...metric.Float64CounterOption) (metric.Float64Counter, error) {
	return float64Counter{instrument: m.instrument(name, metric.NewFloat64CounterConfig(o...).Description(), selfmon.KindCounter, nil)}, nil
}

func (m meter) Int64UpDownCounter(name string, o ...metric.Int64UpDownCounterOption) (metric.Int64UpDownCounter, error) {
	return int64UpDown{instrument: m.instrument(name, metric.NewInt64UpDownCounterConfig(o...).Description(), selfmon.KindGauge, nil)}, nil
}

func (m meter) Float64UpDownCounter(name string, o ...metric.Float64UpDownCounterOption) (metric.Float64UpDownCounter, error) {
	return float64UpDown{instrument: m.instrument(name, metric.NewFloat64UpDownCounterConfig(o...).Description(), selfmon.KindGauge, nil)}, nil
}

func (m meter) Int64Gauge(name string, o ...metric.Int64GaugeOption) (metric.Int64Gauge, error) {
	return int64Gauge{instrument: m.instrument(name, metric.NewInt64GaugeConfig(o...).Description(), selfmon.KindGauge, nil)}, nil
}

func (m meter) Float64Gauge(name string, o ...metric.Float64GaugeOption) (metric.Float64Gauge, error) {
	return float64Gauge{instrument: m.instrument(name, metric.NewFloat64GaugeConfig(o...).Description(), selfmon.KindGauge, nil)}, nil
}

// defaultBounds are those of a histogram that names none.
//
// Source: https://opentelemetry.io/docs/specs/otel/metrics/sdk/#explicit-bucket-histogram-aggregation
var defaultBounds = []float64{0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000}

func (m meter) Int64Histogram(name string, o ...metric.Int64HistogramOption) (metric.Int64Histogram, error) {
	c := metric.NewInt64HistogramConfig(o...)
	return int64Histogram{instrument: m.histogram(name, c.Description(), c.ExplicitBucketBoundaries())}, nil
}

func (m meter) Float64Histogram(name string, o ...metric.Float64HistogramOption) (metric.Float64Histogram, error) {
	c := metric.NewFloat64HistogramConfig(o...)
	return float64Histogram{instrument: m.histogram(name, c.Description(), c.ExplicitBucketBoundaries())}, nil
}

func (m meter) histogram(name, help string, bounds []float64) *instrument {
	if len(bounds) == 0 {
		bounds = defaultBounds
	}
	return m.instrument(name, help, selfmon.KindHistogram, bounds)
}

// The instruments that are told of each event.
type (
	int64Counter struct {
		noop.Int64Counter
		*instrument
	}
	float64Counter struct {
		noop.Float64Counter
		*instrument
	}
	int64UpDown struct {
		noop.Int64UpDownCounter
		*instrument
	}
	float64UpDown struct {
		noop.Float64UpDownCounter
		*instrument
	}
	int64Gauge struct {
		noop.Int64Gauge
		*instrument
	}
	float64Gauge struct {
		noop.Float64Gauge
		*instrument
	}
	int64Histogram struct {
		noop.Int64Histogram
		*instrument
	}
	float64Histogram struct {
		noop.Float64Histogram
		*instrument
	}
)

func (i int64Counter) Add(_ context.Context, n int64, o ...metric.AddOption) {
	i.add(float64(n), metric.NewAddConfig(o).Attributes())
}

func (i float64Counter) Add(_ context.Context, n float64, o ...metric.AddOption) {
	i.add(n, metric.NewAddConfig(o).Attributes())
}

func (i int64UpDown) Add(_ context.Context, n int64, o ...metric.AddOption) {
	i.add(float64(n), metric.NewAddConfig(o).Attributes())
}

func (i float64UpDown) Add(_ context.Context, n float64, o ...metric.AddOption) {
	i.add(n, metric.NewAddConfig(o).Attributes())
}

func (i int64Gauge) Record(_ context.Context, v int64, o ...metric.RecordOption) {
	i.set(float64(v), metric.NewRecordConfig(o).Attributes())
}

func (i float64Gauge) Record(_ context.Context, v float64, o ...metric.RecordOption) {
	i.set(v, metric.NewRecordConfig(o).Attributes())
}

func (i int64Histogram) Record(_ context.Context, v int64, o ...metric.RecordOption) {
	i.observe(float64(v), metric.NewRecordConfig(o).Attributes())
}

func (i float64Histogram) Record(_ context.Context, v float64, o ...metric.RecordOption) {
	i.observe(v, metric.NewRecordConfig(o).Attributes())
}

// Enabled is true for all instruments; the embedded ones say false.
func (i int64Counter) Enabled(context.Context) bool     { return true }
func (i float64Counter) Enabled(context.Context) bool   { return true }
func (i int64UpDown) Enabled(context.Context) bool      { return true }
func (i float64UpDown) Enabled(context.Context) bool    { return true }
func (i int64Gauge) Enabled(context.Context) bool       { return true }
func (i float64Gauge) Enabled(context.Context) bool     { return true }
func (i int64Histogram) Enabled(context.Context) bool   { return true }
func (i float64Histogram) Enabled(context.Context) bool { return true }
