package main

import (
	"encoding/hex"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/oriel-io/oriel/wire/otlp"
)

// A renewed request is still valid, has other ids, keeps its trees, tells one
// request id a trace, and its spans run within the last second or a little more.
func TestRenew(t *testing.T) {
	t.Parallel()
	const spans = 1000
	p := newPayload(rand.New(rand.NewPCG(1, 2)), spans)
	before := map[otlp.TraceID]bool{}
	for use := range uint64(3) {
		now := time.Now()
		p.renew(salts{use * 77, use * 99, use * 55}, uint64(now.UnixNano()))
		batch, err := otlp.New(otlp.Traces, append([]byte(nil), p.data...))
		if err != nil {
			t.Fatal(err)
		}
		if batch.Items() != spans {
			t.Fatalf("%d spans, want %d", batch.Items(), spans)
		}
		known, parents, requests := map[otlp.SpanID]bool{}, []otlp.SpanID{}, map[otlp.TraceID]string{}
		for g := range batch.Groups() {
			for scope := range g.Scopes() {
				for span := range scope.Spans() {
					f := span.Fields()
					known[f.SpanID] = true
					if !f.ParentID.IsZero() {
						parents = append(parents, f.ParentID)
					}
					v, _ := span.Attrs().Get(requestIDKey)
					if seen := requests[f.TraceID]; seen != "" && seen != string(v.Text()) || len(v.Text()) != uuidLen {
						t.Fatalf("trace %x has the request ids %q and %q", f.TraceID, seen, v.Text())
					}
					requests[f.TraceID] = string(v.Text())
					if age := now.UnixNano() - int64(f.Start); age < -int64(10*time.Second) || age > int64(time.Second) || f.End < f.Start {
						t.Fatalf("a span begins %s before now and ends %d ns after its start", time.Duration(age), int64(f.End-f.Start))
					}
				}
			}
		}
		if len(known) != spans || len(requests) != p.traces {
			t.Errorf("%d span ids and %d traces, want %d and %d", len(known), len(requests), spans, p.traces)
		}
		for _, parent := range parents {
			if !known[parent] {
				t.Fatalf("parent %x is not in the request", parent)
			}
		}
		id, request := p.firstTrace()
		raw, err := hex.DecodeString(id)
		if err != nil || requests[otlp.TraceID(raw)] != request {
			t.Errorf("trace %s has the request id %q, want %q", id, requests[otlp.TraceID(raw)], request)
		}
		for trace := range requests {
			if before[trace] {
				t.Fatalf("trace %x came twice", trace)
			}
			before[trace] = true
		}
	}
	t.Logf("%d bytes a span", len(p.data)/spans)
}
