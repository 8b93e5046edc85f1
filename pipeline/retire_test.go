package pipeline

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/wire/otlp"
)

const twoOutputs = `
receivers: {in: }
processors: {batch: }
exporters: {out/a: , out/away: }
extensions: {pprof: }
service:
  extensions: [pprof]
  pipelines: {traces: {receivers: [in], processors: [batch], exporters: [out/a, out/away]}}
`

// A graph makes place although one of its servers is away, and loses nothing of what it had taken.
func TestRetire(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var back atomic.Bool
		var sent atomic.Int64
		w := &world{consume: func(name string) func(context.Context, *otlp.Batch) error {
			if name != "exporter out/away" {
				return nil
			}
			return func(context.Context, *otlp.Batch) error {
				if !back.Load() {
					return errPeer
				}
				sent.Add(1)
				return nil
			}
		}}
		g, env := build(t, w, twoOutputs)
		if err := g.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if err := w.made["receiver in"].next.Consume(t.Context(), spans(t, 1, 2)); err != nil {
				t.Fatal(err)
			}
		}
		began := time.Now()
		rest, err := g.Retire(t.Context(), t.Context(), time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != time.Second {
			t.Errorf("it took %s, want the grace of 1s", took)
		}
		stopped := w.events[slices.Index(w.events, "stop receiver in"):]
		if want := []string{"stop receiver in", "stop processor batch", "stop exporter out/a", "stop extension pprof"}; !slices.Equal(stopped, want) {
			t.Errorf("stopped %q, want %q", stopped, want)
		}
		back.Store(true)
		<-rest.Done()
		if err := rest.Err(); err != nil || sent.Load() != 3 || env.Ledger.Items() != 0 {
			t.Errorf("%v; %d batches sent, want 3; %d items dropped", err, sent.Load(), env.Ledger.Items())
		}
		if last := w.events[len(w.events)-1]; last != "stop exporter out/away" {
			t.Errorf("the last event: %s", last)
		}
	})
}

// When the process ends, what a retired graph still has goes to the ledger.
func TestRetiredGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &world{consume: func(string) func(context.Context, *otlp.Batch) error {
			return func(context.Context, *otlp.Batch) error { return errPeer }
		}}
		p, problems := plan(t, w, "receivers: {in: }\nexporters: {out: }\nservice: {pipelines: {traces: {receivers: [in], exporters: [out]}}}")
		if len(problems.Fatal()) > 0 {
			t.Fatal(problems)
		}
		env := testEnv()
		g, err := p.Build(env)
		if err != nil {
			t.Fatal(err)
		}
		if err := g.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		next := w.made["receiver in"].next
		if err := component.Lend(t.Context(), next, spans(t, 1, 7), nil); err != nil {
			t.Fatal(err)
		}
		life, end := context.WithCancel(t.Context())
		rest, err := g.Retire(t.Context(), life, time.Second)
		if err != nil {
			t.Fatal(err)
		}
		end()
		<-rest.Done()
		if drops := env.Ledger.Drops(); len(drops) != 1 || drops[0].Items != 7 {
			t.Errorf("the ledger has %+v, want 7 items", drops)
		}
	})
}
