package block

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/oriel-io/oriel/store/plan"
	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/protoscan"
)

// Trace implements store.Reader.
func (e *Engine) Trace(ctx context.Context, id otlp.TraceID) (*otlp.Batch, error) {
	for {
		batch, err := e.traceOnce(ctx, id)
		if !errors.Is(err, errDamaged) {
			return batch, err
		}
	}
}

func (e *Engine) traceOnce(ctx context.Context, id otlp.TraceID) (*otlp.Batch, error) {
	parts, _, _, release := e.parts(plan.Spans, 0, 0)
	defer release()
	var t traceBuilder
	var mu sync.Mutex // guards t and first
	var first error
	work := make(chan part, len(parts))
	for _, p := range parts {
		work <- p
	}
	close(work)
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(parts)) {
		workers.Go(func() {
			for p := range work {
				err := ctx.Err()
				var rows []int
				if err == nil {
					rows, err = traceRows(p, id)
				}
				var got []traceItem
				if err == nil && len(rows) > 0 {
					got, err = traceItems(ctx, p, rows)
				}
				if errors.Is(err, errDamaged) {
					p.fail(err)
				}
				mu.Lock()
				t.add(got)
				if err != nil && first == nil {
					first = err
				}
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	if first != nil {
		return nil, first
	}
	return t.batch()
}

// traceRows finds the rows of a trace in a part, ascending.
func traceRows(p part, id otlp.TraceID) ([]int, error) {
	if h, ok := p.(*headPart); ok {
		return h.traceRows(id), nil
	}
	if id.IsZero() {
		return rowsWithout(p, colTraceID)
	}
	want, found, known, err := p.find(colTraceID, id[:])
	if err != nil || known && !found {
		return nil, err
	}
	if b, ok := p.(*blockPart); ok && known {
		return b.reader.Run(b.group, b.group.Chunk(colTraceID), want)
	}
	c, err := p.column(colTraceID, !known)
	if c == nil || err != nil {
		return nil, err
	}
	var rows []int
	for row, x := range c.IDs {
		if known && x == want+1 || !known && x != 0 && otlp.TraceID(c.Dict.Get(int(x-1))) == id {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

func rowsWithout(p part, name string) (rows []int, err error) {
	c, err := p.column(name, false)
	if err != nil {
		return nil, err
	}
	for row := range p.rows() {
		if c == nil || row >= len(c.IDs) || c.IDs[row] == 0 {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// traceRows follows the chain of the trace's rows.
func (p *headPart) traceRows(id otlp.TraceID) []int {
	if id.IsZero() {
		rows, _ := rowsWithout(p, colTraceID)
		return rows
	}
	p.head.mu.RLock()
	defer p.head.mu.RUnlock()
	n := p.table.traceID.lookup(id[:], hashText(id[:]))
	if n == 0 {
		return nil
	}
	var rows []int
	for row := p.table.last[n-1]; row >= 0; row = p.table.prev[row] {
		if int(row) < p.count {
			rows = append(rows, int(row))
		}
	}
	slices.Reverse(rows)
	return rows
}

// traceItem is one span with what it stands under.
type traceItem struct{ resource, scope, item string }

func traceItems(ctx context.Context, p part, rows []int) ([]traceItem, error) {
	g := newGathered(ctx, p, plan.Spans, rows)
	items, err := g.items()
	if err != nil {
		return nil, err
	}
	resource, err := g.scan.column(colResourceProto, true)
	if err != nil {
		return nil, err
	}
	scope, err := g.scan.column(colScopeProto, true)
	if err != nil {
		return nil, err
	}
	out := make([]traceItem, len(items))
	for i, item := range items {
		r, _ := textOf(resource, i)
		s, _ := textOf(scope, i)
		out[i] = traceItem{string(r), string(s), string(item)}
	}
	return out, nil
}

// traceBuilder puts spans together, each once.
type traceBuilder struct{ items []traceItem }

func (t *traceBuilder) add(items []traceItem) { t.items = append(t.items, items...) }

// batch groups the spans by resource and scope; nil if there are none.
func (t *traceBuilder) batch() (*otlp.Batch, error) {
	if len(t.items) == 0 {
		return nil, nil
	}
	slices.SortFunc(t.items, func(a, b traceItem) int {
		if c := strings.Compare(a.resource, b.resource); c != 0 {
			return c
		}
		if c := strings.Compare(a.scope, b.scope); c != 0 {
			return c
		}
		return strings.Compare(a.item, b.item)
	})
	items := slices.Compact(t.items)
	var out, group, scope []byte
	for i := 0; i < len(items); {
		first := items[i]
		group = append(group[:0], first.resource...)
		for i < len(items) && items[i].resource == first.resource {
			name := items[i].scope
			scope = append(scope[:0], name...)
			for i < len(items) && items[i].resource == first.resource && items[i].scope == name {
				scope = protoscan.AppendBytes(scope, 2, items[i].item)
				i++
			}
			group = protoscan.AppendBytes(group, 2, scope)
		}
		out = protoscan.AppendBytes(out, 1, group)
	}
	return otlp.New(otlp.Traces, out)
}
