package pipeline

import (
	"context"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/internal/bytepool"
	"github.com/oriel-io/oriel/selfmon"
	"github.com/oriel-io/oriel/wire/otlp"
)

// itemNames are what metrics call the items of a signal.
var itemNames = [otlp.Metrics + 1]string{otlp.Traces: "spans", otlp.Logs: "log_records", otlp.Metrics: "metric_points"}

// arrival counts what comes over one transport of a receiver, under upstream's names.
type arrival struct {
	next              component.Sink
	accepted, refused [otlp.Metrics + 1]*selfmon.Counter // nil where nothing is counted
}

// count begins to count the signals. Before the first batch.
func (a *arrival) count(scope *selfmon.Scope, signals component.Signals) {
	for signal := otlp.Traces; signal <= otlp.Metrics; signal++ {
		if !signals.Has(signal) {
			continue
		}
		items := itemNames[signal]
		a.accepted[signal] = scope.Counter("otelcol_receiver_accepted_"+items, "Items that were taken in.")
		a.refused[signal] = scope.Counter("otelcol_receiver_refused_"+items, "Items that the pipeline answered with an error.")
		// Upstream has this behind a gate and shows 0 otherwise; dashboards add it up.
		scope.Counter("otelcol_receiver_failed_"+items, "Always 0: an item that was not taken in counts as refused.")
	}
}

// Consume passes the batch on and counts it.
func (a *arrival) Consume(ctx context.Context, batch *otlp.Batch) error {
	return a.ConsumeBorrowed(ctx, batch, nil)
}

// ConsumeBorrowed passes the batch on with its lender.
func (a *arrival) ConsumeBorrowed(ctx context.Context, batch *otlp.Batch, bytes *bytepool.Buffer) error {
	err := component.Lend(ctx, a.next, batch, bytes)
	counter := a.accepted[batch.Signal()]
	if err != nil {
		counter = a.refused[batch.Signal()]
	}
	if counter != nil {
		counter.Add(batch.Items())
	}
	return err
}

// passing are a processor's counters of what comes and what goes.
func passing(scope *selfmon.Scope, signal otlp.Signal) (incoming, outgoing *selfmon.Counter) {
	scope = scope.With("otel_signal", signal.String())
	return scope.Counter("otelcol_processor_incoming_items", "Items that were handed to the processor."),
		scope.Counter("otelcol_processor_outgoing_items", "Items that the processor handed on.")
}

// outlet counts what a processor hands on, taken or not.
type outlet struct {
	next     component.Sink
	outgoing *selfmon.Counter
}

// Consume passes the batch on and counts it.
func (o *outlet) Consume(ctx context.Context, batch *otlp.Batch) error {
	return o.ConsumeBorrowed(ctx, batch, nil)
}

// ConsumeBorrowed passes the batch on with its lender.
func (o *outlet) ConsumeBorrowed(ctx context.Context, batch *otlp.Batch, bytes *bytepool.Buffer) error {
	o.outgoing.Add(batch.Items())
	return component.Lend(ctx, o.next, batch, bytes)
}
