package selfmon

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// all shows every metric under its own name.
var all = View{Level: LevelDetailed, WithoutUnits: true, WithoutTypeSuffix: true, WithoutScopeInfo: true}

func text(t *testing.T, r *Registry, v View) string {
	t.Helper()
	var out bytes.Buffer
	if err := r.WriteText(&out, v); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestWriteText(t *testing.T) {
	t.Parallel()
	r := NewRegistry()
	s := r.Scope("receiver", "otlp")
	s.Counter("otelcol_receiver_accepted_spans", "Spans taken in.", "transport", "grpc").Add(3)
	s.Counter("otelcol_receiver_accepted_spans", "Spans taken in.", "transport", "grpc").Add(4) // found again
	s.With("a", "1").Counter("otelcol_receiver_accepted_spans", "").Add(-5)                     // never goes back
	r.Scope().Gauge("a_gauge", "With \\ and\nnewline.", func() float64 { return 0.5 }, "path", "C:\\a\"b\nc")
	r.Scope().CounterFunc("b_total", "", func() float64 { return 1e9 })
	r.Scope().CounterFunc("b_total", "", func() float64 { return 1e9 }) // adds up
	h := r.Scope().Histogram("c_bytes", "Sizes.", []float64{1, 2.5}, "x", "y")
	for _, v := range []float64{0, 1, 2, 3, 4} {
		h.Observe(v)
	}
	const want = `# HELP a_gauge With \\ and\nnewline.
# TYPE a_gauge gauge
a_gauge{path="C:\\a\"b\nc"} 0.5
# HELP b_total 
# TYPE b_total counter
b_total 2e+09
# HELP c_bytes Sizes.
# TYPE c_bytes histogram
c_bytes_bucket{x="y",le="1"} 2
c_bytes_bucket{x="y",le="2.5"} 3
c_bytes_bucket{x="y",le="+Inf"} 5
c_bytes_sum{x="y"} 10
c_bytes_count{x="y"} 5
# HELP otelcol_receiver_accepted_spans Spans taken in.
# TYPE otelcol_receiver_accepted_spans counter
otelcol_receiver_accepted_spans{a="1",receiver="otlp"} 0
otelcol_receiver_accepted_spans{receiver="otlp",transport="grpc"} 7
`
	if got := text(t, r, all); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if sum := r.Sum("otelcol_receiver_accepted_spans"); sum != 7 {
		t.Errorf("Sum = %g, want 7", sum)
	}
	if sum := r.Sum("c_bytes"); sum != 5 {
		t.Errorf("Sum = %g, want 5", sum)
	}
}

// TestViews holds names and labels to what upstream's collector v0.145.0 printed for both kinds of reader.
func TestViews(t *testing.T) {
	t.Parallel()
	r := NewRegistry()
	r.Scope().CounterFunc("otelcol_process_uptime", "", func() float64 { return 1 })
	r.Scope().Gauge("otelcol_process_memory_rss", "", func() float64 { return 2 })
	r.Scope().CounterFunc("otelcol_process_runtime_total_alloc_bytes", "", func() float64 { return 3 })
	r.Scope("processor", "batch").Counter("otelcol_processor_batch_timeout_trigger_send", "")
	r.Scope("processor", "a").Histogram("otelcol_processor_internal_duration", "", []float64{1})
	resource := []string{"service.name", "oriel", "service.instance.id", "7"}
	for _, c := range []struct {
		why        string
		view       View
		want, lack []string
	}{
		{"the default reader", DefaultView(LevelNormal, resource), []string{
			`otelcol_process_uptime{service_instance_id="7",service_name="oriel"} 1`,
			`otelcol_process_memory_rss{service_instance_id="7",service_name="oriel"} 2`,
			`otelcol_process_runtime_total_alloc_bytes{service_instance_id="7",service_name="oriel"} 3`,
			`otelcol_processor_batch_timeout_trigger_send{processor="batch",service_instance_id="7",service_name="oriel"} 0`,
			`target_info{service_instance_id="7",service_name="oriel"} 1`,
		}, []string{"otelcol_processor_internal_duration"}},
		{"a reader of one's own", View{Level: LevelDetailed, Target: []string{"service_name", "oriel"}}, []string{
			`otelcol_process_uptime_seconds_total{otel_scope_name="go.opentelemetry.io/collector/service",otel_scope_schema_url="",otel_scope_version=""} 1`,
			`# TYPE otelcol_process_memory_rss_bytes gauge`,
			`# TYPE otelcol_process_runtime_total_alloc_bytes_total counter`,
			`otelcol_processor_batch_timeout_trigger_send_total{processor="batch",otel_scope_name="go.opentelemetry.io/collector/processor/batchprocessor",`,
			`otelcol_processor_internal_duration_seconds_bucket{processor="a",otel_scope_name="go.opentelemetry.io/collector/processor/processorhelper",otel_scope_schema_url="",otel_scope_version="",le="1"} 0`,
			`target_info{service_name="oriel"} 1`,
		}, nil},
		{"the basic level", View{Level: LevelBasic, WithoutScopeInfo: true}, []string{"otelcol_process_uptime_seconds_total 1"}, []string{"batch", "internal_duration", "target_info"}},
	} {
		got := text(t, r, c.view)
		for _, line := range c.want {
			if !strings.Contains(got, line) {
				t.Errorf("%s: %s is missing in\n%s", c.why, line, got)
			}
		}
		for _, line := range c.lack {
			if strings.Contains(got, line) {
				t.Errorf("%s: %s stands in\n%s", c.why, line, got)
			}
		}
	}
}

func TestSuccessorGoesOnCounting(t *testing.T) {
	t.Parallel()
	first := NewRegistry()
	first.Scope("exporter", "a").Counter("sent", "").Add(3)
	first.Scope("exporter", "b").Counter("sent", "").Add(5)
	first.Scope("exporter", "a").Histogram("size", "", []float64{1}).Observe(2)
	first.Scope("exporter", "a").Gauge("queue", "", func() float64 { return 9 })
	next := first.Successor()
	next.Scope("exporter", "a").Counter("sent", "").Add(1)
	next.Scope("exporter", "a").Histogram("size", "", []float64{1}).Observe(2)
	next.Scope("exporter", "a").Gauge("queue", "", func() float64 { return 1 })
	if sent, size, queue := next.Sum("sent"), next.Sum("size"), next.Sum("queue"); sent != 4 || size != 2 || queue != 1 {
		t.Errorf("sent %g, size %g, queue %g, want 4, 2, 1: what is gone is not shown, what stays goes on", sent, size, queue)
	}
	if got := first.Sum("queue"); got != 9 {
		t.Errorf("the one before shows %g, want 9", got)
	}
}

func TestNilScopeCounts(t *testing.T) {
	t.Parallel()
	var s *Scope
	c := s.With("a", "b").Counter("x", "")
	c.Add(2)
	s.Gauge("y", "", nil)
	if c.Value() != 2 {
		t.Errorf("got %d, want 2", c.Value())
	}
}

func TestConcurrentCounters(t *testing.T) {
	t.Parallel()
	r := NewRegistry()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 1000 {
				r.Scope("a", "b").Counter("n", "").Add(1)
			}
		})
	}
	wg.Wait()
	if got := r.Sum("n"); got != 8000 {
		t.Errorf("got %g, want 8000", got)
	}
}

func TestRepeatsAreHeldBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		log := NewLog(&out, LogOptions{Burst: 2, Window: time.Second})
		for range 5 {
			log.Warn("bad request")
		}
		log.With("component", "b").Warn("bad request") // another source has its own budget
		time.Sleep(time.Second)
		log.Warn("bad request")
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if len(lines) != 4 || !strings.Contains(lines[2], "component=b") || !strings.Contains(lines[3], "held_back=3") {
			t.Errorf("got\n%s", out.String())
		}
	})
}

func TestOneInSoManyIsWritten(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := NewLog(&out, LogOptions{Burst: 2, Window: time.Hour, Thereafter: 3})
	for range 9 {
		log.Warn("bad request")
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 4 || !strings.Contains(lines[2], "held_back=2") || !strings.Contains(lines[3], "held_back=2") {
		t.Errorf("got\n%s", out.String())
	}
}

func TestLogBecomes(t *testing.T) {
	t.Parallel()
	var before, after, also bytes.Buffer
	log := NewLog(&before, LogOptions{Level: slog.LevelWarn})
	held := log.With("component", "x").WithGroup("g")
	held.Info("hidden")
	held.Warn("one")
	log.Become(&after, LogOptions{Level: slog.LevelDebug, JSON: true, Burst: -1, Fields: []slog.Attr{slog.String("site", "a")}, Also: []slog.Handler{slog.NewTextHandler(&also, nil)}})
	for range 20 {
		held.Debug("two", "n", 1)
	}
	if got := before.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "component=x") {
		t.Errorf("before: %s", got)
	}
	if got := after.String(); strings.Count(got, "\n") != 20 || !strings.Contains(got, `"site":"a","component":"x","g":{"n":1}}`) {
		t.Errorf("after: %s", got)
	}
	if got := also.String(); strings.Count(got, "\n") != 20 || !strings.Contains(got, "component=x g.n=1") {
		t.Errorf("also: %s", got)
	}
}

func TestLogForms(t *testing.T) {
	t.Parallel()
	var text, json bytes.Buffer
	NewLog(&text, LogOptions{}).WithGroup("g").Info("hello", "n", 1)
	NewLog(&json, LogOptions{JSON: true, Level: slog.LevelWarn}).Info("hidden")
	NewLog(&json, LogOptions{JSON: true, Level: slog.LevelWarn}).Warn("shown")
	if !strings.Contains(text.String(), "msg=hello g.n=1") {
		t.Errorf("text: %s", text.String())
	}
	if strings.Contains(json.String(), "hidden") || !strings.Contains(json.String(), `"msg":"shown"`) {
		t.Errorf("json: %s", json.String())
	}
}

func BenchmarkCounter(b *testing.B) {
	c := NewRegistry().Scope("receiver", "otlp").Counter("n", "")
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			c.Add(1)
		}
	})
}

func BenchmarkHistogram(b *testing.B) {
	h := NewRegistry().Scope().Histogram("n", "", SizeBounds)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			h.Observe(512)
		}
	})
}
