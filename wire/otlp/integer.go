package otlp

import (
	"bytes"
	"math"
)

// parseInteger reads a whole number in decimal: digits, or what amounts to a
// whole number, 1.0, 12e3, 1.5e1. ok is false if text is no such number, or if its
// magnitude has more than 64 bits.
func parseInteger(text []byte) (negative bool, v uint64, ok bool) {
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		negative = text[0] == '-'
		text = text[1:]
	}
	if v, ok = parseDigits(text); !ok {
		v, ok = parseScaled(text)
	}
	return negative, v, ok
}

// parseDigits reads digits and nothing else.
func parseDigits(text []byte) (v uint64, ok bool) {
	for _, c := range text {
		d := uint64(c - '0')
		if d > 9 || v > (math.MaxUint64-d)/10 {
			return 0, false
		}
		v = v*10 + d
	}
	return v, len(text) > 0
}

// parseScaled reads digits[.digits][e[+-]digits].
func parseScaled(text []byte) (v uint64, ok bool) {
	scale := 0 // zeros to append to the digits
	if i := bytes.IndexAny(text, "eE"); i >= 0 {
		exponent, sign := text[i+1:], 1
		if len(exponent) > 0 && (exponent[0] == '-' || exponent[0] == '+') {
			if exponent[0] == '-' {
				sign = -1
			}
			exponent = exponent[1:]
		}
		const most = 1000 // far beyond 64 bits, and far from overflow
		n, ok := parseDigits(exponent)
		if !ok || n > most {
			return 0, false
		}
		scale, text = sign*int(n), text[:i]
	}
	whole, fraction, hasPoint := bytes.Cut(text, []byte("."))
	if len(whole) == 0 || hasPoint && len(fraction) == 0 {
		return 0, false
	}
	digits := append(bytes.Clone(whole), fraction...)
	scale -= len(fraction)
	for len(digits) > 1 && digits[len(digits)-1] == '0' {
		digits, scale = digits[:len(digits)-1], scale+1
	}
	v, ok = parseDigits(digits)
	if !ok || v == 0 {
		return 0, ok
	}
	if scale < 0 {
		return 0, false
	}
	for range scale {
		if v > math.MaxUint64/10 {
			return 0, false
		}
		v *= 10
	}
	return v, true
}
