package otlp

import (
	"iter"

	"github.com/oriel-io/oriel/wire/protoscan"
)

// The readers below look at verified bytes, so nearly every field has one byte
// of tag and one or two of length; each handles that itself and leaves the rest to
// protoscan.Next. What cannot be read ends the message.

// fieldSize is the encoded size of the first field of msg.
// Precondition: len(msg) > 0.
func fieldSize(msg []byte) int {
	if len(msg) > 1 && msg[0] < 0x80 {
		size := 0
		switch msg[0] & 7 {
		case protoscan.Len:
			_, size = shortLen(msg)
		case protoscan.I64:
			size = 9
		case protoscan.Varint:
			if msg[1] < 0x80 {
				size = 2
			}
		}
		if size > 0 && size <= len(msg) {
			return size
		}
	}
	f, err := protoscan.Next(msg)
	if err != nil {
		return len(msg)
	}
	return f.Size
}

// fieldNum is the number of the first field of msg, 0 if it cannot be read.
// Precondition: len(msg) > 0.
func fieldNum(msg []byte) uint32 {
	if msg[0] < 0x80 {
		return uint32(msg[0] >> 3)
	}
	f, _ := protoscan.Next(msg)
	return f.Num
}

// nextLen finds the first Len field num in msg. It returns the body and what
// follows the field; found is false if there is none.
func nextLen(msg []byte, num uint32) (body, rest []byte, found bool) {
	tag := byte(num<<3 | uint32(protoscan.Len))
	for len(msg) > 1 {
		if msg[0] == tag {
			if head, size := shortLen(msg); size > 0 && size <= len(msg) {
				return msg[head:size:size], msg[size:], true
			}
		}
		if msg[0] == tag || msg[0] >= 0x80 {
			f, err := protoscan.Next(msg)
			if err != nil {
				return nil, nil, false
			}
			if f.Num == num && f.Type == protoscan.Len {
				return f.Body, msg[f.Size:], true
			}
		}
		msg = msg[fieldSize(msg):]
	}
	return nil, nil, false
}

// repeated iterates over the bodies of the Len fields num of msg. num is below 16.
func repeated[T ~[]byte](msg []byte, num uint32) iter.Seq[T] {
	return func(yield func(T) bool) {
		body, rest, found := nextLen(msg, num)
		for found && yield(T(body)) {
			body, rest, found = nextLen(rest, num)
		}
	}
}

// first is the body of the first Len field num of msg, nil if there is none.
func first(msg []byte, num uint32) []byte {
	body, _, _ := nextLen(msg, num)
	return body
}

// last is the body of the last Len field num of msg, as protobuf reads text
// that is set twice; nil if there is none.
func last(msg []byte, num uint32) (body []byte) {
	for {
		next, rest, found := nextLen(msg, num)
		if !found {
			return body
		}
		body, msg = next, rest
	}
}

// scalar is the value of the last number field num of msg.
func scalar(msg []byte, num uint32) (v uint64) {
	for len(msg) > 0 {
		f, err := protoscan.Next(msg)
		if err != nil {
			return v
		}
		if f.Num == num {
			v = f.Int
		}
		msg = msg[f.Size:]
	}
	return v
}

// appendOthers appends all fields of msg but a and b.
func appendOthers(out, msg []byte, a, b uint32) []byte {
	for len(msg) > 0 {
		size := fieldSize(msg)
		if n := fieldNum(msg); n != a && n != b {
			out = append(out, msg[:size]...)
		}
		msg = msg[size:]
	}
	return out
}

// sizeOthers is the size of all fields of msg but num.
func sizeOthers(msg []byte, num uint32) (total int) {
	for len(msg) > 0 {
		size := fieldSize(msg)
		if fieldNum(msg) != num {
			total += size
		}
		msg = msg[size:]
	}
	return total
}
