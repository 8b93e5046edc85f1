package block

import (
	"encoding/base64"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/oriel-io/oriel/wire/otlp"
)

// appendAttrsJSON appends attributes as a JSON object. A key that comes twice
// is there twice.
func appendAttrsJSON(b []byte, attrs otlp.Attrs) []byte {
	b = append(b, '{')
	first := true
	for key, v := range attrs.All() {
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(appendJSONString(b, key), ':')
		b = appendJSON(b, v)
	}
	return append(b, '}')
}

// appendJSON appends a value as JSON: bytes as base64, numbers that JSON does
// not know as text.
func appendJSON(b []byte, v otlp.Value) []byte {
	switch v.Kind {
	case otlp.String:
		return appendJSONString(b, v.Text())
	case otlp.Bool:
		return strconv.AppendBool(b, v.Bool())
	case otlp.Int:
		return strconv.AppendInt(b, v.Int(), 10)
	case otlp.Double:
		if d := v.Double(); math.IsNaN(d) || math.IsInf(d, 0) {
			return append(strconv.AppendFloat(append(b, '"'), d, 'g', -1, 64), '"')
		}
		return strconv.AppendFloat(b, v.Double(), 'g', -1, 64)
	case otlp.Bytes:
		b = append(b, '"')
		b = base64.StdEncoding.AppendEncode(b, v.Raw())
		return append(b, '"')
	case otlp.Array:
		b = append(b, '[')
		first := true
		for e := range v.Elements() {
			if !first {
				b = append(b, ',')
			}
			first = false
			b = appendJSON(b, e)
		}
		return append(b, ']')
	case otlp.Map:
		return appendAttrsJSON(b, v.Entries())
	}
	return append(b, "null"...)
}

const hexDigits = "0123456789abcdef"

func appendJSONString(b, s []byte) []byte {
	b = append(b, '"')
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, '\\', 'n')
		case r == '\t':
			b = append(b, '\\', 't')
		case r == '\r':
			b = append(b, '\\', 'r')
		case r < ' ':
			b = append(b, '\\', 'u', '0', '0', hexDigits[r>>4], hexDigits[r&15])
		case r == utf8.RuneError && n == 1:
			b = append(b, `\ufffd`...)
		default:
			b = append(b, s[:n]...)
		}
		s = s[n:]
	}
	return append(b, '"')
}
