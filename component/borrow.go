package component

import (
	"context"

	"github.com/oriel-io/oriel/internal/bytepool"
	"github.com/oriel-io/oriel/wire/otlp"
)

// Borrower is a Sink that says when it no longer needs a batch, so that the
// bytes can be used for the next one. Only what lies between a receiver and an exporter
// that forwards bytes needs to be one; Lend takes care of all other sinks.
type Borrower interface {
	Sink
	// ConsumeBorrowed is Consume for a batch whose bytes are lent: they may be
	// read until the call returns, and longer only after bytes.Retain.
	ConsumeBorrowed(ctx context.Context, batch *otlp.Batch, bytes *bytepool.Buffer) error
}

// Lend hands a batch on whose bytes are in a Buffer. A next that is no Borrower
// may keep the batch for ever, so its bytes are then left to the garbage collector.
// bytes may be nil.
func Lend(ctx context.Context, next Sink, batch *otlp.Batch, bytes *bytepool.Buffer) error {
	if borrower, ok := next.(Borrower); ok {
		return borrower.ConsumeBorrowed(ctx, batch, bytes)
	}
	bytes.Retain() // never released
	return next.Consume(ctx, batch)
}
