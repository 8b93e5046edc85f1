package pipeline

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/internal/bytepool"
	"github.com/oriel-io/oriel/selfmon"
	"github.com/oriel-io/oriel/wire/otlp"
)

// timed stands before a processor and measures how long it works on a batch,
// without what it hands the batch on to. Only at the level detailed: it costs two
// clocks and a context for each batch.
type timed struct {
	next     component.Sink
	duration *selfmon.Histogram
}

// stopwatch is how long others have worked on a batch meanwhile.
type stopwatch struct{ others atomic.Int64 }

type stopwatchKey struct{}

// Consume passes the batch on and measures it.
func (t *timed) Consume(ctx context.Context, batch *otlp.Batch) error {
	return t.ConsumeBorrowed(ctx, batch, nil)
}

// ConsumeBorrowed passes the batch on with its lender.
func (t *timed) ConsumeBorrowed(ctx context.Context, batch *otlp.Batch, bytes *bytepool.Buffer) error {
	watch, began := new(stopwatch), time.Now()
	err := component.Lend(context.WithValue(ctx, stopwatchKey{}, watch), t.next, batch, bytes)
	t.duration.Observe((time.Since(began) - time.Duration(watch.others.Load())).Seconds())
	return err
}

// elsewhere stands behind a processor and stops the watch of timed.
type elsewhere struct{ next component.Sink }

// Consume passes the batch on.
func (e *elsewhere) Consume(ctx context.Context, batch *otlp.Batch) error {
	return e.ConsumeBorrowed(ctx, batch, nil)
}

// ConsumeBorrowed passes the batch on with its lender.
func (e *elsewhere) ConsumeBorrowed(ctx context.Context, batch *otlp.Batch, bytes *bytepool.Buffer) error {
	if watch, ok := ctx.Value(stopwatchKey{}).(*stopwatch); ok {
		began := time.Now()
		defer func() { watch.others.Add(int64(time.Since(began))) }()
	}
	return component.Lend(ctx, e.next, batch, bytes)
}
