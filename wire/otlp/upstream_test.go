package otlp

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/oriel-io/oriel/wire/protoscan"
)

// upstreamTraces writes what upstream's decoder read, as tracesText does.
func upstreamTraces(td ptrace.Traces) string {
	var w strings.Builder
	for _, g := range td.ResourceSpans().All() {
		fmt.Fprintf(&w, "group %q %s\n", g.SchemaUrl(), pcommonMap(g.Resource().Attributes()))
		for _, s := range g.ScopeSpans().All() {
			upstreamScope(&w, s.Scope())
			for _, span := range s.Spans().All() {
				kind, status := span.Kind(), span.Status().Code()
				if kind < 0 || kind > 5 {
					kind = 0
				}
				if status < 0 || status > 2 {
					status = 0
				}
				fmt.Fprintf(&w, "span %x %x %x %q %q %d %d %d %d %q %d %d %d %d %s\n", [16]byte(span.TraceID()), [8]byte(span.SpanID()), [8]byte(span.ParentSpanID()),
					span.TraceState().AsRaw(), span.Name(), kind, span.StartTimestamp(), span.EndTimestamp(), status, span.Status().Message(), span.Flags(),
					span.DroppedAttributesCount(), span.DroppedEventsCount(), span.DroppedLinksCount(), pcommonMap(span.Attributes()))
				for _, e := range span.Events().All() {
					fmt.Fprintf(&w, "event %d %q %s\n", e.Timestamp(), e.Name(), pcommonMap(e.Attributes()))
				}
				for _, l := range span.Links().All() {
					fmt.Fprintf(&w, "link %x %x %q %s\n", [16]byte(l.TraceID()), [8]byte(l.SpanID()), l.TraceState().AsRaw(), pcommonMap(l.Attributes()))
				}
			}
		}
	}
	return w.String()
}

func upstreamLogs(ld plog.Logs) string {
	var w strings.Builder
	for _, g := range ld.ResourceLogs().All() {
		fmt.Fprintf(&w, "group %q %s\n", g.SchemaUrl(), pcommonMap(g.Resource().Attributes()))
		for _, s := range g.ScopeLogs().All() {
			upstreamScope(&w, s.Scope())
			for _, l := range s.LogRecords().All() {
				severity := l.SeverityNumber()
				if severity < 0 || severity > 24 {
					severity = 0
				}
				fmt.Fprintf(&w, "log %d %d %d %q %s %d %x %x %q %s\n", l.Timestamp(), l.ObservedTimestamp(), severity, l.SeverityText(), pcommonValue(l.Body()),
					uint32(l.Flags()), [16]byte(l.TraceID()), [8]byte(l.SpanID()), l.EventName(), pcommonMap(l.Attributes()))
			}
		}
	}
	return w.String()
}

func upstreamMetrics(md pmetric.Metrics) string {
	var w strings.Builder
	for _, g := range md.ResourceMetrics().All() {
		fmt.Fprintf(&w, "group %q %s\n", g.SchemaUrl(), pcommonMap(g.Resource().Attributes()))
		for _, s := range g.ScopeMetrics().All() {
			upstreamScope(&w, s.Scope())
			for _, m := range s.Metrics().All() {
				fmt.Fprintf(&w, "metric %q %d points\n", m.Name(), upstreamPoints(m))
			}
		}
	}
	return w.String()
}

func upstreamPoints(m pmetric.Metric) int {
	switch m.Type() {
	case pmetric.MetricTypeGauge:
		return m.Gauge().DataPoints().Len()
	case pmetric.MetricTypeSum:
		return m.Sum().DataPoints().Len()
	case pmetric.MetricTypeHistogram:
		return m.Histogram().DataPoints().Len()
	case pmetric.MetricTypeExponentialHistogram:
		return m.ExponentialHistogram().DataPoints().Len()
	case pmetric.MetricTypeSummary:
		return m.Summary().DataPoints().Len()
	}
	return 0
}

func upstreamScope(w *strings.Builder, s pcommon.InstrumentationScope) {
	fmt.Fprintf(w, "scope %q %q %s\n", s.Name(), s.Version(), pcommonMap(s.Attributes()))
}

// addSeeds gives a fuzz target real encodings, whole and damaged.
func addSeeds(f *testing.F, signal Signal) {
	data := sampleRequest(f, signal)
	f.Add(data)
	f.Add(data[:len(data)-3])
	f.Add([]byte{})
	if signal == Traces {
		f.Add(envoyBatch(3))
	}
	// A field twice, a group, an overflowing varint, a padded length.
	f.Add(protoscan.AppendBytes(nil, 1, append(protoscan.AppendBytes(nil, 1, ""), protoscan.AppendBytes(nil, 1, "")...)))
	f.Add([]byte{0x0a, 0x02, 0x4b, 0x4c})
	f.Add([]byte{0x78, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f})
	f.Add([]byte{0x0a, 0x82, 0x00, 0x12, 0x00})
}

// sampleRequest is a request in upstream's encoding with every kind of field.
func sampleRequest(t testing.TB, signal Signal) (data []byte) {
	t.Helper()
	fill := func(m pcommon.Map) {
		m.PutStr("text", "value")
		m.PutStr("long", strings.Repeat("long ", 60))
		m.PutStr("empty", "")
		m.PutStr("not UTF-8", "a\xffb")
		m.PutBool("bool", true)
		m.PutInt("int", -1)
		m.PutDouble("double", 1.5)
		m.PutEmptyBytes("bytes").FromRaw([]byte{0, 1, 2})
		m.PutEmpty("unset")
		list := m.PutEmptySlice("list")
		list.AppendEmpty().SetStr("in list")
		nested := m.PutEmptyMap("map")
		nested.PutInt("depth", 2)
		nested.PutEmptySlice("list").AppendEmpty().SetBool(false)
	}
	scope := func(s pcommon.InstrumentationScope) {
		s.SetName("scope")
		s.SetVersion("1.2")
		fill(s.Attributes())
	}
	now := pcommon.NewTimestampFromTime(time.Unix(1_763_800_000, 5))
	trace, span := pcommon.TraceID{1, 2, 3, 15: 16}, pcommon.SpanID{1, 7: 8}
	var err error
	switch signal {
	case Traces:
		td := ptrace.NewTraces()
		for range 2 {
			g := td.ResourceSpans().AppendEmpty()
			g.SetSchemaUrl("https://opentelemetry.io/schemas/1.37.0")
			fill(g.Resource().Attributes())
			ss := g.ScopeSpans().AppendEmpty()
			scope(ss.Scope())
			for range 2 {
				s := ss.Spans().AppendEmpty()
				s.SetTraceID(trace)
				s.SetSpanID(span)
				s.SetParentSpanID(span)
				s.TraceState().FromRaw("a=b")
				s.SetName("GET /")
				s.SetKind(ptrace.SpanKindServer)
				s.SetStartTimestamp(now)
				s.SetEndTimestamp(now + 5)
				s.SetFlags(0x301)
				s.SetDroppedAttributesCount(1)
				s.SetDroppedEventsCount(200)
				s.SetDroppedLinksCount(3)
				s.Status().SetCode(ptrace.StatusCodeError)
				s.Status().SetMessage("broken")
				fill(s.Attributes())
				e := s.Events().AppendEmpty()
				e.SetName("exception")
				e.SetTimestamp(now)
				fill(e.Attributes())
				l := s.Links().AppendEmpty()
				l.SetTraceID(trace)
				l.SetSpanID(span)
				l.TraceState().FromRaw("c=d")
				fill(l.Attributes())
			}
		}
		data, err = ptraceotlp.NewExportRequestFromTraces(td).MarshalProto()
	case Logs:
		ld := plog.NewLogs()
		g := ld.ResourceLogs().AppendEmpty()
		fill(g.Resource().Attributes())
		sl := g.ScopeLogs().AppendEmpty()
		scope(sl.Scope())
		for i := range 3 {
			l := sl.LogRecords().AppendEmpty()
			l.SetTimestamp(now)
			l.SetObservedTimestamp(now + 1)
			l.SetSeverityNumber(plog.SeverityNumberError2)
			l.SetSeverityText("ERROR")
			l.SetTraceID(trace)
			l.SetSpanID(span)
			l.SetFlags(1)
			l.SetEventName("session.start")
			fill(l.Attributes())
			if i == 0 {
				l.Body().SetStr("hello")
			} else if i == 1 {
				fill(l.Body().SetEmptyMap())
			}
		}
		data, err = plogotlp.NewExportRequestFromLogs(ld).MarshalProto()
	case Metrics:
		md := pmetric.NewMetrics()
		g := md.ResourceMetrics().AppendEmpty()
		fill(g.Resource().Attributes())
		sm := g.ScopeMetrics().AppendEmpty()
		scope(sm.Scope())
		metric := func(name string) pmetric.Metric {
			m := sm.Metrics().AppendEmpty()
			m.SetName(name)
			m.SetUnit("By")
			m.SetDescription("a " + name)
			fill(m.Metadata())
			return m
		}
		number := func(points pmetric.NumberDataPointSlice) {
			for i := range 5 {
				p := points.AppendEmpty()
				p.SetTimestamp(now)
				p.SetStartTimestamp(now)
				p.SetIntValue(int64(i))
				fill(p.Attributes())
				e := p.Exemplars().AppendEmpty()
				e.SetTraceID(trace)
				e.SetSpanID(span)
				e.SetDoubleValue(2)
				fill(e.FilteredAttributes())
			}
		}
		number(metric("gauge").SetEmptyGauge().DataPoints())
		sum := metric("sum").SetEmptySum()
		sum.SetIsMonotonic(true)
		sum.SetAggregationTemporality(pmetric.AggregationTemporalityDelta)
		number(sum.DataPoints())
		for range 2 {
			p := metric("histogram").SetEmptyHistogram().DataPoints().AppendEmpty()
			p.BucketCounts().FromRaw([]uint64{1, 2, 300})
			p.ExplicitBounds().FromRaw([]float64{1, 2})
			p.SetCount(303)
			p.SetMin(0)
			fill(p.Attributes())
		}
		x := metric("exponential").SetEmptyExponentialHistogram().DataPoints().AppendEmpty()
		x.SetScale(-3)
		x.Positive().SetOffset(-2)
		x.Positive().BucketCounts().FromRaw([]uint64{1, 2, 300})
		x.Negative().BucketCounts().FromRaw([]uint64{7})
		q := metric("summary").SetEmptySummary().DataPoints().AppendEmpty()
		q.QuantileValues().AppendEmpty().SetQuantile(0.99)
		fill(q.Attributes())
		metric("empty")
		data, err = pmetricotlp.NewExportRequestFromMetrics(md).MarshalProto()
	}
	if err != nil {
		t.Fatal(err)
	}
	return data
}
