package jaeger

import (
	"bytes"
	"fmt"
	"math"

	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/protoscan"
)

// readProto reads a PostSpansRequest.
//
//	PostSpansRequest  1: Batch
//	Batch             1: Span, 2: Process
//	Span              1: trace id, 2: id, 3: name, 4: SpanRef, 5: flags, 6: start, 7: duration, 8: KeyValue, 9: Log,
//	                  10: Process, 11: process id, 12: warning
//	SpanRef           1: trace id, 2: span id, 3: type
//	Log               1: timestamp, 2: KeyValue
//	Process           1: service, 2: KeyValue
//	KeyValue          1: key, 2: type, 3: text, 4: bool, 5: int64, 6: double, 7: bytes
//
// Times are google.protobuf.Timestamp and Duration: 1: seconds, 2: nanoseconds.
func (r *reader) readProto(body []byte) *Error {
	p := protoReader{reader: r}
	batch, err := merged(body, 1, "the request")
	if err == "" {
		err = p.batch(batch)
	}
	if err != "" {
		return &Error{Path: r.path, What: err}
	}
	return nil
}

// protoReader reads one request. Its methods say what is wrong, "" if nothing is.
type protoReader struct {
	*reader
	process []byte // that r.resource was made of
	made    bool   // r.resource was made
}

// other is what to say of a field that has none of the tags of a message with fields up to last.
func other(f *protoscan.Field, last uint32, message string) (wrong string) {
	if f.Num > last {
		return ""
	}
	return fmt.Sprintf("field %d of %s has the wrong type %d", f.Num, message, f.Type)
}

// merged is the body of field num, which is not repeated. Where it is after all, protobuf merges them,
// which is what their concatenation says.
func merged(msg []byte, num uint32, message string) (body []byte, wrong string) {
	for len(msg) > 0 && wrong == "" {
		f, err := protoscan.Next(msg)
		if err != nil {
			return nil, err.Error()
		}
		msg = msg[f.Size:]
		switch {
		case f.Num != num:
		case f.Type != protoscan.Len:
			wrong = other(&f, num, message)
		case body == nil:
			body = f.Body
		default:
			body = append(bytes.Clone(body), f.Body...)
		}
	}
	return body, wrong
}

func (p *protoReader) batch(msg []byte) (wrong string) {
	process, wrong := merged(msg, 2, "a batch")
	if wrong != "" {
		return wrong
	}
	index := 0
	for len(msg) > 0 && wrong == "" {
		f, err := protoscan.Next(msg)
		if err != nil {
			return err.Error()
		}
		msg = msg[f.Size:]
		switch {
		case f.Num != 1:
		case f.Type != protoscan.Len:
			wrong = other(&f, 1, "a batch")
		default:
			if wrong = p.readSpan(f.Body, process); wrong != "" {
				p.path = fmt.Sprintf("spans[%d]", index)
			}
			index++
		}
	}
	return wrong
}

// readSpan reads one span and writes it out.
func (p *protoReader) readSpan(msg, process []byte) (wrong string) {
	p.begin()
	sp := &p.span
	for len(msg) > 0 && wrong == "" {
		f, err := protoscan.Next(msg)
		if err != nil {
			return err.Error()
		}
		msg = msg[f.Size:]
		switch f.Tag() {
		case 1<<3 | protoscan.Len:
			wrong = readTraceID(&sp.traceID, f.Body)
		case 2<<3 | protoscan.Len:
			wrong = readSpanID(&sp.id, f.Body)
		case 3<<3 | protoscan.Len:
			sp.name = f.Body
		case 4<<3 | protoscan.Len:
			wrong = p.readReference(f.Body)
		case 6<<3 | protoscan.Len:
			wrong = readTime(&sp.start, f.Body)
		case 7<<3 | protoscan.Len:
			wrong = readTime(&sp.duration, f.Body)
		case 8<<3 | protoscan.Len:
			var t tag
			wrong = t.readProto(f.Body)
			p.putTag(&t)
		case 9<<3 | protoscan.Len:
			wrong = p.readLog(f.Body)
		case 10<<3 | protoscan.Len:
			process = f.Body
		case 5<<3 | protoscan.Varint, 11<<3 | protoscan.Len, 12<<3 | protoscan.Len:
		default:
			wrong = other(&f, 12, "a span")
		}
	}
	if wrong != "" {
		return wrong
	}
	if wrong = p.setProcess(process); wrong != "" {
		return wrong
	}
	p.emit(uint64(max(sp.start, 0)), uint64(max(add(sp.start, sp.duration), 0)))
	return ""
}

// setProcess makes the resource of a process, unless it is the one that it is made of.
func (p *protoReader) setProcess(msg []byte) (wrong string) {
	if p.made && bytes.Equal(msg, p.process) {
		return ""
	}
	p.process, p.made = msg, true
	var service []byte
	p.beginProcess()
	for len(msg) > 0 && wrong == "" {
		f, err := protoscan.Next(msg)
		if err != nil {
			return err.Error()
		}
		msg = msg[f.Size:]
		switch f.Tag() {
		case 1<<3 | protoscan.Len:
			service = f.Body
		case 2<<3 | protoscan.Len:
			var t tag
			wrong = t.readProto(f.Body)
			p.putProcessTag(&t)
		default:
			wrong = other(&f, 2, "a process")
		}
	}
	p.endProcess(service)
	return wrong
}

func (p *protoReader) readReference(msg []byte) (wrong string) {
	var ref reference
	for len(msg) > 0 && wrong == "" {
		f, err := protoscan.Next(msg)
		if err != nil {
			return err.Error()
		}
		msg = msg[f.Size:]
		switch f.Tag() {
		case 1<<3 | protoscan.Len:
			wrong = readTraceID(&ref.traceID, f.Body)
		case 2<<3 | protoscan.Len:
			wrong = readSpanID(&ref.spanID, f.Body)
		case 3<<3 | protoscan.Varint:
			ref.kind = f.Int
		default:
			wrong = other(&f, 3, "a reference")
		}
	}
	p.span.refs = append(p.span.refs, ref)
	return wrong
}

func (p *protoReader) readLog(msg []byte) (wrong string) {
	var time int64
	var name []byte
	p.fields.Reset(3)
	for len(msg) > 0 && wrong == "" {
		f, err := protoscan.Next(msg)
		if err != nil {
			return err.Error()
		}
		msg = msg[f.Size:]
		switch f.Tag() {
		case 1<<3 | protoscan.Len:
			wrong = readTime(&time, f.Body)
		case 2<<3 | protoscan.Len:
			var t tag
			wrong = t.readProto(f.Body)
			p.putField(&t, &name)
		default:
			wrong = other(&f, 2, "a log")
		}
	}
	p.endEvent(uint64(max(time, 0)), name)
	return wrong
}

// readProto reads a KeyValue. Its values may come before its type, so each is kept.
func (t *tag) readProto(msg []byte) (wrong string) {
	var kind, long, double uint64
	var text, raw []byte
	var truth bool
	for len(msg) > 0 && wrong == "" {
		f, err := protoscan.Next(msg)
		if err != nil {
			return err.Error()
		}
		msg = msg[f.Size:]
		switch f.Tag() {
		case 1<<3 | protoscan.Len:
			t.key = f.Body
		case 2<<3 | protoscan.Varint:
			kind = f.Int
		case 3<<3 | protoscan.Len:
			text = f.Body
		case 4<<3 | protoscan.Varint:
			truth = f.Int != 0
		case 5<<3 | protoscan.Varint:
			long = f.Int
		case 6<<3 | protoscan.I64:
			double = f.Int
		case 7<<3 | protoscan.Len:
			raw = f.Body
		default:
			wrong = other(&f, 7, "a tag")
		}
	}
	switch int32(kind) {
	case 0:
		t.value = otlp.StringValue(text)
	case 1:
		t.value = otlp.BoolValue(truth)
	case 2:
		t.value = otlp.IntValue(int64(long))
	case 3:
		t.value = otlp.DoubleValue(math.Float64frombits(double))
	case 4:
		t.value = otlp.BytesValue(raw)
	default:
		t.value = otlp.StringValue(fmt.Sprintf("<Unknown Jaeger TagType %q>", fmt.Sprint(int32(kind))))
	}
	return wrong
}

func readTraceID(id *otlp.TraceID, raw []byte) (wrong string) {
	if len(raw) != 16 && len(raw) != 8 {
		return fmt.Sprintf("a trace id of %d bytes; want 16 or 8", len(raw))
	}
	*id = otlp.TraceID{}
	copy(id[len(id)-len(raw):], raw)
	return ""
}

func readSpanID(id *otlp.SpanID, raw []byte) (wrong string) {
	if len(raw) != 8 {
		return fmt.Sprintf("a span id of %d bytes; want 8", len(raw))
	}
	copy(id[:], raw)
	return ""
}

// readTime reads a Timestamp or Duration as nanoseconds, or the nearest that there are.
func readTime(nanos *int64, msg []byte) (wrong string) {
	var seconds, rest int64
	for len(msg) > 0 && wrong == "" {
		f, err := protoscan.Next(msg)
		if err != nil {
			return err.Error()
		}
		msg = msg[f.Size:]
		switch f.Tag() {
		case 1<<3 | protoscan.Varint:
			seconds = int64(f.Int)
		case 2<<3 | protoscan.Varint:
			rest = int64(int32(f.Int))
		default:
			wrong = other(&f, 2, "a time")
		}
	}
	const most = math.MaxInt64 / 1_000_000_000
	*nanos = add(min(max(seconds, -most), most)*1_000_000_000, rest)
	return wrong
}
