package otlp

import "github.com/oriel-io/oriel/wire/protoscan"

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
			out.Severity = 0
			if f.Int <= 24 {
				out.Severity = uint8(f.Int)
			}
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
