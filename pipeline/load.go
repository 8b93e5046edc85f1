package pipeline

import (
	"context"
	"time"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/internal/bytepool"
	"github.com/oriel-io/oriel/wire/otlp"
)

// delivery is a batch that was put into a queue, until all of it has left.
type delivery struct {
	client *component.Client // who sent it, if that is known
	size   int64             // in units of the queue's sizer
	held   int64             // bytes
	taken  chan struct{}     // closed when no consumer is behind with it, if its sender waits for that, else nil

	// If its sender waits for the result:
	ctx  context.Context // the sender's
	done chan error

	// Guarded by queue.mu.
	isTaken bool
	loads   int   // in how many loads it is, or parts of it
	err     error // of those that have left
}

// note keeps the error of a load. One that allows another attempt wins, since a part
// of the batch is lost if its sender makes none.
func (d *delivery) note(err error) {
	if err != nil && (d.err == nil || component.IsPermanent(d.err)) {
		d.err = err
	}
}

// load is what a consumer sends at once: a batch as it was put, several that
// were merged, or a piece that was cut off.
type load struct {
	batch  *otlp.Batch
	bytes  *bytepool.Buffer // where batch's bytes are lent, or nil
	of     []*delivery
	weight int64     // in units of the batch sizer
	since  time.Time // from when on it waits for others
}

// client is who sent all of the load, nil if that is not one.
func (l *load) client() *component.Client {
	first := l.of[0].client
	for _, d := range l.of[1:] {
		if d.client != first {
			return nil
		}
	}
	return first
}

// letGo ends the pause of the senders. The caller holds queue.mu.
func (l *load) letGo() {
	for _, d := range l.of {
		if d.taken != nil && !d.isTaken {
			d.isTaken = true
			close(d.taken)
		}
	}
}

// merge makes one load of several, in order. Their bytes stay where they are.
func merge(group []*load) *load {
	if len(group) == 1 {
		return group[0]
	}
	batches, buffers := make([]*otlp.Batch, len(group)), make([]*bytepool.Buffer, len(group))
	out := &load{since: group[len(group)-1].since}
	for i, l := range group {
		batches[i], buffers[i] = l.batch, l.bytes
		out.of = append(out.of, l.of...)
		out.weight += l.weight
	}
	out.batch, out.bytes = otlp.Merge(batches...), bytepool.Group(buffers...)
	return out
}

// batching is how a queue gathers loads, nil if it sends them as they come.
type batching struct {
	component.BatchConfig
	weigh func(*otlp.Batch) int64
	cut   func(*otlp.Batch) []*otlp.Batch
}

func newBatching(cfg component.QueueConfig) *batching {
	if cfg.Batch == nil {
		return nil
	}
	b := &batching{BatchConfig: *cfg.Batch}
	largest := int(cfg.Batch.MaxSize)
	if cfg.BatchSizer() == "bytes" {
		b.weigh = func(b *otlp.Batch) int64 { return int64(b.Size()) }
		b.cut = func(b *otlp.Batch) []*otlp.Batch { return otlp.ChunkBytes(b, largest) }
	} else {
		b.weigh = func(b *otlp.Batch) int64 { return int64(b.Items()) }
		b.cut = func(b *otlp.Batch) []*otlp.Batch { return otlp.Chunk(b, largest) }
	}
	return b
}

// split cuts a load into pieces of at most max_size.
func (b *batching) split(l *load) []*load {
	if b == nil || b.MaxSize == 0 || l.weight <= b.MaxSize {
		return []*load{l}
	}
	parts := b.cut(l.batch)
	if len(parts) == 1 {
		return []*load{l}
	}
	out := make([]*load, len(parts))
	for i, part := range parts {
		out[i] = &load{batch: part, of: l.of, weight: b.weigh(part), since: l.since}
	}
	l.bytes.Release() // the pieces are copies
	return out
}
