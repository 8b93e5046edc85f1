package batch

import (
	"github.com/oriel-io/oriel/internal/bytepool"
	"github.com/oriel-io/oriel/wire/otlp"
)

// load is what is handed on together: one batch, or the chunks of one.
type load struct {
	batches []*otlp.Batch
	bytes   *bytepool.Buffer // what the batches' bytes are lent from, or nil
	held    int64            // what is counted for it in the memory budget
}

// take empties pending and makes one batch, or several that are small enough.
// What is left over of a full load stays pending, if it can wait for more.
func (l *lane) take() load {
	l.mu.Lock()
	pending, full, closed := l.pending, l.isFull(), l.isClosed
	l.pending, l.items, l.bytes = nil, 0, 0
	close(l.room)
	l.room = make(chan struct{})
	l.mu.Unlock()

	var out load
	merge, lenders := make([]*otlp.Batch, len(pending)), make([]*bytepool.Buffer, len(pending))
	for i, g := range pending {
		merge[i], lenders[i] = g.batch, g.bytes
		out.held += int64(g.batch.Held())
	}
	merged := otlp.Merge(merge...)
	out.batches, out.bytes = otlp.Chunk(merged, l.cfg.SendBatchMaxSize), bytepool.Group(lenders...)
	if last := len(out.batches) - 1; full && !closed && last > 0 && out.batches[last].Items() < l.cfg.SendBatchSize {
		rest := out.batches[last]
		out.batches = out.batches[:last]
		out.held -= int64(rest.Held())
		l.mu.Lock()
		l.add(gathered{batch: rest}) // a chunk has bytes of its own
		l.mu.Unlock()
	}
	if full {
		l.bySize.Add(len(out.batches))
	} else {
		l.byTimeout.Add(len(out.batches))
	}
	return out
}
