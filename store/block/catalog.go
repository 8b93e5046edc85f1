package block

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/oriel-io/oriel/store"
	"github.com/oriel-io/oriel/store/plan"
	"github.com/oriel-io/oriel/wire/otlp"
)

// Catalog implements store.Reader. Values are counted in the rows of the
// range. Keys are counted per row group, from the index, so groups at the edges
// of the range count in full; then the answer is not exact.
func (e *Engine) Catalog(ctx context.Context, q store.CatalogQuery) (*store.Catalog, error) {
	check := plan.Query{Table: q.Table, From: q.From, To: q.To}
	if q.Field != nil {
		check.Select = []plan.Field{*q.Field}
	}
	if err := plan.Validate(&check); err != nil {
		return nil, err
	}
	var out *store.Catalog
	var err error
	if q.Field == nil {
		out, err = e.keys(ctx, q)
	} else {
		out, err = e.values(ctx, q)
	}
	if err != nil {
		return nil, err
	}
	slices.SortFunc(out.Entries, func(a, b store.CatalogEntry) int {
		return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(a.Field.Name, b.Field.Name),
			cmp.Compare(a.Field.Scope, b.Field.Scope), plan.OrderValues(a.Value, b.Value))
	})
	if limit := cmp.Or(q.Limit, store.DefaultCatalogLimit); len(out.Entries) > limit {
		out.Entries, out.More = out.Entries[:limit], true
	}
	return out, nil
}

// values counts the values of a field with a grouped query.
func (e *Engine) values(ctx context.Context, q store.CatalogQuery) (*store.Catalog, error) {
	result, err := e.Query(ctx, plan.Query{Table: q.Table, From: q.From, To: q.To, GroupBy: []plan.Key{{Field: *q.Field}},
		Aggregates: []plan.Aggregate{{Kind: plan.Count}}, OrderBy: []plan.Order{{Column: 1, Desc: true}}})
	if err != nil {
		return nil, err
	}
	out := &store.Catalog{Exact: result.Stats.Complete, More: result.Next != nil}
	for _, row := range result.Rows {
		if v := row[0]; v.Kind != plan.Null && strings.HasPrefix(v.Text(), q.Prefix) {
			out.Entries = append(out.Entries, store.CatalogEntry{Value: v, Rows: row[1].Int})
		}
	}
	return out, nil
}

// keys counts attribute keys from the indexes.
func (e *Engine) keys(ctx context.Context, q store.CatalogQuery) (*store.Catalog, error) {
	parts, _, bad, release := e.parts(q.Table, q.From, q.To)
	defer release()
	out := &store.Catalog{Exact: bad == 0}
	counts := map[plan.Field]int64{}
	for _, p := range parts {
		lo, hi := p.times()
		whole := (q.From == 0 || lo >= q.From) && (q.To == 0 || hi < q.To)
		if !whole || len(p.overflow()) > 0 {
			out.Exact = false // a key without a column may come twice in a row
		}
		err := countKeys(newScan(ctx, p), counts)
		if errors.Is(err, errDamaged) {
			p.fail(err)
			out.Exact = false
			continue
		}
		if err != nil {
			return nil, err
		}
	}
	for f, n := range counts {
		if strings.HasPrefix(f.Name, q.Prefix) {
			out.Entries = append(out.Entries, store.CatalogEntry{Field: f, Rows: n})
		}
	}
	return out, nil
}

func countKeys(s *scan, counts map[plan.Field]int64) error {
	s.part.columns(func(name string, rows int64) {
		if key, _, ok := attrName(name); ok {
			counts[plan.Field{Scope: plan.ItemAttr, Name: key}] += rows
		}
	})
	for key, rows := range s.part.overflow() {
		if key != "" {
			counts[plan.Field{Scope: plan.ItemAttr, Name: key}] += rows
		}
	}
	c, err := s.column(colResourceProto, true)
	if c == nil || err != nil {
		return err
	}
	perID := make([]int64, c.Dict.Len()+1)
	for _, id := range c.IDs {
		perID[id]++
	}
	for i := range c.Dict.Len() {
		if perID[i+1] == 0 {
			continue
		}
		seen := map[string]bool{}
		for key, v := range (otlp.Group{Msg: c.Dict.Get(i)}).Resource().Attrs().All() {
			name := strings.ToValidUTF8(string(key), "\uFFFD")
			if v.Kind != otlp.Empty && !seen[name] {
				seen[name] = true
				counts[plan.Field{Scope: plan.ResourceAttr, Name: name}] += perID[i+1]
			}
		}
	}
	return nil
}
