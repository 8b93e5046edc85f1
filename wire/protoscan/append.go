package protoscan

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// AppendTag appends the tag of field num with wire type typ.
func AppendTag(b []byte, num uint32, typ uint8) []byte {
	return binary.AppendUvarint(b, uint64(num)<<3|uint64(typ))
}

// AppendVarint appends a varint field; v is written even when it is zero.
func AppendVarint(b []byte, num uint32, v uint64) []byte {
	return binary.AppendUvarint(AppendTag(b, num, Varint), v)
}

// AppendFixed64 appends an I64 field.
func AppendFixed64(b []byte, num uint32, v uint64) []byte {
	return binary.LittleEndian.AppendUint64(AppendTag(b, num, I64), v)
}

// AppendFixed32 appends an I32 field.
func AppendFixed32(b []byte, num uint32, v uint32) []byte {
	return binary.LittleEndian.AppendUint32(AppendTag(b, num, I32), v)
}

// AppendDouble appends a double as an I64 field.
func AppendDouble(b []byte, num uint32, v float64) []byte {
	return AppendFixed64(b, num, math.Float64bits(v))
}

// AppendBytes appends a Len field.
func AppendBytes[T string | []byte](b []byte, num uint32, v T) []byte {
	b = binary.AppendUvarint(AppendTag(b, num, Len), uint64(len(v)))
	return append(b, v...)
}

// SizeVarint is the number of bytes that v takes as a varint.
func SizeVarint(v uint64) int { return (bits.Len64(v|1) + 6) / 7 }

// SizeLen is the number of bytes that a Len field with a body of n bytes takes.
func SizeLen(num uint32, n int) int {
	return SizeVarint(uint64(num)<<3) + SizeVarint(uint64(n)) + n
}

// Open begins a Len field whose size is not known yet and returns where its
// body starts; Close ends it. The nesting is strictly last in, first out.
//
//	b, mark := protoscan.Open(b, 1)
//	b = protoscan.AppendBytes(b, 1, "inside")
//	b = protoscan.Close(b, mark)
func Open(b []byte, num uint32) ([]byte, int) {
	b = append(AppendTag(b, num, Len), 0)
	return b, len(b)
}

// Close writes the length of the field that Open began. One length byte is
// reserved; a body of 128 bytes or more is moved up to make room.
func Close(b []byte, mark int) []byte {
	size := len(b) - mark
	extra := SizeVarint(uint64(size)) - 1
	if extra > 0 {
		var room [binary.MaxVarintLen64]byte
		b = append(b, room[:extra]...)
		copy(b[mark+extra:], b[mark:mark+size])
	}
	binary.PutUvarint(b[mark-1:mark+extra], uint64(size))
	return b
}
