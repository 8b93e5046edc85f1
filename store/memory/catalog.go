package memory

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/oriel-io/oriel/store"
	"github.com/oriel-io/oriel/store/plan"
	"github.com/oriel-io/oriel/wire/otlp"
)

// Catalog counts the keys, or the values of a field, in every row.
func (e *Engine) Catalog(ctx context.Context, q store.CatalogQuery) (*store.Catalog, error) {
	check := plan.Query{Table: q.Table, From: q.From, To: q.To}
	if q.Field != nil {
		check.Select = []plan.Field{*q.Field}
	}
	if err := plan.Validate(&check); err != nil {
		return nil, err
	}
	e.mu.RLock()
	defer e.mu.RUnlock()
	counts := map[string]*store.CatalogEntry{} // by name and identity: a NaN is no key of a map
	for _, r := range e.tables[q.Table] {
		if q.From != 0 && r.time < q.From || q.To != 0 && r.time >= q.To {
			continue
		}
		for entry := range entries(q.Field, r) {
			id := entry.Field.String() + " " + identity(entry.Value)
			if counts[id] == nil {
				counts[id] = &entry
			}
			counts[id].Rows++
		}
	}
	catalog := &store.Catalog{Exact: true}
	for _, entry := range counts {
		name := entry.Field.Name
		if q.Field != nil {
			name = entry.Value.Text()
		}
		if strings.HasPrefix(name, q.Prefix) {
			catalog.Entries = append(catalog.Entries, *entry)
		}
	}
	slices.SortFunc(catalog.Entries, func(a, b store.CatalogEntry) int {
		return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(a.Field.Name, b.Field.Name),
			cmp.Compare(a.Field.Scope, b.Field.Scope), plan.OrderValues(a.Value, b.Value))
	})
	if limit := cmp.Or(q.Limit, store.DefaultCatalogLimit); len(catalog.Entries) > limit {
		catalog.Entries, catalog.More = catalog.Entries[:limit], true
	}
	return catalog, ctx.Err()
}

// entries are what one row adds: its value, or each of its keys once.
func entries(field *plan.Field, r *row) map[store.CatalogEntry]bool {
	out := map[store.CatalogEntry]bool{}
	if field != nil {
		if v := r.value(*field); v.Kind != plan.Null {
			out[store.CatalogEntry{Value: v}] = true
		}
		return out
	}
	for scope, attrs := range map[plan.Scope]otlp.Attrs{plan.ItemAttr: r.attrs, plan.ResourceAttr: r.resource.Attrs()} {
		for key, v := range attrs.All() {
			if v.Kind != otlp.Empty {
				out[store.CatalogEntry{Field: plan.Field{Scope: scope, Name: text(key).Str}}] = true
			}
		}
	}
	return out
}
