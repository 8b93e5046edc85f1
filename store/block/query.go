package block

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/oriel-io/oriel/store/block/parquet"
	"github.com/oriel-io/oriel/store/plan"
)

// collector takes what the parts of a query yield. add is called for one part
// at a time by each worker; a part that fails has added nothing.
type collector interface {
	// skip says that no row of the part can change the answer.
	skip(p part) bool
	// collect looks at the selected rows of a part and returns what adds its findings.
	collect(s *scan, sel parquet.Bits) (merge func() error, err error)
}

// Query implements store.Reader. A part that turns out to be damaged is left
// out, and Stats says so.
func (e *Engine) Query(ctx context.Context, q plan.Query) (*plan.Result, error) {
	if err := plan.Validate(&q); err != nil {
		return nil, err
	}
	if q.Bounds.MemoryBytes == 0 {
		q.Bounds.MemoryBytes = e.opt.QueryBytes
	}
	var after *position
	if q.After != nil {
		var err error
		if after, err = parsePosition(q.After); err != nil {
			return nil, err
		}
		if len(after.keys) != len(q.OrderBy)+len(q.GroupBy) {
			return nil, fmt.Errorf("%w: the page token belongs to another query", plan.ErrInvalid)
		}
	}
	run := &execution{q: &q, where: compile(q.Where)}
	for {
		result, err := run.once(ctx, e, after)
		if errors.Is(err, errDamaged) { // while rows were fetched; the block is out of use now
			continue
		}
		return result, err
	}
}

// execution is one query at work.
type execution struct {
	q     *plan.Query
	where condition

	mu    sync.Mutex // guards stats and the collector's merges
	stats plan.Stats
	bad   int64
}

func (x *execution) once(ctx context.Context, e *Engine, after *position) (*plan.Result, error) {
	parts, total, bad, release := e.parts(x.q.Table, x.q.From, x.q.To)
	defer release()
	x.bad += bad
	x.stats = plan.Stats{MatchedExact: true, Complete: true, RowsTotal: total}
	work := ctx
	if x.q.Bounds.Time > 0 {
		var cancel context.CancelFunc
		work, cancel = context.WithTimeout(ctx, x.q.Bounds.Time)
		defer cancel()
	}
	var c collector
	var groups *grouping
	var rows *selection
	if x.q.Grouped() {
		groups = newGrouping(x.q)
		c = groups
	} else {
		rows = newSelection(x.q, after)
		rows.sortParts(parts)
		c = rows
	}
	if err := x.run(work, parts, c); err != nil && ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
		x.stats.Complete = false
	} else if err != nil {
		return nil, err
	}
	result := &plan.Result{Columns: x.q.Columns()}
	var err error
	if groups != nil {
		err = groups.finish(result, after)
	} else {
		err = rows.finish(ctx, result)
	}
	x.stats.Quarantined = x.bad
	if x.bad > 0 {
		x.stats.Complete = false
	}
	result.Stats = x.stats
	return result, err
}

// run lets workers look at the parts, in order.
func (x *execution) run(ctx context.Context, parts []part, c collector) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next int
	take := func() part {
		x.mu.Lock()
		defer x.mu.Unlock()
		for next < len(parts) {
			p := parts[next]
			next++
			if c.skip(p) {
				x.stats.MatchedExact = false
				continue
			}
			return p
		}
		return nil
	}
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(parts)) {
		workers.Go(func() {
			for ctx.Err() == nil {
				p := take()
				if p == nil {
					return
				}
				if err := x.part(ctx, p, c); err != nil {
					cancel(err)
				}
			}
		})
	}
	workers.Wait()
	if x.q.Progress != nil {
		x.q.Progress(x.stats)
	}
	return context.Cause(ctx)
}

// part runs the query on one part.
func (x *execution) part(ctx context.Context, p part, c collector) error {
	s := newScan(ctx, p)
	sel, err := x.filter(s)
	var merge func() error
	if err == nil && count(sel) > 0 {
		merge, err = c.collect(s, sel)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if errors.Is(err, errDamaged) {
		x.bad++
		go p.fail(err) // takes the engine's lock
		return nil
	}
	if err != nil {
		return err
	}
	x.stats.RowsScanned += int64(p.rows())
	x.stats.BytesScanned += p.scanned()
	x.stats.RowsMatched += int64(count(sel))
	if merge != nil {
		if err := merge(); err != nil {
			return err
		}
	}
	if x.q.Progress != nil {
		x.q.Progress(x.stats)
	}
	return nil
}

// filter selects the rows of a part.
func (x *execution) filter(s *scan) (parquet.Bits, error) {
	sel := parquet.AllBits(s.n)
	lo, hi := s.part.times()
	if x.q.From != 0 && lo < x.q.From || x.q.To != 0 && hi >= x.q.To {
		times, err := s.column(colTime, true)
		if err != nil {
			return nil, err
		}
		out := make(parquet.Bits, len(sel))
		for row, t := range times.Nums {
			if (x.q.From == 0 || t >= x.q.From) && (x.q.To == 0 || t < x.q.To) {
				out.Set(row)
			}
		}
		sel = out
	}
	if x.where == nil {
		return sel, nil
	}
	return x.where.eval(s, sel)
}

// orderValues compares two cells in the order of an Order: null is last in either direction.
func orderValues(a, b plan.Value, desc bool) int {
	if desc && a.Kind != plan.Null && b.Kind != plan.Null {
		a, b = b, a
	}
	return plan.OrderValues(a, b)
}

// memoryOf estimates what a cell costs.
func memoryOf(v plan.Value) int64 { return 40 + int64(len(v.Str)) }

// limitOf is the number of rows of an answer.
func limitOf(q *plan.Query) int { return cmp.Or(q.Limit, plan.MaxLimit) }
