package otlp

import (
	"fmt"

	"github.com/oriel-io/oriel/wire/protoscan"
)

// InvalidError says why bytes are not an OTLP export request.
type InvalidError struct {
	Signal Signal
	Offset int    // byte of the request at which the bad field begins
	What   string // for example "ScopeSpans.spans.trace_id is 8 bytes long, want 16 or none"
	Cause  error  // protoscan.ErrTruncated, protoscan.ErrMalformed or nil
}

func (e *InvalidError) Error() string {
	return fmt.Sprintf("invalid OTLP %s request at byte %d: %s", e.Signal, e.Offset, e.What)
}

func (e *InvalidError) Unwrap() error { return e.Cause }

// maxDepth bounds nested AnyValues. Upstream has no bound; nothing real
// nests beyond ten.
const maxDepth = 64

// A message describes the known fields of one protobuf message, indexed by
// field number. Unknown fields are passed through.
type message struct {
	name   string
	fields [20]field
}

type field struct {
	name   string
	wire   uint8 // wire type wanted
	known  bool
	id     int      // 16 or 8: the length an id must have unless empty
	sub    *message // of a Len field that is a message
	count  bool     // each one is an item
	either bool     // repeated number: packed (Len) or single (wire)
}

func verify(signal Signal, data []byte) (items int, err error) {
	root := roots[signal]
	if root == nil {
		return 0, &InvalidError{Signal: signal, What: "unknown signal"}
	}
	v := verifier{signal: signal}
	v.walk(root, data, 0, len(data))
	if v.err != nil {
		return 0, v.err
	}
	return v.items, nil
}

type verifier struct {
	signal Signal
	items  int
	err    *InvalidError
}

// walk checks one level; msg ends at byte end of the request.
func (v *verifier) walk(m *message, msg []byte, depth, end int) bool {
	if depth > maxDepth {
		return v.fail(end-len(msg), m.name+" is nested over 64 levels deep", nil)
	}
	for len(msg) > 0 {
		f, err := protoscan.Next(msg)
		if err != nil {
			return v.fail(end-len(msg), m.name+": "+err.Error(), err)
		}
		if f.Num < uint32(len(m.fields)) && m.fields[f.Num].known {
			want := &m.fields[f.Num]
			if f.Type != want.wire && !(want.either && f.Type == protoscan.Len) {
				return v.fail(end-len(msg), fmt.Sprintf("%s.%s has wire type %d, want %d", m.name, want.name, f.Type, want.wire), nil)
			}
			if want.id > 0 && len(f.Body) != want.id && len(f.Body) != 0 {
				return v.fail(end-len(msg), fmt.Sprintf("%s.%s is %d bytes long, want %d or none", m.name, want.name, len(f.Body), want.id), nil)
			}
			if want.count {
				v.items++
			}
			if want.sub != nil && !v.walk(want.sub, f.Body, depth+1, end-len(msg)+f.Size) {
				return false
			}
		}
		msg = msg[f.Size:]
	}
	return true
}

func (v *verifier) fail(at int, what string, cause error) bool {
	v.err = &InvalidError{Signal: v.signal, Offset: at, What: what, Cause: cause}
	return false
}

// The schema of the three requests, as far as numbers, wire types and id
// lengths go.
//
// Source: opentelemetry-proto v1.5, */v1/*.proto.
var roots = buildSchema()

func buildSchema() map[Signal]*message {
	const (
		vi, f64, ln, f32 = protoscan.Varint, protoscan.I64, protoscan.Len, protoscan.I32
	)
	m := func(name string) *message { return &message{name: name} }
	set := func(m *message, num int, f field) { f.known = true; m.fields[num] = f }
	scalar := func(m *message, num int, name string, wire uint8) { set(m, num, field{name: name, wire: wire}) }
	sub := func(m *message, num int, name string, s *message) { set(m, num, field{name: name, wire: ln, sub: s}) }
	id := func(m *message, num int, name string, n int) { set(m, num, field{name: name, wire: ln, id: n}) }
	packed := func(m *message, num int, name string, wire uint8) {
		set(m, num, field{name: name, wire: wire, either: true})
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
	sub(keyValue, 2, "value", anyValue)
	sub(arrayValue, 1, "values", anyValue)
	sub(kvList, 1, "values", keyValue)

	resource, scope := m("Resource"), m("InstrumentationScope")
	sub(resource, 1, "attributes", keyValue)
	scalar(resource, 2, "dropped_attributes_count", vi)
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
	sub(span, 15, "status", status)
	scalar(span, 16, "flags", f32)

	log := m("LogRecord")
	scalar(log, 1, "time_unix_nano", f64)
	scalar(log, 2, "severity_number", vi)
	scalar(log, 3, "severity_text", ln)
	sub(log, 5, "body", anyValue)
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
	sub(exponential, 8, "positive", buckets)
	sub(exponential, 9, "negative", buckets)
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
		sub(metric, d.num, d.name, data)
	}
	sub(metric, 12, "metadata", keyValue)

	root := func(kind, items string, item *message, count bool) *message {
		scopes, group, request := m("Scope"+kind), m("Resource"+kind), m("Export"+kind+"ServiceRequest")
		sub(scopes, 1, "scope", scope)
		set(scopes, 2, field{name: items, wire: ln, sub: item, count: count})
		scalar(scopes, 3, "schema_url", ln)
		sub(group, 1, "resource", resource)
		sub(group, 2, "scope_"+items, scopes)
		scalar(group, 3, "schema_url", ln)
		sub(request, 1, "resource_"+items, group)
		return request
	}
	return map[Signal]*message{
		Traces:  root("Spans", "spans", span, true),
		Logs:    root("Logs", "log_records", log, true),
		Metrics: root("Metrics", "metrics", metric, false),
	}
}
