package batch

import (
	"context"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/wire/otlp"
)

// processor has a lane for each signal; items of different signals never meet.
type processor struct {
	cfg   Config
	next  component.Sink
	lanes [otlp.Metrics + 1]*lane // by signal, nil where the pipeline carries none
}

func newProcessor(cfg Config, set component.Settings, next component.Sink) (component.Stage, error) {
	p := &processor{cfg: cfg, next: next}
	for _, signal := range []otlp.Signal{otlp.Traces, otlp.Logs, otlp.Metrics} {
		if set.Signals.Has(signal) {
			p.lanes[signal] = newLane(cfg, set, next)
		}
	}
	return p, nil
}

// gathers is false if each batch is handed on at once.
func (p *processor) gathers() bool { return p.cfg.Timeout > 0 && p.cfg.SendBatchSize > 0 }

func (p *processor) Start(context.Context) error {
	if p.gathers() {
		for _, l := range p.lanes {
			if l != nil {
				l.start()
			}
		}
	}
	return nil
}

// Consume answers nil when the batch is gathered.
func (p *processor) Consume(ctx context.Context, b *otlp.Batch) error {
	if p.gathers() {
		return p.lanes[b.Signal()].put(ctx, b)
	}
	for _, chunk := range otlp.Chunk(b, p.cfg.SendBatchMaxSize) {
		if err := p.next.Consume(ctx, chunk); err != nil {
			return err
		}
	}
	return nil
}

// Shutdown hands on what was gathered. What the next component has not taken
// when ctx ends is given up.
func (p *processor) Shutdown(ctx context.Context) error {
	for _, l := range p.lanes {
		if l != nil {
			l.close()
		}
	}
	var err error
	for _, l := range p.lanes {
		if l != nil {
			if e := l.wait(ctx); e != nil {
				err = e
			}
		}
	}
	return err
}
