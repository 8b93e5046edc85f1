package ui

import (
	"encoding/hex"
	"slices"
	"strconv"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/oriel-io/oriel/analysis"
	"github.com/oriel-io/oriel/store/plan"
	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/semconv"
)

// matched is a span by which a trace was found, as columns of matchedColumns.
type matched []plan.Value

var matchedColumns = append(slices.Clone(joinColumns), plan.F(plan.Name), plan.F(plan.Duration), plan.F(plan.Time))

func (m matched) trace() (id otlp.TraceID) { copy(id[:], m[0].Str); return id }

func (m matched) json() MatchedSpan {
	return MatchedSpan{Service: serviceName(m[3].Str), Name: m[4].Str, DurationNs: m[5].Int, StartNs: strconv.FormatInt(m[6].Int, 10)}
}

// traces answers a search: one row a trace, by the span that fulfilled it first.
func (s *server) traces(r *request) (any, error) {
	search, err := r.search()
	if err != nil {
		return nil, err
	}
	sort, err := r.oneOf("sort", "newest", "slowest")
	if err != nil {
		return nil, err
	}
	limit, err := r.number("limit", 50, 1, 500)
	if err != nil {
		return nil, err
	}
	from, err := r.after()
	if err != nil {
		return nil, err
	}
	if err := r.unknown(); err != nil {
		return nil, err
	}
	q := search.query(r, s.Budget)
	q.Select, q.After = matchedColumns, from.After
	q.OrderBy = []plan.Order{{Field: plan.F(plan.Time), Desc: true}}
	if sort == "slowest" {
		q.OrderBy[0].Field = plan.F(plan.Duration)
	}
	list := &TraceList{Range: search.Range}
	found, after, stats, err := s.findTraces(r, q, search.caller, from, int(limit))
	if err != nil {
		return nil, pageError(err, from)
	}
	list.After = after
	if list.Traces, err = s.summaries(r, found); err != nil {
		return nil, err
	}
	list.Work = work(r, stats)
	return list, nil
}

// pageError blames the page token where there is one: the rest of the query is ours.
func pageError(err error, from token) error {
	if from.After != nil && isInvalid(err) {
		return bad("after", "It does not continue this search: %v.", err)
	}
	return err
}

const (
	searchRows  = 500 // spans looked at together
	searchPages = 20  // most pages for one answer
)

// findTraces walks through the spans of a search in their order and takes the
// first span of each trace, up to limit traces. It may find fewer and still have a
// next page. (plan.Query.Distinct would do the same, but has to look at every trace there is
// before it knows the first.)
func (s *server) findTraces(r *request, q plan.Query, caller string, from token, limit int) (found []matched, after string, stats plan.Stats, err error) {
	q.Limit = searchRows
	earlier := from.After != nil || from.Skip > 0
	seen := map[plan.Value]bool{}
	stats.Complete = true
	for range searchPages {
		page, err := s.searchPage(r, q, caller)
		if err != nil {
			return nil, "", stats, err
		}
		stats = addStats(stats, page.stats)
		var first map[plan.Value]plan.Value
		if earlier {
			if first, err = s.firstSpans(r, q, page, caller); err != nil {
				return nil, "", stats, err
			}
		}
		for i := from.Skip; i < len(page.rows); i++ {
			trace, span := page.rows[i][0], page.rows[i][1]
			if !page.calls[i] || seen[trace] || first != nil && first[trace] != span {
				continue
			}
			if len(found) == limit {
				return found, token{q.After, i}.String(), stats, nil
			}
			seen[trace] = true
			found = append(found, page.rows[i])
		}
		if page.next == nil || !page.stats.Complete {
			return found, nextPage(page.next), stats, nil
		}
		q.After, from.Skip = page.next, 0
	}
	return found, nextPage(q.After), stats, nil
}

// searchPage reads the spans of one page; without a caller all of them count.
func (s *server) searchPage(r *request, q plan.Query, caller string) (*joinPage, error) {
	if caller != "" {
		return s.join(r, q, caller)
	}
	result, err := s.Reader.Query(r.ctx, q)
	if err != nil {
		return nil, err
	}
	page := &joinPage{rows: result.Rows, calls: make([]bool, len(result.Rows)), next: result.Next, stats: result.Stats}
	for i := range page.calls {
		page.calls[i] = true
	}
	return page, nil
}

// firstSpans finds the first span of each trace of a page in the order of the
// whole search: a trace whose first span stood on an earlier page was listed there.
func (s *server) firstSpans(r *request, q plan.Query, page *joinPage, caller string) (map[plan.Value]plan.Value, error) {
	in := plan.In{Field: plan.F(plan.TraceID), Values: different(page.rows, 0)}
	first := map[plan.Value]plan.Value{}
	if len(in.Values) == 0 {
		return first, nil
	}
	q.Where, q.After, q.Limit = plan.And{in, q.Where}, nil, 0
	all, err := s.searchPage(r, q, caller)
	if err != nil {
		return nil, err
	}
	for i, row := range all.rows {
		if _, known := first[row[0]]; !known && all.calls[i] {
			first[row[0]] = row[1]
		}
	}
	return first, nil
}

// addStats adds the work of a further page; rows in total stay those of the first.
func addStats(a, b plan.Stats) plan.Stats {
	a.RowsScanned += b.RowsScanned
	a.BytesScanned += b.BytesScanned
	a.RowsMatched = max(a.RowsMatched, b.RowsMatched)
	a.RowsTotal = max(a.RowsTotal, b.RowsTotal)
	a.Quarantined = max(a.Quarantined, b.Quarantined)
	a.Complete = a.Complete && b.Complete
	return a
}

// summaries reads the traces, some at once, and keeps their order.
func (s *server) summaries(r *request, found []matched) ([]TraceSummary, error) {
	rows := make([]*TraceSummary, len(found))
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(r.ctx)
	group.SetLimit(4)
	for i, m := range found {
		group.Go(func() error {
			batch, err := s.Reader.Trace(ctx, m.trace())
			if err != nil || batch == nil { // deleted by retention in between
				return err
			}
			row := summary(analysis.BuildTree(batch), m)
			mu.Lock()
			defer mu.Unlock()
			rows[i] = row
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	list := make([]TraceSummary, 0, len(rows))
	for _, row := range rows {
		if row != nil {
			list = append(list, *row)
		}
	}
	return list, nil
}

func summary(tree *analysis.Tree, m matched) *TraceSummary {
	root := &tree.Spans[tree.MainRoot()]
	id := m.trace()
	row := &TraceSummary{
		TraceID:     hex.EncodeToString(id[:]),
		RootName:    text(root.Name),
		RootService: serviceName(tree.Services[root.Service].Name),
		StartNs:     strconv.FormatInt(tree.Start, 10),
		DurationNs:  tree.End - tree.Start,
		Spans:       len(tree.Spans) - tree.Missing,
		Status:      outcomes[root.Category&3],
		HTTPStatus:  int(root.HTTPStatus),
		Partial:     root.Missing,
		Path:        servicePath(tree),
		Match:       m.json(),
	}
	if root.Missing {
		row.RootService = row.Match.Service
		row.RootName = row.Match.Name
	}
	for i := range tree.Spans {
		if tree.Spans[i].Category == semconv.Fault {
			row.Faults++
		}
	}
	return row
}

// maxPath is the most services in a summary's Path.
const maxPath = 12

// servicePath lists the services with the longest shares, in order of first entry.
func servicePath(tree *analysis.Tree) []PathSegment {
	shares := tree.PathByService()
	if len(shares) > maxPath {
		longest := slices.Clone(shares)
		slices.SortFunc(longest, func(a, b analysis.Share) int { return int(min(max(b.Nanos-a.Nanos, -1), 1)) })
		least := longest[maxPath-1].Nanos
		shares = slices.DeleteFunc(shares, func(s analysis.Share) bool { return s.Nanos < least })
		shares = shares[:maxPath]
	}
	list := make([]PathSegment, len(shares))
	for i, share := range shares {
		service := tree.Services[share.Service]
		list[i] = PathSegment{serviceName(service.Name), service.Version, share.Nanos}
	}
	return list
}
