package ottl

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"

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

func randomTraces(r *rand.Rand) ptrace.Traces {
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

func randomLogs(r *rand.Rand) plog.Logs {
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

func randomMetrics(r *rand.Rand) pmetric.Metrics {
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

// generator makes conditions: mostly of well-formed and well-typed parts.
type generator struct {
	r   *rand.Rand
	ctx Context
}

func (g generator) choose(n int) int { return g.r.IntN(n) }

func (g generator) condition(depth int) string {
	switch n := g.choose(12); {
	case depth > 0 && n < 3:
		return g.condition(depth-1) + " and " + g.condition(depth-1)
	case depth > 0 && n < 5:
		return g.condition(depth-1) + " or " + g.condition(depth-1)
	case depth > 0 && n == 5:
		return "not (" + g.condition(depth-1) + ")"
	case n == 6:
		return pick(g.r, []string{"true", "false", "1 == 1", "not true", `"a" < "b"`, "nil == nil"})
	case n < 9:
		return pick(g.r, []string{"", "", "not "}) + g.testCall()
	}
	return g.value(2) + pick(g.r, []string{" == ", " != ", " < ", " <= ", ">", ">="}) + g.value(2)
}

// testCall is a function that gives true or false, mostly.
func (g generator) testCall() string {
	switch g.choose(9) {
	case 0, 1:
		return fmt.Sprintf("IsMatch(%s, %s)", g.value(1), pick(g.r, []string{`"GET"`, `"^GET.*"`, `".*health.*"`, `"[0-9]+"`, `"^$"`, `"a|b"`, `"(?i)get"`, `"e-0?7"`, `"\\\\u"`, `"^.x"`, `"["`, `"null"`}))
	case 2:
		return fmt.Sprintf("%s(%s)", pick(g.r, []string{"IsString", "IsInt", "IsBool", "IsDouble", "IsMap", "IsList"}), g.value(1))
	case 3:
		return fmt.Sprintf("%s(%s, %s)", pick(g.r, []string{"HasPrefix", "HasSuffix"}), g.value(1), g.textValue())
	case 4:
		return fmt.Sprintf("ContainsValue(%s, %s)", g.attribute(), g.value(1))
	case 5:
		switch g.ctx {
		case Span:
			return "IsRootSpan()"
		case Metric:
			if g.choose(2) == 0 {
				return fmt.Sprintf("HasAttrKeyOnDatapoint(%q)", pick(g.r, someKeys))
			}
			return fmt.Sprintf("HasAttrOnDatapoint(%q, %s)", pick(g.r, someKeys), quote(pick(g.r, someTexts)))
		}
	case 6:
		return fmt.Sprintf("Bool(%s)", g.value(1))
	}
	return fmt.Sprintf("IsMatch(%s, pattern=%s)", g.attribute(), `"^[a-zA-Z]+"`)
}

// quote writes text as the language wants it.
func quote(s string) string { return strconv.Quote(strings.ToValidUTF8(s, "?")) }

func (g generator) path() string {
	paths := Paths(g.ctx)
	path := pick(g.r, paths)
	if name, takesKeys := strings.CutSuffix(path, "[]"); takesKeys {
		if g.choose(5) == 0 {
			return name
		}
		return name + g.keys()
	}
	return path
}

// attribute is an attribute or a body, the item's own more often than not.
func (g generator) attribute() string {
	switch {
	case g.ctx == Log && g.choose(3) == 0:
		return "body" + pick(g.r, []string{"", g.keys(), ".string"})
	case g.ctx == Resource || g.choose(4) == 0:
		return "resource.attributes" + g.keys()
	case g.ctx == Metric:
		return "metadata" + g.keys()
	}
	return "attributes" + g.keys()
}

func (g generator) keys() string {
	out := fmt.Sprintf("[%q]", pick(g.r, someKeys))
	for g.choose(4) == 0 {
		out += pick(g.r, []string{`["a"]`, `["b"]`, "[0]", "[1]", "[7]"})
	}
	return out
}

func (g generator) textValue() string {
	if g.choose(2) == 0 {
		return quote(pick(g.r, someTexts))
	}
	return g.value(0)
}

func (g generator) literal() string {
	switch g.choose(12) {
	case 0, 1, 2:
		return quote(pick(g.r, someTexts))
	case 3, 4:
		return strconv.FormatInt(max(pick(g.r, someInts), -math.MaxInt64), 10)
	case 5:
		return pick(g.r, []string{"0.0", "1.5", "-1.0", "12.", ".5", "1.0e300", "0.0000001"})
	case 6:
		return pick(g.r, []string{"true", "false"})
	case 7:
		return "nil"
	case 8:
		return pick(g.r, []string{"0x00", "0xff", "0x474554", "0xc384c396"})
	case 9:
		if list := Enums(g.ctx); len(list) > 0 {
			return pick(g.r, list)
		}
		return "3"
	case 10:
		return pick(g.r, []string{`["a"]`, `[]`, `["GET", 1, 1.5, true, nil]`, `[1 2]`, `[["a"], 0xff]`, `[{"a": 1}]`})
	}
	return pick(g.r, []string{`{}`, `{"a": 1}`, `{"a": "a", "b": [1, "GET"]}`, `{"a": {"b": nil}, "a": 2}`, `{"x": 1.5}`})
}

func (g generator) value(depth int) string {
	switch n := g.choose(12); {
	case n < 3:
		return g.literal()
	case n < 6:
		return g.attribute()
	case n < 9 || depth == 0:
		return g.path()
	case n == 9:
		return fmt.Sprintf("%s %s %s", g.number(depth-1), pick(g.r, []string{"+", "-", "*", "/"}), g.number(depth-1))
	}
	return g.call(depth - 1)
}

// number is a value that arithmetic can use, mostly.
func (g generator) number(depth int) string {
	switch g.choose(6) {
	case 0:
		return pick(g.r, []string{"1", "0", "2.5", "-3", "Int(\"12\")", "Len(\"abc\")", "1e5"})
	case 1:
		return pick(g.r, []string{`Duration("1s")`, `Duration("1h30m")`, `Duration("x")`, "Unix(1700000000)", "Unix(1, nanoseconds=5)"})
	case 2:
		return "-" + g.attribute()
	case 3:
		return "(" + g.value(depth) + ")"
	case 4:
		var times []string
		for _, path := range Paths(g.ctx) {
			if strings.Contains(path, "time") {
				times = append(times, path)
			}
		}
		if len(times) > 0 {
			return pick(g.r, times)
		}
	}
	return g.attribute()
}

func (g generator) call(depth int) string {
	depth = max(depth, 0)
	one := func() string { return g.value(depth) }
	switch g.choose(12) {
	case 0:
		return fmt.Sprintf("Len(%s)", one())
	case 1, 2:
		return fmt.Sprintf("%s(%s)", pick(g.r, []string{"Int", "Double", "String", "Bool", "Hex"}), one())
	case 3:
		return fmt.Sprintf("%s(%s)", pick(g.r, []string{"ToLowerCase", "ToUpperCase"}), one())
	case 4:
		return fmt.Sprintf("Concat([%s, %s], %s)", one(), one(), pick(g.r, []string{`"-"`, `""`, one()}))
	case 5:
		return fmt.Sprintf("Substring(%s, %s, %s)", one(), pick(g.r, []string{"0", "1", "3", "-1", one()}), pick(g.r, []string{"1", "3", "0", one()}))
	case 6:
		return fmt.Sprintf("Trim(%s%s)", one(), pick(g.r, []string{"", `, "/a"`, `, "Ä"`, `, replacement=""`}))
	case 7:
		return fmt.Sprintf("%s(%s, %s)", pick(g.r, []string{"TrimPrefix", "TrimSuffix"}), one(), g.textValue())
	case 8:
		return fmt.Sprintf("%s(%s)", pick(g.r, []string{"TraceID", "SpanID"}), pick(g.r, []string{
			"0x00000000000000000000000000000001", "0x0000000000000000", `"00000000000000000000000000000001"`, `"0000000000000000"`, "0x01", one(),
		}))
	case 9:
		return fmt.Sprintf("%s(%s)", pick(g.r, []string{"UnixNano", "UnixMicro", "UnixMilli", "UnixSeconds"}), g.number(depth))
	case 10:
		return fmt.Sprintf("%s(%s)", pick(g.r, []string{"Hours", "Minutes", "Seconds", "Milliseconds", "Microseconds", "Nanoseconds"}),
			pick(g.r, []string{`Duration("90m")`, g.number(depth), g.number(depth) + " - " + g.number(depth)}))
	}
	return g.testCall()
}
