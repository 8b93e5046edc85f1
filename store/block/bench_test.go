package block

import (
	"sync"
	"testing"
	"time"

	"github.com/oriel-io/oriel/store/plan"
	"github.com/oriel-io/oriel/store/storetest"
	"github.com/oriel-io/oriel/wire/otlp"
)

const benchSpans = 300_000

// benchStore is a store of benchSpans spans in blocks, and a few rows of it.
func benchStore(b *testing.B) (*Engine, [][]plan.Value) {
	b.Helper()
	e := openTest(b, Options{})
	g := storetest.NewBookinfo(1)
	for range benchSpans / 1000 {
		if err := e.Write(b.Context(), g.Batch(1000, time.Now())); err != nil {
			b.Fatal(err)
		}
	}
	sample, err := e.Query(b.Context(), plan.Query{Table: plan.Spans, Limit: 500,
		Select: []plan.Field{plan.F(plan.TraceID), plan.Attr("http.url")}})
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	return e, sample.Rows
}

// BenchmarkWrite writes batches of 1,000 spans from eight goroutines; an operation is a
// span. Making the batches is not counted: -benchtime=300000x or so keeps them in memory.
func BenchmarkWrite(b *testing.B) {
	e := openTest(b, Options{})
	g := storetest.NewBookinfo(1)
	work := make(chan *otlp.Batch, b.N/1000+1)
	for n := b.N; n > 0; n -= 1000 {
		work <- g.Batch(min(n, 1000), time.Now())
	}
	close(work)
	b.ResetTimer()
	var writers sync.WaitGroup
	for range 8 {
		writers.Go(func() {
			for batch := range work {
				if err := e.Write(b.Context(), batch); err != nil {
					b.Error(err)
				}
			}
		})
	}
	writers.Wait()
	b.StopTimer()
	if err := e.Close(); err != nil {
		b.Fatal(err)
	}
	e = openTest(b, Options{Dir: e.opt.Dir})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "spans/s")
	b.ReportMetric(float64(e.Usage().Bytes)/float64(b.N), "B/span")
}

func BenchmarkTraceByID(b *testing.B) {
	e, rows := benchStore(b)
	for i := range b.N {
		if _, err := e.Trace(b.Context(), otlp.TraceID([]byte(rows[i%len(rows)][0].Str))); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAttrEq(b *testing.B) {
	e, rows := benchStore(b)
	for i := range b.N {
		_, err := e.Query(b.Context(), plan.Query{Table: plan.Spans, Limit: 20, Select: []plan.Field{plan.F(plan.TraceID)},
			Where: plan.Compare{Field: plan.Attr("http.url"), Value: rows[i%len(rows)][1]}})
		if err != nil {
			b.Fatal(err)
		}
	}
}
