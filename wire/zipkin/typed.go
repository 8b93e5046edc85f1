package zipkin

import (
	"strconv"

	"github.com/oriel-io/oriel/wire/otlp"
)

// parsed stands for the kind that the text looks like.
const parsed otlp.ValueKind = 0xff

// typedValue reads text as the kind; text that is not of that kind stays text.
func typedValue(text []byte, kind otlp.ValueKind) otlp.Value {
	if kind == parsed {
		kind = looksLike(text)
	}
	switch kind {
	case otlp.Int:
		if v, err := strconv.ParseInt(string(text), 10, 64); err == nil {
			return otlp.IntValue(v)
		}
	case otlp.Double:
		if v, err := strconv.ParseFloat(string(text), 64); err == nil {
			return otlp.DoubleValue(v)
		}
	case otlp.Bool:
		switch string(text) {
		case "true":
			return otlp.BoolValue(true)
		case "false":
			return otlp.BoolValue(false)
		}
	}
	return otlp.StringValue(text)
}

// looksLike is Int for -?digits, Double for -?digits.digits, Bool for true and
// false, else String.
func looksLike(text []byte) otlp.ValueKind {
	switch string(text) {
	case "true", "false":
		return otlp.Bool
	}
	digits, dots := 0, 0
	for i, c := range text {
		switch {
		case c-'0' <= 9:
			digits++
		case c == '-' && i == 0:
		case c == '.' && dots == 0 && digits > 0 && i < len(text)-1:
			dots++
		default:
			return otlp.String
		}
	}
	switch {
	case digits == 0:
		return otlp.String
	case dots > 0:
		return otlp.Double
	}
	return otlp.Int
}
