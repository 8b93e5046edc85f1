package otlp

import "github.com/oriel-io/oriel/wire/protoscan"

// The rules, beyond being protobuf, that a request must keep. Upstream's decoder
// takes the same requests but for those marked with *.
//
//   - Known fields have the wire type of their declaration; repeated numbers
//     may be packed or not.
//   - Trace ids have 16 bytes and span ids 8, or none.
//   - * A message field that is not repeated, an id and the data of a metric are
//     set once. Protobuf would have every reader merge the parts or take the last;
//     no encoder writes them, and readers that differ are a way to hide things.
//   - * Attribute values nest at most 64 levels deep.
//   - * Unknown fields hold no groups, and no varint overflows 64 bits.
//   - Text need not be UTF-8 (see the package comment), kinds and status codes
//     need not be known, and unknown fields are passed through unread.

// maxDepth bounds nested AnyValues; nothing real nests beyond ten.
const maxDepth = 64

// A message describes the known fields of one protobuf message, indexed by
// field number. Unknown fields are passed through.
type message struct {
	name     string
	fields   [20]field
	shortcut [256]shortcut // by the tag's byte, see verifier.walk
}

type field struct {
	name   string
	wire   uint8 // wire type wanted
	known  bool
	id     int      // 16 or 8: the length an id must have unless empty
	sub    *message // of a Len field that is a message
	count  bool     // each one is an item
	packed bool     // repeated number: packed (Len) or single (wire)
	nests  bool     // one more level of values
	once   uint32   // bits of the fields of which at most one may be set, and only once
}

// shortcut is how walk may check a field without looking at its description.
type shortcut uint8

const (
	shortNone shortcut = iota
	shortVarint
	shortFixed64
	shortBytes // text or bytes, no message
	shortID16
	shortID8
	shortAttr // KeyValue
)

// learn fills in the short cuts, once the fields are set.
func (m *message) learn(keyValue *message) {
	for num, f := range m.fields[:16] {
		if !f.known {
			continue
		}
		var s shortcut
		switch {
		case f.sub == keyValue && f.sub != nil:
			s = shortAttr
		case f.id == 16:
			s = shortID16
		case f.id == 8:
			s = shortID8
		case f.sub != nil || f.once != 0:
			s = shortNone
		case f.wire == protoscan.Len:
			s = shortBytes
		case f.wire == protoscan.I64:
			s = shortFixed64
		case f.wire == protoscan.Varint:
			s = shortVarint
		}
		m.shortcut[num<<3|int(f.wire)] = s
	}
}

// The schema of the three requests, as far as numbers, wire types and id
// lengths go.
//
// Source: https://github.com/open-telemetry/opentelemetry-proto v1.5, */v1/*.proto.
var roots = buildSchema()

func buildSchema() map[Signal]*message {
	const (
		vi, f64, ln, f32 = protoscan.Varint, protoscan.I64, protoscan.Len, protoscan.I32
	)
	var all []*message
	m := func(name string) *message {
		all = append(all, &message{name: name})
		return all[len(all)-1]
	}
	set := func(m *message, num int, f field) { f.known = true; m.fields[num] = f }
	scalar := func(m *message, num int, name string, wire uint8) { set(m, num, field{name: name, wire: wire}) }
	sub := func(m *message, num int, name string, s *message) { set(m, num, field{name: name, wire: ln, sub: s}) }
	// one is a message field that is not repeated.
	one := func(m *message, num int, name string, s *message) {
		set(m, num, field{name: name, wire: ln, sub: s, once: 1 << num})
	}
	id := func(m *message, num int, name string, n int) {
		set(m, num, field{name: name, wire: ln, id: n, once: 1 << num})
	}
	packed := func(m *message, num int, name string, wire uint8) {
		set(m, num, field{name: name, wire: wire, packed: true})
	}

	anyValue, keyValue, arrayValue, kvList := m("AnyValue"), m("KeyValue"), m("ArrayValue"), m("KeyValueList")
	scalar(anyValue, 1, "string_value", ln)
	scalar(anyValue, 2, "bool_value", vi)
	scalar(anyValue, 3, "int_value", vi)
	scalar(anyValue, 4, "double_value", f64)
	sub(anyValue, 5, "array_value", arrayValue)
	sub(anyValue, 6, "kvlist_value", kvList)
	scalar(anyValue, 7, "bytes_value", ln)
	scalar(keyValue, 1, "key", ln)
	set(keyValue, 2, field{name: "value", wire: ln, sub: anyValue, nests: true, once: 1 << 2})
	set(arrayValue, 1, field{name: "values", wire: ln, sub: anyValue, nests: true})
	sub(kvList, 1, "values", keyValue)

	resource, scope := m("Resource"), m("InstrumentationScope")
	sub(resource, 1, "attributes", keyValue)
	scalar(resource, 2, "dropped_attributes_count", vi)
	entity := m("EntityRef")
	scalar(entity, 1, "schema_url", ln)
	scalar(entity, 2, "type", ln)
	scalar(entity, 3, "id_keys", ln)
	scalar(entity, 4, "description_keys", ln)
	sub(resource, 3, "entity_refs", entity)
	scalar(scope, 1, "name", ln)
	scalar(scope, 2, "version", ln)
	sub(scope, 3, "attributes", keyValue)
	scalar(scope, 4, "dropped_attributes_count", vi)

	event, link, status, span := m("Event"), m("Link"), m("Status"), m("Span")
	scalar(event, 1, "time_unix_nano", f64)
	scalar(event, 2, "name", ln)
	sub(event, 3, "attributes", keyValue)
	scalar(event, 4, "dropped_attributes_count", vi)
	id(link, 1, "trace_id", 16)
	id(link, 2, "span_id", 8)
	scalar(link, 3, "trace_state", ln)
	sub(link, 4, "attributes", keyValue)
	scalar(link, 5, "dropped_attributes_count", vi)
	scalar(link, 6, "flags", f32)
	scalar(status, 2, "message", ln)
	scalar(status, 3, "code", vi)
	id(span, 1, "trace_id", 16)
	id(span, 2, "span_id", 8)
	scalar(span, 3, "trace_state", ln)
	id(span, 4, "parent_span_id", 8)
	scalar(span, 5, "name", ln)
	scalar(span, 6, "kind", vi)
	scalar(span, 7, "start_time_unix_nano", f64)
	scalar(span, 8, "end_time_unix_nano", f64)
	sub(span, 9, "attributes", keyValue)
	scalar(span, 10, "dropped_attributes_count", vi)
	sub(span, 11, "events", event)
	scalar(span, 12, "dropped_events_count", vi)
	sub(span, 13, "links", link)
	scalar(span, 14, "dropped_links_count", vi)
	one(span, 15, "status", status)
	scalar(span, 16, "flags", f32)

	log := m("LogRecord")
	scalar(log, 1, "time_unix_nano", f64)
	scalar(log, 2, "severity_number", vi)
	scalar(log, 3, "severity_text", ln)
	set(log, 5, field{name: "body", wire: ln, sub: anyValue, nests: true, once: 1 << 5})
	sub(log, 6, "attributes", keyValue)
	scalar(log, 7, "dropped_attributes_count", vi)
	scalar(log, 8, "flags", f32)
	id(log, 9, "trace_id", 16)
	id(log, 10, "span_id", 8)
	scalar(log, 11, "observed_time_unix_nano", f64)
	scalar(log, 12, "event_name", ln)

	exemplar := m("Exemplar")
	scalar(exemplar, 2, "time_unix_nano", f64)
	scalar(exemplar, 3, "as_double", f64)
	id(exemplar, 4, "span_id", 8)
	id(exemplar, 5, "trace_id", 16)
	scalar(exemplar, 6, "as_int", f64)
	sub(exemplar, 7, "filtered_attributes", keyValue)

	number := m("NumberDataPoint")
	scalar(number, 2, "start_time_unix_nano", f64)
	scalar(number, 3, "time_unix_nano", f64)
	scalar(number, 4, "as_double", f64)
	sub(number, 5, "exemplars", exemplar)
	scalar(number, 6, "as_int", f64)
	sub(number, 7, "attributes", keyValue)
	scalar(number, 8, "flags", vi)

	histogram := m("HistogramDataPoint")
	scalar(histogram, 2, "start_time_unix_nano", f64)
	scalar(histogram, 3, "time_unix_nano", f64)
	scalar(histogram, 4, "count", f64)
	scalar(histogram, 5, "sum", f64)
	packed(histogram, 6, "bucket_counts", f64)
	packed(histogram, 7, "explicit_bounds", f64)
	sub(histogram, 8, "exemplars", exemplar)
	sub(histogram, 9, "attributes", keyValue)
	scalar(histogram, 10, "flags", vi)
	scalar(histogram, 11, "min", f64)
	scalar(histogram, 12, "max", f64)

	buckets, exponential := m("Buckets"), m("ExponentialHistogramDataPoint")
	scalar(buckets, 1, "offset", vi)
	packed(buckets, 2, "bucket_counts", vi)
	sub(exponential, 1, "attributes", keyValue)
	scalar(exponential, 2, "start_time_unix_nano", f64)
	scalar(exponential, 3, "time_unix_nano", f64)
	scalar(exponential, 4, "count", f64)
	scalar(exponential, 5, "sum", f64)
	scalar(exponential, 6, "scale", vi)
	scalar(exponential, 7, "zero_count", f64)
	one(exponential, 8, "positive", buckets)
	one(exponential, 9, "negative", buckets)
	scalar(exponential, 10, "flags", vi)
	sub(exponential, 11, "exemplars", exemplar)
	scalar(exponential, 12, "min", f64)
	scalar(exponential, 13, "max", f64)
	scalar(exponential, 14, "zero_threshold", f64)

	quantile, summary := m("ValueAtQuantile"), m("SummaryDataPoint")
	scalar(quantile, 1, "quantile", f64)
	scalar(quantile, 2, "value", f64)
	scalar(summary, 2, "start_time_unix_nano", f64)
	scalar(summary, 3, "time_unix_nano", f64)
	scalar(summary, 4, "count", f64)
	scalar(summary, 5, "sum", f64)
	sub(summary, 6, "quantile_values", quantile)
	sub(summary, 7, "attributes", keyValue)
	scalar(summary, 8, "flags", vi)

	metric := m("Metric")
	scalar(metric, 1, "name", ln)
	scalar(metric, 2, "description", ln)
	scalar(metric, 3, "unit", ln)
	for _, d := range []struct {
		num   int
		name  string
		point *message
	}{{5, "gauge", number}, {7, "sum", number}, {9, "histogram", histogram}, {10, "exponential_histogram", exponential}, {11, "summary", summary}} {
		data := m("Metric." + d.name)
		set(data, 1, field{name: "data_points", wire: ln, sub: d.point, count: true})
		if d.num != 5 && d.num != 11 {
			scalar(data, 2, "aggregation_temporality", vi)
		}
		if d.num == 7 {
			scalar(data, 3, "is_monotonic", vi)
		}
		set(metric, d.num, field{name: d.name, wire: ln, sub: data, once: 1<<5 | 1<<7 | 1<<9 | 1<<10 | 1<<11})
	}
	sub(metric, 12, "metadata", keyValue)

	root := func(kind, items string, item *message, count bool) *message {
		scopes, group, request := m("Scope"+kind), m("Resource"+kind), m("Export"+kind+"ServiceRequest")
		one(scopes, 1, "scope", scope)
		set(scopes, 2, field{name: items, wire: ln, sub: item, count: count})
		scalar(scopes, 3, "schema_url", ln)
		one(group, 1, "resource", resource)
		sub(group, 2, "scope_"+items, scopes)
		scalar(group, 3, "schema_url", ln)
		sub(request, 1, "resource_"+items, group)
		return request
	}
	requests := map[Signal]*message{
		Traces:  root("Spans", "spans", span, true),
		Logs:    root("Logs", "log_records", log, true),
		Metrics: root("Metrics", "metrics", metric, false),
	}
	for _, m := range all {
		m.learn(keyValue)
	}
	return requests
}
