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

func TestWriteText(t *testing.T) {
	t.Parallel()
	r := NewRegistry()
	s := r.Scope("receiver", "otlp")
	s.Counter("otelcol_receiver_accepted_spans", "Spans taken in.", "transport", "grpc").Add(3)
	s.Counter("otelcol_receiver_accepted_spans", "Spans taken in.", "transport", "grpc").Add(4) // found again
	s.With("a", "1").Counter("otelcol_receiver_accepted_spans", "").Add(-5)                     // never goes back
	r.Scope().Gauge("a_gauge", "With \\ and\nnewline.", func() float64 { return 0.5 }, "path", "C:\\a\"b\nc")
	r.Scope().CounterFunc("b_total", "", func() float64 { return 1e9 })
	const want = `# HELP a_gauge With \\ and\nnewline.
# TYPE a_gauge gauge
a_gauge{path="C:\\a\"b\nc"} 0.5
# HELP b_total 
# TYPE b_total counter
b_total 1e+09
# HELP otelcol_receiver_accepted_spans Spans taken in.
# TYPE otelcol_receiver_accepted_spans counter
otelcol_receiver_accepted_spans{a="1",receiver="otlp"} 0
otelcol_receiver_accepted_spans{receiver="otlp",transport="grpc"} 7
`
	var got bytes.Buffer
	if err := r.WriteText(&got); err != nil || got.String() != want {
		t.Errorf("got %v\n%s\nwant\n%s", err, got.String(), want)
	}
	if sum := r.Sum("otelcol_receiver_accepted_spans"); sum != 7 {
		t.Errorf("Sum = %g, want 7", sum)
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
