package config

import (
	"fmt"
	"maps"
	"slices"
)

// Value is one value of a configuration that is in force, with where it comes from.
type Value struct {
	Kind   Kind
	Scalar any     // Go's natural types
	Fields []Named // of a Map
	Items  []Value // of a List
	Origin Origin
}

// Named is a key with its value.
type Named struct {
	Key   string
	Value Value
}

// Origin is where a value comes from. The zero value means: no text says it, it is a default.
type Origin struct {
	Position
	From string // the ${...} that it came out of
}

// String is "collector.yaml:5:10", "collector.yaml:5:10 ${env:PORT}", "--set a.b" or "default".
func (o Origin) String() string {
	switch {
	case o.File == "":
		return "default"
	case o.From != "":
		return o.Position.String() + " " + o.From
	}
	return o.Position.String()
}

// String is "collector.yaml:5:10".
func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// plainValue is a default as a Value.
func plainValue(value any) Value {
	switch x := value.(type) {
	case []any:
		out := Value{Kind: List}
		for _, item := range x {
			out.Items = append(out.Items, plainValue(item))
		}
		return out
	case map[string]any:
		out := Value{Kind: Map}
		for _, key := range slices.Sorted(maps.Keys(x)) {
			out.Fields = append(out.Fields, Named{key, plainValue(x[key])})
		}
		return out
	case nil:
		return Value{}
	}
	return Value{Kind: Scalar, Scalar: value}
}
