package ottl

import (
	"bytes"
	"errors"
	"unicode/utf8"

	"github.com/oriel-io/oriel/internal/textmatch"
)

// textFunctions look at text and change it.
var textFunctions = map[string]function{
	"IsMatch": {
		params:  []param{{name: "target", accepts: likeText}, {name: "pattern", accepts: onlyText}},
		about:   "Whether the regular expression (Go's, RE2) matches somewhere in the value as text; false for nil. The pattern must stand in the condition.",
		compile: compileIsMatch,
	},
	"HasPrefix": compareTexts("Whether the text begins with the other; an error if one of them is no text.", "prefix", bytes.HasPrefix),
	"HasSuffix": compareTexts("Whether the text ends with the other; an error if one of them is no text.", "suffix", bytes.HasSuffix),
	"Concat": {
		params:  []param{{name: "vals", accepts: listOfTexts}, {name: "delimiter", accepts: onlyText}},
		about:   "The values as text, one after the other, with the delimiter between them.",
		compile: compileConcat,
	},
	"Substring": {
		params:  []param{{name: "target", accepts: onlyText}, {name: "start", accepts: onlyInt}, {name: "length", accepts: onlyInt}},
		about:   "A part of the text, counted in bytes; an error if the text is shorter.",
		compile: compileSubstring,
	},
	"ToLowerCase": changeText("The text in small letters; an error if it is no text.", lowerCase),
	"ToUpperCase": changeText("The text in capital letters; an error if it is no text.", upperCase),
	"Trim": {
		params:  []param{{name: "target", accepts: onlyText}, {name: "replacement", accepts: onlySpell, optional: true}},
		about:   "The text without these characters (by default spaces) at both ends.",
		compile: compileTrim,
	},
	"TrimPrefix": cutText("The text without the other at its beginning.", "prefix", bytes.TrimPrefix),
	"TrimSuffix": cutText("The text without the other at its end.", "suffix", bytes.TrimSuffix),
}

func compileIsMatch(b *builder, _ *callNode, args []operand) (operand, error) {
	target, pattern := args[0], args[1]
	if !pattern.literal {
		return operand{}, b.unsupported(pattern.at, "a pattern that is not constant")
	}
	m, err := textmatch.Compile(string(pattern.constant.data))
	if err != nil {
		return operand{}, b.wrong(pattern.at, "the pattern is no regular expression: %v", err)
	}
	if target.attr != nil {
		return tester(matchAttribute(target.attr, m)), nil
	}
	read := likeTextOf(target)
	return tester(func(e *Env) (bool, error) {
		text, isNil, err := read(e)
		return err == nil && !isNil && m.Match(text), err
	}), nil
}

// matchAttribute is IsMatch of an attribute, which is text nearly always.
func matchAttribute(a attribute, m *textmatch.Matcher) test {
	return func(e *Env) (bool, error) {
		raw, found := a(e)
		if text := raw.Text(); text != nil {
			return m.Match(text), nil
		}
		v := attributeValue(raw)
		if !found || v.kind == kindNil {
			return false, nil
		}
		var err error
		text := e.make(func(out []byte) []byte {
			out, err = appendLike(out, &v)
			return out
		})
		return err == nil && m.Match(text), err
	}
}

func compareTexts(about, other string, holds func(text, other []byte) bool) function {
	params := []param{{name: "target", accepts: onlyText}, {name: other, accepts: onlyText}}
	return function{params: params, about: about, compile: func(_ *builder, _ *callNode, args []operand) (operand, error) {
		target, other := textOf(args[0]), textOf(args[1])
		return tester(func(e *Env) (bool, error) {
			text, err := target(e)
			if err != nil {
				return false, err
			}
			part, err := other(e)
			return err == nil && holds(text, part), err
		}), nil
	}}
}

func cutText(about, other string, cut func(text, other []byte) []byte) function {
	params := []param{{name: "target", accepts: onlyText}, {name: other, accepts: onlyText}}
	return function{params: params, about: about, compile: func(_ *builder, _ *callNode, args []operand) (operand, error) {
		target, other := textOf(args[0]), textOf(args[1])
		return operand{kinds: setOf(kindString), get: func(e *Env) (value, error) {
			text, err := target(e)
			if err != nil {
				return value{}, err
			}
			part, err := other(e)
			return stringValue(cut(text, part)), err
		}}, nil
	}}
}

// changeText makes a function of one that appends the changed text.
func changeText(about string, change func(out, text []byte) []byte) function {
	params := []param{{name: "target", accepts: onlyText}}
	return function{params: params, about: about, compile: func(_ *builder, _ *callNode, args []operand) (operand, error) {
		target := textOf(args[0])
		return operand{kinds: setOf(kindString), get: func(e *Env) (value, error) {
			text, err := target(e)
			if err != nil {
				return value{}, err
			}
			return stringValue(e.make(func(out []byte) []byte { return change(out, text) })), nil
		}}, nil
	}}
}

func lowerCase(out, text []byte) []byte {
	if !isASCII(text) {
		return append(out, bytes.ToLower(text)...)
	}
	for _, c := range text {
		if isUpper(c) {
			c += 'a' - 'A'
		}
		out = append(out, c)
	}
	return out
}

func upperCase(out, text []byte) []byte {
	if !isASCII(text) {
		return append(out, bytes.ToUpper(text)...)
	}
	for _, c := range text {
		if isLower(c) {
			c -= 'a' - 'A'
		}
		out = append(out, c)
	}
	return out
}

func isASCII(text []byte) bool {
	for _, c := range text {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func compileTrim(_ *builder, _ *callNode, args []operand) (operand, error) {
	target, cutset := textOf(args[0]), " "
	if c := args[1].constant; c != nil {
		cutset = string(c.data)
	}
	return operand{kinds: setOf(kindString), get: func(e *Env) (value, error) {
		text, err := target(e)
		return stringValue(bytes.Trim(text, cutset)), err
	}}, nil
}

func compileConcat(b *builder, call *callNode, args []operand) (operand, error) {
	delimiter := textOf(args[1])
	items := call.args[0].value
	if call.args[0].name == "delimiter" {
		items = call.args[1].value
	}
	out := operand{kinds: setOf(kindString)}
	var texts []func(e *Env) ([]byte, bool, error)
	isConstant := args[1].constant != nil
	for _, item := range items.items {
		o, err := b.argument(&argNode{at: item.at, value: item}, param{name: "an item", accepts: likeText}, call.name)
		if err != nil {
			return operand{}, err
		}
		texts = append(texts, likeTextOf(o))
		out.level = max(out.level, o.level)
		isConstant = isConstant && o.constant != nil
	}
	out.get = func(e *Env) (value, error) {
		between, err := delimiter(e)
		if err != nil {
			return value{}, err
		}
		var few [8][]byte
		parts := few[:0]
		for _, text := range texts {
			part, isNil, err := text(e)
			if err != nil {
				return value{}, err
			}
			if isNil {
				part = []byte("<nil>")
			}
			parts = append(parts, part)
		}
		return stringValue(e.make(func(out []byte) []byte {
			for i, part := range parts {
				if i > 0 {
					out = append(out, between...)
				}
				out = append(out, part...)
			}
			return out
		})), nil
	}
	if isConstant {
		return fold(out), nil
	}
	return out, nil
}

var errNegativeStart = errors.New("the start of a substring is negative")
var errNoLength = errors.New("the length of a substring is zero or negative")
var errTooShort = errors.New("the text is shorter than the substring wants")

func compileSubstring(_ *builder, _ *callNode, args []operand) (operand, error) {
	target, start, length := textOf(args[0]), only(args[1], kindInt), only(args[2], kindInt)
	return operand{kinds: setOf(kindString), get: func(e *Env) (value, error) {
		from, err := start(e)
		if err == nil && from.int() < 0 {
			err = errNegativeStart
		}
		if err != nil {
			return value{}, err
		}
		size, err := length(e)
		if err == nil && size.int() <= 0 {
			err = errNoLength
		}
		if err != nil {
			return value{}, err
		}
		text, err := target(e)
		if err != nil {
			return value{}, err
		}
		if n := int64(len(text)); from.int() > n || size.int() > n-from.int() {
			return value{}, errTooShort
		}
		return stringValue(text[from.int() : from.int()+size.int()]), nil
	}}, nil
}
