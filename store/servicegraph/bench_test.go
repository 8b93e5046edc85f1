package servicegraph_test

import (
	"testing"
	"time"

	"github.com/oriel-io/oriel/store/servicegraph"
	"github.com/oriel-io/oriel/store/storetest"
	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/semconv"
)

// BenchmarkAddBatch is the whole cost of a span: reading it, waiting, pairing,
// and its share of a row.
func BenchmarkAddBatch(b *testing.B) {
	g := storetest.NewBookinfo(1)
	var batches []*otlp.Batch
	for range 50 {
		batches = append(batches, g.Batch(1000, storetest.Epoch))
	}
	builder := servicegraph.NewBuilder(servicegraph.Options{MaxPending: 20_000})
	now := storetest.Epoch.UnixNano()
	b.ReportAllocs()
	b.ResetTimer()
	n := 0
	for b.Loop() {
		builder.AddBatch(batches[n%len(batches)], now)
		n++
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n*1000), "ns/span")
}

// BenchmarkAdd is without reading the span.
func BenchmarkAdd(b *testing.B) {
	type input struct {
		source servicegraph.Source
		fields otlp.SpanFields
		facts  semconv.Facts
	}
	builder := servicegraph.NewBuilder(servicegraph.Options{MaxPending: 20_000})
	g := storetest.NewBookinfo(1)
	var inputs []input
	for range 50 {
		for group := range g.Batch(1000, storetest.Epoch).Groups() {
			source := builder.Source(group.Resource())
			for scope := range group.Scopes() {
				for span := range scope.Spans() {
					in := input{source: source, fields: span.Fields()}
					in.facts = semconv.Read(span, &in.fields)
					inputs = append(inputs, in)
				}
			}
		}
	}
	now := storetest.Epoch.UnixNano()
	b.ReportAllocs()
	b.ResetTimer()
	n := 0
	for b.Loop() {
		in := &inputs[n%len(inputs)]
		builder.Add(in.source, &in.fields, &in.facts, now)
		n++
	}
}

// BenchmarkPeek is a look at 100,000 spans that wait.
func BenchmarkPeek(b *testing.B) {
	g := storetest.NewBookinfo(1)
	builder := servicegraph.NewBuilder(servicegraph.Options{})
	for i := range 100 {
		builder.AddBatch(g.Batch(1000, storetest.Epoch.Add(time.Duration(i)*time.Second)), storetest.Epoch.UnixNano())
	}
	b.ResetTimer()
	for b.Loop() {
		builder.Peek(0)
	}
}
