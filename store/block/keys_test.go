package block

import (
	"fmt"
	"testing"

	"github.com/oriel-io/oriel/store"
	"github.com/oriel-io/oriel/store/plan"
	"github.com/oriel-io/oriel/store/storetest"
	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/protoscan"
)

// TestManyKeys writes more attribute keys than there are columns, a key that is
// too long for one and one that is not text, and finds all of them, in the head and in merged blocks.
func TestManyKeys(t *testing.T) {
	t.Parallel()
	const spans, keys = 300, 5 // of each span
	long := string(make([]byte, 1000))
	for _, rows := range []int{1000, 20} {
		e := openTest(t, Options{HeadRows: rows})
		for i := range spans {
			b := otlp.NewBuilder(otlp.Traces)
			id := storetest.TraceID(fmt.Sprint("t", i))
			span := protoscan.AppendBytes(protoscan.AppendBytes(nil, 1, id[:]), 2, id[8:])
			for k := range keys {
				span = otlp.AppendAttr(span, 9, fmt.Sprint("key", i*keys+k), otlp.IntValue(int64(i)))
			}
			span = otlp.AppendAttr(span, 9, long, otlp.IntValue(int64(i)))
			b.Add(nil, nil, span, 1)
			batch, err := otlp.New(otlp.Traces, b.Batch().Bytes())
			if err != nil {
				t.Fatal(err)
			}
			if err := e.Write(t.Context(), batch); err != nil {
				t.Fatal(err)
			}
		}
		for i := 0; i < spans; i += 7 {
			for _, key := range []string{fmt.Sprint("key", i*keys+3), long} {
				result, err := e.Query(t.Context(), plan.Query{Table: plan.Spans, Select: []plan.Field{plan.F(plan.TraceID)},
					Where: plan.Compare{Field: plan.Attr(key), Value: plan.I(int64(i))}})
				id := storetest.TraceID(fmt.Sprint("t", i))
				if err != nil || len(result.Rows) != 1 || result.Rows[0][0].Str != string(id[:]) {
					t.Fatalf("heads of %d rows: span %d by %.10q: %+v, %v", rows, i, key, result, err)
				}
				batch, err := e.Trace(t.Context(), id)
				if err != nil || batch.Items() != 1 || !hasAttr(batch, key) {
					t.Fatalf("heads of %d rows: trace %d lacks %.10q, %v", rows, i, key, err)
				}
			}
		}
		catalog, err := e.Catalog(t.Context(), store.CatalogQuery{Table: plan.Spans, Prefix: "key", Limit: 10_000})
		if err != nil || len(catalog.Entries) != spans*keys {
			t.Errorf("heads of %d rows: %d keys in the catalog, want %d; %v", rows, len(catalog.Entries), spans*keys, err)
		}
	}
}

func hasAttr(batch *otlp.Batch, key string) bool {
	for group := range batch.Groups() {
		for scope := range group.Scopes() {
			for span := range scope.Spans() {
				if _, ok := span.Attrs().Get(key); ok {
					return true
				}
			}
		}
	}
	return false
}

// TestStrangeTimes writes spans of 1970, of year 2200 and with an end before the start.
func TestStrangeTimes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := openTest(t, Options{Dir: dir, HeadRows: 2})
	for i, start := range []uint64{0, 1, 1 << 62, 1<<63 + 5, 1 << 60} {
		id := storetest.TraceID(fmt.Sprint("t", i))
		span := protoscan.AppendBytes(protoscan.AppendBytes(nil, 1, id[:]), 2, id[8:])
		span = protoscan.AppendFixed64(protoscan.AppendFixed64(span, 7, start), 8, start-1)
		b := otlp.NewBuilder(otlp.Traces)
		b.Add(nil, nil, span, 1)
		if err := e.Write(t.Context(), b.Batch()); err != nil {
			t.Fatal(err)
		}
	}
	e.Close()
	e = openTest(t, Options{Dir: dir})
	for i, start := range []uint64{0, 1, 1 << 62, 1<<63 + 5, 1 << 60} {
		batch, err := e.Trace(t.Context(), storetest.TraceID(fmt.Sprint("t", i)))
		if err != nil || batch.Items() != 1 {
			t.Fatalf("trace %d: %v, %v", i, batch, err)
		}
		for group := range batch.Groups() {
			for scope := range group.Scopes() {
				for span := range scope.Spans() {
					if f := span.Fields(); f.Start != start || f.End != start-1 {
						t.Errorf("span %d: %d to %d, want %d to %d", i, f.Start, f.End, start, start-1)
					}
				}
			}
		}
		result, err := e.Query(t.Context(), plan.Query{Table: plan.Spans, Select: []plan.Field{plan.F(plan.Duration)},
			Where: plan.Compare{Field: plan.F(plan.Time), Value: plan.I(int64(start))}})
		if err != nil || len(result.Rows) != 1 {
			t.Errorf("span %d by its time: %+v, %v", i, result, err)
		}
	}
}
