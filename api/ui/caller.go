package ui

import (
	"slices"
	"time"

	"github.com/oriel-io/oriel/store/plan"
)

// A search with a caller is a join: the spans that the search finds, kept if
// their parent, or the other half with their id (Zipkin), is a client or producer
// span of the calling service. The spans are read page by page, and for each page the
// calls of the caller in the traces of that page. Where client and server half share the
// parent id, the parent of a span of the server half's service is that half.

// joinColumns lead the selection of a joined query.
var joinColumns = []plan.Field{plan.F(plan.TraceID), plan.F(plan.SpanID), plan.F(plan.ParentID), plan.F(plan.Service)}

// joinPage is one page of a joined query.
type joinPage struct {
	rows  [][]plan.Value
	calls []bool // rows[i] was called by the caller
	next  []byte
	stats plan.Stats
}

// join runs q, whose Select begins with joinColumns, and marks the rows.
func (s *server) join(r *request, q plan.Query, caller string) (*joinPage, error) {
	result, err := s.Reader.Query(r.ctx, q)
	if err != nil {
		return nil, err
	}
	page := &joinPage{rows: result.Rows, calls: make([]bool, len(result.Rows)), next: result.Next, stats: result.Stats}
	traces, services := different(result.Rows, 0), different(result.Rows, 3)
	if len(traces) == 0 {
		return page, nil
	}
	// A call begins before what it calls, and seldom much before.
	ends, err := s.Reader.Query(r.ctx, plan.Query{
		Table: plan.Spans, From: max(1, q.From-int64(time.Hour)), To: q.To + int64(time.Minute),
		Where: plan.And{plan.In{Field: plan.F(plan.TraceID), Values: traces}, plan.Or{
			plan.And{isService(caller), plan.In{Field: plan.F(plan.Kind), Values: clientKinds}},
			plan.And{plan.In{Field: plan.F(plan.Service), Values: services}, plan.In{Field: plan.F(plan.Kind), Values: serverKinds}},
		}},
		Select: []plan.Field{plan.F(plan.TraceID), plan.F(plan.SpanID), plan.F(plan.Service), plan.F(plan.Kind)},
		Bounds: plan.Bounds{Time: remaining(r, s.Budget)},
	})
	if err != nil {
		return nil, err
	}
	page.stats.RowsScanned += ends.Stats.RowsScanned
	page.stats.BytesScanned += ends.Stats.BytesScanned
	page.stats.Complete = page.stats.Complete && ends.Stats.Complete && ends.Next == nil
	calls, served := map[spanKey]bool{}, map[spanKey]bool{}
	for _, row := range ends.Rows {
		trace, span, service := row[0].Str, row[1].Str, row[2].Str
		if slices.Contains(clientKinds, row[3]) {
			calls[spanKey{trace, span, ""}] = true
		} else {
			served[spanKey{trace, span, service}] = true
		}
	}
	for i, row := range result.Rows {
		trace, span, parent, service := row[0].Str, row[1].Str, row[2].Str, row[3].Str
		page.calls[i] = calls[spanKey{trace, parent, ""}] && !served[spanKey{trace, parent, service}] ||
			calls[spanKey{trace, span, ""}] && served[spanKey{trace, span, service}]
	}
	return page, nil
}

// different lists the values of a column that are not null, each once.
func different(rows [][]plan.Value, column int) (values []plan.Value) {
	seen := map[plan.Value]bool{}
	for _, row := range rows {
		if v := row[column]; v.Kind != plan.Null && !seen[v] {
			seen[v] = true
			values = append(values, v)
		}
	}
	return values
}

// spanKey is a span of one service; the caller's spans need no service.
type spanKey struct{ trace, span, service string }
