package hosted

import (
	"context"
	"errors"
	"slices"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/internal/bytepool"
	"github.com/oriel-io/oriel/wire/otlp"
	upstream "go.opentelemetry.io/collector/component"
)

// lifecycle is one component of ours that upstream has as several: one for each
// signal. They are started and stopped together.
type lifecycle struct {
	host    *host
	made    []upstream.Component
	started []upstream.Component
}

// Start starts all.
func (l *lifecycle) Start(ctx context.Context) error {
	for _, c := range l.made {
		// One that fails half-way is shut down as well, as upstream's service does.
		l.started = append(l.started, c)
		if err := c.Start(ctx, l.host); err != nil {
			return err
		}
	}
	return nil
}

// Shutdown stops, once, what was started: not all of theirs can be stopped twice.
func (l *lifecycle) Shutdown(ctx context.Context) error {
	var errs []error
	for _, c := range slices.Backward(l.started) {
		errs = append(errs, c.Shutdown(ctx))
	}
	l.started = nil
	return errors.Join(errs...)
}

// stage is a hosted processor, exporter or connector.
type stage struct {
	lifecycle
	in inlets
}

// Consume hands the batch in.
func (s *stage) Consume(ctx context.Context, batch *otlp.Batch) error {
	return s.in.consume(ctx, batch)
}

// ConsumeBorrowed is Consume: the bytes are not needed after they were decoded.
func (s *stage) ConsumeBorrowed(ctx context.Context, batch *otlp.Batch, _ *bytepool.Buffer) error {
	return s.in.consume(ctx, batch)
}

var _ component.Borrower = (*stage)(nil)
