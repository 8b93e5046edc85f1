package otlp

import (
	"encoding/binary"
	"iter"
	"math"

	"github.com/oriel-io/oriel/wire/protoscan"
)

// repeated iterates over the bodies of the Len fields num of msg.
func repeated(msg []byte, num uint32) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for len(msg) > 0 {
			f, err := protoscan.Next(msg)
			if err != nil {
				return
			}
			if f.Num == num && f.Type == protoscan.Len && !yield(f.Body) {
				return
			}
			msg = msg[f.Size:]
		}
	}
}

// first is the body of the first Len field num of msg, nil if there is none.
func first(msg []byte, num uint32) []byte {
	for body := range repeated(msg, num) {
		return body
	}
	return nil
}

// TraceID is 16 bytes, most significant first. All zero means: not set.
type TraceID [16]byte

// SpanID is 8 bytes, most significant first. All zero means: not set.
type SpanID [8]byte

// IsZero says that the id is not set.
func (id TraceID) IsZero() bool { return id == TraceID{} }

// IsZero says that the id is not set.
func (id SpanID) IsZero() bool { return id == SpanID{} }

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

// Fields reads all fields in one scan.
func (s Span) Fields() (out SpanFields) {
	for msg := []byte(s); len(msg) > 0; {
		f, err := protoscan.Next(msg)
		if err != nil {
			return out
		}
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
			out.Kind = Kind(f.Int)
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
		msg = msg[f.Size:]
	}
	return out
}

func readStatus(msg []byte) (message []byte, code StatusCode) {
	for len(msg) > 0 {
		f, err := protoscan.Next(msg)
		if err != nil {
			return message, code
		}
		switch f.Num {
		case 2:
			message = f.Body
		case 3:
			code = StatusCode(f.Int)
		}
		msg = msg[f.Size:]
	}
	return message, code
}

// TraceID reads the trace id alone.
func (s Span) TraceID() (id TraceID) {
	copy(id[:], first(s, 1))
	return id
}

// Attrs are the span's attributes.
func (s Span) Attrs() Attrs { return Attrs{s, 9} }

// Events iterates over the span's events.
func (s Span) Events() iter.Seq[Event] {
	return func(yield func(Event) bool) {
		for msg := range repeated(s, 11) {
			if !yield(Event(msg)) {
				return
			}
		}
	}
}

// Links iterates over the span's links.
func (s Span) Links() iter.Seq[Link] {
	return func(yield func(Link) bool) {
		for msg := range repeated(s, 13) {
			if !yield(Link(msg)) {
				return
			}
		}
	}
}

// Event is one Span.Event message, in place.
type Event []byte

// Time is in Unix nanoseconds.
func (e Event) Time() uint64 { return scalar(e, 1) }

// Name of the event.
func (e Event) Name() []byte { return first(e, 2) }

// Attrs are the event's attributes.
func (e Event) Attrs() Attrs { return Attrs{e, 3} }

// Link is one Span.Link message, in place.
type Link []byte

// TraceID of the linked span.
func (l Link) TraceID() (id TraceID) { copy(id[:], first(l, 1)); return id }

// SpanID of the linked span.
func (l Link) SpanID() (id SpanID) { copy(id[:], first(l, 2)); return id }

// TraceState of the linked span.
func (l Link) TraceState() []byte { return first(l, 3) }

// Attrs are the link's attributes.
func (l Link) Attrs() Attrs { return Attrs{l, 4} }

// LogRecord is one LogRecord message, in place.
type LogRecord []byte

// LogFields are the fields of a log record except its attributes. Byte slices
// alias the batch.
type LogFields struct {
	Time         uint64 // Unix nanoseconds, 0 if the sender did not know
	ObservedTime uint64 // Unix nanoseconds
	Severity     uint8  // OTLP's severity number, 1 to 24, 0 if not set
	SeverityText []byte
	Body         Value
	Flags        uint32
	TraceID      TraceID
	SpanID       SpanID
	EventName    []byte
}

// Fields reads all fields in one scan.
func (l LogRecord) Fields() (out LogFields) {
	for msg := []byte(l); len(msg) > 0; {
		f, err := protoscan.Next(msg)
		if err != nil {
			return out
		}
		switch f.Num {
		case 1:
			out.Time = f.Int
		case 2:
			out.Severity = uint8(f.Int)
		case 3:
			out.SeverityText = f.Body
		case 5:
			out.Body = parseValue(f.Body)
		case 8:
			out.Flags = uint32(f.Int)
		case 9:
			copy(out.TraceID[:], f.Body)
		case 10:
			copy(out.SpanID[:], f.Body)
		case 11:
			out.ObservedTime = f.Int
		case 12:
			out.EventName = f.Body
		}
		msg = msg[f.Size:]
	}
	return out
}

// Attrs are the record's attributes.
func (l LogRecord) Attrs() Attrs { return Attrs{l, 6} }

// Metric is one Metric message, in place.
type Metric []byte

// Name of the metric.
func (m Metric) Name() []byte { return first(m, 1) }

// Attrs are key-value pairs in place: the repeated field num of msg.
type Attrs struct {
	msg []byte
	num uint32
}

// Get finds the first attribute with the key.
func (a Attrs) Get(key string) (Value, bool) {
	for kv := range repeated(a.msg, a.num) {
		if k, v := splitKeyValue(kv); string(k) == key {
			return parseValue(v), true
		}
	}
	return Value{}, false
}

// All iterates over keys and values in the order of the message.
func (a Attrs) All() iter.Seq2[[]byte, Value] {
	return func(yield func([]byte, Value) bool) {
		for kv := range repeated(a.msg, a.num) {
			k, v := splitKeyValue(kv)
			if !yield(k, parseValue(v)) {
				return
			}
		}
	}
}

func splitKeyValue(kv []byte) (key, value []byte) {
	for len(kv) > 0 {
		f, err := protoscan.Next(kv)
		if err != nil {
			return key, value
		}
		switch f.Num {
		case 1:
			key = f.Body
		case 2:
			value = f.Body
		}
		kv = kv[f.Size:]
	}
	return key, value
}

// ValueKind says which field of an AnyValue is set.
type ValueKind uint8

const (
	Empty ValueKind = iota
	String
	Bool
	Int
	Double
	Array
	Map
	Bytes
)

// Value is an AnyValue, in place.
type Value struct {
	Kind ValueKind
	num  uint64
	body []byte
}

func parseValue(msg []byte) (v Value) {
	for len(msg) > 0 {
		f, err := protoscan.Next(msg)
		if err != nil {
			return v
		}
		if f.Num >= 1 && f.Num <= 7 { // the field numbers are the kinds; the last one wins, as in any oneof
			v = Value{Kind: ValueKind(f.Num), num: f.Int, body: f.Body}
		}
		msg = msg[f.Size:]
	}
	return v
}

// StringValue, BoolValue, IntValue and DoubleValue make values for editing and building.
func StringValue[T string | []byte](s T) Value { return Value{Kind: String, body: []byte(s)} }

func BoolValue(x bool) Value {
	v := Value{Kind: Bool}
	if x {
		v.num = 1
	}
	return v
}

func IntValue(x int64) Value { return Value{Kind: Int, num: uint64(x)} }

func DoubleValue(x float64) Value { return Value{Kind: Double, num: math.Float64bits(x)} }

// Text is the bytes of a String value, nil for any other kind. It aliases the batch.
func (v Value) Text() []byte {
	if v.Kind != String {
		return nil
	}
	if v.body == nil {
		return []byte{}
	}
	return v.body
}

// Raw is the bytes of a Bytes value, nil for any other kind.
func (v Value) Raw() []byte {
	if v.Kind != Bytes {
		return nil
	}
	return v.body
}

// Bool is the value of a Bool.
func (v Value) Bool() bool { return v.num != 0 }

// Int is the value of an Int.
func (v Value) Int() int64 { return int64(v.num) }

// Double is the value of a Double.
func (v Value) Double() float64 { return math.Float64frombits(v.num) }

// Elements iterates over the values of an Array.
func (v Value) Elements() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		if v.Kind != Array {
			return
		}
		for msg := range repeated(v.body, 1) {
			if !yield(parseValue(msg)) {
				return
			}
		}
	}
}

// Entries are the pairs of a Map.
func (v Value) Entries() Attrs {
	if v.Kind != Map {
		return Attrs{}
	}
	return Attrs{v.body, 1}
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

// Hash64 mixes the id's low bytes for maps and indexes; ids of old senders
// have a zero high half, so both halves take part.
func (id TraceID) Hash64() uint64 {
	hi, lo := binary.BigEndian.Uint64(id[:8]), binary.BigEndian.Uint64(id[8:])
	x := hi*0x9e3779b97f4a7c15 ^ lo
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
