package memorylimiter

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/internal/bytepool"
	"github.com/oriel-io/oriel/internal/memory"
	"github.com/oriel-io/oriel/selfmon"
	"github.com/oriel-io/oriel/wire/otlp"
)

// telemetryPercent of the soft limit is for telemetry: what the garbage collector keeps beside
// live objects, and the program itself, need the rest.
const telemetryPercent = 60

type processor struct {
	limiter
	next              component.Sink
	accepted, refused [otlp.Metrics + 1]*selfmon.Counter

	stop     chan struct{}
	stopOnce sync.Once
	watching sync.WaitGroup
	undo     []func() // what Start has changed in the process
}

func newProcessor(cfg Config, set component.Settings, next component.Sink) (component.Stage, error) {
	hard, soft, err := cfg.limits(memory.Limit())
	if err != nil {
		return nil, err
	}
	p := &processor{
		limiter: limiter{cfg: cfg, hard: hard, soft: soft, process: goRuntime{}, memory: set.Memory, log: set.Log},
		next:    next, stop: make(chan struct{}),
	}
	for signal, items := range map[otlp.Signal]string{otlp.Traces: "spans", otlp.Logs: "log_records", otlp.Metrics: "metric_points"} {
		if set.Signals.Has(signal) {
			p.accepted[signal] = set.Metrics.Counter("otelcol_processor_accepted_"+items, "Items that the memory limiter let through.")
			p.refused[signal] = set.Metrics.Counter("otelcol_processor_refused_"+items, "Items that the memory limiter refused.")
		}
	}
	return p, nil
}

// Start sets the limits and begins to watch.
func (p *processor) Start(context.Context) error {
	p.undo = append(p.undo, p.memory.Restrict(p.soft/100*telemetryPercent), limitRuntime(p.hard))
	p.log.Info("limiting memory", "limit_mib", p.hard>>20, "soft_limit_mib", p.soft>>20, "telemetry_mib", p.memory.Limit()>>20)
	p.watching.Go(p.watch)
	return nil
}

func (p *processor) watch() {
	ticker := time.NewTicker(p.cfg.CheckInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			p.check()
		case <-p.stop:
			return
		}
	}
}

// Shutdown takes the limits back.
func (p *processor) Shutdown(context.Context) error {
	p.stopOnce.Do(func() {
		close(p.stop)
		p.watching.Wait()
		if p.open != nil {
			p.open()
		}
		for _, undo := range p.undo {
			undo()
		}
	})
	return nil
}

var errRefused = errors.New("refused for now: the collector uses as much memory as it may")

// Consume refuses the batch, or hands it on.
func (p *processor) Consume(ctx context.Context, batch *otlp.Batch) error {
	return p.ConsumeBorrowed(ctx, batch, nil)
}

// ConsumeBorrowed is Consume for lent bytes.
func (p *processor) ConsumeBorrowed(ctx context.Context, batch *otlp.Batch, bytes *bytepool.Buffer) error {
	if p.refusing.Load() {
		p.refused[batch.Signal()].Add(batch.Items())
		return component.Throttled(errRefused, p.cfg.CheckInterval)
	}
	p.accepted[batch.Signal()].Add(batch.Items())
	return component.Lend(ctx, p.next, batch, bytes)
}
