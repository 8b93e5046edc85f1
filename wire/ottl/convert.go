package ottl

import (
	"encoding/binary"
	"errors"
	"strconv"
)

// evalError says that a condition has no answer. It is made before any data
// comes, so that an error for each item costs nothing.
type evalError struct{ what string }

func (e *evalError) Error() string { return e.what }

// wrongKind are the errors of values of the wrong kind, by what was wanted and what came.
var wrongKind = func() (table [len(kindNames)][len(kindNames)]*evalError) {
	for want := range kindNames {
		for got := range kindNames {
			table[want][got] = &evalError{"wanted a " + kindNames[want] + ", found " + kindNames[got]}
		}
	}
	return table
}()

// wanted is the error for a value of the wrong kind.
func wanted(want, got kind) error { return wrongKind[want][got] }

// only lets values of one kind pass.
func only(o operand, want kind) getter {
	get := o.get
	return func(e *Env) (value, error) {
		v, err := get(e)
		if err == nil && v.kind != want {
			err = wanted(want, v.kind)
		}
		return v, err
	}
}

// textOf reads a string.
func textOf(o operand) func(e *Env) ([]byte, error) {
	if read := o.text; read != nil {
		return func(e *Env) ([]byte, error) { return read(e), nil }
	}
	get := only(o, kindString)
	return func(e *Env) ([]byte, error) {
		v, err := get(e)
		return v.data, err
	}
}

// likeTextOf reads any value as text; isNil says that there is none.
func likeTextOf(o operand) func(e *Env) (text []byte, isNil bool, err error) {
	if read := o.text; read != nil {
		return func(e *Env) ([]byte, bool, error) { return read(e), false, nil }
	}
	get := o.get
	return func(e *Env) ([]byte, bool, error) {
		v, err := get(e)
		switch {
		case err != nil:
			return nil, false, err
		case v.kind == kindNil:
			return nil, true, nil
		case v.kind == kindString:
			return v.data, false, nil
		}
		text := e.make(func(out []byte) []byte {
			out, err = appendLike(out, &v)
			return out
		})
		return text, false, err
	}
}

// toInt converts as upstream's Int does. Text that is no number gives nil.
func toInt(v *value) (value, error) {
	switch v.kind {
	case kindNil, kindInt:
		return *v, nil
	case kindFloat:
		return intValue(int64(v.float())), nil
	case kindBool:
		return intValue(int64(v.num)), nil
	case kindString:
		n, err := strconv.ParseInt(string(v.data), 10, 64)
		if err != nil {
			return value{}, nil
		}
		return intValue(n), nil
	}
	return value{}, wanted(kindInt, v.kind)
}

var (
	errNoNumber = errors.New("the text is no number")
	errNoBool   = errors.New("the text is neither true nor false")
)

func toFloat(v *value) (value, error) {
	switch v.kind {
	case kindNil, kindFloat:
		return *v, nil
	case kindInt:
		return floatValue(float64(v.int())), nil
	case kindBool:
		return floatValue(float64(v.num)), nil
	case kindString:
		f, err := strconv.ParseFloat(string(v.data), 64)
		if err != nil {
			return value{}, errNoNumber
		}
		return floatValue(f), nil
	}
	return value{}, wanted(kindFloat, v.kind)
}

func toBool(v *value) (value, error) {
	switch v.kind {
	case kindNil, kindBool:
		return *v, nil
	case kindInt:
		return boolValue(v.int() != 0), nil
	case kindFloat:
		return boolValue(v.float() != 0), nil
	case kindString:
		is, err := strconv.ParseBool(string(v.data))
		if err != nil {
			return value{}, errNoBool
		}
		return boolValue(is), nil
	}
	return value{}, wanted(kindBool, v.kind)
}

// toBytes appends the bytes of text and numbers: eight of a number, most significant first.
func toBytes(out []byte, v *value) ([]byte, error) {
	switch v.kind {
	case kindNil:
		return out, nil
	case kindString, kindBytes:
		return append(out, v.data...), nil
	case kindInt, kindFloat:
		return binary.BigEndian.AppendUint64(out, v.num), nil
	case kindBool:
		return append(out, byte(v.num)), nil
	}
	return out, wanted(kindBytes, v.kind)
}

// convertible says why a literal cannot be such an argument.
func convertible(v *value, a accepts) (err error) {
	need := func(want kind) error {
		if v.kind != want {
			return wanted(want, v.kind)
		}
		return nil
	}
	switch a {
	case onlyBool:
		return need(kindBool)
	case onlyInt:
		return need(kindInt)
	case onlyFloat:
		return need(kindFloat)
	case onlyText:
		return need(kindString)
	case onlyMap:
		return need(kindMap)
	case onlyTime:
		return need(kindTime)
	case onlyLength:
		return need(kindDuration)
	case onlyList:
		return need(kindList)
	case likeBool:
		_, err = toBool(v)
	case likeInt:
		_, err = toInt(v)
	case likeFloat:
		_, err = toFloat(v)
	case likeBytes:
		_, err = toBytes(nil, v)
	case likeText:
		if v.kind != kindNil {
			_, err = appendLike(nil, v)
		}
	}
	return err
}
