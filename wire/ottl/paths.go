package ottl

import (
	"errors"
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

func (b *builder) path(node *pathNode) (operand, error) {
	fields := node.fields
	at, known := places[b.ctx][fields[0].name]
	switch {
	case !known:
		at = places[b.ctx][b.ctx.String()]
	case len(fields) == 1:
		return operand{}, b.unknown(node.at, "", maps.Keys(at.fields), "%s alone is no value; name one of its fields", fields[0].name)
	case len(fields[0].keys) > 0:
		return operand{}, b.wrong(fields[0].at, "%s takes no key", fields[0].name)
	default:
		fields = fields[1:]
	}
	name := fields[0].name
	for _, f := range fields[1:] {
		name += "." + f.name
	}
	f, known := at.fields[name]
	if !known {
		if elsewhere[name] {
			return operand{}, b.unsupported(fields[0].at, "the path %s", name)
		}
		return operand{}, b.unknown(fields[0].at, name, maps.Keys(at.fields), "there is no path %s for a %s", name, b.ctx)
	}
	return b.field(f, at.level, name, fields)
}

// field compiles a field with its keys.
func (b *builder) field(f field, l level, name string, nodes []fieldNode) (operand, error) {
	o := operand{at: nodes[0].at, kinds: f.kinds, level: l, text: f.text, number: f.number}
	var keys []keyNode
	for _, node := range nodes {
		if len(node.keys) == 0 {
			continue
		}
		if f.attrs == nil && f.value == nil {
			if name == "trace_state" {
				return operand{}, b.unsupported(node.keys[0].at, "a key of trace_state")
			}
			return operand{}, b.wrong(node.keys[0].at, "%s takes no key", name)
		}
		keys = node.keys
	}
	for _, key := range keys {
		if key.value != nil {
			return operand{}, b.unsupported(key.at, "a key that is neither text nor a number")
		}
	}
	switch {
	case len(keys) == 0:
		get := f.get
		o.get = func(e *Env) (value, error) { return get(e), nil }
	case f.attrs != nil:
		o.kinds = attributeKinds
		b.attribute(&o, f.attrs, keys)
	default:
		o.kinds = attributeKinds
		body := f.value
		o.get = func(e *Env) (value, error) {
			v := body(e)
			if v.Kind != otlp.Map && v.Kind != otlp.Array {
				return value{}, errNotIndexable
			}
			return follow(v, keys)
		}
	}
	return o, nil
}

// attribute compiles attributes["a"]["b"].
func (b *builder) attribute(o *operand, attrs func(e *Env) ([]byte, uint32), keys []keyNode) {
	first, rest := keys[0], keys[1:]
	if first.isInt {
		o.get = func(*Env) (value, error) { return value{}, errMapKey }
		return
	}
	in := func(e *Env) otlp.Attrs {
		msg, num := attrs(e)
		return otlp.AttrsIn(msg, num)
	}
	if len(rest) == 0 {
		o.attr = &attribute{in, first.text}
	}
	o.get = func(e *Env) (value, error) {
		v, found := in(e).Get(first.text)
		if !found {
			return value{}, nil
		}
		return follow(v, rest)
	}
}

var (
	errNotIndexable = errors.New("only maps and lists can be indexed")
	errMapKey       = errors.New("a map is indexed by text")
	errListKey      = errors.New("a list is indexed by a number")
	errOutOfBounds  = errors.New("the index is out of bounds")
)

// follow goes down into maps and lists. What a map has not is nil.
func follow(v otlp.Value, keys []keyNode) (value, error) {
	for _, key := range keys {
		switch v.Kind {
		case otlp.Map:
			if key.isInt {
				return value{}, errMapKey
			}
			var found bool
			if v, found = v.Entries().Get(key.text); !found {
				return value{}, nil
			}
		case otlp.Array:
			if !key.isInt {
				return value{}, errListKey
			}
			var found bool
			if v, found = element(v, key.int); !found {
				return value{}, errOutOfBounds
			}
		default:
			return value{}, errNotIndexable
		}
	}
	return attributeValue(v), nil
}

func element(list otlp.Value, index int64) (otlp.Value, bool) {
	for v := range list.Elements() {
		if index == 0 {
			return v, true
		}
		index--
	}
	return otlp.Value{}, false
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
