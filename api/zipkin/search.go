package zipkin

import (
	"context"
	"regexp"
	"strconv"
	"strings"

	"github.com/oriel-io/oriel/store/plan"
	"github.com/oriel-io/oriel/wire/otlp"
)

// A trace is found if for each condition it has a span that holds it; with a
// service given, a span of that service. It need not be one span for all: the tag
// may be on the server span and the error on a client span. So the candidates
// come from the first condition, newest first, page by page, and each further
// condition takes those away of which it knows no span.

const (
	candidatePage  = 500
	candidatePages = 100
)

// find returns the ids of matching traces, newest first.
func (s *server) find(ctx context.Context, q search) ([]otlp.TraceID, error) {
	conditions, err := s.conditions(ctx, q)
	if err != nil {
		return nil, err
	}
	traceID := plan.F(plan.TraceID)
	query := plan.Query{
		Table: plan.Spans, From: q.from, To: q.to, Where: conditions[0],
		Select: []plan.Field{traceID, plan.F(plan.Time)}, Distinct: &traceID,
		OrderBy: []plan.Order{{Field: plan.F(plan.Time), Desc: true}}, Limit: candidatePage,
	}
	if len(conditions) == 1 {
		query.Limit = q.limit
	}
	var found []otlp.TraceID
	for range candidatePages {
		result, err := s.reader.Query(ctx, query)
		if err != nil {
			return nil, err
		}
		var candidates []plan.Value
		for _, row := range result.Rows {
			candidates = append(candidates, row[0])
		}
		for _, condition := range conditions[1:] {
			if candidates, err = s.keep(ctx, q, candidates, condition); err != nil {
				return nil, err
			}
		}
		for _, c := range candidates {
			var id otlp.TraceID
			copy(id[:], c.Str)
			if found = append(found, id); len(found) == q.limit {
				return found, nil
			}
		}
		if result.Next == nil {
			break
		}
		query.After = result.Next
	}
	return found, nil
}

// keep returns the candidates that have a span for which the condition holds, in their order.
func (s *server) keep(ctx context.Context, q search, candidates []plan.Value, condition plan.Expr) ([]plan.Value, error) {
	if len(candidates) == 0 {
		return nil, nil
	}
	traceID := plan.F(plan.TraceID)
	result, err := s.reader.Query(ctx, plan.Query{
		Table: plan.Spans, From: q.from, To: q.to, Where: plan.And{plan.In{Field: traceID, Values: candidates}, condition},
		Select: []plan.Field{traceID}, Distinct: &traceID, Limit: len(candidates),
	})
	if err != nil {
		return nil, err
	}
	has := map[plan.Value]bool{}
	for _, row := range result.Rows {
		has[row[0]] = true
	}
	var kept []plan.Value
	for _, c := range candidates {
		if has[c] {
			kept = append(kept, c)
		}
	}
	return kept, nil
}

// conditions are at least one, each within the service if there is one.
func (s *server) conditions(ctx context.Context, q search) ([]plan.Expr, error) {
	var terms []plan.Expr
	for _, t := range q.tags {
		terms = append(terms, tagCondition(t))
	}
	if q.minNanos > 0 {
		d := plan.And{plan.Compare{Field: plan.F(plan.Duration), Op: plan.Ge, Value: plan.I(q.minNanos)}}
		if q.maxNanos > 0 {
			d = append(d, plan.Compare{Field: plan.F(plan.Duration), Op: plan.Le, Value: plan.I(q.maxNanos)})
		}
		terms = append(terms, d)
	}
	if q.span != "" {
		terms = append(terms, sameName(plan.F(plan.Name), q.span))
	}
	if q.remote != "" {
		terms = append(terms, sameName(plan.Attr("peer.service"), q.remote))
	}
	if len(terms) == 0 {
		terms = []plan.Expr{plan.And{}}
	}
	if q.service == "" {
		return terms, nil
	}
	ofService, err := s.ofService(ctx, q.service)
	for i := range terms {
		terms[i] = plan.And{ofService, terms[i]}
	}
	return terms, err
}

// ofService holds for spans of the service, whatever the case of its name.
// There are few services, so they are looked up for an exact comparison.
func (s *server) ofService(ctx context.Context, name string) (plan.Expr, error) {
	services, err := s.values(ctx, plan.F(plan.Service))
	if err != nil {
		return nil, err
	}
	in := plan.In{Field: plan.F(plan.Service), Values: []plan.Value{plan.Str(name)}}
	for _, service := range services {
		if service != name && strings.EqualFold(service, name) {
			in.Values = append(in.Values, plan.Str(service))
		}
	}
	return in, nil
}

// sameName compares without regard to case, exactly where the name has none.
func sameName(field plan.Field, name string) plan.Expr {
	if strings.ToLower(name) == strings.ToUpper(name) {
		return plan.Compare{Field: field, Op: plan.Eq, Value: plan.Str(name)}
	}
	return plan.Match{Field: field, Kind: plan.Regexp, Pattern: "^(?:" + regexp.QuoteMeta(name) + ")$", Fold: true}
}

// tagCondition holds for spans with the tag. A tag's value is text, an
// attribute's may be a number or bool that reads so. The tag error stands for the status.
func tagCondition(t tagQuery) plan.Expr {
	field := plan.Attr(t.key)
	failed := plan.Compare{Field: plan.F(plan.Status), Op: plan.Eq, Value: plan.I(int64(otlp.StatusError))}
	if t.value == "" {
		if t.key == "error" {
			return failed
		}
		return plan.Exists{Field: field}
	}
	in := plan.In{Field: field, Values: []plan.Value{plan.Str(t.value)}}
	if n, ok := plan.ParseNumber(t.value); ok {
		in.Values = append(in.Values, n)
	}
	if b, err := strconv.ParseBool(t.value); err == nil && (t.value == "true" || t.value == "false") {
		in.Values = append(in.Values, plan.B(b))
	}
	if t.key != "error" {
		return in
	}
	said := plan.Expr(plan.Or{in, plan.Compare{Field: plan.F(plan.StatusMessage), Op: plan.Eq, Value: plan.Str(t.value)}})
	if t.value == "true" { // a failure that says no more
		said = plan.Or{said, plan.Not{X: plan.Exists{Field: field}}}
	}
	return plan.And{failed, said}
}
