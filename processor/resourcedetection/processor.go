package resourcedetection

import (
	"context"
	"log/slog"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/internal/bytepool"
	"github.com/oriel-io/oriel/wire/otlp"
)

// processor puts what was found on the resources of batches.
type processor struct {
	cfg  Config
	log  *slog.Logger
	next component.Sink
	uses bool // it counts among the users of cfg.found
}

func newProcessor(cfg Config, set component.Settings, next component.Sink) (component.Stage, error) {
	return &processor{cfg: cfg, log: set.Log, next: next}, nil
}

// Start detects, within the timeout. No failure of a detector is one of the process.
func (p *processor) Start(ctx context.Context) error {
	p.cfg.found.use(ctx, &p.cfg, p.log, p.cfg.make())
	p.uses = true
	return nil
}

// Shutdown ends the refreshing with the last processor of the block.
func (p *processor) Shutdown(context.Context) error {
	if p.uses {
		p.uses = false
		p.cfg.found.release()
	}
	return nil
}

// Consume hands on the batch with what was found.
func (p *processor) Consume(ctx context.Context, b *otlp.Batch) error {
	return p.next.Consume(ctx, p.mark(b))
}

// ConsumeBorrowed is Consume for lent bytes: a batch that was changed has its own.
func (p *processor) ConsumeBorrowed(ctx context.Context, b *otlp.Batch, bytes *bytepool.Buffer) error {
	if marked := p.mark(b); marked != b {
		return p.next.Consume(ctx, marked)
	}
	return component.Lend(ctx, p.next, b, bytes)
}

func (p *processor) mark(b *otlp.Batch) *otlp.Batch {
	found := p.cfg.found.current.Load()
	if found == nil || len(found.attributes) == 0 {
		return b
	}
	return otlp.EditGroups(b, func(_ otlp.Group, e *otlp.GroupEdit) {
		e.SchemaURL = found.schemaURL
		for _, a := range found.attributes {
			if p.cfg.Override {
				e.Resource.Set(a.key, a.value)
			} else {
				e.Resource.Insert(a.key, a.value)
			}
		}
	})
}
