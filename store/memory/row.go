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

	resource  otlp.Resource
	scope     []byte // InstrumentationScope message
	scopeName []byte
	item      []byte // Span or LogRecord message
	attrs     otlp.Attrs
	span      *otlp.SpanFields // of a span
	log       *otlp.LogFields  // of a log record
}

func newSpan(group otlp.Group, scope otlp.Scope, span otlp.Span) *row {
	f := span.Fields()
	return &row{
		time: int64(f.Start), traceID: f.TraceID, spanID: f.SpanID, kind: f.Kind, span: &f,
		resource: group.Resource(), scope: scopeMessage(scope), scopeName: scope.Name(), item: span, attrs: span.Attrs(),
	}
}

func newLog(group otlp.Group, scope otlp.Scope, record otlp.LogRecord) *row {
	f := record.Fields()
	r := &row{
		time: int64(f.Time), traceID: f.TraceID, spanID: f.SpanID, log: &f,
		resource: group.Resource(), scope: scopeMessage(scope), scopeName: scope.Name(), item: record, attrs: record.Attrs(),
	}
	if f.Time == 0 {
		r.time = int64(f.ObservedTime)
	}
	return r
}

// intrinsic reads a field of the table; null if the row does not have it.
func (r *row) intrinsic(name string) plan.Value {
	switch name {
	case plan.TraceID:
		return idValue(r.traceID[:], r.traceID.IsZero())
	case plan.SpanID:
		return idValue(r.spanID[:], r.spanID.IsZero())
	case plan.Time:
		return plan.I(r.time)
	case plan.Service:
		return text(r.resource.ServiceName())
	case plan.ScopeName:
		return text(r.scopeName)
	case plan.Spec:
		return plan.Raw(r.item)
	case plan.Resource:
		return plan.Raw(r.resource.Msg)
	}
	if r.span != nil {
		return r.ofSpan(name)
	}
	return r.ofLog(name)
}

func (r *row) ofSpan(name string) plan.Value {
	f := r.span
	switch name {
	case plan.ParentID:
		return idValue(f.ParentID[:], f.ParentID.IsZero())
	case plan.Name:
		return text(f.Name)
	case plan.Kind:
		return plan.I(int64(f.Kind))
	case plan.Status:
		return plan.I(int64(f.Status))
	case plan.StatusMessage:
		return optionalText(f.StatusMessage)
	case plan.Duration:
		if f.End <= f.Start {
			return plan.I(0)
		}
		return plan.I(max(0, int64(f.End-f.Start)))
	case plan.Category:
		return plan.I(int64(semconv.Read(r.item, f).Category))
	case plan.HTTPStatus:
		if status := semconv.Read(r.item, f).HTTPStatus; status != 0 {
			return plan.I(int64(status))
		}
	}
	return plan.Value{}
}

func (r *row) ofLog(name string) plan.Value {
	f := r.log
	switch name {
	case plan.Name:
		return optionalText(f.EventName)
	case plan.Severity:
		return plan.I(int64(f.Severity))
	case plan.SeverityText:
		return optionalText(f.SeverityText)
	case plan.Body:
		if f.Body.Kind != otlp.String && f.Body.Kind != otlp.Empty {
			return plan.Str(jsonText(f.Body))
		}
		return convert(f.Body)
	}
	return plan.Value{}
}

func idValue(id []byte, zero bool) plan.Value {
	if zero {
		return plan.Value{}
	}
	return plan.Raw(id)
}

func optionalText(s []byte) plan.Value {
	if len(s) == 0 {
		return plan.Value{}
	}
	return text(s)
}

// identity is the same for spans that were written twice.
func (r *row) identity() string {
	return fmt.Sprint(len(r.resource.Msg), " ", len(r.scope), " ") + string(r.resource.Msg) + string(r.scope) + string(r.item)
}

// value reads a column.
func (r *row) value(f plan.Field) plan.Value {
	switch f.Scope {
	case plan.Intrinsic:
		return r.intrinsic(f.Name)
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
