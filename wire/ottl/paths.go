package ottl

import (
	"maps"

	"github.com/oriel-io/oriel/wire/otlp"
)

// field is what a path of some context can name.
type field struct {
	kinds kinds
	// One of these reads it; attrs and value also take keys.
	text   func(e *Env) []byte
	number func(e *Env) int64
	attrs  func(e *Env) (msg []byte, num uint32) // attributes: the repeated field num of msg
	value  func(e *Env) otlp.Value               // a body
	get    func(e *Env) value
}

func textField(read func(e *Env) []byte) field {
	return field{kinds: setOf(kindString), text: read, get: func(e *Env) value { return stringValue(read(e)) }}
}

func numberField(read func(e *Env) int64) field {
	return field{kinds: setOf(kindInt), number: read, get: func(e *Env) value { return intValue(read(e)) }}
}

func attrsField(read func(e *Env) ([]byte, uint32)) field {
	return field{kinds: setOf(kindMap), attrs: read, get: func(e *Env) value { return mapValue(read(e)) }}
}

// nanosFields are a time and the same in nanoseconds: start_time and start_time_unix_nano.
func nanosFields(name string, read func(e *Env) uint64) map[string]field {
	return map[string]field{
		name:                {kinds: setOf(kindTime), get: func(e *Env) value { return nanosValue(read(e)) }},
		name + "_unix_nano": numberField(func(e *Env) int64 { return int64(read(e)) }),
	}
}

// place is what the paths with one name in front are about.
type place struct {
	level  level
	fields map[string]field
}

// places are the names that paths begin with, by context. What is left out means
// the context itself.
var places = map[Context]map[string]place{
	Resource: {"resource": {levelGroup, resourceFields}},
	Span:     below(map[string]place{"span": {levelItem, spanFields}}),
	SpanEvent: below(map[string]place{
		"span":      {levelItem, spanFields},
		"spanevent": {levelPart, eventFields},
	}),
	Log:    below(map[string]place{"log": {levelItem, logFields}}),
	Metric: below(map[string]place{"metric": {levelItem, metricFields}}),
	DataPoint: below(map[string]place{
		"metric":    {levelItem, metricFields},
		"datapoint": {levelPart, pointFields},
	}),
}

// below adds what all items stand below of.
func below(own map[string]place) map[string]place {
	own["resource"] = place{levelGroup, resourceFields}
	own["scope"] = place{levelScope, scopeFields}
	own["instrumentation_scope"] = own["scope"]
	return own
}

var resourceFields = map[string]field{
	"attributes": attrsField(func(e *Env) ([]byte, uint32) { return e.group.Resource().Msg, 1 }),
	"dropped_attributes_count": numberField(func(e *Env) int64 {
		return count32(e.group.Resource().Msg, 2)
	}),
	"schema_url": textField(func(e *Env) []byte { return e.group.SchemaURL() }),
}

var scopeFields = map[string]field{
	"name":       textField(func(e *Env) []byte { return e.scope.Name() }),
	"version":    textField(func(e *Env) []byte { return e.scope.Version() }),
	"attributes": attrsField(func(e *Env) ([]byte, uint32) { return otlp.LastLen(e.scope.Msg, 1), 3 }),
	"dropped_attributes_count": numberField(func(e *Env) int64 {
		return count32(otlp.LastLen(e.scope.Msg, 1), 4)
	}),
	"schema_url": textField(func(e *Env) []byte { return otlp.LastLen(e.scope.Msg, 3) }),
}

// elsewhere are paths that upstream has and this package has not.
var elsewhere = map[string]bool{"cache": true, "status": true, "event_index": true, "positive": true, "negative": true}

// all brings fields together.
func all(list ...map[string]field) map[string]field {
	out := map[string]field{}
	for _, fields := range list {
		maps.Copy(out, fields)
	}
	return out
}

// count32 is a number of 32 bits without a sign, 0 if it is not set.
func count32(msg []byte, num uint32) int64 {
	n, _ := otlp.LastNumber(msg, num)
	return int64(uint32(n))
}

// enum32 is an enum or a number of 32 bits with a sign.
func enum32(msg []byte, num uint32) int64 {
	n, _ := otlp.LastNumber(msg, num)
	return int64(int32(n))
}

func number64(msg []byte, num uint32) uint64 {
	n, _ := otlp.LastNumber(msg, num)
	return n
}

// countOf is how many fields num a message has.
func countOf(msg []byte, num uint32) (n int) {
	_, rest, found := otlp.NextLen(msg, num)
	for found {
		n++
		_, rest, found = otlp.NextLen(rest, num)
	}
	return n
}

func messagesField(read func(e *Env) int) field {
	return field{kinds: setOf(kindMessages), get: func(e *Env) value { return countValue(kindMessages, read(e)) }}
}
