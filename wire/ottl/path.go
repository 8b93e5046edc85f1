package ottl

import (
	"errors"
	"maps"

	"github.com/oriel-io/oriel/wire/otlp"
)

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
	read := b.lookUp(o.level, attrs, first.text)
	if len(rest) == 0 {
		o.attr = read
	}
	o.get = func(e *Env) (value, error) {
		v, found := read(e)
		if !found {
			return value{}, nil
		}
		return follow(v, rest)
	}
}

// lookUp reads one attribute: of an item or its part by the index of all that
// conditions ask for, of others by itself, since that is remembered.
func (b *builder) lookUp(l level, attrs func(e *Env) ([]byte, uint32), key string) attribute {
	slot := -1
	switch l {
	case levelItem:
		slot = number(&b.itemKeys, key)
	case levelPart:
		slot = number(&b.partKeys, key)
	}
	switch {
	case slot >= 0 && l == levelItem:
		return func(e *Env) (otlp.Value, bool) {
			msg, num := attrs(e)
			return e.itemAttrs.get(e.entered[levelItem], msg, num, slot)
		}
	case slot >= 0:
		return func(e *Env) (otlp.Value, bool) {
			msg, num := attrs(e)
			return e.partAttrs.get(e.entered[levelPart], msg, num, slot)
		}
	}
	return func(e *Env) (otlp.Value, bool) {
		msg, num := attrs(e)
		return otlp.AttrsIn(msg, num).Get(key)
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
