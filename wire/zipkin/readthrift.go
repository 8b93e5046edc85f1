package zipkin

import (
	"encoding/base64"
	"encoding/binary"
	"math"
	"strconv"

	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/thriftscan"
)

// readThrift reads a list of spans.
//
// Source: https://github.com/openzipkin/zipkin-api/blob/master/thrift/zipkinCore.thrift
func (r *reader) readThrift(body []byte) *Error {
	t := thriftscan.Binary(body)
	index := 0
	for n := t.List(thriftscan.Struct); t.More(&n); index++ {
		begin := t.Offset()
		r.thriftSpan(&t)
		if t.Err() == nil {
			if wrong := r.finish(); wrong != "" {
				t.Fail(begin, wrong)
			}
		}
		if t.Err() != nil {
			r.atIndex(index)
		}
	}
	if err := t.Err(); err != nil {
		return &Error{Offset: err.Offset, Path: r.path, What: err.What}
	}
	return nil
}

func (r *reader) thriftSpan(t *thriftscan.Reader) {
	r.begin()
	r.v1 = true
	sp := &r.span
	for f := (thriftscan.Field{}); t.Next(&f); {
		switch f.Key() {
		case 1<<8 | thriftscan.I64:
			binary.BigEndian.PutUint64(sp.traceID[8:], uint64(t.I64()))
		case 3<<8 | thriftscan.String:
			sp.name = t.Bytes()
		case 4<<8 | thriftscan.I64:
			binary.BigEndian.PutUint64(sp.id[:], uint64(t.I64()))
		case 5<<8 | thriftscan.I64:
			binary.BigEndian.PutUint64(sp.parent[:], uint64(t.I64()))
		case 6<<8 | thriftscan.List:
			r.thriftAnnotations(t)
		case 8<<8 | thriftscan.List:
			r.thriftBinaryAnnotations(t)
		case 9<<8 | thriftscan.Bool:
			sp.debug = t.Bool() || r.opts.Debug
		case 10<<8 | thriftscan.I64:
			sp.start = thriftMicros(t)
		case 11<<8 | thriftscan.I64:
			sp.duration = thriftMicros(t)
		case 12<<8 | thriftscan.I64:
			binary.BigEndian.PutUint64(sp.traceID[:], uint64(t.I64()))
		default:
			t.Skip(f.Type)
		}
	}
}

// thriftMicros reads microseconds as nanoseconds. Negative ones count as absent.
func thriftMicros(t *thriftscan.Reader) uint64 {
	at := t.Offset()
	micros := max(t.I64(), 0)
	if micros > maxMicros {
		t.Fail(at, strconv.FormatInt(micros, 10)+" microseconds is too much; want at most "+strconv.Itoa(maxMicros))
		return 0
	}
	return uint64(micros) * 1000
}

func (r *reader) thriftAnnotations(t *thriftscan.Reader) {
	r.annotations = r.annotations[:0]
	for n := t.List(thriftscan.Struct); t.More(&n); {
		var a annotation
		for f := (thriftscan.Field{}); t.Next(&f); {
			switch f.Key() {
			case 1<<8 | thriftscan.I64:
				a.time = thriftMicros(t)
			case 2<<8 | thriftscan.String:
				a.value = t.Bytes()
			case 3<<8 | thriftscan.Struct:
				r.thriftEndpoint(t, &a.endpoint)
			default:
				t.Skip(f.Type)
			}
		}
		r.annotations = append(r.annotations, a)
	}
}

func (r *reader) thriftBinaryAnnotations(t *thriftscan.Reader) {
	r.binary = r.binary[:0]
	for n := t.List(thriftscan.Struct); t.More(&n); {
		var b binaryAnnotation
		var value []byte
		var typ int32
		for f := (thriftscan.Field{}); t.Next(&f); {
			switch f.Key() {
			case 1<<8 | thriftscan.String:
				b.key = t.Bytes()
			case 2<<8 | thriftscan.String:
				value = t.Bytes()
			case 3<<8 | thriftscan.I32:
				typ = t.I32()
			case 4<<8 | thriftscan.Struct:
				r.thriftEndpoint(t, &b.endpoint)
			default:
				t.Skip(f.Type)
			}
		}
		b.kind, b.text = r.thriftValue(typ, value)
		r.binary = append(r.binary, b)
	}
}

// thriftValue is the kind of a value, and its text.
func (r *reader) thriftValue(typ int32, value []byte) (otlp.ValueKind, []byte) {
	mark := len(r.text)
	kind := otlp.Int
	switch {
	case typ == 0: // BOOL
		if len(value) == 1 && value[0] == 1 {
			return otlp.Bool, trueText
		}
		return otlp.Bool, falseText
	case typ == 2 && len(value) >= 2: // I16
		r.text = strconv.AppendInt(r.text, int64(int16(binary.BigEndian.Uint16(value))), 10)
	case typ == 3 && len(value) >= 4: // I32
		r.text = strconv.AppendInt(r.text, int64(int32(binary.BigEndian.Uint32(value))), 10)
	case typ == 4 && len(value) >= 8: // I64
		r.text = strconv.AppendInt(r.text, int64(binary.BigEndian.Uint64(value)), 10)
	case typ == 5 && len(value) >= 8: // DOUBLE
		kind = otlp.Double
		r.text = strconv.AppendFloat(r.text, math.Float64frombits(binary.BigEndian.Uint64(value)), 'g', -1, 64)
	case typ == 6: // STRING
		return otlp.String, value
	default: // BYTES, and what is none of these
		kind = otlp.String
		r.text = base64.StdEncoding.AppendEncode(r.text, value)
	}
	return kind, r.text[mark:len(r.text):len(r.text)]
}

// thriftEndpoint reads a host. Its port is an unsigned number in a signed field.
func (r *reader) thriftEndpoint(t *thriftscan.Reader, e *endpoint) {
	*e = endpoint{}
	var ipv6 []byte
	for f := (thriftscan.Field{}); t.Next(&f); {
		switch f.Key() {
		case 1<<8 | thriftscan.I32:
			if ipv4 := uint32(t.I32()); ipv4 != 0 {
				e.ip = r.addressText(binary.BigEndian.AppendUint32(nil, ipv4))
			}
		case 2<<8 | thriftscan.I16:
			e.port = uint16(t.I16())
		case 3<<8 | thriftscan.String:
			e.setService(t.Bytes())
		case 4<<8 | thriftscan.String:
			ipv6 = r.addressText(t.Bytes())
		default:
			t.Skip(f.Type)
		}
	}
	if len(ipv6) > 0 {
		e.ip = ipv6
	}
}
