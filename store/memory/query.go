package memory

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/oriel-io/oriel/store/plan"
)

// Query looks at every row. An answer is made whole and then cut into pages:
// the token says how many rows came before.
func (e *Engine) Query(ctx context.Context, q plan.Query) (*plan.Result, error) {
	if err := plan.Validate(&q); err != nil {
		return nil, err
	}
	e.mu.RLock()
	defer e.mu.RUnlock()
	var matched []*row
	stats := plan.Stats{MatchedExact: true, Complete: true}
	for _, r := range e.tables[q.Table] {
		if q.From != 0 && r.time < q.From || q.To != 0 && r.time >= q.To {
			continue
		}
		stats.RowsTotal++
		stats.RowsScanned++
		stats.BytesScanned += int64(len(r.item))
		if holds(q.Where, r) {
			matched = append(matched, r)
		}
	}
	stats.RowsMatched = int64(len(matched))
	if q.Progress != nil {
		q.Progress(stats)
	}
	var rows [][]plan.Value
	if q.Grouped() {
		groups := group(&q, matched)
		if q.Bounds.Groups > 0 && len(groups) > q.Bounds.Groups {
			return nil, plan.ErrTooLarge
		}
		rows = sortGroups(&q, groups)
	} else {
		rows = selectRows(&q, matched)
	}
	result, err := page(&q, rows)
	if err != nil {
		return nil, err
	}
	if q.Bounds.MemoryBytes > 0 && size(result.Rows) > q.Bounds.MemoryBytes {
		return nil, plan.ErrTooLarge
	}
	result.Stats = stats
	return result, ctx.Err()
}

// selectRows sorts rows, keeps distinct ones and picks the columns.
func selectRows(q *plan.Query, matched []*row) (rows [][]plan.Value) {
	slices.SortFunc(matched, func(a, b *row) int {
		for _, o := range q.OrderBy {
			if c := compare(a.value(o.Field), b.value(o.Field), o.Desc); c != 0 {
				return c
			}
		}
		return compareIdentity(q.Table, a, b)
	})
	seen := map[string]bool{}
	for _, r := range matched {
		if q.Distinct != nil {
			id := identity(r.value(*q.Distinct))
			if seen[id] {
				continue
			}
			seen[id] = true
		}
		columns := []plan.Value{}
		for _, f := range q.Select {
			columns = append(columns, r.value(f))
		}
		rows = append(rows, columns)
	}
	return rows
}

// compare orders two values; null is last in either direction.
func compare(a, b plan.Value, desc bool) int {
	if a.Kind == plan.Null || b.Kind == plan.Null {
		return plan.OrderValues(a, b)
	}
	if desc {
		a, b = b, a
	}
	return plan.OrderValues(a, b)
}

func compareIdentity(table plan.Table, a, b *row) int {
	if c := cmp.Compare(a.time, b.time); c != 0 {
		return c
	}
	if table == plan.Spans {
		if c := cmp.Or(bytes.Compare(a.traceID[:], b.traceID[:]), bytes.Compare(a.spanID[:], b.spanID[:]), cmp.Compare(a.kind, b.kind)); c != 0 {
			return c
		}
	}
	return cmp.Compare(a.arrival, b.arrival)
}

// page cuts one page out of all rows.
func page(q *plan.Query, rows [][]plan.Value) (*plan.Result, error) {
	skip := 0
	if q.After != nil {
		if err := json.Unmarshal(q.After, &skip); err != nil || skip < 0 {
			return nil, fmt.Errorf("%w: the page token %q was not made by this store", plan.ErrInvalid, q.After)
		}
	}
	limit := cmp.Or(q.Limit, plan.MaxLimit)
	rows = rows[min(skip, len(rows)):]
	result := &plan.Result{Columns: q.Columns()}
	if len(rows) > limit {
		rows = rows[:limit]
		result.Next = fmt.Append(nil, skip+limit)
	}
	result.Rows = rows
	return result, nil
}

func size(rows [][]plan.Value) (n int64) {
	for _, r := range rows {
		for _, v := range r {
			n += 40 + int64(len(v.Str))
		}
	}
	return n
}
