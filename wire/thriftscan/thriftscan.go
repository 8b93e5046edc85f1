// Package thriftscan reads Thrift's binary and compact protocols in place: it
// returns views of the message it was given, allocates nothing and never reads
// past its end.
//
// Begin with Reader. It is for decoders of a known shape, which ask for the
// fields they know and skip the rest:
//
//	var f thriftscan.Field
//	for r.Next(&f) {
//		switch f.Key() {
//		case 1<<8 | thriftscan.I64:
//			id = r.I64()
//		default:
//			r.Skip(f.Type)
//		}
//	}
//	if err := r.Err(); err != nil {
//
// The first error sticks: every later call returns a zero value and every loop
// ends, so it is enough to ask for it once at the end.
//
// A field of a known number and another type than expected is skipped, and of a repeated field
// the caller sees each one, as in the code that Thrift's compiler writes.
// Unlike that code, a list must hold what its reader expects, a varint is at most
// ten bytes, and a size is compared with what is left of the message before anything is made of it.
//
// Source: https://github.com/apache/thrift/blob/master/doc/specs/thrift-binary-protocol.md
// and thrift-compact-protocol.md beside it.
package thriftscan

import "fmt"

// Type is the type of a field or element, with the binary protocol's numbers.
type Type = uint8

const (
	Stop   = 0
	Bool   = 2
	Byte   = 3
	Double = 4
	I16    = 6
	I32    = 8
	I64    = 10
	String = 11 // text or bytes
	Struct = 12
	Map    = 13
	Set    = 14
	List   = 15
	UUID   = 16
)

// Field is the header of one field of a struct. The zero Field stands before the
// first one; each struct that is being read has its own, because the compact protocol
// counts field numbers from the one before.
type Field struct {
	ID   int16
	Type Type
}

// Key is number and type in one, to switch on.
func (f Field) Key() uint32 { return uint32(uint16(f.ID))<<8 | uint32(f.Type) }

// Error says what is wrong with a message and where.
type Error struct {
	Offset int    // byte of the message
	What   string // for example "a text of 12 bytes, but 3 are left"
}

func (e *Error) Error() string { return fmt.Sprintf("%s (byte %d)", e.What, e.Offset) }

// Reader reads one message. A copy of it reads on from where the original stood.
type Reader struct {
	msg     []byte
	pos     int // moved in place of msg, which costs no write barrier
	compact bool
	pending boolean
	err     *Error
}

// boolean is the value that the compact protocol puts into a field's header.
type boolean uint8

const (
	none boolean = iota
	isTrue
	isFalse
)

// Binary reads a message in the binary protocol.
func Binary(msg []byte) Reader { return Reader{msg: msg} }

// Compact reads a message in the compact protocol.
func Compact(msg []byte) Reader { return Reader{msg: msg, compact: true} }

// Err is the first error, nil if there was none.
func (r *Reader) Err() *Error { return r.err }

// Offset is the byte at which the reader stands.
func (r *Reader) Offset() int { return r.pos }

// Fail records an error of the caller's at an offset, if it is the first one.
func (r *Reader) Fail(offset int, what string) {
	if r.err == nil {
		r.err = &Error{Offset: offset, What: what}
	}
	r.msg, r.pos, r.pending = nil, 0, none
}

func (r *Reader) fail(format string, args ...any) {
	if r.err == nil {
		r.Fail(r.Offset(), fmt.Sprintf(format, args...))
	}
}

// left is how many bytes of the message are to be read.
func (r *Reader) left() int { return len(r.msg) - r.pos }

// take returns the next n bytes, nil if there are fewer.
func (r *Reader) take(n int, what string) []byte {
	if n > r.left() {
		r.fail("%s takes %d bytes, but %d are left", what, n, r.left())
		return nil
	}
	from := r.pos
	r.pos += n
	return r.msg[from:r.pos:r.pos]
}

// MessageKind is what a message is for, with the numbers of both protocols.
type MessageKind uint8

const (
	Call MessageKind = iota + 1
	Reply
	Exception
	Oneway
)

// Message reads the header of a call: the name of the method and the kind. What
// follows is the struct of its arguments. The binary protocol has a strict header, which
// begins with a version, and an old one; both are read.
func (r *Reader) Message() (name []byte, kind MessageKind) {
	if r.compact {
		return r.compactMessage()
	}
	const version, versionMask = 0x80010000, 0xffff0000
	head := uint32(r.I32())
	if head < 1<<31 {
		name = r.sized(int32(head))
		kind = MessageKind(r.Byte())
	} else {
		if head&versionMask != version {
			r.fail("a message of version %#x; want %#x", head>>16, uint32(version>>16))
		}
		name, kind = r.Bytes(), MessageKind(head)
	}
	r.I32() // sequence number
	return name, kind
}

// Next reads the header of the next field of a struct into f, which holds the one
// before. At the end of the struct, or after an error, it is false. The value must be read or skipped.
func (r *Reader) Next(f *Field) bool {
	if r.compact {
		return r.nextCompact(f)
	}
	if r.left() < 3 {
		return r.nextShort(f)
	}
	head := r.msg[r.pos : r.pos+3]
	f.Type = head[0]
	if f.Type == Stop {
		r.pos++
		return false
	}
	f.ID = int16(head[1])<<8 | int16(head[2])
	r.pos += 3
	return true
}

// nextShort is Next at the end of the message, where only the end of a struct has room.
func (r *Reader) nextShort(f *Field) bool {
	if f.Type = Stop; r.left() > 0 && r.msg[r.pos] == Stop {
		r.pos++
		return false
	}
	r.fail("the message ends inside of a struct")
	return false
}

// List reads the header of a list or set of elements of one type and returns
// how many there are. Another type is an error, unless the list is empty.
//
//	for n := r.List(thriftscan.Struct); r.More(&n); {
func (r *Reader) List(want Type) int {
	elem, n := r.list()
	if n > 0 && elem != want {
		r.fail("a list of elements of type %d; want type %d", elem, want)
		return 0
	}
	return n
}

// More says whether there is another one of n elements, and counts it.
func (r *Reader) More(n *int) bool {
	if *n <= 0 || r.err != nil {
		return false
	}
	*n--
	return true
}

func (r *Reader) list() (elem Type, n int) {
	if r.compact {
		return r.compactList()
	}
	elem = uint8(r.Byte())
	return elem, r.count(r.I32())
}

// count checks the number of elements that a header claims: each takes a byte at least.
func (r *Reader) count(n int32) int {
	if n < 0 {
		r.fail("a negative size %d", n)
		return 0
	}
	if int(n) > r.left() {
		r.fail("%d elements, but %d bytes are left", n, r.left())
		return 0
	}
	return int(n)
}

// sized returns n bytes of a text.
func (r *Reader) sized(n int32) []byte {
	if n < 0 {
		r.fail("a negative size %d", n)
		return nil
	}
	return r.take(int(n), "a text")
}
