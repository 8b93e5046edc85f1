package batch

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/internal/bytepool"
	"github.com/oriel-io/oriel/wire/otlp"
)

// processor has a lane for each signal; items of different signals never meet.
// With metadata_keys it has one for each combination of their values as well.
type processor struct {
	cfg  Config
	set  component.Settings
	next component.Sink

	lanes [otlp.Metrics + 1]*lane // by signal; nil with metadata_keys, and where the pipeline carries none

	mu       sync.Mutex // guards the rest
	apart    map[string]*lane
	isClosed bool
}

func newProcessor(cfg Config, set component.Settings, next component.Sink) (component.Stage, error) {
	p := &processor{cfg: cfg, set: set, next: next, apart: map[string]*lane{}}
	if len(cfg.MetadataKeys) == 0 {
		for signal := otlp.Traces; signal <= otlp.Metrics; signal++ {
			if set.Signals.Has(signal) {
				p.lanes[signal] = newLane(cfg, set, next, nil)
			}
		}
	}
	set.Metrics.Gauge("otelcol_processor_batch_metadata_cardinality", "Combinations of the values of metadata_keys.", p.cardinality)
	return p, nil
}

// gathers is false if each batch is handed on at once.
func (p *processor) gathers() bool { return p.cfg.Timeout > 0 && p.cfg.SendBatchSize > 0 }

// Start starts the lanes that there are; others start with their first batch.
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
	return p.ConsumeBorrowed(ctx, b, nil)
}

// ConsumeBorrowed is Consume for lent bytes, which are retained while the batch waits.
func (p *processor) ConsumeBorrowed(ctx context.Context, b *otlp.Batch, bytes *bytepool.Buffer) error {
	if p.gathers() {
		l, err := p.lane(ctx, b.Signal())
		if err != nil {
			return err
		}
		return l.put(ctx, b, bytes)
	}
	for _, chunk := range otlp.Chunk(b, p.cfg.SendBatchMaxSize) {
		if err := component.Lend(ctx, p.next, chunk, bytes); err != nil {
			return err
		}
	}
	return nil
}

// lane is where a batch of this sender is gathered.
func (p *processor) lane(ctx context.Context, signal otlp.Signal) (*lane, error) {
	if l := p.lanes[signal]; l != nil {
		return l, nil
	}
	sender := component.ClientFrom(ctx)
	key := []byte{byte(signal)}
	for _, name := range p.cfg.MetadataKeys {
		values := sender.Get(name)
		key = binary.AppendUvarint(key, uint64(len(values)))
		for _, value := range values {
			key = append(binary.AppendUvarint(key, uint64(len(value))), value...)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if l := p.apart[string(key)]; l != nil {
		return l, nil
	}
	if p.isClosed {
		return nil, errClosed
	}
	if limit := p.cfg.MetadataCardinalityLimit; limit > 0 && len(p.apart) >= limit {
		// As upstream: to come again would not help, there is no room for this sender until a restart.
		return nil, component.Permanent(fmt.Errorf("there are %d combinations of metadata_keys already, and metadata_cardinality_limit allows no more", limit))
	}
	l := newLane(p.cfg, p.set, p.next, common(sender, p.cfg.MetadataKeys))
	p.apart[string(key)] = l
	l.start()
	return l, nil
}

// common is what all senders of a lane have in common.
func common(sender *component.Client, keys []string) *component.Client {
	out := &component.Client{Metadata: map[string][]string{}}
	for _, name := range keys {
		if values := sender.Get(name); len(values) > 0 {
			out.Metadata[component.MetadataKey(name)] = slices.Clone(values)
		}
	}
	return out
}

func (p *processor) cardinality() float64 {
	if len(p.cfg.MetadataKeys) == 0 {
		return 1
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return float64(len(p.apart))
}

// Shutdown hands on what was gathered. What the next component has not taken
// when ctx ends is given up.
func (p *processor) Shutdown(ctx context.Context) error {
	p.mu.Lock()
	p.isClosed = true
	all := make([]*lane, 0, len(p.lanes)+len(p.apart))
	for _, l := range p.lanes {
		if l != nil {
			all = append(all, l)
		}
	}
	for _, l := range p.apart {
		all = append(all, l)
	}
	p.mu.Unlock()
	for _, l := range all {
		l.close()
	}
	var errs []error
	for _, l := range all {
		errs = append(errs, l.wait(ctx))
	}
	return errors.Join(errs...)
}
