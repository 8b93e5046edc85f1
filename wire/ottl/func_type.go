package ottl

import (
	"iter"
	"maps"
	"slices"

	"github.com/oriel-io/oriel/wire/otlp"
)

// typeFunctions ask what a value is.
var typeFunctions = map[string]function{
	"IsString": isKind("Whether the value is text.", onlyText, setOf(kindString)),
	"IsBool":   isKind("Whether the value is true or false.", onlyBool, setOf(kindBool)),
	"IsInt":    isKind("Whether the value is a whole number.", onlyInt, setOf(kindInt)),
	"IsDouble": isKind("Whether the value is a floating-point number.", onlyFloat, setOf(kindFloat)),
	"IsMap":    isKind("Whether the value is a map.", onlyMap, setOf(kindMap)),
	"IsList":   isKind("Whether the value is a list.", anyValue, setOf(kindSlice, kindList, kindMessages, kindNumbers)),
	"Len": {
		params:  []param{{name: "target"}},
		about:   "Bytes of a text, items of a list or entries of a map; an error for anything else.",
		compile: compileLen,
	},
	"ContainsValue": {
		params:  []param{{name: "target", accepts: onlyList}, {name: "item"}},
		about:   "Whether the list has an item that equals the value; an error if it is no list.",
		compile: compileContainsValue,
	},
}

func isKind(about string, a accepts, want kinds) function {
	return function{params: []param{{name: "target", accepts: a}}, about: about, compile: func(_ *builder, _ *callNode, args []operand) (operand, error) {
		get := args[0].get
		return tester(func(e *Env) (bool, error) {
			v, err := get(e)
			return err == nil && want.has(v.kind), err
		}), nil
	}}
}

// tester makes an operand of a test.
func tester(t test) operand {
	return operand{kinds: setOf(kindBool), test: t, get: func(e *Env) (value, error) {
		is, err := t(e)
		return boolValue(is), err
	}}
}

func compileLen(_ *builder, _ *callNode, args []operand) (operand, error) {
	get := args[0].get
	return operand{kinds: setOf(kindInt), get: func(e *Env) (value, error) {
		v, err := get(e)
		if err != nil {
			return value{}, err
		}
		switch v.kind {
		case kindString, kindBytes:
			return intValue(int64(len(v.data))), nil
		case kindMap:
			return intValue(int64(count(v.entries()))), nil
		case kindSlice, kindList:
			return intValue(int64(countOf(v.data, 1))), nil
		case kindMessages, kindNumbers, kindCounts:
			return intValue(int64(v.num)), nil
		}
		return value{}, wanted(kindSlice, v.kind)
	}}, nil
}

func compileContainsValue(b *builder, call *callNode, args []operand) (operand, error) {
	if args[1].kinds&opaqueKinds != 0 {
		return operand{}, b.unsupported(args[1].at, "a list of messages or numbers as the item")
	}
	list, item := args[0].get, args[1].get
	if args[0].kinds.has(kindNumbers) {
		return operand{}, b.unsupported(call.at, "ContainsValue of numbers of a data point")
	}
	return tester(func(e *Env) (bool, error) {
		v, err := list(e)
		if err == nil && v.kind != kindSlice && v.kind != kindList {
			err = wanted(kindSlice, v.kind)
		}
		if err != nil {
			return false, err
		}
		want, err := item(e)
		if err != nil {
			return false, err
		}
		for element := range v.list().Elements() {
			if equalsItem(element, &want) {
				return true, nil
			}
		}
		return false, nil
	}), nil
}

// equalsItem compares an element of a list with a value. Here maps are compared
// as upstream compares Go's maps: of a key that comes twice, the last entry counts.
func equalsItem(element otlp.Value, want *value) bool {
	v := attributeValue(element)
	switch {
	case v.kind == kindMap && want.kind == kindMap:
		return equalAsGoMaps(v.entries(), want.entries())
	case v.kind == kindSlice && (want.kind == kindSlice || want.kind == kindList):
		return equalAsGo(element, want.list())
	}
	return compare(&v, want, opEqual)
}

func equalAsGo(a, b otlp.Value) bool {
	switch {
	case a.Kind == otlp.Map && b.Kind == otlp.Map:
		return equalAsGoMaps(a.Entries(), b.Entries())
	case a.Kind == otlp.Array && b.Kind == otlp.Array:
		return slices.EqualFunc(slices.Collect(a.Elements()), slices.Collect(b.Elements()), equalAsGo)
	}
	return Equal(a, b)
}

func equalAsGoMaps(a, b otlp.Attrs) bool {
	return maps.EqualFunc(maps.Collect(withTextKeys(a)), maps.Collect(withTextKeys(b)), equalAsGo)
}

func withTextKeys(a otlp.Attrs) iter.Seq2[string, otlp.Value] {
	return func(yield func(string, otlp.Value) bool) {
		for key, v := range a.All() {
			if !yield(string(key), v) {
				return
			}
		}
	}
}
