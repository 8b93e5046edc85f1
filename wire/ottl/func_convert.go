package ottl

import (
	"encoding/hex"
	"errors"
)

// convertFunctions make one kind of value of another.
var convertFunctions = map[string]function{
	"Int":    converter("A number, true (1), false (0) or text as a whole number; nil for text that is none; an error for maps, lists and bytes.", likeInt, kindInt, toInt),
	"Double": converter("A number, true (1), false (0) or text as a floating-point number; an error for all else.", likeFloat, kindFloat, toFloat),
	"Bool":   converter("A number (not 0) or text as true or false; an error for all else.", likeBool, kindBool, toBool),
	"String": {
		params:  []param{{name: "target", accepts: likeText}},
		about:   "The value as text: bytes in hexadecimal, maps and lists as JSON; nil stays nil.",
		compile: compileString,
	},
	"Hex": {
		params:  []param{{name: "target", accepts: likeBytes}},
		about:   "Bytes, text or the eight bytes of a number in hexadecimal.",
		compile: compileHex,
	},
	"TraceID": id("The trace id of 16 bytes, or of text of 32 hexadecimal digits.", kindTraceID, 16),
	"SpanID":  id("The span id of 8 bytes, or of text of 16 hexadecimal digits.", kindSpanID, 8),
}

func converter(about string, a accepts, k kind, convert func(*value) (value, error)) function {
	return function{params: []param{{name: "target", accepts: a}}, about: about, compile: func(_ *builder, _ *callNode, args []operand) (operand, error) {
		get := args[0].get
		return operand{kinds: setOf(k, kindNil), get: func(e *Env) (value, error) {
			v, err := get(e)
			if err != nil {
				return value{}, err
			}
			return convert(&v)
		}}, nil
	}}
}

func compileString(_ *builder, _ *callNode, args []operand) (operand, error) {
	read := likeTextOf(args[0])
	return operand{kinds: setOf(kindString, kindNil), text: args[0].text, get: func(e *Env) (value, error) {
		text, isNil, err := read(e)
		if isNil || err != nil {
			return value{}, err
		}
		return stringValue(text), nil
	}}, nil
}

func compileHex(_ *builder, _ *callNode, args []operand) (operand, error) {
	get := args[0].get
	return operand{kinds: setOf(kindString), get: func(e *Env) (value, error) {
		v, err := get(e)
		if err != nil {
			return value{}, err
		}
		var room [64]byte
		raw, err := toBytes(room[:0], &v)
		if err != nil {
			return value{}, err
		}
		return stringValue(e.make(func(out []byte) []byte { return hex.AppendEncode(out, raw) })), nil
	}}, nil
}

var errNoID = errors.New("an id is 16 bytes (trace) or 8 bytes (span), or twice as many hexadecimal digits")

// id makes TraceID and SpanID.
func id(about string, k kind, size int) function {
	return function{params: []param{{name: "target", accepts: likeBytes}}, about: about, compile: func(b *builder, _ *callNode, args []operand) (operand, error) {
		get := args[0].get
		out := operand{kinds: setOf(k), get: func(e *Env) (value, error) {
			v, err := get(e)
			if err != nil {
				return value{}, err
			}
			return toID(e, &v, k, size)
		}}
		if args[0].literal {
			if _, err := out.get(&Env{}); err != nil {
				return operand{}, b.wrong(args[0].at, "%v", err)
			}
		}
		return out, nil
	}}
}

func toID(e *Env, v *value, k kind, size int) (value, error) {
	var room [64]byte
	raw, err := toBytes(room[:0], v)
	if err != nil {
		return value{}, err
	}
	switch len(raw) {
	case size:
	case 2 * size:
		n, err := hex.Decode(raw, raw)
		if err != nil {
			return value{}, errNoID
		}
		raw = raw[:n]
	default:
		return value{}, errNoID
	}
	return value{kind: k, data: e.make(func(out []byte) []byte { return append(out, raw...) })}, nil
}
