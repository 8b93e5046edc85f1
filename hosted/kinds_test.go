package hosted

import (
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/wire/otlp"
)

// TestConnector counts spans and log records into metrics; only the ways that the pipelines ask for are made.
func TestConnector(t *testing.T) {
	t.Parallel()
	c := run(t, `
receivers: {in: }
exporters: {out: }
connectors: {count: }
service:
  pipelines:
    traces: {receivers: [in], exporters: [count]}
    logs: {receivers: [in], exporters: [count]}
    metrics: {receivers: [count], exporters: [out]}
`)
	r := rand.New(rand.NewPCG(1, 2))
	for _, batch := range []*otlp.Batch{batchOf(t, otlp.Traces, someTraces(r, 10)), batchOf(t, otlp.Logs, someLogs(r, 5))} {
		if err := c.in.Consume(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	}
	var names []string
	for range 2 {
		out := <-c.out
		if out.Signal() != otlp.Metrics {
			t.Fatalf("got %s", out.Signal())
		}
		for g := range out.Groups() {
			for s := range g.Scopes() {
				for m := range s.Metrics() {
					names = append(names, string(m.Name()))
				}
			}
		}
	}
	if got := strings.Join(names, " "); !strings.Contains(got, "trace.span.count") || !strings.Contains(got, "log.record.count") {
		t.Errorf("got %s", got)
	}
	if err := c.in.Consume(t.Context(), batchOf(t, otlp.Metrics, someMetrics(r, 1))); !component.IsPermanent(err) {
		t.Errorf("metrics, which no pipeline takes in: %v", err)
	}
}

// TestExporter sends with upstream's exporter, with its queue and its retries; it counts what it has sent.
func TestExporter(t *testing.T) {
	t.Parallel()
	bodies := make(chan []byte, 10)
	failures := 1
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if failures--; failures >= 0 || err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		bodies <- body
	}))
	t.Cleanup(server.Close)
	c := run(t, `
receivers: {in: }
exporters:
  otlp_http:
    endpoint: `+server.URL+`
    compression: none
    retry_on_failure: {initial_interval: 10ms}
    sending_queue: {batch: {flush_timeout: 10ms, min_size: 1}}
service:
  pipelines:
    traces: {receivers: [in], exporters: [otlp_http]}
`)
	batch := batchOf(t, otlp.Traces, someTraces(rand.New(rand.NewPCG(1, 2)), 10))
	if err := c.in.Consume(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	select {
	case body := <-bodies:
		if sent, err := otlp.New(otlp.Traces, body); err != nil || sent.Items() != 10 {
			t.Errorf("sent %d bytes, %v", len(body), err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("nothing was sent")
	}
	if c.metrics.Sum("otelcol_exporter_queue_capacity") == 0 {
		t.Error("the queue's capacity is not shown")
	}
	c.stop(t)
	if sent := c.metrics.Sum("otelcol_exporter_sent_spans"); sent != 10 {
		t.Errorf("%g spans are counted as sent, want 10", sent)
	}
}

func TestDescriptions(t *testing.T) {
	t.Parallel()
	for _, f := range new(collector).list()[2:] {
		if d := f.Describe(); d.Stability == "" || !strings.Contains(d.Summary, d.Type) || d.Kind != component.KindExtension && d.Signals == 0 {
			t.Errorf("%+v", d)
		}
		// The reference pages, which a program that knows its modules writes, have the link.
		if page := f.NewConfig().(*Config).DescribeConfig().Link; len(modules()) > 0 && !strings.HasPrefix(page, "https://github.com/open-telemetry/") {
			t.Errorf("%s: the page is %q", f.Describe().Type, page)
		}
	}
}
