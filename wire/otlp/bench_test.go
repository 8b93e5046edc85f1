package otlp

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/oriel-io/oriel/wire/protoscan"
)

// envoyBatch encodes n spans as a mesh of Envoy proxies sends them: 12
// attributes, about 575 bytes a span, 8 services on 3 hosts each.
func envoyBatch(n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	services := []string{"istio-ingressgateway", "productpage", "details", "reviews", "ratings", "orders", "payment", "inventory"}
	groups := make([][]byte, 3*len(services))
	var trace [16]byte
	for i := range n {
		if i%14 == 0 {
			binary.BigEndian.PutUint64(trace[:], r.Uint64())
			binary.BigEndian.PutUint64(trace[8:], r.Uint64())
		}
		host := r.IntN(len(groups))
		service := services[host/3]
		b, mark := protoscan.Open(groups[host], 2)
		b = protoscan.AppendBytes(b, 1, trace[:])
		b = protoscan.AppendBytes(b, 2, binary.BigEndian.AppendUint64(nil, r.Uint64()))
		b = protoscan.AppendBytes(b, 4, binary.BigEndian.AppendUint64(nil, r.Uint64()))
		b = protoscan.AppendBytes(b, 5, service+".bookinfo.svc.cluster.local:9080/reviews/{id}")
		b = protoscan.AppendVarint(b, 6, uint64(2+i%2))
		b = protoscan.AppendFixed64(b, 7, 1_763_800_000_000_000_000+r.Uint64N(1e12))
		b = protoscan.AppendFixed64(b, 8, 1_763_800_000_000_000_000+r.Uint64N(1e12))
		str := func(k, v string) { b = AppendAttr(b, 9, k, StringValue(v)) }
		str("component", "proxy")
		str("http.method", "GET")
		str("http.url", fmt.Sprintf("http://%s:9080/reviews/%d", service, r.IntN(5000)))
		str("http.status_code", []string{"200", "200", "200", "404", "503"}[r.IntN(5)])
		str("http.protocol", "HTTP/1.1")
		str("user_agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36")
		str("request_size", fmt.Sprint(r.IntN(4096)))
		str("response_size", fmt.Sprint(r.IntN(65536)))
		str("upstream_cluster", "outbound|9080||"+service+".bookinfo.svc.cluster.local")
		str("peer.address", fmt.Sprintf("10.%d.%d.%d", r.IntN(4), r.IntN(256), r.IntN(256)))
		str("guid:x-request-id", fmt.Sprintf("%08x-%04x-4f5a-8c43-%012x", r.Uint32(), r.IntN(1<<16), r.Uint64()>>16))
		str("istio.canonical_revision", "v"+fmt.Sprint(1+r.IntN(3)))
		groups[host] = protoscan.Close(b, mark)
	}
	var out []byte
	for host, spans := range groups {
		if len(spans) == 0 {
			continue
		}
		b, group := protoscan.Open(out, 1)
		b, mark := protoscan.Open(b, 1)
		b = AppendAttr(b, 1, "service.name", StringValue(services[host/3]))
		b = AppendAttr(b, 1, "service.namespace", StringValue("bookinfo"))
		b = AppendAttr(b, 1, "host.name", StringValue(fmt.Sprintf("ip-10-0-%d-%d.ec2.internal", host/3, host%3)))
		b = AppendAttr(b, 1, "container.id", StringValue(fmt.Sprintf("%064x", host)))
		b = protoscan.Close(b, mark)
		b, mark = protoscan.Open(b, 2)
		b = protoscan.AppendBytes(b, 1, protoscan.AppendBytes(nil, 1, "envoy"))
		b = append(b, spans...)
		out = protoscan.Close(protoscan.Close(b, mark), group)
	}
	return out
}

const benchSpans = 1000

func perSpan(b *testing.B) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchSpans, "ns/span")
}

func BenchmarkNew(b *testing.B) {
	data := envoyBatch(benchSpans)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := New(Traces, data); err != nil {
			b.Fatal(err)
		}
	}
	perSpan(b)
}

func BenchmarkNewStepwise(b *testing.B) {
	data := envoyBatch(benchSpans)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		v := verifier{signal: Traces, stepwise: true}
		if _, err := v.request(data); err != nil {
			b.Fatal(err)
		}
	}
	perSpan(b)
}

func BenchmarkIterate(b *testing.B) {
	batch, err := New(Traces, envoyBatch(benchSpans))
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name string
		read func(Span) int
	}{
		{"spans", func(s Span) int { return len(s) }},
		{"trace id", func(s Span) int { return int(s.TraceID()[0]) }},
		{"fields", func(s Span) int { f := s.Fields(); return len(f.Name) }},
		{"one attribute", func(s Span) int { v, _ := s.Attrs().Get("upstream_cluster"); return len(v.Text()) }},
		{"attributes", func(s Span) (n int) {
			for k, v := range s.Attrs().All() {
				n += len(k) + len(v.Text())
			}
			return n
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				sumSpans(batch, c.read)
			}
			perSpan(b)
		})
	}
}

func sumSpans(batch *Batch, read func(Span) int) (n int) {
	for g := range batch.Groups() {
		for s := range g.Scopes() {
			for span := range s.Spans() {
				n += read(span)
			}
		}
	}
	return n
}

func benchBatch(b *testing.B) *Batch {
	batch, err := New(Traces, envoyBatch(benchSpans))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	return batch
}

func BenchmarkSplitByTraceID(b *testing.B) {
	batch := benchBatch(b)
	for b.Loop() {
		Split(batch, 4, func(_ Group, _ Scope, item []byte) int { return int(Span(item).TraceID().Hash64() & 3) })
	}
	perSpan(b)
}

func BenchmarkMerge(b *testing.B) {
	batch := benchBatch(b)
	for b.Loop() {
		Merge(batch, batch, batch, batch)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchSpans/4, "ns/span")
}

func BenchmarkFilterHalf(b *testing.B) {
	batch := benchBatch(b)
	for b.Loop() {
		n := 0
		Filter(batch, func(Group, Scope, []byte) bool { n++; return n%2 == 0 })
	}
	perSpan(b)
}

// BenchmarkEditSpans changes one attribute of each span.
func BenchmarkEditSpans(b *testing.B) {
	batch := benchBatch(b)
	value := StringValue("mesh")
	for b.Loop() {
		EditSpans(batch, func(_ Group, _ Scope, _ Span, e *SpanEdit) { e.Attrs.Set("component", value) })
	}
	perSpan(b)
}

// BenchmarkEditNoSpan looks at one attribute of each span and changes none.
func BenchmarkEditNoSpan(b *testing.B) {
	batch := benchBatch(b)
	for b.Loop() {
		EditSpans(batch, func(_ Group, _ Scope, s Span, e *SpanEdit) { e.Attrs.Text("upstream_cluster") })
	}
	perSpan(b)
}

func BenchmarkEditResources(b *testing.B) {
	batch := benchBatch(b)
	value := StringValue("eu-west-1")
	for b.Loop() {
		EditResources(batch, func(_ Resource, e *AttrEdit) { e.Set("cloud.region", value) })
	}
	perSpan(b)
}
