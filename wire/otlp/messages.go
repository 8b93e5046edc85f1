package otlp

import (
	"strings"

	"github.com/oriel-io/oriel/wire/protoscan"
)

// roots are the three requests: numbers, wire types, lengths of ids, and how
// JSON names and writes each field.
//
// Source: https://github.com/open-telemetry/opentelemetry-proto v1.5, */v1/*.proto.
var roots = buildSchema()

// The types of fields.
var (
	text     = field{wire: protoscan.Len, text: formText}
	base64ed = field{wire: protoscan.Len, text: formBase64}
	traceID  = field{wire: protoscan.Len, text: formHex, id: 16, once: true}
	spanID   = field{wire: protoscan.Len, text: formHex, id: 8, once: true}
	boolean  = field{wire: protoscan.Varint, text: formBool}
	uint32s  = field{wire: protoscan.Varint, text: formUint32}
	fixed32  = field{wire: protoscan.I32, text: formUint32}
	sint32   = field{wire: protoscan.Varint, text: formSint32}
	int64s   = field{wire: protoscan.Varint, text: formInt64}
	sfixed64 = field{wire: protoscan.I64, text: formInt64}
	uint64s  = field{wire: protoscan.Varint, text: formUint64}
	fixed64  = field{wire: protoscan.I64, text: formUint64}
	double   = field{wire: protoscan.I64, text: formDouble}
)

// one is a message that is not repeated.
func one(m *message) field { return field{wire: protoscan.Len, sub: m, once: true} }

// choice is a message that is one of a oneof: of several, the last one holds.
func choice(m *message) field { return field{wire: protoscan.Len, sub: m} }

// listOf is a repeated message.
func listOf(m *message) field { return field{wire: protoscan.Len, sub: m, list: true} }

// repeatedly is a repeated text or number.
func repeatedly(f field) field {
	f.list, f.packed = true, f.wire != protoscan.Len
	return f
}

// counted marks the items of a batch.
func counted(f field) field { f.count = true; return f }

// nesting marks values inside of values.
func nesting(f field) field { f.nests = true; return f }

func enum(names map[string]int32) field {
	return field{wire: protoscan.Varint, text: formEnum, enum: names}
}

// schema collects the messages while they are described.
type schema struct{ all []*message }

func (s *schema) message(name string) *message {
	m := &message{name: name}
	s.all = append(s.all, m)
	return m
}

func buildSchema() map[Signal]*message {
	s := &schema{}
	keyValue, anyValue := s.values()
	resource, scope := s.origin(keyValue)
	root := func(request, kind, items string, item field) *message {
		root, group, scopes := s.message(request), s.message("Resource"+kind), s.message("Scope"+kind)
		kind = strings.ToLower(kind)
		root.set(1, "resource_"+kind, listOf(group))
		group.set(1, "resource", one(resource))
		group.set(2, "scope_"+kind, listOf(scopes))
		group.set(3, "schema_url", text)
		scopes.set(1, "scope", one(scope))
		scopes.set(2, items, item)
		scopes.set(3, "schema_url", text)
		return root
	}
	requests := map[Signal]*message{
		Traces:  root("ExportTraceServiceRequest", "Spans", "spans", counted(listOf(s.span(keyValue)))),
		Logs:    root("ExportLogsServiceRequest", "Logs", "log_records", counted(listOf(s.logRecord(keyValue, anyValue)))),
		Metrics: root("ExportMetricsServiceRequest", "Metrics", "metrics", listOf(s.metric(keyValue))),
	}
	for _, m := range s.all {
		m.learn()
	}
	return requests
}

func (s *schema) values() (keyValue, anyValue *message) {
	keyValue, anyValue = s.message("KeyValue"), s.message("AnyValue")
	arrayValue, kvList := s.message("ArrayValue"), s.message("KeyValueList")
	anyValue.set(1, "string_value", text)
	anyValue.set(2, "bool_value", boolean)
	anyValue.set(3, "int_value", int64s)
	anyValue.set(4, "double_value", double)
	anyValue.set(5, "array_value", choice(arrayValue))
	anyValue.set(6, "kvlist_value", choice(kvList))
	anyValue.set(7, "bytes_value", base64ed)
	anyValue.oneof(1, 2, 3, 4, 5, 6, 7)
	keyValue.isAttr = true
	keyValue.set(1, "key", text)
	keyValue.set(2, "value", nesting(one(anyValue)))
	arrayValue.set(1, "values", nesting(listOf(anyValue)))
	kvList.set(1, "values", listOf(keyValue))
	return keyValue, anyValue
}

func (s *schema) origin(keyValue *message) (resource, scope *message) {
	resource, scope = s.message("Resource"), s.message("InstrumentationScope")
	entity := s.message("EntityRef")
	entity.set(1, "schema_url", text)
	entity.set(2, "type", text)
	entity.set(3, "id_keys", repeatedly(text))
	entity.set(4, "description_keys", repeatedly(text))
	resource.set(1, "attributes", listOf(keyValue))
	resource.set(2, "dropped_attributes_count", uint32s)
	resource.set(3, "entity_refs", listOf(entity))
	scope.set(1, "name", text)
	scope.set(2, "version", text)
	scope.set(3, "attributes", listOf(keyValue))
	scope.set(4, "dropped_attributes_count", uint32s)
	return resource, scope
}

func (s *schema) span(keyValue *message) *message {
	event, link, status, span := s.message("Event"), s.message("Link"), s.message("Status"), s.message("Span")
	event.set(1, "time_unix_nano", fixed64)
	event.set(2, "name", text)
	event.set(3, "attributes", listOf(keyValue))
	event.set(4, "dropped_attributes_count", uint32s)

	link.set(1, "trace_id", traceID)
	link.set(2, "span_id", spanID)
	link.set(3, "trace_state", text)
	link.set(4, "attributes", listOf(keyValue))
	link.set(5, "dropped_attributes_count", uint32s)
	link.set(6, "flags", fixed32)

	status.set(2, "message", text)
	status.set(3, "code", enum(statusNames))

	span.set(1, "trace_id", traceID)
	span.set(2, "span_id", spanID)
	span.set(3, "trace_state", text)
	span.set(4, "parent_span_id", spanID)
	span.set(16, "flags", fixed32)
	span.set(5, "name", text)
	span.set(6, "kind", enum(kindNames))
	span.set(7, "start_time_unix_nano", fixed64)
	span.set(8, "end_time_unix_nano", fixed64)
	span.set(9, "attributes", listOf(keyValue))
	span.set(10, "dropped_attributes_count", uint32s)
	span.set(11, "events", listOf(event))
	span.set(12, "dropped_events_count", uint32s)
	span.set(13, "links", listOf(link))
	span.set(14, "dropped_links_count", uint32s)
	span.set(15, "status", one(status))
	return span
}

func (s *schema) logRecord(keyValue, anyValue *message) *message {
	log := s.message("LogRecord")
	log.set(1, "time_unix_nano", fixed64)
	log.set(11, "observed_time_unix_nano", fixed64)
	log.set(2, "severity_number", enum(severityNames))
	log.set(3, "severity_text", text)
	log.set(5, "body", nesting(one(anyValue)))
	log.set(6, "attributes", listOf(keyValue))
	log.set(7, "dropped_attributes_count", uint32s)
	log.set(8, "flags", fixed32)
	log.set(9, "trace_id", traceID)
	log.set(10, "span_id", spanID)
	log.set(12, "event_name", text)
	return log
}

func (s *schema) metric(keyValue *message) *message {
	metric := s.message("Metric")
	metric.set(1, "name", text)
	metric.set(2, "description", text)
	metric.set(3, "unit", text)
	exemplar := s.exemplar(keyValue)
	number := s.numberPoint(keyValue, exemplar)
	for _, d := range []struct {
		num   uint32
		name  string
		point *message
	}{
		{5, "gauge", number}, {7, "sum", number}, {9, "histogram", s.histogramPoint(keyValue, exemplar)},
		{10, "exponential_histogram", s.exponentialPoint(keyValue, exemplar)}, {11, "summary", s.summaryPoint(keyValue)},
	} {
		data := s.message("Metric." + d.name)
		data.set(1, "data_points", counted(listOf(d.point)))
		if d.num != 5 && d.num != 11 {
			data.set(2, "aggregation_temporality", enum(temporalityNames))
		}
		if d.num == 7 {
			data.set(3, "is_monotonic", boolean)
		}
		metric.set(d.num, d.name, one(data))
	}
	metric.oneof(5, 7, 9, 10, 11)
	metric.set(12, "metadata", listOf(keyValue))
	return metric
}

func (s *schema) exemplar(keyValue *message) *message {
	exemplar := s.message("Exemplar")
	exemplar.set(7, "filtered_attributes", listOf(keyValue))
	exemplar.set(2, "time_unix_nano", fixed64)
	exemplar.set(3, "as_double", double)
	exemplar.set(6, "as_int", sfixed64)
	exemplar.oneof(3, 6)
	exemplar.set(5, "trace_id", traceID)
	exemplar.set(4, "span_id", spanID)
	return exemplar
}

func (s *schema) numberPoint(keyValue, exemplar *message) *message {
	number := s.message("NumberDataPoint")
	number.set(7, "attributes", listOf(keyValue))
	number.set(2, "start_time_unix_nano", fixed64)
	number.set(3, "time_unix_nano", fixed64)
	number.set(4, "as_double", double)
	number.set(6, "as_int", sfixed64)
	number.oneof(4, 6)
	number.set(5, "exemplars", listOf(exemplar))
	number.set(8, "flags", uint32s)
	return number
}

func (s *schema) histogramPoint(keyValue, exemplar *message) *message {
	histogram := s.message("HistogramDataPoint")
	histogram.set(9, "attributes", listOf(keyValue))
	histogram.set(2, "start_time_unix_nano", fixed64)
	histogram.set(3, "time_unix_nano", fixed64)
	histogram.set(4, "count", fixed64)
	histogram.set(5, "sum", double)
	histogram.set(6, "bucket_counts", repeatedly(fixed64))
	histogram.set(7, "explicit_bounds", repeatedly(double))
	histogram.set(8, "exemplars", listOf(exemplar))
	histogram.set(10, "flags", uint32s)
	histogram.set(11, "min", double)
	histogram.set(12, "max", double)
	histogram.optional(5, 11, 12)
	return histogram
}

func (s *schema) exponentialPoint(keyValue, exemplar *message) *message {
	buckets, exponential := s.message("Buckets"), s.message("ExponentialHistogramDataPoint")
	buckets.set(1, "offset", sint32)
	buckets.set(2, "bucket_counts", repeatedly(uint64s))
	exponential.set(1, "attributes", listOf(keyValue))
	exponential.set(2, "start_time_unix_nano", fixed64)
	exponential.set(3, "time_unix_nano", fixed64)
	exponential.set(4, "count", fixed64)
	exponential.set(5, "sum", double)
	exponential.set(6, "scale", sint32)
	exponential.set(7, "zero_count", fixed64)
	exponential.set(8, "positive", one(buckets))
	exponential.set(9, "negative", one(buckets))
	exponential.set(10, "flags", uint32s)
	exponential.set(11, "exemplars", listOf(exemplar))
	exponential.set(12, "min", double)
	exponential.set(13, "max", double)
	exponential.optional(5, 12, 13)
	exponential.set(14, "zero_threshold", double)
	return exponential
}

func (s *schema) summaryPoint(keyValue *message) *message {
	quantile, summary := s.message("ValueAtQuantile"), s.message("SummaryDataPoint")
	quantile.set(1, "quantile", double)
	quantile.set(2, "value", double)
	summary.set(7, "attributes", listOf(keyValue))
	summary.set(2, "start_time_unix_nano", fixed64)
	summary.set(3, "time_unix_nano", fixed64)
	summary.set(4, "count", fixed64)
	summary.set(5, "sum", double)
	summary.set(6, "quantile_values", listOf(quantile))
	summary.set(8, "flags", uint32s)
	return summary
}

// Names of enum numbers. JSON has numbers in their place; names are read too,
// as upstream and other protobuf libraries do.
var (
	kindNames        = namesOf("SPAN_KIND_", "UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER")
	statusNames      = namesOf("STATUS_CODE_", "UNSET", "OK", "ERROR")
	temporalityNames = namesOf("AGGREGATION_TEMPORALITY_", "UNSPECIFIED", "DELTA", "CUMULATIVE")
	severityNames    = namesOf("SEVERITY_NUMBER_", "UNSPECIFIED",
		"TRACE", "TRACE2", "TRACE3", "TRACE4", "DEBUG", "DEBUG2", "DEBUG3", "DEBUG4", "INFO", "INFO2", "INFO3", "INFO4",
		"WARN", "WARN2", "WARN3", "WARN4", "ERROR", "ERROR2", "ERROR3", "ERROR4", "FATAL", "FATAL2", "FATAL3", "FATAL4")
)

func namesOf(prefix string, names ...string) map[string]int32 {
	out := make(map[string]int32, len(names))
	for i, name := range names {
		out[prefix+name] = int32(i)
	}
	return out
}
