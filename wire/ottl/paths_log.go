package ottl

import "github.com/oriel-io/oriel/wire/otlp"

var logFields = all(
	idFields("trace_id", kindTraceID, func(e *Env) []byte { return padID(e.ofItem().body(9), 16) }),
	idFields("span_id", kindSpanID, func(e *Env) []byte { return padID(e.ofItem().body(10), 8) }),
	nanosFields("time", func(e *Env) uint64 { return e.ofItem().number(1) }),
	nanosFields("observed_time", func(e *Env) uint64 { return e.ofItem().number(11) }),
	map[string]field{
		"severity_number": numberField(func(e *Env) int64 { return e.ofItem().int32(2) }),
		"severity_text":   textField(func(e *Env) []byte { return e.ofItem().body(3) }),
		"body": {
			kinds: attributeKinds, value: body, get: func(e *Env) value { return attributeValue(body(e)) },
		},
		"body.string":              textField(bodyText),
		"attributes":               attrsField(func(e *Env) ([]byte, uint32) { return e.item, 6 }),
		"dropped_attributes_count": numberField(func(e *Env) int64 { return e.ofItem().uint32(7) }),
		"flags":                    numberField(func(e *Env) int64 { return e.ofItem().uint32(8) }),
		"event_name":               textField(func(e *Env) []byte { return e.ofItem().body(12) }),
	},
)

func body(e *Env) otlp.Value { return otlp.ReadValue(e.ofItem().body(5)) }

func bodyText(e *Env) []byte {
	v := body(e)
	if v.Kind == otlp.String {
		return v.Body()
	}
	return e.make(func(out []byte) []byte { return AppendString(out, v) })
}
