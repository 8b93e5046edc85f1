package pipeline

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/internal/bytepool"
	"github.com/oriel-io/oriel/selfmon"
	"github.com/oriel-io/oriel/wire/otlp"
)

// edge is one connection of the graph; it counts what passes.
type edge struct {
	from, to string // "receivers.otlp", "traces", "exporters.otlp"
	signal   otlp.Signal
	next     component.Sink
	receives bool             // it leads from a receiver
	incoming *selfmon.Counter // counts what comes, taken or not; nil but before a processor

	batches, items, bytes atomic.Int64
	refused               atomic.Int64 // items that next answered with an error
	last                  atomic.Int64 // Unix milliseconds
}

// Consume passes the batch on and counts it.
func (e *edge) Consume(ctx context.Context, batch *otlp.Batch) error {
	return e.ConsumeBorrowed(ctx, batch, nil)
}

// ConsumeBorrowed passes the batch on with its lender.
func (e *edge) ConsumeBorrowed(ctx context.Context, batch *otlp.Batch, bytes *bytepool.Buffer) error {
	if e.incoming != nil {
		e.incoming.Add(batch.Items())
	}
	if err := component.Lend(ctx, e.next, batch, bytes); err != nil {
		e.refused.Add(int64(batch.Items()))
		return err
	}
	e.batches.Add(1)
	e.items.Add(int64(batch.Items()))
	e.bytes.Add(int64(batch.Size()))
	e.last.Store(time.Now().UnixMilli())
	return nil
}

// Edge is what has passed one connection of the graph.
type Edge struct {
	From, To              string
	Signal                otlp.Signal
	Batches, Items, Bytes int64
	Refused               int64 // items that the next one answered with an error
	LastMs                int64 // Unix milliseconds of the last batch, 0: none
}

func (e *edge) view() Edge {
	return Edge{e.from, e.to, e.signal, e.batches.Load(), e.items.Load(), e.bytes.Load(), e.refused.Load(), e.last.Load()}
}

// fanOut hands one batch to several sinks, one after the other, all sharing its bytes.
//
// All get it, even if one answers with an error; the error then goes back to
// the sender. A sender that tries again delivers a second time to the sinks
// that had taken it: a duplicate is better than a loss. The answer is permanent
// only if each error was, so that no sink loses what another could not read.
type fanOut []component.Sink

// Consume hands the batch to all.
func (f fanOut) Consume(ctx context.Context, batch *otlp.Batch) error {
	return f.ConsumeBorrowed(ctx, batch, nil)
}

// ConsumeBorrowed hands the batch to all with its lender.
func (f fanOut) ConsumeBorrowed(ctx context.Context, batch *otlp.Batch, bytes *bytepool.Buffer) error {
	var failed, retryable []error
	for _, sink := range f {
		if err := component.Lend(ctx, sink, batch, bytes); err != nil {
			failed = append(failed, err)
			if !component.IsPermanent(err) {
				retryable = append(retryable, err)
			}
		}
	}
	if len(retryable) > 0 {
		return errors.Join(retryable...)
	}
	return errors.Join(failed...)
}

// bySignal hands a batch to the sink of its signal.
type bySignal [otlp.Metrics + 1]component.Sink

// Consume refuses a signal that no pipeline takes.
func (b *bySignal) Consume(ctx context.Context, batch *otlp.Batch) error {
	return b.ConsumeBorrowed(ctx, batch, nil)
}

// ConsumeBorrowed is Consume with the batch's lender.
func (b *bySignal) ConsumeBorrowed(ctx context.Context, batch *otlp.Batch, bytes *bytepool.Buffer) error {
	next := b[batch.Signal()]
	if next == nil {
		return component.Permanent(errors.New("no pipeline takes " + batch.Signal().String()))
	}
	return component.Lend(ctx, next, batch, bytes)
}

// sinks makes one sink of several.
func sinks(list []component.Sink) component.Sink {
	if len(list) == 1 {
		return list[0]
	}
	return fanOut(list)
}
