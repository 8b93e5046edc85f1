package otlp

import (
	"encoding/base64"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/oriel-io/oriel/internal/jsonscan"
)

// AppendText appends the value as people read it: text as it is, numbers in
// decimal, bytes as base64, lists and maps as JSON, nothing for an empty value.
// Invalid UTF-8 becomes U+FFFD.
func (v Value) AppendText(dst []byte) []byte {
	switch v.Kind {
	case Empty:
		return dst
	case String:
		return AppendUTF8(dst, v.body)
	case Bytes:
		return base64.StdEncoding.AppendEncode(dst, v.body)
	case Double:
		return strconv.AppendFloat(dst, v.Double(), 'g', -1, 64)
	}
	return v.AppendJSON(dst)
}

// AppendJSON appends the value as JSON: maps in the order of the message, bytes
// as base64, numbers that JSON has not (NaN, infinities) as text, an empty
// value as null. Invalid UTF-8 becomes U+FFFD.
func (v Value) AppendJSON(dst []byte) []byte {
	switch v.Kind {
	case String:
		return AppendJSONString(dst, v.body)
	case Bool:
		return strconv.AppendBool(dst, v.Bool())
	case Int:
		return strconv.AppendInt(dst, v.Int(), 10)
	case Double:
		if x := v.Double(); math.IsNaN(x) || math.IsInf(x, 0) {
			return strconv.AppendQuote(dst, strconv.FormatFloat(x, 'g', -1, 64))
		}
		return strconv.AppendFloat(dst, v.Double(), 'g', -1, 64)
	case Bytes:
		dst = base64.StdEncoding.AppendEncode(append(dst, '"'), v.body)
		return append(dst, '"')
	case Array:
		dst = append(dst, '[')
		comma := false
		for e := range v.Elements() {
			if comma {
				dst = append(dst, ',')
			}
			comma = true
			dst = e.AppendJSON(dst)
		}
		return append(dst, ']')
	case Map:
		return v.Entries().AppendJSON(dst)
	}
	return append(dst, "null"...)
}

// AppendJSON appends the attributes as a JSON object, in their order.
func (a Attrs) AppendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	comma := false
	for k, v := range a.All() {
		if comma {
			dst = append(dst, ',')
		}
		comma = true
		dst = append(AppendJSONString(dst, k), ':')
		dst = v.AppendJSON(dst)
	}
	return append(dst, '}')
}

// AppendUTF8 appends text with each invalid byte replaced by U+FFFD.
func AppendUTF8(dst, text []byte) []byte {
	for len(text) > 0 {
		valid := 0
		for valid < len(text) {
			if text[valid] < utf8.RuneSelf {
				valid++
				continue
			}
			r, size := utf8.DecodeRune(text[valid:])
			if r == utf8.RuneError && size == 1 {
				break
			}
			valid += size
		}
		dst = append(dst, text[:valid]...)
		if text = text[valid:]; len(text) > 0 {
			dst = append(dst, "\uFFFD"...)
			text = text[1:]
		}
	}
	return dst
}

// AppendJSONString appends text as a JSON string; see AppendUTF8.
func AppendJSONString(dst, text []byte) []byte { return jsonscan.AppendString(dst, text) }
