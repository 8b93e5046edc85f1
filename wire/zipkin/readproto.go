package zipkin

import (
	"fmt"

	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/protoscan"
)

// readProto reads a ListOfSpans.
//
//	ListOfSpans   1: Span
//	Span          1: trace id, 2: parent id, 3: id, 4: kind, 5: name, 6: timestamp, 7: duration, 8: local Endpoint,
//	              9: remote Endpoint, 10: Annotation, 11: tag {1: key, 2: value}, 12: debug, 13: shared
//	Endpoint      1: service, 2: IPv4 address, 3: IPv6 address, 4: port
//	Annotation    1: timestamp, 2: value
//
// Source: https://github.com/openzipkin/zipkin-api/blob/master/zipkin.proto
func (r *reader) readProto(body []byte) *Error {
	index := 0
	for rest := body; len(rest) > 0; {
		f, err := protoscan.Next(rest)
		wrong := ""
		if err != nil {
			wrong = err.Error()
		} else if f.Num == 1 && f.Type == protoscan.Len {
			if wrong = r.protoSpan(f.Body); wrong != "" {
				r.atIndex(index)
			}
			index++
		}
		if wrong != "" {
			return &Error{Offset: len(body) - len(rest), Path: r.path, What: wrong}
		}
		rest = rest[f.Size:]
	}
	return nil
}

// protoSpan reads one span and writes it out.
func (r *reader) protoSpan(msg []byte) (wrong string) {
	r.begin()
	for len(msg) > 0 && wrong == "" {
		f, err := protoscan.Next(msg)
		if err != nil {
			return err.Error()
		}
		wrong = r.protoField(&f)
		msg = msg[f.Size:]
	}
	if wrong != "" {
		return wrong
	}
	return r.finish()
}

func (r *reader) protoField(f *protoscan.Field) (wrong string) {
	sp := &r.span
	switch f.Tag() {
	case 1<<3 | protoscan.Len:
		return r.protoTraceID(f.Body)
	case 2<<3 | protoscan.Len:
		return r.protoID(&sp.parent, "parentId", f.Body)
	case 3<<3 | protoscan.Len:
		return r.protoID(&sp.id, "id", f.Body)
	case 4<<3 | protoscan.Varint:
		sp.kind = protoKind(f.Int)
	case 5<<3 | protoscan.Len:
		sp.name = f.Body
	case 6<<3 | protoscan.I64:
		return r.protoMicros(&sp.start, "timestamp", f.Int)
	case 7<<3 | protoscan.Varint:
		return r.protoMicros(&sp.duration, "duration", f.Int)
	case 8<<3 | protoscan.Len:
		return r.protoEndpoint(&sp.local, "localEndpoint", f.Body)
	case 9<<3 | protoscan.Len:
		return r.protoEndpoint(&sp.remote, "remoteEndpoint", f.Body)
	case 10<<3 | protoscan.Len:
		return r.protoAnnotation(f.Body)
	case 11<<3 | protoscan.Len:
		return r.protoTag(f.Body)
	case 12<<3 | protoscan.Varint:
		sp.debug = f.Int != 0 || r.opts.Debug
	case 13<<3 | protoscan.Varint:
		sp.shared = f.Int != 0
	}
	return ""
}

func (r *reader) protoTraceID(raw []byte) (wrong string) {
	switch len(raw) {
	case 8:
		r.span.traceID = otlp.TraceID{}
		copy(r.span.traceID[8:], raw)
	case 16:
		copy(r.span.traceID[:], raw)
	default:
		r.at(".traceId")
		return fmt.Sprintf("want 8 or 16 bytes, got %d", len(raw))
	}
	return ""
}

// protoID reads the id of a span; empty is none.
func (r *reader) protoID(id *otlp.SpanID, name string, raw []byte) (wrong string) {
	if len(raw) != 0 && len(raw) != 8 {
		r.at("." + name)
		return fmt.Sprintf("want 8 bytes, got %d", len(raw))
	}
	*id = otlp.SpanID{}
	copy(id[:], raw)
	return ""
}

func protoKind(n uint64) otlp.Kind {
	switch n {
	case 1:
		return otlp.KindClient
	case 2:
		return otlp.KindServer
	case 3:
		return otlp.KindProducer
	case 4:
		return otlp.KindConsumer
	}
	return otlp.KindUnspecified
}

func (r *reader) protoMicros(nanos *uint64, name string, micros uint64) (wrong string) {
	if micros > maxMicros {
		r.at("." + name)
		return fmt.Sprintf("%d microseconds is too much; want at most %d", micros, maxMicros)
	}
	*nanos = micros * 1000
	return ""
}

// protoEndpoint reads an endpoint. One that comes twice is merged, as in any protobuf.
func (r *reader) protoEndpoint(e *endpoint, name string, msg []byte) (wrong string) {
	var ipv6 []byte
	for len(msg) > 0 {
		f, err := protoscan.Next(msg)
		if err != nil {
			r.at("." + name)
			return err.Error()
		}
		switch f.Tag() {
		case 1<<3 | protoscan.Len:
			e.setService(f.Body)
		case 2<<3 | protoscan.Len:
			e.ip = r.addressText(f.Body)
		case 3<<3 | protoscan.Len:
			ipv6 = r.addressText(f.Body)
		case 4<<3 | protoscan.Varint:
			e.port = uint16(f.Int)
		}
		msg = msg[f.Size:]
	}
	if len(ipv6) > 0 {
		e.ip = ipv6
	}
	return ""
}

func (r *reader) protoAnnotation(msg []byte) (wrong string) {
	var a annotation
	for len(msg) > 0 && wrong == "" {
		f, err := protoscan.Next(msg)
		if err != nil {
			wrong = err.Error()
			break
		}
		switch f.Tag() {
		case 1<<3 | protoscan.I64:
			wrong = r.protoMicros(&a.time, "timestamp", f.Int)
		case 2<<3 | protoscan.Len:
			a.value = f.Body
		}
		msg = msg[f.Size:]
	}
	if wrong != "" {
		r.at(fmt.Sprintf(".annotations[%d]", len(r.annotations)))
		return wrong
	}
	r.annotations = append(r.annotations, a)
	return ""
}

func (r *reader) protoTag(msg []byte) (wrong string) {
	var key, value []byte
	for len(msg) > 0 {
		f, err := protoscan.Next(msg)
		if err != nil {
			r.at(".tags")
			return err.Error()
		}
		switch f.Tag() {
		case 1<<3 | protoscan.Len:
			key = f.Body
		case 2<<3 | protoscan.Len:
			value = f.Body
		}
		msg = msg[f.Size:]
	}
	r.span.put(key, value, r.tagKind)
	return ""
}
