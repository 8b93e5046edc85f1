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

	tracer    *selfmon.Tracer
	receiver  string // its id
	transport string
}

func (b *builder) arrival(part *part, transport string, next component.Sink) *arrival {
	return &arrival{next: next, tracer: b.env.Tracer, receiver: part.id.String(), transport: transport}
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
	if a.accepted[batch.Signal()] == nil { // another arrival counts, or no pipeline takes the signal
		return component.Lend(ctx, a.next, batch, bytes)
	}
	var span *selfmon.Span
	if a.tracer.On() {
		ctx, span = a.begin(ctx, batch.Signal())
	}
	err := component.Lend(ctx, a.next, batch, bytes)
	counter := a.accepted[batch.Signal()]
	if err != nil {
		counter = a.refused[batch.Signal()]
	}
	counter.Add(batch.Items())
	a.end(span, batch, err)
	return err
}

// receivedSpan is the end of the name of a receiver's span.
var receivedSpan = [otlp.Metrics + 1]string{otlp.Traces: "TraceDataReceived", otlp.Logs: "LogsReceived", otlp.Metrics: "MetricsReceived"}

// begin makes upstream's span of one receive operation.
func (a *arrival) begin(ctx context.Context, signal otlp.Signal) (context.Context, *selfmon.Span) {
	ctx, span := a.tracer.Start(ctx, "go.opentelemetry.io/collector/receiver/receiverhelper", "receiver/"+a.receiver+"/"+receivedSpan[signal])
	if a.transport != "" {
		span.Set("transport", a.transport)
	}
	return ctx, span
}

func (a *arrival) end(span *selfmon.Span, batch *otlp.Batch, err error) {
	if span == nil {
		return
	}
	accepted, refused := batch.Items(), 0
	if err != nil {
		accepted, refused = 0, accepted
	}
	span.SetInt("accepted_"+itemNames[batch.Signal()], accepted)
	span.SetInt("refused_"+itemNames[batch.Signal()], refused)
	span.SetInt("failed_"+itemNames[batch.Signal()], 0) // as the counter of that name
	span.End(err)
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

// deliveryCounters are an exporter's counters under upstream's names.
type deliveryCounters struct {
	sent, failed, enqueueFailed [otlp.Metrics + 1]*selfmon.Counter
	retries                     *selfmon.Counter
	queued, queuedBytes         *selfmon.Histogram
}

func newDeliveryCounters(scope *selfmon.Scope, signals component.Signals) (c deliveryCounters) {
	for signal := otlp.Traces; signal <= otlp.Metrics; signal++ {
		items, shown := itemNames[signal], scope
		if !signals.Has(signal) {
			shown = nil // nothing of it will come
		}
		c.sent[signal] = shown.Counter("otelcol_exporter_sent_"+items, "Items that the destination took.")
		c.failed[signal] = shown.Counter("otelcol_exporter_send_failed_"+items, "Items in attempts that ended without success.")
		c.enqueueFailed[signal] = shown.Counter("otelcol_exporter_enqueue_failed_"+items, "Items that found no room in the sending queue.")
	}
	c.retries = scope.Counter("oriel_exporter_retries", "Attempts that failed and were repeated.")
	c.queued = scope.Histogram("otelcol_exporter_queue_batch_send_size", "Items of the batches that came to the sending queue.", selfmon.SizeBounds)
	c.queuedBytes = scope.Histogram("otelcol_exporter_queue_batch_send_size_bytes", "Bytes of the batches that came to the sending queue.", selfmon.ByteBounds)
	return c
}

// put counts what comes to a queue.
func (c *deliveryCounters) put(batch *otlp.Batch) {
	c.queued.Observe(float64(batch.Items()))
	c.queuedBytes.Observe(float64(batch.Size()))
}

func (c *deliveryCounters) result(batch *otlp.Batch, err error) {
	if err == nil {
		c.sent[batch.Signal()].Add(batch.Items())
	} else {
		c.failed[batch.Signal()].Add(batch.Items())
	}
}
