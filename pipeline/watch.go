package pipeline

import (
	"context"
	"sync/atomic"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/selfmon"
	"github.com/oriel-io/oriel/wire/otlp"
)

// watch shows how sending goes, other than by counts: the exporter's health and its spans.
type watch struct {
	exporter string // its id
	health   *selfmon.Part
	tracer   *selfmon.Tracer
	degraded atomic.Bool
}

func newWatch(set component.Settings) *watch {
	w := &watch{exporter: set.ID.String(), health: set.Health}
	if set.Process != nil {
		w.tracer = set.Process.Tracer
	}
	return w
}

// attempted notes the outcome of one attempt. A batch that the server never takes says nothing about the server.
func (w *watch) attempted(err error) {
	failing := err != nil && !component.IsPermanent(err)
	switch {
	case failing:
		w.degraded.Store(true)
		w.health.Report(selfmon.Degraded, short(err))
	case w.degraded.Load() && w.degraded.Swap(false):
		w.health.Report(selfmon.Running, "")
	}
}

// begin makes upstream's span of one delivery, retries included.
func (w *watch) begin(ctx context.Context, signal otlp.Signal) (context.Context, *selfmon.Span) {
	if !w.tracer.On() {
		return ctx, nil
	}
	ctx, span := w.tracer.Start(ctx, "go.opentelemetry.io/collector/exporter/exporterhelper", "exporter/"+w.exporter+"/"+signal.String())
	span.Set("exporter", w.exporter)
	span.Set("data_type", signal.String())
	return ctx, span
}

func (w *watch) end(span *selfmon.Span, batch *otlp.Batch, err error) {
	if span == nil {
		return
	}
	sent, failed := batch.Items(), 0
	if err != nil {
		sent, failed = 0, sent
	}
	span.SetInt("items.sent", sent)
	span.SetInt("items.failed", failed)
	span.End(err)
}
