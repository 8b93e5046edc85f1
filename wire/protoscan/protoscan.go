// Package protoscan reads protobuf fields in place: it returns views of the
// message it was given, allocates nothing and never reads past its end.
//
// Begin with Next, the one decoder. Writing is in append.go.
//
// Source: https://protobuf.dev/programming-guides/encoding/
package protoscan

import (
	"encoding/binary"
	"errors"
)

// Wire types, the low three bits of a tag. Groups are not used by any format
// that we read and are refused as malformed.
const (
	Varint uint8 = 0
	I64    uint8 = 1
	Len    uint8 = 2
	I32    uint8 = 5
)

// ErrTruncated says that a field claims more bytes than the message has.
var ErrTruncated = errors.New("protobuf: message ends inside a field")

// ErrMalformed says that bytes cannot be a protobuf field: a varint over ten
// bytes, field number 0 or above 2^31-1 (what other decoders take), or a group.
var ErrMalformed = errors.New("protobuf: malformed field")

const maxFieldNum = 1<<31 - 1

// Field is one decoded tag with its value.
type Field struct {
	Num  uint32
	Type uint8
	Int  uint64 // value of a Varint, I64 or I32 field
	Body []byte // value of a Len field; aliases msg
	Size int    // encoded bytes, tag included: msg[:Size] can be copied through untouched
}

// Tag is number and type in one byte, as most fields have it on the wire, to
// switch on: 9<<3 | protoscan.Len. It is 0 for numbers above 31.
func (f *Field) Tag() uint8 {
	if f.Num > 31 {
		return 0
	}
	return uint8(f.Num<<3) | f.Type
}

// Next reads the first field of msg. It allocates nothing and reads no byte past len(msg).
//
// Source: https://protobuf.dev/programming-guides/encoding/#structure
// Errors: ErrTruncated, ErrMalformed; the Field is then zero. Precondition: len(msg) > 0.
func Next(msg []byte) (Field, error) {
	tag, pos := uint64(msg[0]), 1
	if tag >= 0x80 {
		if tag, pos = binary.Uvarint(msg); pos <= 0 {
			return Field{}, varintErr(pos)
		}
	}
	num := tag >> 3
	if num == 0 || num > maxFieldNum {
		return Field{}, ErrMalformed
	}
	rest := msg[pos:]
	switch uint8(tag & 7) {
	case Len:
		if len(rest) == 0 {
			return Field{}, ErrTruncated
		}
		size, w := uint64(rest[0]), 1
		if size >= 0x80 {
			if size, w = binary.Uvarint(rest); w <= 0 {
				return Field{}, varintErr(w)
			}
		}
		// Compare in uint64: a hostile length must not wrap when made an int.
		if size > uint64(len(rest)-w) {
			return Field{}, ErrTruncated
		}
		end := w + int(size)
		return Field{Num: uint32(num), Type: Len, Body: rest[w:end:end], Size: pos + end}, nil
	case Varint:
		if len(rest) > 0 && rest[0] < 0x80 {
			return Field{Num: uint32(num), Type: Varint, Int: uint64(rest[0]), Size: pos + 1}, nil
		}
		v, w := binary.Uvarint(rest)
		if w <= 0 {
			return Field{}, varintErr(w)
		}
		return Field{Num: uint32(num), Type: Varint, Int: v, Size: pos + w}, nil
	case I64:
		if len(rest) < 8 {
			return Field{}, ErrTruncated
		}
		return Field{Num: uint32(num), Type: I64, Int: binary.LittleEndian.Uint64(rest), Size: pos + 8}, nil
	case I32:
		if len(rest) < 4 {
			return Field{}, ErrTruncated
		}
		return Field{Num: uint32(num), Type: I32, Int: uint64(binary.LittleEndian.Uint32(rest)), Size: pos + 4}, nil
	}
	return Field{}, ErrMalformed
}

func varintErr(w int) error {
	if w == 0 {
		return ErrTruncated
	}
	return ErrMalformed
}
