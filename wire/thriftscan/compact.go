package thriftscan

import "encoding/binary"

// The compact protocol, where it differs:
//
//	message   0x82, kind<<5 | version 1, varint sequence number, varint size, name
//	field     delta<<4 | type, or type alone and the zigzag number; a bool is its type
//	list      count<<4 | type, or 0xf<<4 | type and a varint count
//	map       varint count, and unless it is 0: key type<<4 | value type
//	integer   zigzag varint

// compactTypes are the protocol's own numbers of types. 1 is true, 2 is false.
var compactTypes = [16]Type{
	0: Stop, 1: Bool, 2: Bool, 3: Byte, 4: I16, 5: I32, 6: I64, 7: Double, 8: String,
	9: List, 10: Set, 11: Map, 12: Struct, 13: UUID, 14: unknown, 15: unknown,
}

const unknown Type = 0xff

func (r *Reader) compactMessage() (name []byte, kind MessageKind) {
	const protocol, version = 0x82, 1
	head := r.take(2, "the header of a message")
	if head == nil {
		return nil, 0
	}
	if head[0] != protocol || head[1]&0x1f != version {
		r.fail("a message that begins with %#x; want %#x and version %d", head, protocol, version)
		return nil, 0
	}
	r.varint() // sequence number
	return r.Bytes(), MessageKind(head[1] >> 5)
}

func (r *Reader) nextCompact(f *Field) bool {
	if r.left() == 0 {
		r.fail("the message ends inside of a struct")
		return false
	}
	head := r.msg[r.pos]
	r.pos++
	code := head & 0xf
	f.Type = compactTypes[code]
	if code == 0 {
		return false
	}
	if delta := head >> 4; delta > 0 {
		f.ID += int16(delta)
	} else {
		f.ID = r.I16()
	}
	if f.Type == unknown {
		r.fail("a field of the unknown type %d", code)
	}
	if code == 1 || code == 2 {
		r.pending = boolean(code)
	}
	return r.err == nil
}

func (r *Reader) compactList() (elem Type, n int) {
	head := uint8(r.Byte())
	size := int32(head >> 4)
	if size == 15 {
		size = int32(r.varint())
	}
	elem = compactTypes[head&0xf]
	if elem == unknown {
		r.fail("a list of the unknown type %d", head&0xf)
	}
	return elem, r.count(size)
}

func (r *Reader) compactMapping() (key, value Type, n int) {
	size := int32(r.varint())
	if size == 0 {
		return Stop, Stop, 0
	}
	types := uint8(r.Byte())
	return compactTypes[types>>4], compactTypes[types&0xf], r.count(size)
}

func (r *Reader) varint() uint64 {
	if r.left() > 0 && r.msg[r.pos] < 0x80 {
		r.pos++
		return uint64(r.msg[r.pos-1])
	}
	v, n := binary.Uvarint(r.msg[r.pos:])
	switch {
	case n == 0:
		r.fail("the message ends inside of a varint")
		return 0
	case n < 0:
		r.fail("a varint that does not end within ten bytes")
		return 0
	}
	r.pos += n
	return v
}

func (r *Reader) zigzag32() int32 {
	v := uint32(r.varint())
	return int32(v>>1) ^ -int32(v&1)
}
