package ui

import (
	"cmp"
	"slices"
	"time"

	"github.com/oriel-io/oriel/internal/loghist"
	"github.com/oriel-io/oriel/store/plan"
	"github.com/oriel-io/oriel/wire/semconv"
)

// heatmap counts the spans of a search by start and duration.
func (s *server) heatmap(r *request) (any, error) {
	search, err := r.search()
	if err != nil {
		return nil, err
	}
	columns, err := r.number("columns", 120, 1, 2000)
	if err != nil {
		return nil, err
	}
	if err := r.unknown(); err != nil {
		return nil, err
	}
	length := search.To - search.From
	heat := &Heatmap{Range: search.Range, StepMs: max(1, (length+columns-1)/columns)}
	step := heat.StepMs * int64(time.Millisecond)
	cells := map[cell]*counts{}
	var stats plan.Stats
	if search.caller == "" {
		stats, err = s.heatGroups(r, &search, step, cells)
	} else {
		stats, err = s.heatCalls(r, &search, step, cells)
	}
	if err != nil {
		return nil, err
	}
	heat.Cells = make([][4]int64, 0, len(cells))
	var all loghist.Hist
	for at, n := range cells {
		heat.Cells = append(heat.Cells, [4]int64{at.column, at.bucket, n.spans, n.faults})
		all.AddBucket(int16(at.bucket), uint64(n.spans))
	}
	slices.SortFunc(heat.Cells, func(a, b [4]int64) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	heat.Histogram = histogram(all)
	heat.Work = work(r, stats)
	return heat, nil
}

type cell struct{ column, bucket int64 }

type counts struct{ spans, faults int64 }

var isFault = plan.Compare{Field: plan.F(plan.Category), Op: plan.Eq, Value: plan.I(int64(semconv.Fault))}

// heatGroups has the store count.
func (s *server) heatGroups(r *request, search *search, step int64, cells map[cell]*counts) (plan.Stats, error) {
	q := search.query(r, s.Budget)
	q.GroupBy = []plan.Key{{Field: plan.F(plan.Time), Bucket: step, Offset: search.from}, {Field: plan.F(plan.Duration), Log: true}}
	q.Aggregates = []plan.Aggregate{{Kind: plan.Count}, {Kind: plan.Count, Where: isFault}}
	var stats plan.Stats
	for first := true; first || q.After != nil; first = false {
		result, err := s.Reader.Query(r.ctx, q)
		if err != nil {
			return stats, err
		}
		for _, row := range result.Rows {
			cells[cell{(row[0].Int - search.from) / step, row[1].Int}] = &counts{row[2].Int, row[3].Int}
		}
		if q.After = result.Next; first {
			stats = result.Stats
		}
	}
	return stats, nil
}

// heatSpans is the most spans that a heat map with a caller looks at.
const heatSpans = 60_000

// heatCalls counts here: which spans the caller called is not in their rows.
// Newest spans first; where there are too many, the answer is incomplete.
func (s *server) heatCalls(r *request, search *search, step int64, cells map[cell]*counts) (plan.Stats, error) {
	q := search.query(r, s.Budget)
	q.Select = append(slices.Clone(joinColumns), plan.F(plan.Time), plan.F(plan.Duration), plan.F(plan.Category))
	q.OrderBy = []plan.Order{{Field: plan.F(plan.Time), Desc: true}}
	q.Limit = 20_000
	stats := plan.Stats{Complete: true}
	for looked := 0; looked < heatSpans; {
		page, err := s.join(r, q, search.caller)
		if err != nil {
			return stats, err
		}
		stats = addStats(stats, page.stats)
		looked += len(page.rows)
		for i, row := range page.rows {
			if !page.calls[i] {
				continue
			}
			at := cell{(row[4].Int - search.from) / step, int64(loghist.Index(uint64(row[5].Int)))}
			if cells[at] == nil {
				cells[at] = &counts{}
			}
			cells[at].spans++
			if row[6].Int == int64(semconv.Fault) {
				cells[at].faults++
			}
		}
		if q.After = page.next; q.After == nil {
			return stats, nil
		}
	}
	stats.Complete = false
	return stats, nil
}
