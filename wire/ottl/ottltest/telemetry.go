// Package ottltest makes telemetry and conditions at random, for tests that ask
// two engines the same.
//
// Begin with Traces, Logs and Metrics, and Generator.
package ottltest

import (
	"math"
	"math/rand/v2"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// Telemetry and conditions share few keys and values, so that they meet.
var (
	someKeys  = []string{"a", "b", "http.method", "n", "list", "map", "x"}
	someTexts = []string{"", "a", "GET", "GET /health", "12", "-3", "1.5", "true", "ÄÖ ß", "\xff\xfe", "line\nline", " x ", "<&>\"\\", "\x00\b\f\u2028", "00000000000000000000000000000001", "/api/v1"}
	someInts  = []int64{0, 1, -1, 2, 3, 12, 200, 500, math.MaxInt64, math.MinInt64}
	someReals = []float64{0, 1, -1, 1.5, 12, 1e-7, 1e21, 123456789, math.NaN(), math.Inf(1), math.Copysign(0, -1), 1e300}
)

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

func randomValue(r *rand.Rand, v pcommon.Value, depth int) {
	switch n := r.IntN(16); {
	case n < 6:
		v.SetStr(pick(r, someTexts))
	case n < 8:
		v.SetInt(pick(r, someInts))
	case n < 10:
		v.SetDouble(pick(r, someReals))
	case n == 10:
		v.SetBool(r.IntN(2) == 0)
	case n == 11:
		v.SetEmptyBytes().FromRaw([]byte(pick(r, someTexts)))
	case n == 12 || depth == 0:
	case n == 13:
		randomMap(r, v.SetEmptyMap(), depth-1)
	default:
		list := v.SetEmptySlice()
		for range r.IntN(4) {
			randomValue(r, list.AppendEmpty(), depth-1)
		}
	}
}

func randomMap(r *rand.Rand, m pcommon.Map, depth int) {
	for range r.IntN(6) {
		randomValue(r, m.PutEmpty(pick(r, someKeys)), depth)
	}
}

func randomID[T pcommon.TraceID | pcommon.SpanID](r *rand.Rand) (id T) {
	if r.IntN(3) > 0 {
		for i := range len(id) {
			if r.IntN(4) == 0 {
				switch p := any(&id).(type) {
				case *pcommon.TraceID:
					p[i] = byte(r.IntN(3))
				case *pcommon.SpanID:
					p[i] = byte(r.IntN(3))
				}
			}
		}
	}
	return id
}

func randomTime(r *rand.Rand) pcommon.Timestamp {
	return pick(r, []pcommon.Timestamp{0, 1, 1_700_000_000_000_000_000, 1_700_000_001_500_000_000, math.MaxUint64, math.MaxInt64})
}

func randomResource(r *rand.Rand, res pcommon.Resource) {
	randomMap(r, res.Attributes(), 2)
	if r.IntN(2) == 0 {
		res.Attributes().PutStr("service.name", pick(r, someTexts))
	}
	res.SetDroppedAttributesCount(uint32(r.IntN(3)))
}

func randomScope(r *rand.Rand, s pcommon.InstrumentationScope) {
	s.SetName(pick(r, someTexts))
	s.SetVersion(pick(r, someTexts))
	randomMap(r, s.Attributes(), 1)
	s.SetDroppedAttributesCount(uint32(r.IntN(3)))
}

// Traces makes two resources with two scopes of three spans each.
func Traces(r *rand.Rand) ptrace.Traces {
	td := ptrace.NewTraces()
	for range 2 {
		rs := td.ResourceSpans().AppendEmpty()
		randomResource(r, rs.Resource())
		rs.SetSchemaUrl(pick(r, someTexts))
		for range 2 {
			ss := rs.ScopeSpans().AppendEmpty()
			randomScope(r, ss.Scope())
			ss.SetSchemaUrl(pick(r, someTexts))
			for range 3 {
				randomSpan(r, ss.Spans().AppendEmpty())
			}
		}
	}
	return td
}

func randomSpan(r *rand.Rand, s ptrace.Span) {
	s.SetTraceID(randomID[pcommon.TraceID](r))
	s.SetSpanID(randomID[pcommon.SpanID](r))
	s.SetParentSpanID(randomID[pcommon.SpanID](r))
	s.TraceState().FromRaw(pick(r, someTexts))
	s.SetName(pick(r, someTexts))
	s.SetKind(ptrace.SpanKind(r.IntN(8)))
	s.SetStartTimestamp(randomTime(r))
	s.SetEndTimestamp(randomTime(r))
	randomMap(r, s.Attributes(), 3)
	s.SetDroppedAttributesCount(r.Uint32())
	s.SetDroppedEventsCount(uint32(r.IntN(3)))
	s.SetDroppedLinksCount(uint32(r.IntN(3)))
	s.SetFlags(r.Uint32())
	if r.IntN(2) == 0 {
		s.Status().SetCode(ptrace.StatusCode(r.IntN(4)))
		s.Status().SetMessage(pick(r, someTexts))
	}
	for range r.IntN(3) {
		e := s.Events().AppendEmpty()
		e.SetName(pick(r, someTexts))
		e.SetTimestamp(randomTime(r))
		e.SetDroppedAttributesCount(uint32(r.IntN(3)))
		randomMap(r, e.Attributes(), 2)
	}
	for range r.IntN(3) {
		s.Links().AppendEmpty().SetTraceID(randomID[pcommon.TraceID](r))
	}
}

// Logs makes two resources with two scopes of four records each.
func Logs(r *rand.Rand) plog.Logs {
	ld := plog.NewLogs()
	for range 2 {
		rl := ld.ResourceLogs().AppendEmpty()
		randomResource(r, rl.Resource())
		rl.SetSchemaUrl(pick(r, someTexts))
		for range 2 {
			sl := rl.ScopeLogs().AppendEmpty()
			randomScope(r, sl.Scope())
			sl.SetSchemaUrl(pick(r, someTexts))
			for range 4 {
				randomRecord(r, sl.LogRecords().AppendEmpty())
			}
		}
	}
	return ld
}

func randomRecord(r *rand.Rand, l plog.LogRecord) {
	l.SetTimestamp(randomTime(r))
	l.SetObservedTimestamp(randomTime(r))
	l.SetSeverityNumber(plog.SeverityNumber(r.IntN(30)))
	l.SetSeverityText(pick(r, someTexts))
	randomValue(r, l.Body(), 3)
	randomMap(r, l.Attributes(), 3)
	l.SetDroppedAttributesCount(uint32(r.IntN(3)))
	l.SetFlags(plog.LogRecordFlags(r.Uint32()))
	l.SetTraceID(randomID[pcommon.TraceID](r))
	l.SetSpanID(randomID[pcommon.SpanID](r))
	l.SetEventName(pick(r, someTexts))
}

// Metrics makes two resources with two scopes of a metric of each kind, and one of none.
func Metrics(r *rand.Rand) pmetric.Metrics {
	md := pmetric.NewMetrics()
	for range 2 {
		rm := md.ResourceMetrics().AppendEmpty()
		randomResource(r, rm.Resource())
		rm.SetSchemaUrl(pick(r, someTexts))
		for range 2 {
			sm := rm.ScopeMetrics().AppendEmpty()
			randomScope(r, sm.Scope())
			sm.SetSchemaUrl(pick(r, someTexts))
			for i := range 6 {
				randomMetric(r, sm.Metrics().AppendEmpty(), i)
			}
		}
	}
	return md
}

func randomMetric(r *rand.Rand, m pmetric.Metric, kind int) {
	m.SetName(pick(r, someTexts))
	m.SetDescription(pick(r, someTexts))
	m.SetUnit(pick(r, someTexts))
	randomMap(r, m.Metadata(), 1)
	temporality := pmetric.AggregationTemporality(r.IntN(4))
	number := func(p pmetric.NumberDataPoint) {
		if r.IntN(2) == 0 {
			p.SetIntValue(pick(r, someInts))
		} else if r.IntN(4) > 0 {
			p.SetDoubleValue(pick(r, someReals))
		}
		p.SetFlags(pmetric.DataPointFlags(r.IntN(3)))
		p.SetStartTimestamp(randomTime(r))
		p.SetTimestamp(randomTime(r))
		randomMap(r, p.Attributes(), 2)
		for range r.IntN(3) {
			p.Exemplars().AppendEmpty()
		}
	}
	points := r.IntN(4)
	switch kind {
	case 0:
		m.SetEmptyGauge()
		for range points {
			number(m.Gauge().DataPoints().AppendEmpty())
		}
	case 1:
		m.SetEmptySum().SetAggregationTemporality(temporality)
		m.Sum().SetIsMonotonic(r.IntN(2) == 0)
		for range points {
			number(m.Sum().DataPoints().AppendEmpty())
		}
	case 2:
		m.SetEmptyHistogram().SetAggregationTemporality(temporality)
		for range points {
			p := m.Histogram().DataPoints().AppendEmpty()
			randomMap(r, p.Attributes(), 2)
			p.SetFlags(pmetric.DataPointFlags(r.IntN(3)))
			p.SetStartTimestamp(randomTime(r))
			p.SetTimestamp(randomTime(r))
			p.SetCount(r.Uint64())
			if r.IntN(2) == 0 {
				p.SetSum(pick(r, someReals))
			}
			p.BucketCounts().FromRaw(make([]uint64, r.IntN(4)))
			p.ExplicitBounds().FromRaw(make([]float64, r.IntN(4)))
			for range r.IntN(3) {
				p.Exemplars().AppendEmpty()
			}
		}
	case 3:
		m.SetEmptyExponentialHistogram().SetAggregationTemporality(temporality)
		for range points {
			p := m.ExponentialHistogram().DataPoints().AppendEmpty()
			randomMap(r, p.Attributes(), 2)
			p.SetFlags(pmetric.DataPointFlags(r.IntN(3)))
			p.SetStartTimestamp(randomTime(r))
			p.SetTimestamp(randomTime(r))
			p.SetCount(uint64(r.IntN(5)))
			p.SetScale(int32(r.IntN(7) - 3))
			p.SetZeroCount(uint64(r.IntN(3)))
			p.SetSum(pick(r, someReals))
			p.Positive().SetOffset(int32(r.IntN(7) - 3))
			p.Positive().BucketCounts().FromRaw([]uint64{1, 300, r.Uint64()}[:r.IntN(4)])
			p.Negative().SetOffset(int32(r.IntN(7) - 3))
			p.Negative().BucketCounts().FromRaw(make([]uint64, r.IntN(4)))
			for range r.IntN(3) {
				p.Exemplars().AppendEmpty()
			}
		}
	case 4:
		m.SetEmptySummary()
		for range points {
			p := m.Summary().DataPoints().AppendEmpty()
			randomMap(r, p.Attributes(), 2)
			p.SetFlags(pmetric.DataPointFlags(r.IntN(3)))
			p.SetStartTimestamp(randomTime(r))
			p.SetTimestamp(randomTime(r))
			p.SetCount(uint64(r.IntN(5)))
			p.SetSum(pick(r, someReals))
			for range r.IntN(3) {
				p.QuantileValues().AppendEmpty()
			}
		}
	}
}
