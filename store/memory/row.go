package memory

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/oriel-io/oriel/store/plan"
	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/protoscan"
	"github.com/oriel-io/oriel/wire/semconv"
)

// row is one span or log record, in place.
type row struct {
	time    int64
	traceID otlp.TraceID
	spanID  otlp.SpanID
	kind    otlp.Kind
	arrival int // position in the table

	resource otlp.Resource
	scope    []byte // InstrumentationScope message
	item     []byte // Span or LogRecord message
	attrs    otlp.Attrs
	fields   map[string]plan.Value // intrinsic fields that are not null
}

func newRow(group otlp.Group, scope otlp.Scope, item []byte, attrs otlp.Attrs) *row {
	r := &row{resource: group.Resource(), scope: scopeMessage(scope), item: item, attrs: attrs, fields: map[string]plan.Value{}}
	r.fields[plan.Service] = text(r.resource.ServiceName())
	r.fields[plan.ScopeName] = text(scope.Name())
	r.fields[plan.Spec] = plan.Raw(item)
	r.fields[plan.Resource] = plan.Raw(r.resource.Msg)
	return r
}

func newSpan(group otlp.Group, scope otlp.Scope, span otlp.Span) *row {
	r := newRow(group, scope, span, span.Attrs())
	f := span.Fields()
	r.time, r.kind = int64(f.Start), f.Kind
	r.ids(f.TraceID, f.SpanID)
	if !f.ParentID.IsZero() {
		r.fields[plan.ParentID] = plan.Raw(f.ParentID[:])
	}
	r.fields[plan.Name] = text(f.Name)
	r.fields[plan.Kind] = plan.I(int64(f.Kind))
	r.fields[plan.Status] = plan.I(int64(f.Status))
	r.optionalText(plan.StatusMessage, f.StatusMessage)
	r.fields[plan.Time] = plan.I(r.time)
	duration := int64(0)
	if f.End > f.Start {
		duration = max(0, int64(f.End-f.Start))
	}
	r.fields[plan.Duration] = plan.I(duration)
	facts := semconv.Read(span, &f)
	r.fields[plan.Category] = plan.I(int64(facts.Category))
	if facts.HTTPStatus != 0 {
		r.fields[plan.HTTPStatus] = plan.I(int64(facts.HTTPStatus))
	}
	return r
}

func newLog(group otlp.Group, scope otlp.Scope, record otlp.LogRecord) *row {
	r := newRow(group, scope, record, record.Attrs())
	f := record.Fields()
	r.time = int64(f.Time)
	if f.Time == 0 {
		r.time = int64(f.ObservedTime)
	}
	r.ids(f.TraceID, f.SpanID)
	r.optionalText(plan.Name, f.EventName)
	r.fields[plan.Time] = plan.I(r.time)
	r.fields[plan.Severity] = plan.I(int64(f.Severity))
	r.optionalText(plan.SeverityText, f.SeverityText)
	switch f.Body.Kind {
	case otlp.Empty:
	case otlp.String:
		r.fields[plan.Body] = text(f.Body.Text())
	default:
		r.fields[plan.Body] = plan.Str(jsonText(f.Body))
	}
	return r
}

func (r *row) ids(trace otlp.TraceID, span otlp.SpanID) {
	r.traceID, r.spanID = trace, span
	if !trace.IsZero() {
		r.fields[plan.TraceID] = plan.Raw(trace[:])
	}
	if !span.IsZero() {
		r.fields[plan.SpanID] = plan.Raw(span[:])
	}
}

func (r *row) optionalText(field string, s []byte) {
	if len(s) > 0 {
		r.fields[field] = text(s)
	}
}

// identity is the same for spans that were written twice.
func (r *row) identity() string {
	return fmt.Sprint(len(r.resource.Msg), " ", len(r.scope), " ") + string(r.resource.Msg) + string(r.scope) + string(r.item)
}

// value reads a column.
func (r *row) value(f plan.Field) plan.Value {
	switch f.Scope {
	case plan.Intrinsic:
		return r.fields[f.Name]
	case plan.ItemAttr:
		return attr(r.attrs, f.Name)
	case plan.ResourceAttr:
		return attr(r.resource.Attrs(), f.Name)
	}
	if v := attr(r.attrs, f.Name); v.Kind != plan.Null {
		return v
	}
	return attr(r.resource.Attrs(), f.Name)
}

// attr is the first attribute with the key.
func attr(attrs otlp.Attrs, key string) plan.Value {
	v, _ := attrs.Get(key)
	return convert(v)
}

func convert(v otlp.Value) plan.Value {
	switch v.Kind {
	case otlp.String:
		return text(v.Text())
	case otlp.Bool:
		return plan.B(v.Bool())
	case otlp.Int:
		return plan.I(v.Int())
	case otlp.Double:
		return plan.Fl(v.Double())
	case otlp.Bytes:
		return plan.Raw(v.Raw())
	case otlp.Array, otlp.Map:
		return plan.Str(jsonText(v))
	}
	return plan.Value{}
}

// text is valid UTF-8: the store stands where text leaves protobuf. Each
// invalid run becomes one U+FFFD.
func text(s []byte) plan.Value {
	return plan.Str(strings.ToValidUTF8(string(s), "\uFFFD"))
}

// jsonText writes an array or map as JSON without blanks. Numbers that JSON
// does not know are text, bytes are base64; keys stand in their order.
func jsonText(v otlp.Value) string {
	switch v.Kind {
	case otlp.String:
		return jsonString(v.Text())
	case otlp.Bool:
		return strconv.FormatBool(v.Bool())
	case otlp.Int:
		return strconv.FormatInt(v.Int(), 10)
	case otlp.Double:
		s := strconv.FormatFloat(v.Double(), 'g', -1, 64)
		if math.IsNaN(v.Double()) || math.IsInf(v.Double(), 0) {
			return `"` + s + `"`
		}
		return s
	case otlp.Bytes:
		return `"` + base64.StdEncoding.EncodeToString(v.Raw()) + `"`
	case otlp.Array:
		var parts []string
		for e := range v.Elements() {
			parts = append(parts, jsonText(e))
		}
		return "[" + strings.Join(parts, ",") + "]"
	case otlp.Map:
		var parts []string
		for key, e := range v.Entries().All() {
			parts = append(parts, jsonString(key)+":"+jsonText(e))
		}
		return "{" + strings.Join(parts, ",") + "}"
	}
	return "null"
}

func jsonString(s []byte) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(string(s)); err != nil {
		panic(err) // a string always encodes
	}
	// encoding/json escapes more than JSON asks for.
	return strings.NewReplacer("\n", "", `\u2028`, "\u2028", `\u2029`, "\u2029", `\b`, `\u0008`, `\f`, `\u000c`, `\ufffd`, "\uFFFD", `\\`, `\\`).Replace(b.String())
}

// scopeMessage is the InstrumentationScope of a scope group.
func scopeMessage(s otlp.Scope) []byte {
	for msg := s.Msg; len(msg) > 0; {
		f, err := protoscan.Next(msg)
		if err != nil {
			return nil
		}
		if f.Num == 1 && f.Type == protoscan.Len {
			return f.Body
		}
		msg = msg[f.Size:]
	}
	return nil
}
