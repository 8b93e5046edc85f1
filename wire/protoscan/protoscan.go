// Package protoscan reads protobuf fields in place: it returns views of the
// message it was given, allocates nothing and never reads past its end.
//
// Begin with Next, the one decoder; Valid walks a whole level. Writing is in
// append.go.
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
	f := Field{Num: uint32(num), Type: uint8(tag & 7)}
	switch f.Type {
	case Len:
		rest := msg[pos:]
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
		f.Body = rest[w : w+int(size) : w+int(size)]
		f.Size = pos + w + int(size)
	case Varint:
		v, w := binary.Uvarint(msg[pos:])
		if w <= 0 {
			return Field{}, varintErr(w)
		}
		f.Int, f.Size = v, pos+w
	case I64:
		if len(msg)-pos < 8 {
			return Field{}, ErrTruncated
		}
		f.Int, f.Size = binary.LittleEndian.Uint64(msg[pos:]), pos+8
	case I32:
		if len(msg)-pos < 4 {
			return Field{}, ErrTruncated
		}
		f.Int, f.Size = uint64(binary.LittleEndian.Uint32(msg[pos:])), pos+4
	default:
		return Field{}, ErrMalformed
	}
	return f, nil
}

func varintErr(w int) error {
	if w == 0 {
		return ErrTruncated
	}
	return ErrMalformed
}
