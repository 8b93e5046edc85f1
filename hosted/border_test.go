package hosted

import (
	"context"
	"testing"

	"github.com/oriel-io/oriel/wire/otlp"
	upstream "go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// through hands on what it gets: the border and nothing else.
type through struct {
	upstream.StartFunc
	upstream.ShutdownFunc
	consumer.Traces
}

type nowhere struct{}

func (nowhere) Consume(context.Context, *otlp.Batch) error { return nil }

// usualTraces are spans of a web service: a dozen attributes, mostly text.
func usualTraces(spans int) ptrace.Traces {
	data := ptrace.NewTraces()
	group := data.ResourceSpans().AppendEmpty()
	group.Resource().Attributes().PutStr("service.name", "checkout")
	scope := group.ScopeSpans().AppendEmpty()
	for i := range spans {
		span := scope.Spans().AppendEmpty()
		span.SetTraceID([16]byte{1, byte(i), 15: 1})
		span.SetSpanID([8]byte{byte(i), 7: 1})
		span.SetName("GET /cart/{id}")
		span.SetKind(ptrace.SpanKindServer)
		span.SetStartTimestamp(1_700_000_000_000_000_000)
		span.SetEndTimestamp(1_700_000_001_000_000_000)
		for key, value := range map[string]string{
			"http.request.method": "GET", "url.path": "/cart/1234567", "url.scheme": "https", "server.address": "shop.example.com", "network.protocol.version": "1.1",
			"user_agent.original": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36", "client.address": "203.0.113.7", "http.route": "/cart/{id}", "enduser.id": "u-12345",
		} {
			span.Attributes().PutStr(key, value)
		}
		span.Attributes().PutInt("http.response.status_code", 200)
		span.Attributes().PutInt("server.port", 443)
	}
	return data
}

// BenchmarkBorder is what it costs to be hosted: bytes to pdata and back, 1,000 spans a batch.
//
// Beside it what a component does that works on bytes: add an attribute to each span.
func BenchmarkBorder(b *testing.B) {
	batch := batchOf(b, otlp.Traces, usualTraces(1000))
	perSpan := func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(batch.Size()))
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(batch.Items()), "ns/span")
	}
	b.Run("hosted", func(b *testing.B) {
		s := &stage{in: inlets{traces: []traces{through{Traces: outlet{nowhere{}}}}}}
		for b.Loop() {
			if err := s.Consume(b.Context(), batch); err != nil {
				b.Fatal(err)
			}
		}
		perSpan(b)
	})
	b.Run("decode", func(b *testing.B) {
		for b.Loop() {
			if _, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(batch.Bytes()); err != nil {
				b.Fatal(err)
			}
		}
		perSpan(b)
	})
	b.Run("verify", func(b *testing.B) {
		for b.Loop() {
			if _, err := otlp.New(otlp.Traces, batch.Bytes()); err != nil {
				b.Fatal(err)
			}
		}
		perSpan(b)
	})
	b.Run("bytes", func(b *testing.B) {
		for b.Loop() {
			out := otlp.EditSpans(batch, func(_ otlp.Group, _ otlp.Scope, _ otlp.Span, e *otlp.SpanEdit) {
				e.Attrs.Set("new", otlp.StringValue("value"))
			})
			if out == batch {
				b.Fatal("nothing changed")
			}
		}
		perSpan(b)
	})
}
