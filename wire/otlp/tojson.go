package otlp

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"math"
	"strconv"

	"github.com/oriel-io/oriel/wire/protoscan"
)

// AppendJSON appends the request as OTLP/JSON on one line, byte for byte as
// upstream's marshaler writes it: fields in the order of the .proto files, none
// that is zero but optional ones, and messages even if they are empty.
// Unknown fields are left out, and what is not UTF-8 becomes U+FFFD.
func (b *Batch) AppendJSON(dst []byte) []byte {
	return appendMessageJSON(dst, roots[b.signal], b.Bytes())
}

// occurrence is where fields of one number stand in a message, as offsets + 1;
// 0 is nowhere.
type occurrence struct{ first, last int }

// appendMessageJSON writes an object. The first pass over msg finds the fields,
// as protobuf may have them in any order and JSON wants each one once.
func appendMessageJSON(dst []byte, m *message, msg []byte) []byte {
	var at [len(m.fields)]occurrence
	for rest := msg; len(rest) > 0; {
		pos := len(msg) - len(rest) + 1
		if num := fieldNum(rest); num < uint32(len(at)) {
			if at[num].first == 0 {
				at[num].first = pos
			}
			at[num].last = pos
		}
		rest = rest[fieldSize(rest):]
	}
	dst = append(dst, '{')
	comma := false
	for _, f := range m.order {
		here := at[f.num]
		if here.first == 0 && !f.once || f.keep && !f.holds(&at) {
			continue
		}
		mark := len(dst)
		if comma {
			dst = append(dst, ',')
		}
		dst = append(append(append(dst, '"'), f.json...), '"', ':')
		before := len(dst)
		if f.list {
			dst = f.appendList(dst, msg, here)
		} else {
			dst = f.appendSingle(dst, msg, here)
		}
		if len(dst) == before {
			dst = dst[:mark]
		} else {
			comma = true
		}
	}
	return append(dst, '}')
}

// holds says whether the field is the one of its oneof that counts, which is the last.
func (f *field) holds(at *[20]occurrence) bool {
	mine := at[f.num].last
	if mine == 0 {
		return false
	}
	for num, other := range at {
		if f.group&(1<<num) != 0 && other.last > mine {
			return false
		}
	}
	return true
}

// appendSingle writes the value of a field that is not repeated: nothing if it is zero.
func (f *field) appendSingle(dst, msg []byte, here occurrence) []byte {
	var v protoscan.Field
	if here.last > 0 {
		v, _ = protoscan.Next(msg[here.last-1:])
	}
	switch f.text {
	case formMessage:
		return appendMessageJSON(dst, f.sub, v.Body)
	case formText:
		if len(v.Body) == 0 && !f.keep {
			return dst
		}
		return AppendJSONString(dst, v.Body)
	case formBase64:
		return append(base64.StdEncoding.AppendEncode(append(dst, '"'), v.Body), '"')
	case formHex:
		if isZero(v.Body) {
			return dst
		}
		return append(hex.AppendEncode(append(dst, '"'), v.Body), '"')
	}
	if v.Int == 0 && !f.keep {
		return dst
	}
	return f.text.appendNumber(dst, v.Int)
}

func isZero(id []byte) bool {
	for _, c := range id {
		if c != 0 {
			return false
		}
	}
	return true
}

// appendList writes an array of all that a repeated field has; nothing if that is nothing.
func (f *field) appendList(dst, msg []byte, here occurrence) []byte {
	empty := len(dst)
	for pos := here.first - 1; pos < here.last; {
		v, err := protoscan.Next(msg[pos:])
		if err != nil {
			break
		}
		if v.Num == f.num {
			dst = f.appendElements(dst, empty, &v)
		}
		pos += v.Size
	}
	if len(dst) == empty {
		return dst
	}
	return append(dst, ']')
}

// appendTextAttrJSON writes a KeyValue that holds text in its usual form; false if it is another one.
func appendTextAttrJSON(dst, kv []byte) ([]byte, bool) {
	if !isPlainAttr(kv) {
		return dst, false
	}
	key, v := readAttr(kv)
	if v.Kind != String || len(key) == 0 {
		return dst, false
	}
	dst = AppendJSONString(append(dst, `{"key":`...), key)
	dst = AppendJSONString(append(dst, `,"value":{"stringValue":`...), v.body)
	return append(dst, "}}"...), true
}

// appendElements writes what one field holds of a list: several numbers if they
// are packed. The array began at start.
func (f *field) appendElements(dst []byte, start int, v *protoscan.Field) []byte {
	open := func() {
		if len(dst) == start {
			dst = append(dst, '[')
		} else {
			dst = append(dst, ',')
		}
	}
	switch {
	case f.sub != nil:
		open()
		if f.sub.isAttr {
			if made, ok := appendTextAttrJSON(dst, v.Body); ok {
				return made
			}
		}
		return appendMessageJSON(dst, f.sub, v.Body)
	case !f.packed:
		open()
		return AppendJSONString(dst, v.Body)
	case v.Type != protoscan.Len:
		open()
		return f.text.appendNumber(dst, v.Int)
	}
	for body := v.Body; len(body) > 0; {
		number, size := uint64(0), 8
		if f.wire == protoscan.I64 {
			number = binary.LittleEndian.Uint64(body)
		} else {
			number, size = binary.Uvarint(body)
		}
		open()
		dst = f.text.appendNumber(dst, number)
		body = body[size:]
	}
	return dst
}

// appendNumber writes the bits that protobuf has: 64-bit whole numbers as text.
func (f textForm) appendNumber(dst []byte, v uint64) []byte {
	switch f {
	case formBool:
		return strconv.AppendBool(dst, v != 0)
	case formEnum:
		return strconv.AppendInt(dst, int64(int32(v)), 10)
	case formUint32:
		return strconv.AppendUint(dst, uint64(uint32(v)), 10)
	case formSint32:
		return strconv.AppendInt(dst, int64(int32(uint32(v)>>1)^-int32(v&1)), 10)
	case formInt64:
		return append(strconv.AppendInt(append(dst, '"'), int64(v), 10), '"')
	case formUint64:
		return append(strconv.AppendUint(append(dst, '"'), v, 10), '"')
	}
	return appendDouble(dst, math.Float64frombits(v))
}

func appendDouble(dst []byte, x float64) []byte {
	switch {
	case math.IsNaN(x):
		return append(dst, `"NaN"`...)
	case math.IsInf(x, 1):
		return append(dst, `"Infinity"`...)
	case math.IsInf(x, -1):
		return append(dst, `"-Infinity"`...)
	}
	format := byte('f')
	if abs := math.Abs(x); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	return strconv.AppendFloat(dst, x, format, -1, 64)
}
