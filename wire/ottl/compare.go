package ottl

import (
	"bytes"
	"cmp"

	"github.com/oriel-io/oriel/wire/otlp"
)

// compare compares two values by the rules of the language. Values of
// different types are different and nothing else: < and > are false. Int and
// double are compared as doubles. nil equals nil and is not less than anything.
//
// Source: LANGUAGE.md of pkg/ottl, "Comparison Rules".
func compare(a, b *value, op compareOp) bool {
	nothingA, nothingB := a.isNothing(), b.isNothing()
	switch {
	case nothingA || nothingB:
		if nothingA && nothingB {
			return op == opEqual || op == opLessOrEqual || op == opGreaterOrEqual
		}
	case a.kind == b.kind:
		switch a.kind {
		case kindInt, kindDuration:
			return ordered(a.int(), b.int(), op)
		case kindFloat:
			return ordered(a.float(), b.float(), op)
		case kindString, kindBytes:
			return fromSign(bytes.Compare(a.data, b.data), op)
		case kindBool:
			return ordered(a.num, b.num, op)
		case kindTime:
			return fromSign(a.time().Compare(b.time()), op)
		case kindTraceID, kindSpanID:
			return equality(bytes.Equal(a.data, b.data), op)
		case kindMap:
			return equality(equalMaps(a.entries(), b.entries()), op)
		case kindSlice, kindList:
			return equality(Equal(a.list(), b.list()), op)
		}
	case a.kind == kindInt && b.kind == kindFloat:
		return ordered(float64(a.int()), b.float(), op)
	case a.kind == kindFloat && b.kind == kindInt:
		return ordered(a.float(), float64(b.int()), op)
	case a.kind == kindSlice && b.kind == kindList || a.kind == kindList && b.kind == kindSlice:
		return equality(Equal(a.list(), b.list()), op)
	}
	return op == opNotEqual
}

// ordered compares in Go's way, for NaN too.
func ordered[T cmp.Ordered](a, b T, op compareOp) bool {
	switch op {
	case opEqual:
		return a == b
	case opNotEqual:
		return a != b
	case opLess:
		return a < b
	case opLessOrEqual:
		return a <= b
	case opGreater:
		return a > b
	}
	return a >= b
}

func fromSign(sign int, op compareOp) bool { return ordered(sign, 0, op) }

// equality is the outcome for values that have no order.
func equality(equal bool, op compareOp) bool {
	switch op {
	case opEqual:
		return equal
	case opNotEqual:
		return !equal
	}
	return false
}

// Equal compares two attribute values as upstream's Value.Equal does:
// an int never equals a double, and NaN equals nothing.
func Equal(a, b otlp.Value) bool {
	if a.Kind != b.Kind {
		return false
	}
	switch a.Kind {
	case otlp.Double:
		return a.Double() == b.Double()
	case otlp.Array:
		return equalLists(a, b)
	case otlp.Map:
		return equalMaps(a.Entries(), b.Entries())
	case otlp.Bool:
		return a.Bool() == b.Bool()
	}
	return a.Int() == b.Int() && bytes.Equal(a.Body(), b.Body())
}

func equalLists(a, b otlp.Value) bool {
	restA, restB := a.Body(), b.Body()
	for {
		var itemA, itemB []byte
		var moreA, moreB bool
		itemA, restA, moreA = otlp.NextLen(restA, 1)
		itemB, restB, moreB = otlp.NextLen(restB, 1)
		if !moreA || !moreB {
			return moreA == moreB
		}
		if !Equal(otlp.ReadValue(itemA), otlp.ReadValue(itemB)) {
			return false
		}
	}
}

// equalMaps says whether the maps have the same number of entries and b has each
// entry of a. Of a key that comes twice, the first counts in b.
func equalMaps(a, b otlp.Attrs) bool {
	if count(a) != count(b) {
		return false
	}
	for key, v := range a.All() {
		other, found := b.Get(string(key))
		if !found || !Equal(v, other) {
			return false
		}
	}
	return true
}

func count(a otlp.Attrs) (n int) {
	for range a.All() {
		n++
	}
	return n
}
