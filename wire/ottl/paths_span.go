package ottl

import (
	"encoding/hex"

	"github.com/oriel-io/oriel/wire/otlp"
)

var spanFields = all(
	idFields("trace_id", kindTraceID, func(e *Env) []byte { return padID(e.ofItem().body(1), 16) }),
	idFields("span_id", kindSpanID, func(e *Env) []byte { return padID(e.ofItem().body(2), 8) }),
	idFields("parent_span_id", kindSpanID, func(e *Env) []byte { return padID(e.ofItem().body(4), 8) }),
	nanosFields("start_time", func(e *Env) uint64 { return e.ofItem().number(7) }),
	nanosFields("end_time", func(e *Env) uint64 { return e.ofItem().number(8) }),
	map[string]field{
		"trace_state":            textField(func(e *Env) []byte { return e.ofItem().body(3) }),
		"name":                   textField(func(e *Env) []byte { return e.ofItem().body(5) }),
		"kind":                   numberField(spanKind),
		"kind.string":            textField(func(e *Env) []byte { return nameOf(kindTexts, spanKind(e)) }),
		"kind.deprecated_string": textField(func(e *Env) []byte { return nameOf(deprecatedKindTexts, spanKind(e)) }),
		"attributes":             attrsField(func(e *Env) ([]byte, uint32) { return e.item, 9 }),
		"status.code":            numberField(func(e *Env) int64 { return enum32(e.ofItem().body(15), 3) }),
		"status.message":         textField(func(e *Env) []byte { return otlp.LastLen(e.ofItem().body(15), 2) }),
		"events":                 messagesField(func(e *Env) int { return countOf(e.item, 11) }),
		"links":                  messagesField(func(e *Env) int { return countOf(e.item, 13) }),
		"flags":                  numberField(func(e *Env) int64 { return e.ofItem().uint32(16) }),

		"dropped_attributes_count": numberField(func(e *Env) int64 { return e.ofItem().uint32(10) }),
		"dropped_events_count":     numberField(func(e *Env) int64 { return e.ofItem().uint32(12) }),
		"dropped_links_count":      numberField(func(e *Env) int64 { return e.ofItem().uint32(14) }),
	},
)

func spanKind(e *Env) int64 { return e.ofItem().int32(6) }

var (
	kindTexts           = [][]byte{[]byte("Unspecified"), []byte("Internal"), []byte("Server"), []byte("Client"), []byte("Producer"), []byte("Consumer")}
	deprecatedKindTexts = [][]byte{
		[]byte("SPAN_KIND_UNSPECIFIED"), []byte("SPAN_KIND_INTERNAL"), []byte("SPAN_KIND_SERVER"),
		[]byte("SPAN_KIND_CLIENT"), []byte("SPAN_KIND_PRODUCER"), []byte("SPAN_KIND_CONSUMER"),
	}
)

// nameOf is empty for a number without a name.
func nameOf(texts [][]byte, n int64) []byte {
	if n < 0 || n >= int64(len(texts)) {
		return nil
	}
	return texts[n]
}

var zeroID [16]byte

// padID is an id of the right length; one that is not set is all zero.
func padID(id []byte, size int) []byte {
	if len(id) != size {
		return zeroID[:size]
	}
	return id
}

// idFields are an id and its text in hexadecimal.
func idFields(name string, k kind, read func(e *Env) []byte) map[string]field {
	return map[string]field{
		name: {kinds: setOf(k), get: func(e *Env) value { return value{kind: k, data: read(e)} }},
		name + ".string": textField(func(e *Env) []byte {
			return e.make(func(out []byte) []byte { return hex.AppendEncode(out, read(e)) })
		}),
	}
}

var eventFields = all(
	nanosFields("time", func(e *Env) uint64 { return e.ofPart().number(1) }),
	map[string]field{
		"name":                     textField(func(e *Env) []byte { return e.ofPart().body(2) }),
		"attributes":               attrsField(func(e *Env) ([]byte, uint32) { return e.part, 3 }),
		"dropped_attributes_count": numberField(func(e *Env) int64 { return e.ofPart().uint32(4) }),
	},
)
