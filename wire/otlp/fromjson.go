package otlp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync"

	"github.com/oriel-io/oriel/internal/jsonscan"
	"github.com/oriel-io/oriel/wire/protoscan"
)

// JSON, as the specification has it and upstream reads it:
//
//   - Ids are hexadecimal, bytes are base64 (URL-safe and without padding, too).
//   - Whole numbers may be numbers or text, with a fraction of zero or an exponent; numbers may be "NaN", "Infinity" and "-Infinity".
//   - Enums are numbers. Their names are read too, and so are keys in snake_case.
//   - null is as good as absent; in a list of messages it is an empty one.
//   - Unknown keys are skipped.
//   - A key that comes twice in an object, in either spelling, and two fields of a oneof are refused: readers that
//     differ are a way to hide things. Upstream takes the last, or both together.
//   - Values nest as deep as in protobuf (schema.go); the text nests at most jsonscan.MaxDepth deep.
//   - What is not UTF-8 becomes U+FFFD.
//
// Source: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
// and https://protobuf.dev/programming-guides/json/.

// ErrRoom says that a batch is larger than the room for it.
var ErrRoom = errors.New("otlp: the batch does not fit into its room")

// MaxJSONGrowth is how many times longer than its JSON a batch can be. Lists of numbers with one digit are;
// most batches are half as long.
const MaxJSONGrowth = 4

// FromJSON makes a batch of an export request in JSON. The batch is written to room, from its
// start, and to memory of its own if room is nil; nothing of it is in text.
// Cost: one pass over the text; no allocation but the batch, and its bytes without room. Text that
// is not plain takes room of its own meanwhile, up to its length, and up to three times as much if it is not UTF-8.
//
// Errors: *InvalidError, with offsets in text; ErrRoom.
func FromJSON(signal Signal, text, room []byte) (*Batch, error) {
	root := roots[signal]
	if root == nil {
		return nil, &InvalidError{Signal: signal, What: "unknown signal"}
	}
	r := jsonReaders.Get().(*jsonReader)
	defer func() {
		r.scan.Reset(nil) // lets go of text
		jsonReaders.Put(r)
	}()
	r.items, r.room = 0, len(room)
	if room == nil {
		room, r.room = make([]byte, len(text)*9/16+64), math.MaxInt
	}
	r.scan.Reset(text)
	data := r.message(room[:0], root, 0)
	r.scan.End()
	if bad := r.scan.Err(); bad != nil {
		if len(data) > r.room {
			return nil, ErrRoom
		}
		return nil, &InvalidError{Signal: signal, Offset: bad.Offset, What: bad.What, Cause: bad.Cause}
	}
	return trusted(signal, data, r.items), nil
}

// enough ends the reading if b is larger than its room.
func (r *jsonReader) enough(b []byte) {
	if len(b) > r.room {
		r.scan.Fail(r.scan.Offset(), "no room")
	}
}

var jsonReaders = sync.Pool{New: func() any { return new(jsonReader) }}

// jsonReader turns one text into protobuf. It is used again for the next text.
// Its methods append to b and return it; b is no field of it because a field on
// the heap would cost a write barrier at each append.
type jsonReader struct {
	scan  jsonscan.Scanner
	items int
	room  int // most bytes of the batch
	id    [16]byte
}

// message reads an object and appends the fields of the message.
func (r *jsonReader) message(b []byte, m *message, depth int) []byte {
	s := &r.scan
	if s.Null() {
		return b
	}
	var seen uint32 // bits of the fields that were set
	next := 0       // in m.order, of the field that is likely to come
	for more := s.EnterObject(); more; more = s.NextMember() {
		at := s.Offset()
		f := m.lookup(s.Key(), &next)
		switch {
		case f == nil:
			s.Skip()
		case s.Null():
		case seen&f.group != 0:
			r.fail(at, m, f, "is set, but it or an alternative was set before")
		default:
			seen |= 1 << f.num
			b = r.field(b, m, f, depth)
			r.enough(b)
		}
	}
	return b
}

// lookup finds a field by its key in JSON. Encoders write the fields in one
// order, so the search begins behind the field that came last.
func (m *message) lookup(key []byte, next *int) *field {
	for i := range len(m.order) {
		at := *next + i
		if at >= len(m.order) {
			at -= len(m.order)
		}
		if f := m.order[at]; string(key) == f.json {
			*next = at + 1
			return f
		}
	}
	for _, f := range m.order {
		if string(key) == f.name {
			return f
		}
	}
	return nil
}

// field reads a value that is not null.
func (r *jsonReader) field(b []byte, m *message, f *field, depth int) []byte {
	s := &r.scan
	var mark int
	switch {
	case f.text == formMessage && !f.list:
		return r.nested(b, m, f, depth)
	case f.text == formMessage:
		attrs := f.sub.isAttr && depth < maxDepth
		for more := s.EnterArray(); more; more = s.NextElement() {
			if attrs {
				if key, value, size := plainAttrJSON(s.Rest()); size > 0 {
					b = appendTextAttr(b, f.num, key, value)
					s.Advance(size)
					r.enough(b)
					continue
				}
			}
			b = r.nested(b, m, f, depth)
			r.enough(b)
		}
	case f.packed:
		b, mark = protoscan.Open(b, f.num)
		for more := s.EnterArray(); more; more = s.NextElement() {
			b = appendNumber(b, f, r.number(m, f))
			r.enough(b)
		}
		b = protoscan.Close(b, mark)
	case f.list:
		for more := s.EnterArray(); more; more = s.NextElement() {
			var text []byte
			if !s.Null() {
				text = s.String()
			}
			b = protoscan.AppendBytes(b, f.num, text)
			r.enough(b)
		}
	default:
		return r.single(b, m, f)
	}
	return b
}

// plainAttrJSON reads an attribute that is written as most are, and returns its size; 0 if it is not.
//
//	{"key":"…","value":{"stringValue":"…"}}
func plainAttrJSON(text []byte) (key, value []byte, size int) {
	const begin, middle, end = `{"key":"`, `","value":{"stringValue":"`, `"}}`
	if len(text) < len(begin) || string(text[:len(begin)]) != begin {
		return nil, nil, 0
	}
	at := len(begin)
	n := jsonscan.Plain(text[at:])
	key, at = text[at:at+n], at+n
	if len(text)-at < len(middle) || string(text[at:at+len(middle)]) != middle {
		return nil, nil, 0
	}
	at += len(middle)
	n = jsonscan.Plain(text[at:])
	value, at = text[at:at+n], at+n
	if len(text)-at < len(end) || string(text[at:at+len(end)]) != end {
		return nil, nil, 0
	}
	return key, value, at + len(end)
}

// appendTextAttr appends a KeyValue that holds text.
func appendTextAttr(b []byte, num uint32, key, value []byte) []byte {
	inner := protoscan.SizeLen(uint32(String), len(value))
	b = binary.AppendUvarint(protoscan.AppendTag(b, num, protoscan.Len), uint64(protoscan.SizeLen(1, len(key))+protoscan.SizeLen(2, inner)))
	b = protoscan.AppendBytes(b, 1, key)
	b = binary.AppendUvarint(protoscan.AppendTag(b, 2, protoscan.Len), uint64(inner))
	return protoscan.AppendBytes(b, uint32(String), value)
}

// nested reads a message inside a message.
func (r *jsonReader) nested(b []byte, m *message, f *field, depth int) []byte {
	if f.nests {
		if depth++; depth > maxDepth {
			r.fail(r.scan.Offset(), m, f, fmt.Sprintf("is nested over %d levels deep", maxDepth))
			return b
		}
	}
	if f.count {
		r.items++
	}
	b, mark := protoscan.Open(b, f.num)
	return protoscan.Close(r.message(b, f.sub, depth), mark)
}
