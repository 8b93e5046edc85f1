package pipeline

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/oriel-io/oriel/selfmon"
	"github.com/oriel-io/oriel/wire/otlp"
)

// The time of a processor is its own: neither the next processor's nor the exporter's.
func TestInternalDuration(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &world{}
		w.consume = func(name string) func(context.Context, *otlp.Batch) error {
			took := map[string]time.Duration{"processor batch/slow": 2 * time.Second, "processor batch/slower": 5 * time.Second, "exporter debug": time.Minute}[name]
			if took == 0 {
				return nil
			}
			return func(ctx context.Context, b *otlp.Batch) error {
				time.Sleep(took)
				if next := w.made[name].next; next != nil {
					return next.Consume(ctx, b)
				}
				return nil
			}
		}
		g, env := build(t, w, `
receivers: {in: }
processors: {batch/slow: , batch/slower: }
exporters: {debug: }
service:
  telemetry: {metrics: {level: detailed}}
  pipelines: {traces: {receivers: [in], processors: [batch/slow, batch/slower], exporters: [debug]}}
`)
		if err := g.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := w.made["receiver in"].next.Consume(t.Context(), spans(t, 1, 2)); err != nil {
			t.Fatal(err)
		}
		for _, f := range env.Metrics.Snapshot(selfmon.LevelDetailed) {
			if f.Name != "otelcol_processor_internal_duration" {
				continue
			}
			if len(f.Points) != 2 || f.Points[0].Distribution.Sum != 2 || f.Points[1].Distribution.Sum != 5 {
				t.Errorf("got %+v, want 2s and 5s", f.Points)
			}
			return
		}
		t.Error("there is no duration")
	})
}
