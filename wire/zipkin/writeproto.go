package zipkin

import (
	"unicode/utf8"

	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/protoscan"
)

// protoKinds are the numbers that readProto's table names.
var protoKinds = [...]uint64{otlp.KindClient: 1, otlp.KindServer: 2, otlp.KindProducer: 3, otlp.KindConsumer: 4}

// appendProto writes the span as an element of a ListOfSpans; readProto draws
// the messages. Trace ids have 16 bytes: some readers take no others.
func (w *writer) appendProto(b []byte) []byte {
	f := &w.otlp
	b, mark := protoscan.Open(b, 1)
	b = protoscan.AppendBytes(b, 1, f.TraceID[:])
	if !f.ParentID.IsZero() {
		b = protoscan.AppendBytes(b, 2, f.ParentID[:])
	}
	b = protoscan.AppendBytes(b, 3, f.SpanID[:])
	if kind := protoKinds[f.Kind]; kind > 0 {
		b = protoscan.AppendVarint(b, 4, kind)
	}
	if len(f.Name) > 0 {
		b = appendUTF8(b, 5, f.Name)
	}
	if w.timestamp > 0 {
		b = protoscan.AppendFixed64(b, 6, w.timestamp)
	}
	if w.duration > 0 {
		b = protoscan.AppendVarint(b, 7, w.duration)
	}
	b = appendProtoEndpoint(b, 8, &w.local)
	b = appendProtoEndpoint(b, 9, &w.remote)
	for at, text := range w.annotations() {
		var inner int
		b, inner = protoscan.Open(b, 10)
		b = appendUTF8(protoscan.AppendFixed64(b, 1, at), 2, text)
		b = protoscan.Close(b, inner)
	}
	for _, t := range w.tags.list {
		if !t.taken {
			var inner int
			b, inner = protoscan.Open(b, 11)
			b = protoscan.Close(appendUTF8(appendUTF8(b, 1, t.key), 2, t.text), inner)
		}
	}
	if w.debug {
		b = protoscan.AppendVarint(b, 12, 1)
	}
	if w.shared {
		b = protoscan.AppendVarint(b, 13, 1)
	}
	return protoscan.Close(b, mark)
}

func appendProtoEndpoint(b []byte, num uint32, e *outEndpoint) []byte {
	if e.none() {
		return b
	}
	b, mark := protoscan.Open(b, num)
	if len(e.service) > 0 {
		b = appendUTF8(b, 1, e.service)
	}
	switch {
	case e.ip.Is4():
		b = protoscan.AppendBytes(b, 2, e.ip.AsSlice())
	case e.ip.IsValid():
		b = protoscan.AppendBytes(b, 3, e.ip.AsSlice())
	}
	if e.port > 0 {
		b = protoscan.AppendVarint(b, 4, uint64(e.port))
	}
	return protoscan.Close(b, mark)
}

// appendUTF8 appends text, which OTLP does not promise to be UTF-8 and Zipkin's protobuf must be.
func appendUTF8(b []byte, num uint32, text []byte) []byte {
	if utf8.Valid(text) {
		return protoscan.AppendBytes(b, num, text)
	}
	b, mark := protoscan.Open(b, num)
	return protoscan.Close(otlp.AppendUTF8(b, text), mark)
}
