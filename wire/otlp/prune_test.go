package otlp

import (
	"testing"

	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// TestPrune drops the second span, and the second event of the others.
func TestPrune(t *testing.T) {
	t.Parallel()
	td := ptrace.NewTraces()
	for range 2 {
		spans := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
		for _, name := range []string{"a", "b", "c"} {
			span := spans.AppendEmpty()
			span.SetName(name)
			for _, event := range []string{"x", "y", "z"} {
				span.Events().AppendEmpty().SetName(event)
			}
		}
	}
	raw, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
	if err != nil {
		t.Fatal(err)
	}
	b, err := New(Traces, raw)
	if err != nil {
		t.Fatal(err)
	}
	var room []byte
	got := Prune(b, func(_ Group, _ Scope, item []byte) ([]byte, bool) {
		left, kept := DropFields(room[:0], item, 11, func(event []byte) bool { return string(Event(event).Name()) == "y" })
		if kept != 2 {
			t.Errorf("%d events are kept", kept)
		}
		return left, string(Span(item).Fields().Name) != "b"
	})
	back, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(got.Bytes())
	if err != nil || back.SpanCount() != 4 || got.Items() != 4 {
		t.Fatalf("%v, %d spans, %d items", err, back.SpanCount(), got.Items())
	}
	for _, rs := range back.ResourceSpans().All() {
		for _, span := range rs.ScopeSpans().At(0).Spans().All() {
			if events := span.Events(); span.Name() == "b" || events.Len() != 2 || events.At(0).Name() != "x" || events.At(1).Name() != "z" {
				t.Errorf("span %s has %d events", span.Name(), events.Len())
			}
		}
	}
	if same := Prune(b, func(_ Group, _ Scope, item []byte) ([]byte, bool) { return item, true }); same != b {
		t.Error("a batch of which all is kept was copied")
	}
	if none := Prune(b, func(Group, Scope, []byte) ([]byte, bool) { return nil, false }); none != nil {
		t.Error("something is left")
	}
}

// TestPruneCountsPoints: an item of a metrics batch is a data point.
func TestPruneCountsPoints(t *testing.T) {
	t.Parallel()
	md := pmetric.NewMetrics()
	m := md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
	m.SetName("m")
	for i := range 5 {
		m.SetEmptyGauge()
		for range i + 1 {
			m.Gauge().DataPoints().AppendEmpty().SetIntValue(int64(i))
		}
	}
	raw, err := (&pmetric.ProtoMarshaler{}).MarshalMetrics(md)
	if err != nil {
		t.Fatal(err)
	}
	b, err := New(Metrics, raw)
	if err != nil {
		t.Fatal(err)
	}
	first := true
	got := Prune(b, func(_ Group, _ Scope, item []byte) ([]byte, bool) {
		field, data := Metric(item).Data()
		data, _ = DropFields(nil, data, 1, func([]byte) bool { drop := first; first = false; return drop })
		return ReplaceField(nil, item, field, data), true
	})
	back, err := (&pmetric.ProtoUnmarshaler{}).UnmarshalMetrics(got.Bytes())
	if err != nil || back.DataPointCount() != 4 || got.Items() != 4 {
		t.Fatalf("%v, %d points, %d items", err, back.DataPointCount(), got.Items())
	}
}
