package upstreamtest

import (
	"fmt"
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// Sample is one request of each signal, as pdata writes them.
type Sample struct{ Traces, Logs, Metrics []byte }

// NewSample makes requests with so many items each.
func NewSample(t testing.TB, items int) Sample {
	t.Helper()
	traces, logs, metrics := ptrace.NewTraces(), plog.NewLogs(), pmetric.NewMetrics()
	rs, rl, rm := traces.ResourceSpans().AppendEmpty(), logs.ResourceLogs().AppendEmpty(), metrics.ResourceMetrics().AppendEmpty()
	for _, resource := range []pcommon.Resource{rs.Resource(), rl.Resource(), rm.Resource()} {
		resource.Attributes().PutStr("service.name", "checkout")
	}
	spans, records, points := rs.ScopeSpans().AppendEmpty().Spans(), rl.ScopeLogs().AppendEmpty().LogRecords(), rm.ScopeMetrics().AppendEmpty().Metrics()
	for i := range items {
		span := spans.AppendEmpty()
		span.SetTraceID([16]byte{1, byte(i >> 8), byte(i)})
		span.SetSpanID([8]byte{2, byte(i >> 8), byte(i)})
		span.SetName("GET /cart/{id}")
		span.Attributes().PutInt("http.response.status_code", int64(200+i%3))
		span.SetStartTimestamp(pcommon.Timestamp(1_700_000_000_000_000_000 + i))

		record := records.AppendEmpty()
		record.SetSeverityNumber(plog.SeverityNumberWarn)
		record.Body().SetStr(fmt.Sprintf("cart %d is empty", i))
		record.SetTraceID([16]byte{1, byte(i >> 8), byte(i)})

		metric := points.AppendEmpty()
		metric.SetName(fmt.Sprintf("queue.%d", i))
		point := metric.SetEmptyGauge().DataPoints().AppendEmpty()
		point.SetDoubleValue(float64(i) / 3)
		point.Attributes().PutBool("ok", true)
	}
	var s Sample
	var err error
	if s.Traces, err = (&ptrace.ProtoMarshaler{}).MarshalTraces(traces); err != nil {
		t.Fatal(err)
	}
	if s.Logs, err = (&plog.ProtoMarshaler{}).MarshalLogs(logs); err != nil {
		t.Fatal(err)
	}
	if s.Metrics, err = (&pmetric.ProtoMarshaler{}).MarshalMetrics(metrics); err != nil {
		t.Fatal(err)
	}
	return s
}
