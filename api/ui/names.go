package ui

import (
	"cmp"
	"slices"

	"github.com/oriel-io/oriel/store"
	"github.com/oriel-io/oriel/store/plan"
	"github.com/oriel-io/oriel/wire/semconv"
)

const maxNames = 5000

// services lists the services of spans.
func (s *server) services(r *request) (any, error) {
	service := plan.F(plan.Service)
	return s.names(r, &service, serviceName)
}

// operations lists the span names, of one service if it is given.
func (s *server) operations(r *request) (any, error) {
	service, err := r.text("service")
	if err != nil {
		return nil, err
	}
	name := plan.F(plan.Name)
	if service == "" {
		return s.names(r, &name, nil)
	}
	w, err := r.window()
	if err != nil {
		return nil, err
	}
	prefix, limit, err := r.prefixAndLimit()
	if err != nil {
		return nil, err
	}
	if err := r.unknown(); err != nil {
		return nil, err
	}
	q := plan.Query{
		Table: plan.Spans, From: w.from, To: w.to,
		Where:      plan.And{isService(service), plan.Match{Field: name, Kind: plan.Prefix, Pattern: prefix}},
		GroupBy:    []plan.Key{{Field: name}},
		Aggregates: []plan.Aggregate{{Kind: plan.Count}},
		OrderBy:    []plan.Order{{Column: 1, Desc: true}},
		Limit:      limit,
		Bounds:     plan.Bounds{Time: remaining(r, s.Budget)},
	}
	result, err := s.Reader.Query(r.ctx, q)
	if err != nil {
		return nil, err
	}
	out := &Names{Names: make([]NameCount, len(result.Rows)), Exact: result.Stats.Complete, More: result.Next != nil}
	for i, row := range result.Rows {
		out.Names[i] = NameCount{row[0].Str, row[1].Int}
	}
	return out, nil
}

// fields lists the attribute keys of spans and their resources.
func (s *server) fields(r *request) (any, error) { return s.names(r, nil, nil) }

// values lists the values of an attribute. The versions that Istio's proxies
// tell count as service.version, as in searches.
func (s *server) values(r *request) (any, error) {
	key, err := r.text("field")
	if err != nil {
		return nil, err
	}
	if key == "" {
		return nil, bad("field", "It is missing: the attribute whose values are asked for.")
	}
	field := plan.Attr(key)
	answer, err := s.names(r, &field, nil)
	if err != nil || key != semconv.ServiceVersion {
		return answer, err
	}
	revision := plan.Attr(semconv.IstioCanonicalRevision)
	more, err := s.names(r, &revision, nil)
	if err != nil {
		return nil, err
	}
	out := answer.(*Names)
	out.Exact = false // a span may tell both
	out.More = out.More || more.(*Names).More
	out.Names = mergeNames(append(out.Names, more.(*Names).Names...))
	return out, nil
}

func (r *request) prefixAndLimit() (prefix string, limit int, err error) {
	if prefix, err = r.text("prefix"); err != nil {
		return "", 0, err
	}
	n, err := r.number("limit", 200, 1, maxNames)
	return prefix, int(n), err
}

// names asks the catalog; rename may change what is shown.
func (s *server) names(r *request, field *plan.Field, rename func(string) string) (any, error) {
	w, err := r.window()
	if err != nil {
		return nil, err
	}
	prefix, limit, err := r.prefixAndLimit()
	if err != nil {
		return nil, err
	}
	if err := r.unknown(); err != nil {
		return nil, err
	}
	catalog, err := s.Reader.Catalog(r.ctx, store.CatalogQuery{Table: plan.Spans, From: w.from, To: w.to, Field: field, Prefix: prefix, Limit: limit})
	if err != nil {
		return nil, err
	}
	out := &Names{Names: []NameCount{}, Exact: catalog.Exact, More: catalog.More}
	for _, e := range catalog.Entries {
		name := e.Field.Name
		if field != nil {
			name = e.Value.Text()
		}
		if rename != nil {
			name = rename(name)
		}
		out.Names = append(out.Names, NameCount{name, e.Rows})
	}
	out.Names = mergeNames(out.Names)
	return out, nil
}

// mergeNames adds up equal names: a key of spans and resources, a value as
// number and as text. Most frequent first.
func mergeNames(list []NameCount) []NameCount {
	at := map[string]int{}
	merged := list[:0]
	for _, n := range list {
		if i, ok := at[n.Name]; ok {
			merged[i].Count += n.Count
			continue
		}
		at[n.Name] = len(merged)
		merged = append(merged, n)
	}
	slices.SortStableFunc(merged, func(a, b NameCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name))
	})
	return merged
}
