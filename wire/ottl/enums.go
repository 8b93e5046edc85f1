package ottl

// enums are the enumTable numbers of each context.
var enums = map[Context]enumTable{
	Span:      spanEnums,
	SpanEvent: spanEnums,
	Log:       logEnums(),
	Metric:    metricEnums(),
	DataPoint: pointEnums(),
}

var spanEnums = numbered(
	0, "SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL", "SPAN_KIND_SERVER", "SPAN_KIND_CLIENT", "SPAN_KIND_PRODUCER", "SPAN_KIND_CONSUMER",
).and(0, "STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR")

func logEnums() enumTable {
	out := numbered(0, "SEVERITY_NUMBER_UNSPECIFIED")
	for i, name := range []string{"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"} {
		name = "SEVERITY_NUMBER_" + name
		out.and(int64(4*i+1), name, name+"2", name+"3", name+"4")
	}
	return out
}

func metricEnums() enumTable {
	return numbered(
		0, "METRIC_DATA_TYPE_NONE", "METRIC_DATA_TYPE_GAUGE", "METRIC_DATA_TYPE_SUM", "METRIC_DATA_TYPE_HISTOGRAM",
		"METRIC_DATA_TYPE_EXPONENTIAL_HISTOGRAM", "METRIC_DATA_TYPE_SUMMARY",
	).and(0, "AGGREGATION_TEMPORALITY_UNSPECIFIED", "AGGREGATION_TEMPORALITY_DELTA", "AGGREGATION_TEMPORALITY_CUMULATIVE")
}

func pointEnums() enumTable { return metricEnums().and(0, "FLAG_NONE", "FLAG_NO_RECORDED_VALUE") }

type enumTable map[string]int64

// numbered gives names the numbers from first on.
func numbered(first int64, names ...string) enumTable { return enumTable{}.and(first, names...) }

func (t enumTable) and(first int64, names ...string) enumTable {
	for i, name := range names {
		t[name] = first + int64(i)
	}
	return t
}
