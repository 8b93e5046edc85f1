package plan

import (
	"cmp"
	"encoding/hex"
	"math"
	"strconv"
	"strings"
)

// Text is the value as people read it: numbers in decimal, Bytes in hex, Null empty.
func (v Value) Text() string {
	switch v.Kind {
	case String:
		return v.Str
	case Int:
		return strconv.FormatInt(v.Int, 10)
	case Float:
		return strconv.FormatFloat(v.Float, 'g', -1, 64)
	case Bool:
		return strconv.FormatBool(v.Int != 0)
	case Bytes:
		return hex.EncodeToString([]byte(v.Str))
	}
	return ""
}

// IsNumber says that the value is an Int, or a Float that is not NaN.
func (v Value) IsNumber() bool {
	return v.Kind == Int || v.Kind == Float && !math.IsNaN(v.Float)
}

// ParseNumber reads a decimal number: -?digits[.digits][e[+-]digits]. It is an
// Int if it has digits only and fits, otherwise a Float.
func ParseNumber(s string) (Value, bool) {
	if !isNumber(s) {
		return Value{}, false
	}
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return I(i), true
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil { // out of range
		return Value{}, false
	}
	return Fl(f), true
}

func isNumber(s string) bool {
	digits := func() bool {
		n := 0
		for n < len(s) && '0' <= s[n] && s[n] <= '9' {
			n++
		}
		s = s[n:]
		return n > 0
	}
	s = strings.TrimPrefix(s, "-")
	if !digits() {
		return false
	}
	if strings.HasPrefix(s, ".") {
		if s = s[1:]; !digits() {
			return false
		}
	}
	if s != "" && (s[0] == 'e' || s[0] == 'E') {
		s = s[1:]
		if s != "" && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		if !digits() {
			return false
		}
	}
	return s == ""
}

// CompareValues compares the value of a row with the Value of a Compare. ok is
// false if they are unequal and unordered; then Ne alone holds, and not even that if
// the row's value is null.
func CompareValues(row, with Value) (c int, ok bool) {
	if row.Kind == String && (with.Kind == Int || with.Kind == Float) {
		if row, ok = ParseNumber(row.Str); !ok {
			return 0, false
		}
	}
	switch {
	case row.IsNumber() && with.IsNumber():
		return compareNumbers(row, with), true
	case row.Kind != with.Kind || row.Kind == Null || row.Kind == Float:
		return 0, false
	case row.Kind == Bool:
		return cmp.Compare(row.Int, with.Int), true
	}
	return strings.Compare(row.Str, with.Str), true
}

// Holds applies an operator to what CompareValues says about a row's value.
func (op Op) Holds(row, with Value) bool {
	if row.Kind == Null || with.Kind == Null {
		return false
	}
	c, ok := CompareValues(row, with)
	if !ok {
		return op == Ne
	}
	switch op {
	case Eq:
		return c == 0
	case Ne:
		return c != 0
	case Lt:
		return c < 0
	case Le:
		return c <= 0
	case Gt:
		return c > 0
	case Ge:
		return c >= 0
	}
	return false
}

// compareNumbers is exact: an Int is not rounded to a Float.
func compareNumbers(a, b Value) int {
	switch {
	case a.Kind == Int && b.Kind == Int:
		return cmp.Compare(a.Int, b.Int)
	case a.Kind == Float && b.Kind == Float:
		return cmp.Compare(a.Float, b.Float)
	case a.Kind == Int:
		return compareIntFloat(a.Int, b.Float)
	}
	return -compareIntFloat(b.Int, a.Float)
}

func compareIntFloat(i int64, f float64) int {
	if f >= 1<<63 {
		return -1
	}
	if f < -1<<63 {
		return 1
	}
	whole := math.Trunc(f)
	if c := cmp.Compare(i, int64(whole)); c != 0 {
		return c
	}
	return cmp.Compare(whole, f)
}

// OrderValues is the total order in which answers are sorted: booleans,
// numbers, NaN, strings, bytes, null. Equal numbers of different kinds: the Int first.
func OrderValues(a, b Value) int {
	if c := cmp.Compare(rank(a), rank(b)); c != 0 {
		return c
	}
	switch {
	case a.Kind == Bool:
		return cmp.Compare(a.Int, b.Int)
	case a.IsNumber():
		return cmp.Or(compareNumbers(a, b), cmp.Compare(a.Kind, b.Kind))
	}
	return strings.Compare(a.Str, b.Str)
}

func rank(v Value) int {
	switch v.Kind {
	case Bool:
		return 0
	case Int:
		return 1
	case Float:
		if math.IsNaN(v.Float) {
			return 2
		}
		return 1
	case String:
		return 3
	case Bytes:
		return 4
	}
	return 5
}
