package storetest

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/oriel-io/oriel/store"
	"github.com/oriel-io/oriel/store/plan"
	"github.com/oriel-io/oriel/store/servicegraph"
	"github.com/oriel-io/oriel/wire/otlp"
)

// compareAll asks both stores the same, and wants the same answers.
func compareAll(t *testing.T, engine, judge store.Engine) {
	t.Helper()
	compareTraces(t, engine, judge)
	compareGraphs(t, engine, judge)
	compareCatalogs(t, engine, judge)
	got, want := engine.Usage(), judge.Usage()
	if got.Spans != want.Spans || got.Logs != want.Logs || got.Oldest != want.Oldest || got.Newest != want.Newest {
		t.Errorf("usage: got %+v, want rows and times of %+v", got, want)
	}
	t.Run("queries", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			q := drawQuery(t)
			compareQuery(t, q, engine, judge)
		})
	})
}

func compareTraces(t *testing.T, engine, judge store.Engine) {
	t.Helper()
	all, err := judge.Query(t.Context(), plan.Query{Table: plan.Spans, GroupBy: []plan.Key{{Field: plan.F(plan.TraceID)}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range all.Rows {
		id := otlp.TraceID([]byte(row[0].Str))
		got, err := engine.Trace(t.Context(), id)
		if err != nil {
			t.Fatalf("trace %x: %v", id, err)
		}
		want, err := judge.Trace(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := traceText(got), traceText(want); got != want {
			t.Fatalf("trace %x: got\n%s\nwant\n%s", id, got, want)
		}
	}
}

func compareGraphs(t *testing.T, engine, judge store.Engine) {
	t.Helper()
	for _, span := range [][2]time.Duration{{-time.Hour, time.Hour}, {0, time.Minute}, {90 * time.Second, 200 * time.Second}} {
		from, to := Epoch.Add(span[0]).UnixNano(), Epoch.Add(span[1]).UnixNano()
		got, want := twoGraphs(t, engine, judge, from, to)
		if got.From != want.From || got.To != want.To {
			t.Errorf("graph of %d to %d: got the minutes %d to %d, want %d to %d", from, to, got.From, got.To, want.From, want.To)
		}
		if got, want := GraphText(got), GraphText(want); got != want {
			t.Fatalf("graph of %s to %s: got\n%s\nwant\n%s", span[0], span[1], got, want)
		}
		var minutes, wantMinutes []servicegraph.Minute
		for range 3 { // as in twoGraphs
			var err error
			if minutes, err = engine.GraphMinutes(t.Context(), from, to); err != nil {
				t.Fatalf("minutes: %v", err)
			}
			if wantMinutes, err = judge.GraphMinutes(t.Context(), from, to); err != nil {
				t.Fatal(err)
			}
			if slices.Equal(minutes, wantMinutes) {
				break
			}
		}
		if !slices.Equal(minutes, wantMinutes) {
			t.Errorf("minutes of %s to %s: got %v, want %v", span[0], span[1], minutes, wantMinutes)
		}
	}
}

// twoGraphs asks again if the answers differ: a trace may have fallen quiet
// between the two questions.
func twoGraphs(t *testing.T, engine, judge store.Engine, from, to int64) (got, want *servicegraph.Window) {
	t.Helper()
	for range 3 {
		var err error
		if got, err = engine.Graph(t.Context(), from, to); err != nil {
			t.Fatalf("graph: %v", err)
		}
		if want, err = judge.Graph(t.Context(), from, to); err != nil {
			t.Fatal(err)
		}
		if GraphText(got) == GraphText(want) {
			break
		}
	}
	return got, want
}

// compareQuery reads all pages of both answers.
func compareQuery(t *rapid.T, q plan.Query, engine, judge store.Engine) {
	want, wantStats := allPages(t, q, judge)
	got, gotStats := allPages(t, q, engine)
	if gotStats.MatchedExact && gotStats.RowsMatched != wantStats.RowsMatched {
		t.Errorf("%s: %d rows matched, want %d", queryText(&q), gotStats.RowsMatched, wantStats.RowsMatched)
	}
	if gotStats.RowsTotal < wantStats.RowsTotal || !gotStats.Complete {
		t.Errorf("%s: stats %+v, want at least %d rows in total", queryText(&q), gotStats, wantStats.RowsTotal)
	}
	if len(q.OrderBy) == 0 {
		slices.Sort(got)
		slices.Sort(want)
	}
	if slices.Equal(got, want) {
		return
	}
	at := 0
	for at < len(got) && at < len(want) && got[at] == want[at] {
		at++
	}
	show := func(rows []string) string { return strings.Join(rows[min(at, len(rows)):min(at+5, len(rows))], "\n") }
	t.Fatalf("%s\ngot %d rows, want %d; from row %d on got\n%s\nwant\n%s", queryText(&q), len(got), len(want), at, show(got), show(want))
}

// allPages follows Next to the end.
func allPages(t *rapid.T, q plan.Query, e store.Engine) (rows []string, stats plan.Stats) {
	for page := 0; ; page++ {
		r, err := e.Query(context.Background(), q)
		if err != nil {
			t.Fatalf("%s: page %d: %v", queryText(&q), page, err)
		}
		if page == 0 {
			stats = r.Stats
		}
		if want := q.Columns(); !slices.Equal(r.Columns, want) {
			t.Fatalf("%s: columns %q, want %q", queryText(&q), r.Columns, want)
		}
		if q.Limit > 0 && len(r.Rows) > q.Limit {
			t.Fatalf("%s: %d rows in a page of at most %d", queryText(&q), len(r.Rows), q.Limit)
		}
		for _, row := range r.Rows {
			rows = append(rows, rowText(canonicalRow(&q, row)))
		}
		if r.Next == nil {
			return rows, stats
		}
		if len(r.Rows) == 0 || page > 10_000 {
			t.Fatalf("%s: page %d has %d rows and a next one", queryText(&q), page, len(r.Rows))
		}
		q.After = bytes.Clone(r.Next)
	}
}

// canonicalRow makes messages comparable that were encoded differently.
func canonicalRow(q *plan.Query, row []plan.Value) []plan.Value {
	if q.Grouped() {
		return row
	}
	row = slices.Clone(row)
	for i, f := range q.Select {
		if f == plan.F(plan.Spec) || f == plan.F(plan.Resource) {
			row[i].Str = canonical([]byte(row[i].Str))
		}
	}
	return row
}

func queryText(q *plan.Query) string {
	shown := *q
	shown.Progress = nil
	if q.Distinct != nil {
		return strings.Replace(fmt.Sprintf("%+v", shown), "Distinct:0x", fmt.Sprintf("Distinct:(%s) 0x", *q.Distinct), 1)
	}
	return fmt.Sprintf("%+v", shown)
}

func compareCatalogs(t *testing.T, engine, judge store.Engine) {
	t.Helper()
	ask := func(q store.CatalogQuery) {
		t.Helper()
		got, err := engine.Catalog(t.Context(), q)
		if err != nil {
			t.Fatalf("catalog %+v: %v", q, err)
		}
		want, err := judge.Catalog(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if g, w := catalogText(got), catalogText(want); g != w {
			t.Errorf("catalog %+v (field %v): got %s\nwant %s", q, q.Field, g, w)
		}
	}
	for _, table := range []plan.Table{plan.Spans, plan.Logs} {
		ask(store.CatalogQuery{Table: table, Limit: 10_000})
		ask(store.CatalogQuery{Table: table, Prefix: "key1", Limit: 10_000})
		for _, f := range []plan.Field{plan.F(plan.Name), plan.F(plan.Service), plan.Attr("mixed"), plan.Attr("both"),
			plan.Attr("http.status_code"), plan.Attr("nowhere"), {Scope: plan.ResourceAttr, Name: "cpus"}, {Scope: plan.ItemAttr, Name: "text"}} {
			ask(store.CatalogQuery{Table: table, Field: &f, Limit: 10_000})
			ask(store.CatalogQuery{Table: table, Field: &f, Prefix: "4"})
		}
	}
}

// catalogText leaves out the counts, and the order that follows from them, of
// an estimate.
func catalogText(c *store.Catalog) string {
	var lines []string
	for _, e := range c.Entries {
		line := fmt.Sprintf("%s %s", e.Field, valueText(e.Value))
		if c.Exact {
			line += fmt.Sprint(" ", e.Rows)
		}
		lines = append(lines, line)
	}
	if !c.Exact {
		slices.Sort(lines)
	}
	return fmt.Sprintf("%s (more: %v)", strings.Join(lines, ", "), c.More)
}
