// Package memory is the slow, obviously correct store: it keeps batches as
// they came and looks at every row of them for every question. It defines what
// a plan.Query means; other engines are tested against it (store/storetest). It
// keeps nothing over a restart.
//
// Begin with Engine; rows are read in row.go, queries run in query.go.
package memory

import (
	"context"
	"sync"
	"time"

	"github.com/oriel-io/oriel/store"
	"github.com/oriel-io/oriel/store/plan"
	"github.com/oriel-io/oriel/store/servicegraph"
	"github.com/oriel-io/oriel/wire/otlp"
)

// Engine is the store. Safe for concurrent use.
type Engine struct {
	mu      sync.RWMutex // guards what is below
	tables  map[plan.Table][]*row
	seen    map[string]bool // spans that are there, by their bytes with resource and scope
	arrived []arrival
	bytes   int64
	last    int64
	now     func() time.Time
}

// arrival is the new spans of a batch, for the service graph.
type arrival struct {
	batch *otlp.Batch
	at    int64
}

var _ store.Engine = (*Engine)(nil)

// New makes an empty store.
func New() *Engine { return NewAt(time.Now) }

// NewAt is New with a clock of its own, which says when batches arrive.
func NewAt(now func() time.Time) *Engine {
	return &Engine{tables: map[plan.Table][]*row{}, seen: map[string]bool{}, now: now}
}

// Write keeps a batch. Metrics are taken and forgotten.
func (e *Engine) Write(ctx context.Context, batch *otlp.Batch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.last = e.now().UnixNano()
	e.bytes += int64(batch.Size())
	fresh := otlp.NewBuilder(otlp.Traces)
	for group := range batch.Groups() {
		for scope := range group.Scopes() {
			switch batch.Signal() {
			case otlp.Traces:
				for span := range scope.Spans() {
					r := newSpan(group, scope, span)
					if key := r.identity(); !e.seen[key] {
						e.seen[key] = true
						e.add(plan.Spans, r)
						fresh.Add(group.Resource().Msg, nil, span, 1)
					}
				}
			case otlp.Logs:
				for record := range scope.LogRecords() {
					e.add(plan.Logs, newLog(group, scope, record))
				}
			}
		}
	}
	if fresh.Items() > 0 {
		e.arrived = append(e.arrived, arrival{fresh.Batch(), e.last})
	}
	return nil
}

func (e *Engine) add(table plan.Table, r *row) {
	r.arrival = len(e.tables[table])
	e.tables[table] = append(e.tables[table], r)
}

// Trace reads all spans of one trace.
func (e *Engine) Trace(ctx context.Context, id otlp.TraceID) (*otlp.Batch, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	b := otlp.NewBuilder(otlp.Traces)
	for _, r := range e.tables[plan.Spans] {
		if r.traceID == id {
			b.Add(r.resource.Msg, r.scope, r.item, 1)
		}
	}
	if b.Items() == 0 {
		return nil, ctx.Err()
	}
	return b.Batch(), ctx.Err()
}

// Graph pairs all spans anew. Traces that may still grow count as far as it is
// certain (servicegraph.Builder.Peek).
func (e *Engine) Graph(ctx context.Context, from, to int64) (*servicegraph.Window, error) {
	return servicegraph.Sum(from, to, e.graphRows()), ctx.Err()
}

// GraphMinutes is Graph by minute.
func (e *Engine) GraphMinutes(ctx context.Context, from, to int64) ([]servicegraph.Minute, error) {
	return servicegraph.Minutes(from, to, e.graphRows()), ctx.Err()
}

func (e *Engine) graphRows() []*servicegraph.Row {
	e.mu.RLock()
	defer e.mu.RUnlock()
	const all = 1 << 30
	b := servicegraph.NewBuilder(servicegraph.Options{MaxPending: all, MaxNodes: all, MaxEdges: all, MaxRows: all})
	for _, a := range e.arrived {
		b.AddBatch(a.batch, a.at)
	}
	return b.Peek(e.now().UnixNano())
}

// Usage counts what is there.
func (e *Engine) Usage() store.Usage {
	e.mu.RLock()
	defer e.mu.RUnlock()
	u := store.Usage{
		Spans: int64(len(e.tables[plan.Spans])), Logs: int64(len(e.tables[plan.Logs])),
		Bytes: e.bytes, LastWrite: e.last,
	}
	first := true
	for _, rows := range e.tables {
		for _, r := range rows {
			if first {
				u.Oldest, u.Newest, first = r.time, r.time, false
			}
			u.Oldest, u.Newest = min(u.Oldest, r.time), max(u.Newest, r.time)
		}
	}
	return u
}

// Close does nothing.
func (e *Engine) Close() error { return nil }
