package attributes

import (
	"context"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/internal/bytepool"
	"github.com/oriel-io/oriel/wire/attraction"
	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/ottl/match"
)

type processor struct {
	actions *attraction.Actions
	next    component.Sink
	// tests are include and exclude by signal; nil passes all, or none.
	tests [otlp.Metrics + 1][2]match.Test
}

func newProcessor(cfg Config, set component.Settings, next component.Sink) (component.Stage, error) {
	actions, err := attraction.Compile(cfg.Actions)
	if err != nil {
		return nil, err
	}
	p := &processor{actions: actions, next: next}
	for signal := otlp.Traces; signal <= otlp.Metrics; signal++ {
		if set.Signals.Has(signal) {
			if p.tests[signal], err = cfg.tests(signal); err != nil {
				return nil, err
			}
		}
	}
	return p, nil
}

func (p *processor) Start(context.Context) error    { return nil }
func (p *processor) Shutdown(context.Context) error { return nil }

// Consume hands on the batch with its attributes changed.
func (p *processor) Consume(ctx context.Context, b *otlp.Batch) error {
	return p.ConsumeBorrowed(ctx, b, nil)
}

// ConsumeBorrowed hands the bytes on if nothing was changed, and otherwise those of the new batch.
func (p *processor) ConsumeBorrowed(ctx context.Context, b *otlp.Batch, bytes *bytepool.Buffer) error {
	var made *bytepool.Buffer
	out := p.edit(ctx, b, func(size int) []byte {
		made = bytepool.Get(size)
		return made.Bytes()
	})
	defer made.Release()
	if out == b {
		return component.Lend(ctx, p.next, b, bytes)
	}
	return component.Lend(ctx, p.next, out, made)
}

func (p *processor) edit(ctx context.Context, b *otlp.Batch, alloc func(size int) []byte) *otlp.Batch {
	lookup := func(name string) (string, bool) { return component.FromContext(ctx, name) }
	wanted := func(g otlp.Group, s otlp.Scope, item []byte) bool {
		include, exclude := p.tests[b.Signal()][0], p.tests[b.Signal()][1]
		return (include == nil || include(g, s, item)) && (exclude == nil || !exclude(g, s, item))
	}
	switch b.Signal() {
	case otlp.Traces:
		return otlp.EditSpansInto(b, alloc, func(g otlp.Group, s otlp.Scope, span otlp.Span, e *otlp.SpanEdit) {
			if wanted(g, s, span) {
				p.actions.Apply(&e.Attrs, lookup)
			}
		})
	case otlp.Logs:
		return otlp.EditLogsInto(b, alloc, func(g otlp.Group, s otlp.Scope, record otlp.LogRecord, e *otlp.LogEdit) {
			if wanted(g, s, record) {
				p.actions.Apply(&e.Attrs, lookup)
			}
		})
	}
	return otlp.EditPoints(b, func(g otlp.Group, s otlp.Scope, m otlp.Metric, e *otlp.AttrEdit) {
		if wanted(g, s, m) {
			p.actions.Apply(e, lookup)
		}
	})
}
