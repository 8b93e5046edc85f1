package pipeline

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/wire/otlp"
)

func build(t testing.TB, w *world, text string) (*Graph, Env) {
	t.Helper()
	p, problems := plan(t, w, text)
	if len(problems.Fatal()) > 0 {
		t.Fatal(problems)
	}
	env := testEnv()
	g, err := p.Build(env)
	if err != nil {
		t.Fatal(err)
	}
	return g, env
}

// Nobody is handed a batch before the way ahead is open, and everybody can
// still hand on while draining.
func TestOrder(t *testing.T) {
	t.Parallel()
	w := &world{}
	g, _ := build(t, w, wholeConfig)
	if err := g.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	starts := slices.Clone(w.events)
	if err := g.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	at := func(name string) int { return slices.Index(starts, "start "+name) }
	for _, pair := range [][2]string{ // first starts before second
		{"extension pprof", "exporter debug"}, {"exporter debug", "processor batch"}, {"exporter out/a", "connector forward"},
		{"exporter debug", "connector count"}, {"connector count", "receiver in"}, {"connector forward", "receiver zipkin"},
	} {
		if a, b := at(pair[0]), at(pair[1]); a < 0 || b < 0 || a > b {
			t.Errorf("%s does not start before %s: %v", pair[0], pair[1], starts)
		}
	}
	stops := w.events[len(starts):]
	slices.Reverse(stops)
	for i := range stops {
		stops[i] = strings.Replace(stops[i], "stop", "start", 1)
	}
	if diff := cmp.Diff(starts, stops); diff != "" {
		t.Errorf("shutdown is not the opposite of start (-start +stop reversed):\n%s", diff)
	}
	if n := strings.Count(strings.Join(starts, "\n"), "processor batch"); n != 2 {
		t.Errorf("%d instances of the processor, want one for each of 2 pipelines", n)
	}
}

func TestFailedStartIsUndone(t *testing.T) {
	t.Parallel()
	broken := errors.New("the port is in use")
	w := &world{failing: map[string]error{"receiver in": broken}}
	g, _ := build(t, w, wholeConfig)
	err := g.Start(t.Context())
	if !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), "receivers.in: ") {
		t.Errorf("got %v", err)
	}
	for _, event := range w.events {
		if name, ok := strings.CutPrefix(event, "start "); ok && !slices.Contains(w.events, "stop "+name) {
			t.Errorf("%s was started and not stopped", name)
		}
	}
}

// One batch goes through the whole graph, is shared and not copied, and is counted on each edge.
func TestFlow(t *testing.T) {
	t.Parallel()
	batch := spans(t, 1, 5)
	var seen []string
	w := &world{}
	w.consume = func(name string) func(context.Context, *otlp.Batch) error {
		if name != "exporter debug" && name != "connector count" {
			return nil
		}
		return func(_ context.Context, b *otlp.Batch) error {
			if b != batch {
				t.Errorf("%s was handed a copy", name)
			}
			seen = append(seen, name)
			return nil
		}
	}
	g, env := build(t, w, wholeConfig)
	if err := g.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := w.made["receiver in"].next.Consume(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	if err := g.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"connector count", "exporter debug"}; !slices.Equal(seen, want) {
		t.Errorf("saw %v, want %v", seen, want)
	}
	got := map[string]int64{}
	for _, e := range g.Edges() {
		got[e.From+" > "+e.To] += e.Items
	}
	for edge, items := range map[string]int64{
		"receivers.in > pipelines": 5, "receivers.zipkin > pipelines": 0, "pipelines.traces > processors.batch": 5, "processors.batch > connectors.count": 5,
		"processors.batch > connectors.forward": 5, "connectors.forward > pipelines": 5, "pipelines.traces/2 > exporters.out/a": 5, "pipelines.traces/2 > exporters.debug": 5,
	} {
		if n, ok := got[edge]; !ok || n != items {
			t.Errorf("edge %s has %d items, want %d (all: %v)", edge, n, items, got)
		}
	}
	if sum := g.Received(otlp.Traces); sum.Items != 5 || sum.Bytes != int64(batch.Size()) || sum.LastMs == 0 {
		t.Errorf("received %+v", sum)
	}
	for name, want := range map[string]float64{
		"otelcol_receiver_accepted_spans": 5, "otelcol_exporter_sent_spans": 10, "otelcol_exporter_send_failed_spans": 0,
	} {
		if got := env.Metrics.Sum(name); got != want {
			t.Errorf("%s = %g, want %g", name, got, want)
		}
	}
	if err := w.made["receiver zipkin"].next.Consume(t.Context(), mustBatch(t, otlp.Logs)); !component.IsPermanent(err) {
		t.Errorf("a signal without a pipeline: got %v, want a permanent error", err)
	}
}

func mustBatch(t *testing.T, signal otlp.Signal) *otlp.Batch {
	t.Helper()
	b, err := otlp.New(signal, nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// All sinks of a fan-out get the batch, even behind one that fails, and the
// answer is permanent only if nobody can profit from another attempt.
func TestFanOut(t *testing.T) {
	t.Parallel()
	later, never := errors.New("later"), component.Permanent(errors.New("never"))
	for name, c := range map[string]struct {
		answers   []error
		permanent bool
		failed    bool
	}{
		"all take it":              {[]error{nil, nil}, false, false},
		"one refuses for good":     {[]error{never, nil}, true, true},
		"one fails for now":        {[]error{later, nil}, false, true},
		"one of each":              {[]error{never, later, nil}, false, true},
		"throttled and refused":    {[]error{component.Throttled(later, 1), never}, false, true},
		"the last one is the only": {[]error{nil, nil, later}, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			calls := 0
			var f fanOut
			for _, answer := range c.answers {
				f = append(f, &fake{consume: func(context.Context, *otlp.Batch) error { calls++; return answer }})
			}
			err := f.Consume(t.Context(), spans(t, 1, 1))
			if (err != nil) != c.failed || component.IsPermanent(err) != c.permanent || calls != len(c.answers) {
				t.Errorf("got %v (permanent %t) after %d calls", err, component.IsPermanent(err), calls)
			}
			if _, throttled := component.RetryAfter(err); throttled != strings.HasPrefix(name, "throttled") {
				t.Errorf("throttled = %t", throttled)
			}
		})
	}
}
