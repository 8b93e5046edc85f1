package hosted

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/oriel-io/oriel/wire/otlp"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// someAttrs fills in attributes of every type of value.
func someAttrs(r *rand.Rand, m pcommon.Map) {
	m.PutStr("http.method", []string{"GET", "POST"}[r.IntN(2)])
	m.PutInt("http.status_code", int64(200+100*r.IntN(4)))
	m.PutDouble("ratio", r.Float64())
	m.PutBool("cached", r.IntN(2) == 0)
	m.PutEmptyBytes("raw").FromRaw([]byte{0, 1, byte(r.IntN(256))})
	m.PutEmptySlice("list").AppendEmpty().SetStr("one")
	m.PutEmptyMap("map").PutInt("n", r.Int64N(10))
}

func someTraces(r *rand.Rand, spans int) ptrace.Traces {
	data := ptrace.NewTraces()
	for g := range 2 {
		group := data.ResourceSpans().AppendEmpty()
		group.Resource().Attributes().PutStr("service.name", fmt.Sprint("service-", g))
		group.SetSchemaUrl("https://opentelemetry.io/schemas/1.9.0")
		scope := group.ScopeSpans().AppendEmpty()
		scope.Scope().SetName("scope")
		for range spans / 2 {
			span := scope.Spans().AppendEmpty()
			span.SetTraceID([16]byte{1, byte(r.IntN(256)), 15: 1})
			span.SetSpanID([8]byte{byte(r.IntN(256)), 7: 1})
			span.SetName([]string{"GET /a", "GET /b", ""}[r.IntN(3)])
			span.SetKind(ptrace.SpanKind(r.IntN(6)))
			span.SetStartTimestamp(1_700_000_000_000_000_000)
			span.SetEndTimestamp(1_700_000_001_000_000_000)
			span.Status().SetCode(ptrace.StatusCode(r.IntN(3)))
			someAttrs(r, span.Attributes())
			event := span.Events().AppendEmpty()
			event.SetName("exception")
			someAttrs(r, event.Attributes())
			span.Links().AppendEmpty().SetSpanID([8]byte{9})
		}
	}
	return data
}

func someLogs(r *rand.Rand, records int) plog.Logs {
	data := plog.NewLogs()
	group := data.ResourceLogs().AppendEmpty()
	group.Resource().Attributes().PutStr("service.name", "service")
	scope := group.ScopeLogs().AppendEmpty()
	for range records {
		record := scope.LogRecords().AppendEmpty()
		record.SetSeverityNumber(plog.SeverityNumber(r.IntN(25)))
		record.SetTimestamp(1_700_000_000_000_000_000)
		record.Body().SetStr(fmt.Sprintf(`{"n":%d}`, r.IntN(10)))
		someAttrs(r, record.Attributes())
	}
	return data
}

func someMetrics(r *rand.Rand, points int) pmetric.Metrics {
	data := pmetric.NewMetrics()
	group := data.ResourceMetrics().AppendEmpty()
	group.Resource().Attributes().PutStr("service.name", "service")
	scope := group.ScopeMetrics().AppendEmpty()
	gauge := scope.Metrics().AppendEmpty()
	gauge.SetName("gauge")
	sum := scope.Metrics().AppendEmpty()
	sum.SetName("sum")
	sum.SetEmptySum().SetIsMonotonic(true)
	sum.Sum().SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	histogram := scope.Metrics().AppendEmpty()
	histogram.SetName("histogram")
	histogram.SetEmptyHistogram().SetAggregationTemporality(pmetric.AggregationTemporalityDelta)
	list := gauge.SetEmptyGauge().DataPoints()
	for range points {
		p := list.AppendEmpty()
		p.SetDoubleValue(r.Float64())
		someAttrs(r, p.Attributes())
		p = sum.Sum().DataPoints().AppendEmpty()
		p.SetIntValue(r.Int64N(100))
		someAttrs(r, p.Attributes())
		h := histogram.Histogram().DataPoints().AppendEmpty()
		h.ExplicitBounds().FromRaw([]float64{1, 2})
		h.BucketCounts().FromRaw([]uint64{1, 2, 3})
		h.SetCount(6)
		h.SetSum(9)
		someAttrs(r, h.Attributes())
	}
	return data
}

func batchOf(t testing.TB, signal otlp.Signal, data any) *otlp.Batch {
	t.Helper()
	var bytes []byte
	var err error
	switch d := data.(type) {
	case ptrace.Traces:
		bytes, err = (&ptrace.ProtoMarshaler{}).MarshalTraces(d)
	case plog.Logs:
		bytes, err = (&plog.ProtoMarshaler{}).MarshalLogs(d)
	case pmetric.Metrics:
		bytes, err = (&pmetric.ProtoMarshaler{}).MarshalMetrics(d)
	}
	if err != nil {
		t.Fatal(err)
	}
	batch, err := otlp.New(signal, bytes)
	if err != nil {
		t.Fatal(err)
	}
	return batch
}
