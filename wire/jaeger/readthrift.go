package jaeger

import (
	"encoding/binary"
	"fmt"

	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/thriftscan"
)

// readThrift reads a Batch.
func (r *reader) readThrift(body []byte) *Error {
	t := thriftscan.Binary(body)
	r.thriftBatch(&t)
	return r.thriftError(&t)
}

// readAgent reads a call of emitBatch, whose one argument is a Batch.
func (r *reader) readAgent(body []byte, compact bool) *Error {
	t := thriftscan.Binary(body)
	if compact {
		t = thriftscan.Compact(body)
	}
	if name, _ := t.Message(); string(name) != "emitBatch" {
		t.Fail(0, fmt.Sprintf("a call of %q; want emitBatch", name))
	}
	for f := (thriftscan.Field{}); t.Next(&f); {
		if f.Key() == 1<<8|thriftscan.Struct {
			r.thriftBatch(&t)
		} else {
			t.Skip(f.Type)
		}
	}
	return r.thriftError(&t)
}

func (r *reader) thriftError(t *thriftscan.Reader) *Error {
	if err := t.Err(); err != nil {
		return &Error{Path: r.path, What: err.Error()}
	}
	return nil
}

// required checks that a struct had all the fields that it must have, as bits of their numbers.
func required(t *thriftscan.Reader, seen, want uint32, what string) {
	if missing := want &^ seen; missing != 0 && t.Err() == nil {
		for id := range 32 {
			if missing>>id&1 == 1 {
				t.Fail(t.Offset(), fmt.Sprintf("%s without field %d", what, id))
				return
			}
		}
	}
}

// thriftBatch reads a batch. Where its process comes behind its spans, those are read at the end.
func (r *reader) thriftBatch(t *thriftscan.Reader) {
	var seen uint32
	var later thriftscan.Reader
	r.beginProcess()
	r.endProcess(nil)
	for f := (thriftscan.Field{}); t.Next(&f); {
		switch f.Key() {
		case 1<<8 | thriftscan.Struct:
			once(t, &seen, f.ID, "process")
			r.thriftProcess(t)
		case 2<<8 | thriftscan.List:
			once(t, &seen, f.ID, "spans")
			if seen>>1&1 == 1 {
				r.thriftSpans(t)
			} else {
				later = *t
				t.Skip(f.Type)
			}
		default:
			t.Skip(f.Type)
		}
	}
	required(t, seen, 1<<1|1<<2, "a batch")
	if t.Err() == nil && later.Offset() > 0 {
		if r.thriftSpans(&later); later.Err() != nil {
			t.Fail(later.Err().Offset, later.Err().What)
		}
	}
}

// once notes a field that must not come again.
func once(t *thriftscan.Reader, seen *uint32, id int16, what string) {
	if *seen>>id&1 == 1 {
		t.Fail(t.Offset(), "a second field "+what)
	}
	*seen |= 1 << id
}

func (r *reader) thriftProcess(t *thriftscan.Reader) {
	var seen uint32
	var service []byte
	r.beginProcess()
	for f := (thriftscan.Field{}); t.Next(&f); {
		switch f.Key() {
		case 1<<8 | thriftscan.String:
			seen |= 1 << 1
			service = t.Bytes()
		case 2<<8 | thriftscan.List:
			r.beginProcess()
			for n := t.List(thriftscan.Struct); t.More(&n); {
				var tag tag
				tag.readThrift(t)
				r.putProcessTag(&tag)
			}
		default:
			t.Skip(f.Type)
		}
	}
	required(t, seen, 1<<1, "a process")
	r.endProcess(service)
}

func (r *reader) thriftSpans(t *thriftscan.Reader) {
	index := 0
	for n := t.List(thriftscan.Struct); t.More(&n); index++ {
		r.thriftSpan(t)
		if t.Err() != nil {
			r.path = fmt.Sprintf("spans[%d]", index)
			return
		}
		start, end := r.span.start, add(r.span.start, r.span.duration)
		r.emit(nanos(start), nanos(end))
	}
}

func (r *reader) thriftSpan(t *thriftscan.Reader) {
	r.begin()
	sp := &r.span
	var seen uint32
	for f := (thriftscan.Field{}); t.Next(&f); {
		switch f.Key() {
		case 1<<8 | thriftscan.I64:
			binary.BigEndian.PutUint64(sp.traceID[8:], uint64(t.I64()))
		case 2<<8 | thriftscan.I64:
			binary.BigEndian.PutUint64(sp.traceID[:], uint64(t.I64()))
		case 3<<8 | thriftscan.I64:
			binary.BigEndian.PutUint64(sp.id[:], uint64(t.I64()))
		case 4<<8 | thriftscan.I64:
			binary.BigEndian.PutUint64(sp.parent[:], uint64(t.I64()))
		case 5<<8 | thriftscan.String:
			sp.name = t.Bytes()
		case 6<<8 | thriftscan.List:
			r.thriftReferences(t)
		case 7<<8 | thriftscan.I32:
			t.I32() // flags
		case 8<<8 | thriftscan.I64:
			sp.start = t.I64()
		case 9<<8 | thriftscan.I64:
			sp.duration = t.I64()
		case 10<<8 | thriftscan.List:
			r.thriftTags(t)
		case 11<<8 | thriftscan.List:
			r.thriftLogs(t)
		default:
			t.Skip(f.Type)
			continue
		}
		seen |= 1 << f.ID
	}
	required(t, seen, 1<<1|1<<2|1<<3|1<<4|1<<5|1<<7|1<<8|1<<9, "a span")
}

func (r *reader) thriftTags(t *thriftscan.Reader) {
	r.attrs.Reset(fieldAttributes)
	r.specials.has = 0
	for n := t.List(thriftscan.Struct); t.More(&n); {
		var tag tag
		tag.readThrift(t)
		r.putTag(&tag)
	}
}

func (r *reader) thriftLogs(t *thriftscan.Reader) {
	r.events = r.events[:0]
	for n := t.List(thriftscan.Struct); t.More(&n); {
		var seen uint32
		var time int64
		var name []byte
		r.fields.Reset(3)
		for f := (thriftscan.Field{}); t.Next(&f); {
			switch f.Key() {
			case 1<<8 | thriftscan.I64:
				seen |= 1 << 1
				time = t.I64()
			case 2<<8 | thriftscan.List:
				seen |= 1 << 2
				r.fields.Reset(3)
				name = nil
				for n := t.List(thriftscan.Struct); t.More(&n); {
					var field tag
					field.readThrift(t)
					r.putField(&field, &name)
				}
			default:
				t.Skip(f.Type)
			}
		}
		required(t, seen, 1<<1|1<<2, "a log")
		r.endEvent(nanos(time), name)
	}
}

func (r *reader) thriftReferences(t *thriftscan.Reader) {
	r.span.refs = r.span.refs[:0]
	for n := t.List(thriftscan.Struct); t.More(&n); {
		var seen uint32
		var ref reference
		for f := (thriftscan.Field{}); t.Next(&f); {
			switch f.Key() {
			case 1<<8 | thriftscan.I32:
				ref.kind = uint64(t.I32())
			case 2<<8 | thriftscan.I64:
				binary.BigEndian.PutUint64(ref.traceID[8:], uint64(t.I64()))
			case 3<<8 | thriftscan.I64:
				binary.BigEndian.PutUint64(ref.traceID[:], uint64(t.I64()))
			case 4<<8 | thriftscan.I64:
				binary.BigEndian.PutUint64(ref.spanID[:], uint64(t.I64()))
			default:
				t.Skip(f.Type)
				continue
			}
			seen |= 1 << f.ID
		}
		required(t, seen, 1<<1|1<<2|1<<3|1<<4, "a reference")
		r.span.refs = append(r.span.refs, ref)
	}
}

// Types of values in Thrift.
const (
	thriftString = iota
	thriftDouble
	thriftBool
	thriftLong
	thriftBinary
)

// readThrift reads a Tag. Its values may come before its type, so each is kept.
func (out *tag) readThrift(t *thriftscan.Reader) {
	var seen uint32
	var kind int32
	var text, raw []byte
	var double float64
	var truth bool
	var long int64
	for f := (thriftscan.Field{}); t.Next(&f); {
		switch f.Key() {
		case 1<<8 | thriftscan.String:
			seen |= 1 << 1
			out.key = t.Bytes()
		case 2<<8 | thriftscan.I32:
			seen |= 1 << 2
			kind = t.I32()
		case 3<<8 | thriftscan.String:
			text = t.Bytes()
		case 4<<8 | thriftscan.Double:
			double = t.Double()
		case 5<<8 | thriftscan.Bool:
			truth = t.Bool()
		case 6<<8 | thriftscan.I64:
			long = t.I64()
		case 7<<8 | thriftscan.String:
			raw = t.Bytes()
		default:
			t.Skip(f.Type)
		}
	}
	required(t, seen, 1<<1|1<<2, "a tag")
	switch kind {
	case thriftString:
		out.value = otlp.StringValue(text)
	case thriftDouble:
		out.value = otlp.DoubleValue(double)
	case thriftBool:
		out.value = otlp.BoolValue(truth)
	case thriftLong:
		out.value = otlp.IntValue(long)
	case thriftBinary:
		out.value = otlp.BytesValue(raw)
	default:
		out.value = otlp.StringValue(`<Unknown Jaeger TagType "<UNSET>">`)
	}
}
