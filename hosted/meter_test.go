package hosted

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/oriel-io/oriel/selfmon"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	sdk "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// TestMetersCountAsTheSDK does the same to our meters and to OpenTelemetry's SDK and compares what is read.
func TestMetersCountAsTheSDK(t *testing.T) {
	t.Parallel()
	registry := selfmon.NewRegistry()
	reader := sdk.NewManualReader()
	ours, theirs := newMeters(registry.Scope()), sdk.NewMeterProvider(sdk.WithReader(reader))
	use(t, ours.Meter("a"))
	use(t, ours.Meter("b")) // the same instruments again
	use(t, theirs.Meter("a"))
	use(t, theirs.Meter("a"))
	beAsked(ours.Meter("a"))
	beAsked(theirs.Meter("a"))
	var data metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &data); err != nil {
		t.Fatal(err)
	}
	want := sdkSeries(t, data)
	got := map[string]string{}
	for _, f := range registry.Snapshot(selfmon.LevelDetailed) {
		for _, p := range f.Points {
			text := fmt.Sprint(p.Value)
			if f.Kind == selfmon.KindHistogram {
				text = fmt.Sprint(p.Distribution.Counts, p.Distribution.Sum)
			}
			got[f.Name+fmt.Sprint(p.Labels)] = text
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || len(want) < 20 {
		t.Errorf("%d series, -SDK +ours:\n%s", len(want), diff)
	}
}

// use makes every kind of instrument and records random values, always the same.
func use(t *testing.T, m metric.Meter) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	ctx := context.Background()
	attrs := func() attribute.Set {
		return attribute.NewSet(attribute.String("kind", fmt.Sprint(r.IntN(3))), attribute.Bool("on", r.IntN(2) == 0))
	}
	counter, up, gauge, histogram := must(m.Int64Counter("c")), must(m.Int64UpDownCounter("u")), must(m.Int64Gauge("g")), must(m.Int64Histogram("h"))
	counterF, upF, gaugeF := must(m.Float64Counter("cf")), must(m.Float64UpDownCounter("uf")), must(m.Float64Gauge("gf"))
	histogramF := must(m.Float64Histogram("hf", metric.WithExplicitBucketBoundaries(1, 2, 3)))
	if !counter.Enabled(ctx) {
		t.Error("a counter is not enabled")
	}
	for range 200 {
		with := metric.WithAttributeSet(attrs())
		n := r.Int64N(100)
		counter.Add(ctx, n, with)
		counterF.Add(ctx, float64(n)/4, with)
		up.Add(ctx, n-50, with)
		upF.Add(ctx, float64(n-50)/4, with)
		gauge.Record(ctx, n, with)
		gaugeF.Record(ctx, float64(n)/4, with)
		histogram.Record(ctx, n, with)
		histogramF.Record(ctx, float64(n)/4, with)
	}
}

// beAsked makes every kind of instrument that answers when it is asked.
func beAsked(m metric.Meter) {
	x := metric.WithAttributes(attribute.String("a", "x"))
	must(m.Int64ObservableCounter("oc", metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error { o.Observe(5, x); return nil })))
	must(m.Float64ObservableGauge("ogf", metric.WithFloat64Callback(func(_ context.Context, o metric.Float64Observer) error { o.Observe(0.5, x); return nil })))
	og, ou := must(m.Int64ObservableGauge("og")), must(m.Float64ObservableUpDownCounter("ouf"))
	must(m.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		o.ObserveInt64(og, 7, x)
		o.ObserveFloat64(ou, -1.5)
		return nil
	}, og, ou))
}

// sdkSeries is what the SDK has collected, each series as text.
func sdkSeries(t *testing.T, data metricdata.ResourceMetrics) map[string]string {
	out := map[string]string{}
	add := func(name string, attrs attribute.Set, text string) {
		labels := []string{}
		for _, kv := range attrs.ToSlice() {
			labels = append(labels, string(kv.Key), kv.Value.String())
		}
		out[name+fmt.Sprint(labels)] = text
	}
	for _, scope := range data.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch d := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, p := range d.DataPoints {
					add(m.Name, p.Attributes, fmt.Sprint(p.Value))
				}
			case metricdata.Sum[float64]:
				for _, p := range d.DataPoints {
					add(m.Name, p.Attributes, fmt.Sprint(p.Value))
				}
			case metricdata.Gauge[int64]:
				for _, p := range d.DataPoints {
					add(m.Name, p.Attributes, fmt.Sprint(p.Value))
				}
			case metricdata.Gauge[float64]:
				for _, p := range d.DataPoints {
					add(m.Name, p.Attributes, fmt.Sprint(p.Value))
				}
			case metricdata.Histogram[int64]:
				for _, p := range d.DataPoints {
					add(m.Name, p.Attributes, fmt.Sprint(p.BucketCounts, p.Sum))
				}
			case metricdata.Histogram[float64]:
				for _, p := range d.DataPoints {
					add(m.Name, p.Attributes, fmt.Sprint(p.BucketCounts, p.Sum))
				}
			default:
				t.Errorf("%s is a %T", m.Name, d)
			}
		}
	}
	return out
}

func TestSeriesAreBounded(t *testing.T) {
	t.Parallel()
	registry := selfmon.NewRegistry()
	c := must(newMeters(registry.Scope("receiver", "x")).Meter("").Int64Counter("n"))
	for i := range maxSeries + 100 {
		c.Add(t.Context(), 1, metric.WithAttributes(attribute.Int("i", i)))
	}
	points := registry.Snapshot(selfmon.LevelDetailed)[0].Points
	last := points[slices.IndexFunc(points, func(p selfmon.Point) bool { return slices.Contains(p.Labels, "otel_metric_overflow") })]
	if len(points) != maxSeries+1 || last.Value != 100 || !slices.Contains(last.Labels, "receiver") {
		t.Errorf("%d series, the last %v", len(points), last)
	}
}

func TestCountedByUs(t *testing.T) {
	t.Parallel()
	registry := selfmon.NewRegistry()
	m := newMeters(registry.Scope()).Meter("")
	must(m.Int64Counter("otelcol_receiver_accepted_spans")).Add(t.Context(), 1)
	must(m.Float64Histogram("otelcol_processor_internal_duration")).Record(t.Context(), 1)
	must(m.Int64Counter("otelcol_scraper_scraped_metric_points")).Add(t.Context(), 1)
	var names []string
	for _, f := range registry.Snapshot(selfmon.LevelDetailed) {
		names = append(names, f.Name)
	}
	if got := strings.Join(names, " "); got != "otelcol_scraper_scraped_metric_points" {
		t.Errorf("shown: %s", got)
	}
}

func TestUnregister(t *testing.T) {
	t.Parallel()
	registry := selfmon.NewRegistry()
	m := newMeters(registry.Scope()).Meter("")
	asked := 0
	r := must(m.RegisterCallback(func(context.Context, metric.Observer) error { asked++; return nil }))
	registry.Snapshot(selfmon.LevelNormal)
	if err := r.Unregister(); err != nil {
		t.Fatal(err)
	}
	registry.Snapshot(selfmon.LevelNormal)
	if asked != 1 {
		t.Errorf("asked %d times, want once", asked)
	}
}
