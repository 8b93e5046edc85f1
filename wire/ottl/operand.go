package ottl

import (
	"maps"
	"slices"

	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/protoscan"
)

// A getter gives a value.
type getter func(e *Env) (value, error)

// operand is a compiled value. get is always set; the others are quicker ways to
// the same value, where there are some.
type operand struct {
	at       int
	kinds    kinds // that it can have
	level    level
	get      getter
	constant *value // the value, if it never changes
	literal  bool   // upstream knows it too while it compiles
	test     test   // of what is always true, false or an error

	text   func(e *Env) []byte // of what is always a string
	number func(e *Env) int64  // of what is always an int
	attr   attribute
}

// An attribute reads the attribute with a certain key.
type attribute func(e *Env) (v otlp.Value, found bool)

func constant(at int, v value) operand {
	return operand{at: at, kinds: setOf(v.kind), constant: &v, get: func(*Env) (value, error) { return v, nil }}
}

func literal(at int, v value) (operand, error) {
	o := constant(at, v)
	o.literal = true
	return o, nil
}

func (b *builder) value(node *valueNode) (operand, error) {
	switch node.kind {
	case nodeNil:
		return literal(node.at, value{})
	case nodeString:
		return literal(node.at, stringValue([]byte(node.text)))
	case nodeBytes:
		return literal(node.at, bytesValue([]byte(node.text)))
	case nodeBool:
		return literal(node.at, boolValue(node.int != 0))
	case nodeInt:
		return literal(node.at, intValue(node.int))
	case nodeFloat:
		return literal(node.at, floatValue(node.float))
	case nodeEnum:
		n, known := enums[b.ctx][node.text]
		if !known {
			return operand{}, b.unknown(node.at, node.text, maps.Keys(enums[b.ctx]), "there is no enum %s for a %s", node.text, b.ctx)
		}
		return literal(node.at, intValue(n))
	case nodeList, nodeMap:
		v, err := b.composite(node)
		if err != nil {
			return operand{}, err
		}
		if node.kind == nodeMap {
			return literal(node.at, mapValue(v.Body(), 1))
		}
		return literal(node.at, value{kind: kindList, data: v.Body()})
	case nodePath:
		return b.path(node.path)
	case nodeCall:
		return b.call(node.call)
	case nodeNegate:
		return b.negate(node)
	}
	return b.math(node)
}

// composite encodes a list or a map that the condition spells out.
func (b *builder) composite(node *valueNode) (otlp.Value, error) {
	var body []byte
	for i, item := range node.items {
		if item.kind == nodeMap && node.kind == nodeList {
			return otlp.Value{}, b.unsupported(item.at, "a map in a list")
		}
		if node.kind == nodeMap && slices.Contains(node.keys[i+1:], node.keys[i]) {
			continue // the last one counts
		}
		v, err := b.element(item)
		if err != nil {
			return otlp.Value{}, err
		}
		if node.kind == nodeMap {
			body = otlp.AppendAttr(body, 1, node.keys[i], v)
			continue
		}
		body = protoscan.AppendBytes(body, 1, v.AppendTo(nil))
	}
	if node.kind == nodeMap {
		return otlp.ValueOf(otlp.Map, body), nil
	}
	return otlp.ValueOf(otlp.Array, body), nil
}

// element is an item of a list or map as an attribute value.
func (b *builder) element(node *valueNode) (otlp.Value, error) {
	if node.kind == nodeList || node.kind == nodeMap {
		return b.composite(node)
	}
	o, err := b.value(node)
	if err != nil {
		return otlp.Value{}, err
	}
	if !o.literal {
		return otlp.Value{}, b.unsupported(node.at, "a list or map of values that are not constant")
	}
	switch v := o.constant; v.kind {
	case kindString:
		return otlp.StringValue(v.data), nil
	case kindBytes:
		return otlp.ValueOf(otlp.Bytes, v.data), nil
	case kindBool:
		return otlp.BoolValue(v.bool()), nil
	case kindInt:
		return otlp.IntValue(v.int()), nil
	case kindFloat:
		return otlp.DoubleValue(v.float()), nil
	}
	return otlp.Value{}, nil
}
