package block

import (
	"context"
	"errors"
	"slices"

	"github.com/oriel-io/oriel/store/servicegraph"
)

// Graph implements store.Reader.
func (e *Engine) Graph(ctx context.Context, from, to int64) (*servicegraph.Window, error) {
	rows, err := e.graphRows(ctx, from, to)
	if err != nil {
		return nil, err
	}
	return servicegraph.Sum(from, to, rows), nil
}

// GraphMinutes implements store.Reader.
func (e *Engine) GraphMinutes(ctx context.Context, from, to int64) ([]servicegraph.Minute, error) {
	rows, err := e.graphRows(ctx, from, to)
	if err != nil {
		return nil, err
	}
	return servicegraph.Minutes(from, to, rows), nil
}

// graphRows are the rows of the blocks, of the frozen head, and of the spans since.
func (e *Engine) graphRows(ctx context.Context, from, to int64) ([]*servicegraph.Row, error) {
	// Both locks, so that no cut moves rows from one place to the next in between.
	e.graphMu.Lock()
	e.mu.RLock()
	waiting := e.ingest.graph.Snapshot()
	var rows []*servicegraph.Row
	if e.frozen != nil {
		rows = append(rows, e.frozen.rows...)
	}
	blocks := slices.Clone(e.blocks)
	for _, b := range blocks {
		b.acquire()
	}
	e.mu.RUnlock()
	e.graphMu.Unlock()
	rows = append(rows, waiting.Rows(e.opt.Now().UnixNano())...)
	const minute = int64(60e9)
	for _, b := range blocks {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		list, err := b.rows(&e.cache)
		if errors.Is(err, errDamaged) {
			e.quarantine(b, err)
			continue
		}
		for _, r := range list {
			if r.Minute < to && r.Minute > from-minute {
				rows = append(rows, r)
			}
		}
	}
	for _, b := range blocks {
		b.release()
	}
	return rows, nil
}
