package selfmon

import (
	"context"
	"errors"
	"testing"
)

func TestTracer(t *testing.T) {
	t.Parallel()
	tracer := NewTracer()
	ctx, span := tracer.Start(context.Background(), "scope", "nobody wants it")
	span.Set("a", "b")
	span.End(nil)
	if span != nil || ctx != context.Background() || tracer.On() {
		t.Error("a span for nobody")
	}
	var got []SpanData
	tracer.Configure(1, func(d SpanData) { got = append(got, d) })
	ctx, parent := tracer.Start(context.Background(), "scope", "parent")
	_, child := tracer.Start(ctx, "scope", "child")
	child.SetInt("items", 3)
	child.End(errors.New("away"))
	parent.End(nil)
	if len(got) != 2 || got[0].Name != "child" || got[0].Error != "away" || got[0].Parent != got[1].Span || got[0].Trace != got[1].Trace ||
		got[1].Parent != [8]byte{} || got[0].Attributes[0] != (Attribute{Key: "items", Int: 3}) || got[0].End.Before(got[0].Start) {
		t.Errorf("got %+v", got)
	}
	tracer.Configure(0, func(SpanData) { t.Error("it was not sampled") })
	ctx, span = tracer.Start(context.Background(), "scope", "unsampled")
	_, child = tracer.Start(ctx, "scope", "child of an unsampled one")
	if span != nil || child != nil {
		t.Error("a span though none are sampled")
	}
	// Another process has decided.
	taken := false
	tracer.Configure(0, func(d SpanData) { taken = d.Trace == [16]byte{1} && d.Parent == [8]byte{2} })
	_, span = tracer.Start(WithSpanContext(context.Background(), SpanContext{Trace: [16]byte{1}, Span: [8]byte{2}, Sampled: true}), "scope", "continued")
	span.End(nil)
	if !taken {
		t.Error("the trace of another process does not go on")
	}
}

func TestTracerKeepsTheLast(t *testing.T) {
	t.Parallel()
	tracer := NewTracer()
	tracer.Keep(true)
	for i := range maxRecent + 10 {
		_, span := tracer.Start(context.Background(), "scope", "a")
		span.SetInt("i", i)
		span.End(nil)
	}
	recent := tracer.Recent()
	if len(recent) != maxRecent || recent[0].Attributes[0].Int != maxRecent+9 || recent[maxRecent-1].Attributes[0].Int != 10 {
		t.Errorf("%d kept, the newest %+v", len(recent), recent[0])
	}
}

func TestSampledShare(t *testing.T) {
	t.Parallel()
	tracer, made := NewTracer(), 0
	tracer.Configure(0.25, func(SpanData) { made++ })
	for range 10_000 {
		_, span := tracer.Start(context.Background(), "scope", "a")
		span.End(nil)
	}
	if made < 2200 || made > 2800 {
		t.Errorf("%d of 10000, want about 2500", made)
	}
}

func BenchmarkSpanForNobody(b *testing.B) {
	tracer, ctx := NewTracer(), context.Background()
	b.ReportAllocs()
	for b.Loop() {
		_, span := tracer.Start(ctx, "scope", "a")
		span.End(nil)
	}
}
