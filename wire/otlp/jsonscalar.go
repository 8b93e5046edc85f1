package otlp

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/oriel-io/oriel/internal/jsonscan"
	"github.com/oriel-io/oriel/wire/protoscan"
)

// single reads the value of a field that is no message and not repeated.
func (r *jsonReader) single(b []byte, m *message, f *field) []byte {
	switch f.text {
	case formText:
		if text := r.scan.String(); len(text) > 0 || f.keep {
			b = protoscan.AppendBytes(b, f.num, text)
		}
	case formHex:
		if id := r.hexID(m, f); len(id) > 0 {
			b = protoscan.AppendBytes(b, f.num, id)
		}
	case formBase64:
		b = protoscan.AppendBytes(b, f.num, r.base64(m, f))
	default:
		if v := r.number(m, f); v != 0 || f.keep {
			b = appendNumber(protoscan.AppendTag(b, f.num, f.wire), f, v)
		}
	}
	return b
}

func appendNumber(b []byte, f *field, v uint64) []byte {
	switch f.wire {
	case protoscan.I64:
		return binary.LittleEndian.AppendUint64(b, v)
	case protoscan.I32:
		return binary.LittleEndian.AppendUint32(b, uint32(v))
	}
	return binary.AppendUvarint(b, v)
}

// number reads a number, bool or enum as the bits that protobuf has for it.
func (r *jsonReader) number(m *message, f *field) uint64 {
	s := &r.scan
	switch {
	case f.text == formBool && s.Bool():
		return 1
	case f.text == formBool:
		return 0
	case f.text == formEnum && s.Peek() == jsonscan.String:
		return r.enumName(m, f)
	}
	kind := s.Peek()
	at := s.Offset()
	var digits []byte
	if kind == jsonscan.String {
		digits = s.String()
	} else {
		digits = s.Number()
	}
	if s.Err() != nil {
		return 0
	}
	if f.text == formDouble {
		v, err := strconv.ParseFloat(string(digits), 64)
		if err != nil {
			r.fail(at, m, f, quoted(digits)+" is not a number of 64 bits")
		}
		return math.Float64bits(v)
	}
	negative, v, ok := parseInteger(digits)
	if !ok {
		r.fail(at, m, f, quoted(digits)+" is not a whole number of 64 bits")
	} else if !f.text.fits(negative, v) {
		r.fail(at, m, f, quoted(digits)+" does not fit")
	}
	if negative {
		v = -v
	}
	if f.text == formSint32 {
		return uint64(uint32(int32(v)<<1 ^ int32(v)>>31))
	}
	return v
}

func (r *jsonReader) enumName(m *message, f *field) uint64 {
	at := r.scan.Offset()
	name := r.scan.String()
	v, known := f.enum[string(name)]
	if !known {
		r.fail(at, m, f, quoted(name)+" is not the name of a value")
	}
	return uint64(v)
}

// fits says whether a number with this magnitude is in the range of the form.
func (f textForm) fits(negative bool, v uint64) bool {
	switch f {
	case formUint32:
		return v <= math.MaxUint32 && (!negative || v == 0)
	case formUint64:
		return !negative || v == 0
	case formInt64:
		return v <= math.MaxInt64 || negative && v == 1<<63
	}
	return v <= math.MaxInt32 || negative && v == 1<<31
}

// hexID reads an id; nil if it is not set. It is good until the next call.
func (r *jsonReader) hexID(m *message, f *field) []byte {
	r.scan.Peek()
	at := r.scan.Offset()
	digits := r.scan.String()
	if len(digits) == 0 {
		return nil // not set, or no text
	}
	if len(digits) == 2*f.id {
		if n, err := hex.Decode(r.id[:], digits); err == nil {
			return r.id[:n]
		}
	}
	r.fail(at, m, f, fmt.Sprintf("%s is not an id of %d hexadecimal digits", quoted(digits), 2*f.id))
	return nil
}

func (r *jsonReader) base64(m *message, f *field) []byte {
	r.scan.Peek()
	at := r.scan.Offset()
	text := strings.TrimRight(string(r.scan.String()), "=")
	encoding := base64.RawStdEncoding
	if strings.ContainsAny(text, "-_") {
		encoding = base64.RawURLEncoding
	}
	raw, err := encoding.DecodeString(text)
	if err != nil {
		r.fail(at, m, f, "is not base64")
	}
	return raw
}

// fail is an error about a field.
func (r *jsonReader) fail(at int, m *message, f *field, what string) {
	r.scan.Fail(at, m.name+"."+f.json+" "+what)
}

// quoted keeps an error short that quotes what was sent.
func quoted(text []byte) string {
	const most = 40
	if len(text) > most {
		return strconv.Quote(string(text[:most]) + "...")
	}
	return strconv.Quote(string(text))
}
