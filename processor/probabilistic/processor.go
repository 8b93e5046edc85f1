package probabilistic

import (
	"context"
	"strconv"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/internal/bytepool"
	"github.com/oriel-io/oriel/selfmon"
	"github.com/oriel-io/oriel/wire/otlp"
)

type processor struct {
	sampler *sampler
	next    component.Sink
	// counts are items by policy and whether they were kept.
	counts [otlp.Metrics + 1][policies][2]*selfmon.Counter
}

func newProcessor(cfg Config, set component.Settings, next component.Sink) (component.Stage, error) {
	p := &processor{sampler: newSampler(cfg), next: next}
	names := [policies]string{
		missingRandomness: "missing_randomness", traceIDHash: "trace_id_hash", traceIDW3C: "trace_id_w3c",
		samplingRandomness: "sampling_randomness", samplingPriority: "sampling_priority", attributeHash: cfg.FromAttribute,
	}
	for _, signal := range []otlp.Signal{otlp.Traces, otlp.Logs} {
		if !set.Signals.Has(signal) {
			continue
		}
		metric := "otelcol_processor_probabilistic_sampler_count_" + signal.String() + "_sampled"
		for by, name := range names {
			for kept := range 2 {
				p.counts[signal][by][kept] = new(selfmon.Counter) // of a policy that cannot come
				if name != "" {
					p.counts[signal][by][kept] = set.Metrics.Counter(metric, "Count of "+signal.String()+" that were sampled or not", "policy", name, "sampled", strconv.FormatBool(kept == 1))
				}
			}
		}
	}
	return p, nil
}

func (p *processor) Start(context.Context) error    { return nil }
func (p *processor) Shutdown(context.Context) error { return nil }

// Consume hands on what is kept.
func (p *processor) Consume(ctx context.Context, b *otlp.Batch) error {
	return p.ConsumeBorrowed(ctx, b, nil)
}

// ConsumeBorrowed hands the bytes on if all is kept as it is, and otherwise those of the new batch.
func (p *processor) ConsumeBorrowed(ctx context.Context, b *otlp.Batch, bytes *bytepool.Buffer) error {
	var made *bytepool.Buffer
	kept := p.sample(b, func(size int) []byte {
		made = bytepool.Get(size)
		return made.Bytes()
	})
	defer made.Release()
	switch kept {
	case nil:
		return nil
	case b:
		return component.Lend(ctx, p.next, b, bytes)
	}
	return component.Lend(ctx, p.next, kept, made)
}

func (p *processor) sample(b *otlp.Batch, alloc func(size int) []byte) *otlp.Batch {
	counts := &p.counts[b.Signal()]
	var scratch []byte
	return otlp.PruneInto(b, alloc, func(_ otlp.Group, _ otlp.Scope, item []byte) (out []byte, keep bool) {
		var by policy
		if b.Signal() == otlp.Traces {
			out, by, keep = p.sampler.span(item, scratch[:0])
		} else {
			out, by, keep = p.sampler.record(item, scratch[:0])
		}
		if keep {
			counts[by][1].Add(1)
			if len(out) > 0 && &out[0] != &item[0] {
				scratch = out
			}
		} else {
			counts[by][0].Add(1)
		}
		return out, keep
	})
}
