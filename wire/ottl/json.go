package ottl

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/oriel-io/oriel/wire/otlp"
)

var errNotJSON = errors.New("NaN and infinity have no JSON form")

// appendLike appends the text that functions see which take any value for a
// text: a string as it is, bytes in hexadecimal, all else as JSON in the form that
// upstream's encoder gives it. Precondition: v is not nil.
func appendLike(out []byte, v *value) ([]byte, error) {
	switch v.kind {
	case kindString:
		return append(out, v.data...), nil
	case kindBytes:
		return hex.AppendEncode(out, v.data), nil
	case kindBool:
		return strconv.AppendBool(out, v.bool()), nil
	case kindInt:
		return strconv.AppendInt(out, v.int(), 10), nil
	case kindFloat:
		return likeJSON.float(out, v.float())
	case kindMap:
		return likeJSON.entries(out, v.entries())
	case kindSlice, kindList:
		return likeJSON.value(out, v.list())
	case kindTraceID, kindSpanID:
		return appendNumbers(out, v.data), nil
	}
	return out, errors.New(v.kind.String() + " has no text")
}

// AppendString appends a value as upstream's AsString writes it: text as it is,
// bytes in base64, maps and lists as JSON.
func AppendString(out []byte, v otlp.Value) []byte {
	switch v.Kind {
	case otlp.String:
		return append(out, v.Body()...)
	case otlp.Bool:
		return strconv.AppendBool(out, v.Bool())
	case otlp.Int:
		return strconv.AppendInt(out, v.Int(), 10)
	case otlp.Double:
		if x := v.Double(); math.IsNaN(x) || math.IsInf(x, 0) {
			return strconv.AppendFloat(append(out, "json: unsupported value: "...), x, 'g', -1, 64)
		}
		out, _ = bodyJSON.float(out, v.Double())
		return out
	case otlp.Bytes:
		return base64.StdEncoding.AppendEncode(out, v.Body())
	case otlp.Array, otlp.Map:
		text, err := bodyJSON.value(nil, v)
		if err != nil {
			return out // as upstream: nothing
		}
		return append(out, text...)
	}
	return out
}

// appendNumbers writes bytes as a JSON list of numbers.
func appendNumbers(out, data []byte) []byte {
	for i, b := range data {
		sep := byte(',')
		if i == 0 {
			sep = '['
		}
		out = strconv.AppendUint(append(out, sep), uint64(b), 10)
	}
	return append(out, ']')
}

// dialect is one of the two JSON encoders that upstream uses. They differ in
// small things that a regular expression can see.
type dialect struct {
	shortExponent bool // 1e-7, not 1e-07
	backspace     bool // \b and \f, not \u0008 and \u000c
	encodedOrder  bool // keys are sorted as they are written, quotes included
}

var (
	likeJSON = dialect{encodedOrder: true}
	bodyJSON = dialect{shortExponent: true, backspace: true}
)

func (d dialect) float(out []byte, x float64) ([]byte, error) {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return out, errNotJSON
	}
	format := byte('f')
	if abs := math.Abs(x); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	out = strconv.AppendFloat(out, x, format, -1, 64)
	if n := len(out); d.shortExponent && format == 'e' && n >= 4 && string(out[n-4:n-1]) == "e-0" {
		out = append(out[:n-2], out[n-1])
	}
	return out, nil
}

func (d dialect) value(out []byte, v otlp.Value) (_ []byte, err error) {
	switch v.Kind {
	case otlp.String:
		return d.text(out, v.Body()), nil
	case otlp.Bool:
		return strconv.AppendBool(out, v.Bool()), nil
	case otlp.Int:
		return strconv.AppendInt(out, v.Int(), 10), nil
	case otlp.Double:
		return d.float(out, v.Double())
	case otlp.Bytes:
		if len(v.Body()) == 0 {
			return append(out, "null"...), nil
		}
		return append(base64.StdEncoding.AppendEncode(append(out, '"'), v.Body()), '"'), nil
	case otlp.Array:
		out = append(out, '[')
		first := true
		for e := range v.Elements() {
			if !first {
				out = append(out, ',')
			}
			first = false
			if out, err = d.value(out, e); err != nil {
				return out, err
			}
		}
		return append(out, ']'), nil
	case otlp.Map:
		return d.entries(out, v.Entries())
	}
	return append(out, "null"...), nil
}

// entries writes a map, sorted. Of a key that comes twice, the last one counts.
func (d dialect) entries(out []byte, a otlp.Attrs) (_ []byte, err error) {
	type entry struct {
		key, written []byte
		value        otlp.Value
	}
	var list []entry
	for key, v := range a.All() {
		if i := slices.IndexFunc(list, func(e entry) bool { return string(e.key) == string(key) }); i >= 0 {
			list[i].value = v
			continue
		}
		list = append(list, entry{key, d.text(nil, key), v})
	}
	slices.SortFunc(list, func(a, b entry) int {
		if d.encodedOrder {
			return slices.Compare(a.written, b.written)
		}
		return slices.Compare(a.key, b.key)
	})
	out = append(out, '{')
	for i, e := range list {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(out, e.written...), ':')
		if out, err = d.value(out, e.value); err != nil {
			return out, err
		}
	}
	return append(out, '}'), nil
}

// text writes a JSON string that is safe inside HTML.
func (d dialect) text(out, s []byte) []byte {
	const digits = "0123456789abcdef"
	out = append(out, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRune(s[i:])
			switch {
			case r == utf8.RuneError && size == 1:
				out = append(out, `\ufffd`...)
			case r == '\u2028' || r == '\u2029':
				out = append(out, `\u202`...)
				out = append(out, digits[r&15])
			default:
				out = append(out, s[i:i+size]...)
			}
			i += size
			continue
		}
		i++
		switch {
		case c == '"' || c == '\\':
			out = append(out, '\\', c)
		case c == '\n':
			out = append(out, `\n`...)
		case c == '\r':
			out = append(out, `\r`...)
		case c == '\t':
			out = append(out, `\t`...)
		case c == '\b' && d.backspace:
			out = append(out, `\b`...)
		case c == '\f' && d.backspace:
			out = append(out, `\f`...)
		case c < ' ' || c == '<' || c == '>' || c == '&':
			out = append(out, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		default:
			out = append(out, c)
		}
	}
	return append(out, '"')
}
