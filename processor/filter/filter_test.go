package filter

import (
	"bytes"
	"context"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/selfmon"
	"github.com/oriel-io/oriel/wire/otlp"
)

// TestCounts: what is dropped is counted under upstream's name, and conditions
// without an answer are counted and logged once a batch.
func TestCounts(t *testing.T) {
	t.Parallel()
	cfg, problems := decode(t, `error_mode: ignore
traces:
  span:
    - attributes["http.route"] == "/health"
    - Substring(name, 100, 1) == "x"
`, false)
	if len(problems.Fatal()) > 0 {
		t.Fatal(problems)
	}
	var log bytes.Buffer
	registry := selfmon.NewRegistry()
	stage, err := newProcessor(cfg, component.Settings{
		ID: component.ID{Type: "filter", Name: "a"}, Signals: component.SignalsOf(otlp.Traces),
		Log: slog.New(slog.NewTextHandler(&log, nil)), Metrics: registry.Scope(),
	}, &lastBatch{})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := stage.Consume(t.Context(), benchBatch(t)); err != nil {
			t.Fatal(err)
		}
	}
	f := stage.(*processor)
	if f.filtered.Value() != 200 || f.failures.Value() != 1800 {
		t.Errorf("%d dropped, want 200; %d without an answer, want 1800", f.filtered.Value(), f.failures.Value())
	}
	if lines := strings.Split(strings.TrimSpace(log.String()), "\n"); len(lines) != 2 || !strings.Contains(lines[0], "items=900") {
		t.Errorf("the log: %s", log.String())
	}
}

// TestCountsBothEngines: the series of upstream's engine is ours too.
func TestCountsBothEngines(t *testing.T) {
	t.Parallel()
	cfg, problems := decode(t, `error_mode: ignore
traces:
  span:
    - attributes["http.route"] == "/health"
    - Split(resource.attributes["service.name"], "e")[2] == "7"
`, true)
	if len(problems.Fatal()) > 0 {
		t.Fatal(problems)
	}
	registry := selfmon.NewRegistry()
	stage, err := newProcessor(cfg, component.Settings{
		ID: component.ID{Type: "filter"}, Signals: component.SignalsOf(otlp.Traces), Log: slog.New(slog.DiscardHandler), Metrics: registry.Scope(),
	}, &lastBatch{})
	if err != nil {
		t.Fatal(err)
	}
	if err := stage.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stage.Shutdown(context.Background()) })
	if err := stage.Consume(t.Context(), benchBatch(t)); err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := registry.WriteText(&text, selfmon.View{}); err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`otelcol_processor_filter_spans_filtered_total\{filter="filter",[^\n]* 190\n`).MatchString(text.String()) {
		t.Errorf("want 100 spans dropped here and 90 there:\n%s", text.String())
	}
}

// TestRefusesForGood: with propagate, sending the batch again would change nothing.
func TestRefusesForGood(t *testing.T) {
	t.Parallel()
	ours, _ := newOurs(t, `traces: {span: ['Substring(name, 100, 1) == "x"']}`, false)
	err := ours.stages[otlp.Traces].Consume(t.Context(), benchBatch(t))
	if !component.IsPermanent(err) || !strings.Contains(err.Error(), "Substring(name, 100, 1)") {
		t.Errorf("got %v", err)
	}
}

// TestNothingToAsk: a filter without conditions for a signal is not in the way.
func TestNothingToAsk(t *testing.T) {
	t.Parallel()
	ours, _ := newOurs(t, "logs: {log_record: ['true']}", false)
	batch := benchBatch(t)
	if err := ours.stages[otlp.Traces].Consume(t.Context(), batch); err != nil || ours.out.batch != batch {
		t.Errorf("%v, and the batch was copied", err)
	}
}
