package zipkin

import (
	"encoding/base64"
	"math"
	"strconv"

	"github.com/oriel-io/oriel/internal/jsonscan"
	"github.com/oriel-io/oriel/wire/otlp"
)

// appendTagText is the text that a value has as a tag.
func appendTagText(b []byte, v otlp.Value) []byte {
	switch v.Kind {
	case otlp.String:
		return append(b, v.Text()...)
	case otlp.Bytes:
		return base64.StdEncoding.AppendEncode(b, v.Raw())
	case otlp.Double:
		return appendFloat(b, v.Double())
	case otlp.Empty:
		return b
	}
	return appendValueJSON(b, v)
}

// appendFloat writes small and large numbers with an exponent, as encoding/json does.
func appendFloat(b []byte, f float64) []byte {
	format := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	return strconv.AppendFloat(b, f, format, -1, 64)
}

func appendValueJSON(b []byte, v otlp.Value) []byte {
	switch v.Kind {
	case otlp.String:
		return jsonscan.AppendString(b, v.Text())
	case otlp.Bool:
		return strconv.AppendBool(b, v.Bool())
	case otlp.Int:
		return strconv.AppendInt(b, v.Int(), 10)
	case otlp.Double:
		if f := v.Double(); !math.IsNaN(f) && !math.IsInf(f, 0) {
			return appendFloat(b, f)
		}
		return append(appendFloat(append(b, '"'), v.Double()), '"')
	case otlp.Bytes:
		return append(base64.StdEncoding.AppendEncode(append(b, '"'), v.Raw()), '"')
	case otlp.Array:
		b = append(b, '[')
		first := true
		for element := range v.Elements() {
			if !first {
				b = append(b, ',')
			}
			first = false
			b = appendValueJSON(b, element)
		}
		return append(b, ']')
	case otlp.Map:
		b, _ = appendAttrsJSON(b, v.Entries())
		return b
	}
	return append(b, "null"...)
}

// appendAttrsJSON writes attributes as a JSON object, and says whether there are any.
func appendAttrsJSON(b []byte, attrs otlp.Attrs) (_ []byte, some bool) {
	b = append(b, '{')
	for key, value := range attrs.All() {
		if some {
			b = append(b, ',')
		}
		some = true
		b = append(jsonscan.AppendString(b, key), ':')
		b = appendValueJSON(b, value)
	}
	return append(b, '}'), some
}
