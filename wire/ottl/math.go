package ottl

import (
	"errors"
	"time"
)

var (
	errDivideByZero = errors.New("division by zero")
	errTimeOperator = errors.New("times and durations can only be added and subtracted")
	errTimeMix      = errors.New("of times and durations, a duration can be added to or subtracted from either, and a time from a time")
	errNotNumeric   = errors.New("arithmetic needs numbers, times or durations on both sides")
	errNegate       = errors.New("only a number can have a minus sign")
)

// math compiles left op right.
func (b *builder) math(node *valueNode) (operand, error) {
	left, err := b.value(node.left)
	if err != nil {
		return operand{}, err
	}
	right, err := b.value(node.right)
	if err != nil {
		return operand{}, err
	}
	op, x, y := node.op, left.get, right.get
	out := operand{at: node.at, kinds: setOf(kindInt, kindFloat) | (left.kinds|right.kinds)&timeKinds, level: max(left.level, right.level)}
	if left.kinds.has(kindTime) && right.kinds.has(kindTime) {
		out.kinds |= setOf(kindDuration)
	}
	out.get = func(e *Env) (value, error) {
		a, err := x(e)
		if err != nil {
			return value{}, err
		}
		b, err := y(e)
		if err != nil {
			return value{}, err
		}
		return calculate(&a, &b, op)
	}
	if left.constant != nil && right.constant != nil {
		return fold(out), nil
	}
	return out, nil
}

// negate compiles -left, where left is no number in the text.
func (b *builder) negate(node *valueNode) (operand, error) {
	inner, err := b.value(node.left)
	if err != nil {
		return operand{}, err
	}
	x := inner.get
	out := operand{at: node.at, kinds: setOf(kindInt, kindFloat), level: inner.level}
	out.get = func(e *Env) (value, error) {
		v, err := x(e)
		switch {
		case err != nil:
			return value{}, err
		case v.kind == kindInt:
			return intValue(-v.int()), nil
		case v.kind == kindFloat:
			return floatValue(-v.float()), nil
		}
		return value{}, errNegate
	}
	if inner.constant != nil {
		return fold(out), nil
	}
	return out, nil
}

// fold computes a value that does not depend on data. One that is an error
// stays as it is: upstream reports that each time.
func fold(o operand) operand {
	v, err := o.get(&Env{})
	if err != nil {
		return o
	}
	folded := constant(o.at, v)
	if v.kind == kindBool {
		is := v.bool()
		folded.test = func(*Env) (bool, error) { return is, nil }
	}
	return folded
}

func calculate(a, b *value, op byte) (value, error) {
	switch {
	case a.kind == kindInt && b.kind == kindInt:
		return withInts(a.int(), b.int(), op)
	case a.kind == kindTime:
		return withTime(a.time(), b, op)
	case a.kind == kindDuration:
		return withDuration(a.duration(), b, op)
	}
	x, ok := asFloat(a)
	y, alsoOK := asFloat(b)
	if !ok || !alsoOK {
		return value{}, errNotNumeric
	}
	switch op {
	case '+':
		return floatValue(x + y), nil
	case '-':
		return floatValue(x - y), nil
	case '*':
		return floatValue(x * y), nil
	}
	if y == 0 {
		return value{}, errDivideByZero
	}
	return floatValue(x / y), nil
}

func asFloat(v *value) (float64, bool) {
	switch v.kind {
	case kindInt:
		return float64(v.int()), true
	case kindFloat:
		return v.float(), true
	}
	return 0, false
}

// withInts wraps around at the ends, as Go does.
func withInts(x, y int64, op byte) (value, error) {
	switch op {
	case '+':
		return intValue(x + y), nil
	case '-':
		return intValue(x - y), nil
	case '*':
		return intValue(x * y), nil
	}
	if y == 0 {
		return value{}, errDivideByZero
	}
	return intValue(x / y), nil
}

func withTime(t time.Time, v *value, op byte) (value, error) {
	switch {
	case op != '+' && op != '-':
		return value{}, errTimeOperator
	case v.kind == kindDuration && op == '+':
		return timeValue(t.Add(v.duration())), nil
	case v.kind == kindDuration:
		return timeValue(t.Add(-v.duration())), nil
	case v.kind == kindTime && op == '-':
		return durationValue(t.Sub(v.time())), nil
	}
	return value{}, errTimeMix
}

func withDuration(d time.Duration, v *value, op byte) (value, error) {
	switch {
	case op != '+' && op != '-':
		return value{}, errTimeOperator
	case v.kind == kindDuration && op == '+':
		return durationValue(d + v.duration()), nil
	case v.kind == kindDuration:
		return durationValue(d - v.duration()), nil
	case v.kind == kindTime && op == '+':
		return timeValue(v.time().Add(d)), nil
	}
	return value{}, errTimeMix
}
