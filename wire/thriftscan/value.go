package thriftscan

import (
	"encoding/binary"
	"math"
)

// Bool reads a bool.
func (r *Reader) Bool() bool {
	if r.pending != none {
		v := r.pending == isTrue
		r.pending = none
		return v
	}
	return r.Byte() == 1 // in a list of the compact protocol, too
}

// Byte reads an i8.
func (r *Reader) Byte() int8 {
	if r.left() == 0 {
		r.fail("the message ends where a byte should be")
		return 0
	}
	r.pos++
	return int8(r.msg[r.pos-1])
}

// I16 reads an i16.
func (r *Reader) I16() int16 {
	if r.compact {
		return int16(r.zigzag32())
	}
	if b := r.take(2, "an i16"); b != nil {
		return int16(binary.BigEndian.Uint16(b))
	}
	return 0
}

// I32 reads an i32, or an enum.
func (r *Reader) I32() int32 {
	if r.compact {
		return r.zigzag32()
	}
	if b := r.take(4, "an i32"); b != nil {
		return int32(binary.BigEndian.Uint32(b))
	}
	return 0
}

// I64 reads an i64.
func (r *Reader) I64() int64 {
	if r.compact {
		v := r.varint()
		return int64(v>>1) ^ -int64(v&1)
	}
	if b := r.take(8, "an i64"); b != nil {
		return int64(binary.BigEndian.Uint64(b))
	}
	return 0
}

// Double reads a double. The compact protocol has it with the low byte first.
func (r *Reader) Double() float64 {
	b := r.take(8, "a double")
	if b == nil {
		return 0
	}
	if r.compact {
		return math.Float64frombits(binary.LittleEndian.Uint64(b))
	}
	return math.Float64frombits(binary.BigEndian.Uint64(b))
}

// Bytes reads a string or binary; it aliases the message.
func (r *Reader) Bytes() []byte {
	if r.compact {
		return r.sized(int32(r.varint()))
	}
	return r.sized(r.I32())
}

// maxDepth is how deep a value that is skipped may nest, as in Thrift's own libraries.
const maxDepth = 64

// Skip passes by a value of any type.
func (r *Reader) Skip(t Type) { r.skip(t, maxDepth) }

func (r *Reader) skip(t Type, depth int) {
	if depth == 0 {
		r.fail("a value that nests deeper than %d", maxDepth)
		return
	}
	switch t {
	case Bool:
		r.Bool()
	case Byte:
		r.Byte()
	case I16:
		r.I16()
	case I32:
		r.I32()
	case I64:
		r.I64()
	case Double:
		r.Double()
	case String:
		r.Bytes()
	case UUID:
		r.take(16, "a uuid")
	case Struct:
		for f := (Field{}); r.Next(&f); {
			r.skip(f.Type, depth-1)
		}
	case List, Set:
		for elem, n := r.list(); r.More(&n); {
			r.skip(elem, depth-1)
		}
	case Map:
		for key, value, n := r.mapping(); r.More(&n); {
			r.skip(key, depth-1)
			r.skip(value, depth-1)
		}
	default:
		r.fail("a value of the unknown type %d", t)
	}
}

// mapping reads the header of a map.
func (r *Reader) mapping() (key, value Type, n int) {
	if r.compact {
		return r.compactMapping()
	}
	key, value = uint8(r.Byte()), uint8(r.Byte())
	return key, value, r.count(r.I32())
}
