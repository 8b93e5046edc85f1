// Package storetest is the suite that every store engine passes: fixed cases
// for each feature of a plan (cases.go), random data and queries against the
// engine in store/memory (random.go), concurrency, and for durable engines a reopening
// between writes. It also makes spans for tests and benchmarks: from text
// (spantext.go) and like a real mesh (bookinfo.go).
//
// An engine's test is one call:
//
//	func TestSuite(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) store.Engine { return open(t, t.TempDir()) })
//		storetest.RunDurable(t, func(t *testing.T, dir string) store.Engine { return open(t, dir) })
//	}
package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oriel-io/oriel/store"
	"github.com/oriel-io/oriel/store/memory"
	"github.com/oriel-io/oriel/store/plan"
	"github.com/oriel-io/oriel/wire/otlp"
)

// Run tests an engine. open makes an empty store; the suite closes it.
func Run(t *testing.T, open func(t *testing.T) store.Engine) {
	t.Run("cases", func(t *testing.T) { runCases(t, opened(t, open)) })
	t.Run("empty", func(t *testing.T) { testEmpty(t, opened(t, open)) })
	t.Run("refused", func(t *testing.T) { testRefused(t, opened(t, open)) })
	t.Run("bounds", func(t *testing.T) { testBounds(t, opened(t, open)) })
	t.Run("traces", func(t *testing.T) { testTraces(t, opened(t, open)) })
	t.Run("bodies", func(t *testing.T) { testBodies(t, opened(t, open)) })
	t.Run("catalog", func(t *testing.T) { testCatalog(t, opened(t, open)) })
	t.Run("writers", func(t *testing.T) { testWriters(t, opened(t, open)) })
	for _, seed := range []uint64{1, 2, 3} {
		t.Run(fmt.Sprint("random/", seed), func(t *testing.T) {
			engine, judge := opened(t, open), memory.New()
			d := newData(seed)
			for range 20 {
				write(t, d.batch(), engine, judge)
			}
			compareAll(t, engine, judge)
		})
	}
}

// RunDurable tests that what was written is there after a reopening. open
// opens the store in a folder, which may hold one already.
func RunDurable(t *testing.T, open func(t *testing.T, dir string) store.Engine) {
	t.Run("reopen", func(t *testing.T) {
		dir, judge, d := t.TempDir(), memory.New(), newData(4)
		for range 3 {
			engine := open(t, dir)
			for range 8 {
				write(t, d.batch(), engine, judge)
			}
			compareAll(t, engine, judge)
			if err := engine.Close(); err != nil {
				t.Fatal(err)
			}
		}
		engine := open(t, dir)
		defer engine.Close()
		compareAll(t, engine, judge)
	})
}

func opened(t *testing.T, open func(t *testing.T) store.Engine) store.Engine {
	engine := open(t)
	t.Cleanup(func() {
		if err := engine.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return engine
}

func write(t *testing.T, batch *otlp.Batch, engines ...store.Engine) {
	t.Helper()
	for _, e := range engines {
		if err := e.Write(t.Context(), batch); err != nil {
			t.Fatalf("write: %v", err)
		}
	}
}

func mustSpans(t testing.TB, text string) *otlp.Batch {
	t.Helper()
	batch, err := ParseSpans(text)
	if err != nil {
		t.Fatal(err)
	}
	return batch
}

// testEmpty asks a store that holds nothing.
func testEmpty(t *testing.T, e store.Engine) {
	ctx := t.Context()
	rows, err := e.Query(ctx, plan.Query{Table: plan.Spans, Select: []plan.Field{plan.F(plan.Name)}})
	if err != nil || len(rows.Rows) != 0 || rows.Next != nil || len(rows.Columns) != 1 {
		t.Errorf("rows: %+v, %v", rows, err)
	}
	groups, err := e.Query(ctx, plan.Query{Table: plan.Logs, Aggregates: []plan.Aggregate{
		{Kind: plan.Count}, {Kind: plan.Sum, Field: plan.F(plan.Severity)}, {Kind: plan.Max, Field: plan.F(plan.Severity)},
		{Kind: plan.Histogram, Field: plan.F(plan.Severity)}}})
	if err != nil || rowsText(groups.Rows) != "0 | 0.0 | null | 0x\n" {
		t.Errorf("aggregates over nothing: %+v, %v", groups, err)
	}
	keyed, err := e.Query(ctx, plan.Query{Table: plan.Logs, GroupBy: []plan.Key{{Field: plan.F(plan.Service)}}, Aggregates: []plan.Aggregate{{}}})
	if err != nil || len(keyed.Rows) != 0 {
		t.Errorf("groups of nothing: %+v, %v", keyed, err)
	}
	if batch, err := e.Trace(ctx, TraceID("t1")); batch != nil || err != nil {
		t.Errorf("trace: %v, %v; want nil, nil", batch, err)
	}
	window, err := e.Graph(ctx, 0, time.Now().UnixNano())
	if err != nil || len(window.Nodes)+len(window.Edges) > 0 {
		t.Errorf("graph: %+v, %v", window, err)
	}
	if u := e.Usage(); u.Spans != 0 || u.Logs != 0 || u.Oldest != 0 || u.Newest != 0 || u.Err != "" {
		t.Errorf("usage: %+v", u)
	}
	catalog, err := e.Catalog(ctx, store.CatalogQuery{Table: plan.Spans})
	if err != nil || len(catalog.Entries) != 0 || catalog.More {
		t.Errorf("catalog: %+v, %v", catalog, err)
	}
}

// testRefused asks what cannot be answered.
func testRefused(t *testing.T, e store.Engine) {
	write(t, mustSpans(t, "t1 a - server s n 0s+1s\nt1 b a server s n 0s+1s"), e)
	for name, q := range map[string]plan.Query{
		"no table":       {},
		"foreign field":  {Table: plan.Spans, Where: plan.Exists{Field: plan.F(plan.Body)}},
		"bad regexp":     {Table: plan.Spans, Where: plan.Match{Field: plan.F(plan.Name), Kind: plan.Regexp, Pattern: "("}},
		"foreign page":   {Table: plan.Spans, Select: []plan.Field{plan.F(plan.Name)}, After: []byte("{no token}")},
		"unordered page": {Table: plan.Spans, Aggregates: []plan.Aggregate{{}}, OrderBy: []plan.Order{{Column: 3}}},
	} {
		if _, err := e.Query(t.Context(), q); !errors.Is(err, plan.ErrInvalid) {
			t.Errorf("%s: got %v, want ErrInvalid", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Query(ctx, plan.Query{Table: plan.Spans}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled query: got %v, want context.Canceled", err)
	}
}

// testBounds asks for more than is allowed.
func testBounds(t *testing.T, e store.Engine) {
	var lines strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&lines, "t%d a - server s%d name%d %ds+1s\n", i, i, i, i)
	}
	write(t, mustSpans(t, lines.String()), e)
	byName := plan.Query{Table: plan.Spans, GroupBy: []plan.Key{{Field: plan.F(plan.Name)}}, Aggregates: []plan.Aggregate{{}}}
	byName.Bounds.Groups = 1000
	if _, err := e.Query(t.Context(), byName); !errors.Is(err, plan.ErrTooLarge) {
		t.Errorf("2000 groups of at most 1000: got %v, want ErrTooLarge", err)
	}
	byName.Bounds.Groups = 2000
	if r, err := e.Query(t.Context(), byName); err != nil || len(r.Rows) != 2000 {
		t.Errorf("2000 groups of at most 2000: %v", err)
	}
	rows := plan.Query{Table: plan.Spans, Select: []plan.Field{plan.F(plan.Name), plan.F(plan.Spec)}, Bounds: plan.Bounds{MemoryBytes: 1000}}
	if _, err := e.Query(t.Context(), rows); !errors.Is(err, plan.ErrTooLarge) {
		t.Errorf("2000 rows in 1000 bytes: got %v, want ErrTooLarge", err)
	}
	var last plan.Stats
	rows = plan.Query{Table: plan.Spans, Progress: func(s plan.Stats) { last = s }}
	r, err := e.Query(t.Context(), rows)
	if err != nil || !r.Stats.Complete || r.Stats.RowsTotal < 2000 || len(r.Rows) != 2000 {
		t.Errorf("all rows: %d of %+v, %v", len(r.Rows), r.Stats, err)
	}
	if last.RowsScanned == 0 {
		t.Error("progress was not called, or with nothing")
	}
}

// testWriters writes from many goroutines; all of it must be there.
func testWriters(t *testing.T, e store.Engine) {
	const writers, batches = 8, 20
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for b := range batches {
				batch, err := ParseSpans(fmt.Sprintf("t%d.%d a - server s n 0s+1s\nt%d.%d b a server s n 0s+1s", w, b, w, b))
				if err == nil {
					err = e.Write(context.Background(), batch)
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() { // readers beside them see whole batches
			for range batches {
				r, err := e.Query(context.Background(), plan.Query{Table: plan.Spans, Aggregates: []plan.Aggregate{{}}})
				if err != nil || r.Rows[0][0].Int%2 != 0 {
					t.Errorf("a reader saw %+v, %v", r, err)
				}
			}
		})
	}
	wg.Wait()
	if u := e.Usage(); u.Spans != writers*batches*2 {
		t.Errorf("%d spans are there, want %d", u.Spans, writers*batches*2)
	}
	for w := range writers {
		for b := range batches {
			batch, err := e.Trace(t.Context(), TraceID(fmt.Sprintf("t%d.%d", w, b)))
			if err != nil || batch == nil || batch.Items() != 2 {
				t.Errorf("trace %d.%d: %v, %v", w, b, batch, err)
			}
		}
	}
}
