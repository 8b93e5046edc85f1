package otlp

import (
	"encoding/binary"
	"iter"

	"github.com/oriel-io/oriel/wire/protoscan"
)

// Kind is a span's kind, with OTLP's numbers.
type Kind uint8

const (
	KindUnspecified Kind = iota
	KindInternal
	KindServer
	KindClient
	KindProducer
	KindConsumer
)

// StatusCode is a span's status, with OTLP's numbers.
type StatusCode uint8

const (
	StatusUnset StatusCode = iota
	StatusOK
	StatusError
)

// Span is one Span message, in place.
type Span []byte

// SpanFields are the fields of a span except its repeated ones. Byte slices
// alias the batch.
type SpanFields struct {
	TraceID           TraceID
	SpanID            SpanID
	ParentID          SpanID
	Kind              Kind
	Status            StatusCode
	Flags             uint32
	Start, End        uint64 // Unix nanoseconds
	Name              []byte
	TraceState        []byte
	StatusMessage     []byte
	DroppedAttributes uint32
	DroppedEvents     uint32
	DroppedLinks      uint32
}

// Fields reads all fields in one scan. Kinds and status codes that OTLP does
// not define read as not set.
func (s Span) Fields() (out SpanFields) {
	for msg := []byte(s); len(msg) > 0; {
		if size := out.setPlain(msg); size > 0 {
			msg = msg[size:]
			continue
		}
		f, err := protoscan.Next(msg)
		if err != nil {
			return out
		}
		out.set(&f)
		msg = msg[f.Size:]
	}
	return out
}

// setPlain takes over the first field of msg if it is one that every span has,
// in its usual form, and returns its size; 0 if not. It passes by attributes,
// which are most of a span.
func (out *SpanFields) setPlain(msg []byte) int {
	if len(msg) < 2 {
		return 0
	}
	switch msg[0] {
	case 9<<3 | protoscan.Len:
		return fieldSize(msg)
	case 1<<3 | protoscan.Len:
		if msg[1] == 16 && len(msg) >= 18 {
			out.TraceID = TraceID(msg[2:18])
			return 18
		}
	case 2<<3 | protoscan.Len:
		if msg[1] == 8 && len(msg) >= 10 {
			out.SpanID = SpanID(msg[2:10])
			return 10
		}
	case 4<<3 | protoscan.Len:
		if msg[1] == 8 && len(msg) >= 10 {
			out.ParentID = SpanID(msg[2:10])
			return 10
		}
	case 5<<3 | protoscan.Len:
		if head, size := shortLen(msg); size > 0 && size <= len(msg) {
			out.Name = msg[head:size:size]
			return size
		}
	case 6<<3 | protoscan.Varint:
		if msg[1] <= byte(KindConsumer) {
			out.Kind = Kind(msg[1])
			return 2
		}
	case 7<<3 | protoscan.I64:
		if len(msg) >= 9 {
			out.Start = binary.LittleEndian.Uint64(msg[1:])
			return 9
		}
	case 8<<3 | protoscan.I64:
		if len(msg) >= 9 {
			out.End = binary.LittleEndian.Uint64(msg[1:])
			return 9
		}
	}
	return 0
}

func (out *SpanFields) set(f *protoscan.Field) {
	switch f.Num {
	case 1:
		copy(out.TraceID[:], f.Body)
	case 2:
		copy(out.SpanID[:], f.Body)
	case 3:
		out.TraceState = f.Body
	case 4:
		copy(out.ParentID[:], f.Body)
	case 5:
		out.Name = f.Body
	case 6:
		out.Kind = KindUnspecified
		if f.Int <= uint64(KindConsumer) {
			out.Kind = Kind(f.Int)
		}
	case 7:
		out.Start = f.Int
	case 8:
		out.End = f.Int
	case 10:
		out.DroppedAttributes = uint32(f.Int)
	case 12:
		out.DroppedEvents = uint32(f.Int)
	case 14:
		out.DroppedLinks = uint32(f.Int)
	case 15:
		out.StatusMessage, out.Status = readStatus(f.Body)
	case 16:
		out.Flags = uint32(f.Int)
	}
}

func readStatus(msg []byte) (message []byte, code StatusCode) {
	if c := scalar(msg, 3); c <= uint64(StatusError) {
		code = StatusCode(c)
	}
	return last(msg, 2), code
}

// TraceID reads the trace id alone.
func (s Span) TraceID() (id TraceID) {
	copy(id[:], first(s, 1))
	return id
}

// Attrs are the span's attributes.
func (s Span) Attrs() Attrs { return Attrs{s, 9} }

// Events iterates over the span's events.
func (s Span) Events() iter.Seq[Event] { return repeated[Event](s, 11) }

// Links iterates over the span's links.
func (s Span) Links() iter.Seq[Link] { return repeated[Link](s, 13) }

// Event is one Span.Event message, in place.
type Event []byte

// Time is in Unix nanoseconds.
func (e Event) Time() uint64 { return scalar(e, 1) }

// Name of the event.
func (e Event) Name() []byte { return last(e, 2) }

// Attrs are the event's attributes.
func (e Event) Attrs() Attrs { return Attrs{e, 3} }

// Link is one Span.Link message, in place.
type Link []byte

// TraceID of the linked span.
func (l Link) TraceID() (id TraceID) { copy(id[:], first(l, 1)); return id }

// SpanID of the linked span.
func (l Link) SpanID() (id SpanID) { copy(id[:], first(l, 2)); return id }

// TraceState of the linked span.
func (l Link) TraceState() []byte { return last(l, 3) }

// Attrs are the link's attributes.
func (l Link) Attrs() Attrs { return Attrs{l, 4} }
