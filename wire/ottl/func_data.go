package ottl

import (
	"bytes"
	"errors"

	"github.com/oriel-io/oriel/wire/otlp"
)

// dataFunctions ask about the item as a whole.
var dataFunctions = map[string]function{
	"IsRootSpan": {
		about:    "Whether the span has no parent.",
		contexts: []Context{Span},
		varies:   true,
		compile: func(*builder, *callNode, []operand) (operand, error) {
			return tester(func(e *Env) (bool, error) {
				parent := padID(otlp.LastLen(e.item, 4), 8)
				return bytes.Equal(parent, zeroID[:8]), nil
			}), nil
		},
	},
	"HasAttrKeyOnDatapoint": {
		params:   []param{{name: "key", accepts: onlySpell}},
		about:    "Whether one of the metric's data points has the attribute.",
		contexts: []Context{Metric},
		varies:   true,
		compile: func(_ *builder, _ *callNode, args []operand) (operand, error) {
			key := string(args[0].constant.data)
			return tester(func(e *Env) (bool, error) {
				_, found, err := pointAttribute(e.item, key)
				return found, err
			}), nil
		},
	},
	"HasAttrOnDatapoint": {
		params:   []param{{name: "key", accepts: onlySpell}, {name: "expected_val", accepts: onlySpell}},
		about:    "Whether the first of the metric's data points that has the attribute has this text in it. A value that is no text counts as an empty one.",
		contexts: []Context{Metric},
		varies:   true,
		compile: func(_ *builder, _ *callNode, args []operand) (operand, error) {
			key, want := string(args[0].constant.data), string(args[1].constant.data)
			return tester(func(e *Env) (bool, error) {
				v, found, err := pointAttribute(e.item, key)
				return found && string(v.Text()) == want, err
			}), nil
		},
	},
}

var errNoData = errors.New("the metric has no type")

// pointAttribute is the attribute of the first data point that has it.
func pointAttribute(m otlp.Metric, key string) (v otlp.Value, found bool, err error) {
	field, data := m.Data()
	if field == 0 {
		return v, false, errNoData
	}
	point, rest, more := otlp.NextLen(data, 1)
	for more {
		if v, found = otlp.AttrsIn(point, otlp.PointAttrs(field)).Get(key); found {
			return v, true, nil
		}
		point, rest, more = otlp.NextLen(rest, 1)
	}
	return v, false, nil
}
