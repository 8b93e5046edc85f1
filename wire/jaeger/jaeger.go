// Package jaeger turns Jaeger's spans into OTLP.
//
// Begin with ToOTLP. readproto.go and readthrift.go each read a format in place, emit.go
// writes OTLP, tags.go says what becomes of tags.
//
// Source: https://github.com/jaegertracing/jaeger-idl: proto/api_v2/model.proto and collector.proto,
// thrift/jaeger.thrift and agent.thrift. The mapping is that of
// https://opentelemetry.io/docs/specs/otel/trace/sdk_exporters/jaeger/, backwards.
//
// # Mapping
//
//	process                service.name and attributes of the resource; hostname is host.name, jaeger.version is
//	                       opencensus.exporterversion = "Jaeger-<version>". A process of a span's own (protobuf) goes before its batch's
//	traceId, spanId        ids
//	parent                 parentSpanId, or else the first reference to the same trace, CHILD_OF before FOLLOWS_FROM
//	references             links, but for the parent's CHILD_OF, with the attribute opentracing.ref_type
//	start, duration        start, end
//	logs                   events; the field event is the name
//	tags                   attributes, except
//	span.kind              kind
//	error = true           status ERROR; with any other value an attribute
//	otel.status_code       status OK or ERROR, unless error = true
//	otel.status_description  its message
//	http.status_code       without those, ERROR from 400 on, of a server from 500 on; stays an attribute, as does
//	http.status_message    the message, if nothing else says it
//	w3c.tracestate         trace state (protobuf)
//	otel.scope.name, otel.scope.version  instrumentation scope (protobuf)
//
// Of a repeated tag the last one counts. A span in which nothing is set is left out.
//
// # Differences from the upstream collector's receiver
//
//   - Times before 1970 are 0, and those after 2262 are that; upstream's wrap around. A missing time in protobuf is 0.
//   - A process called OTLPResourceNoServiceName has no service.name and keeps its tags. Upstream drops them when they come in
//     protobuf, and takes the name for a service's when it comes in Thrift.
package jaeger

import (
	"sync"

	"github.com/oriel-io/oriel/wire/otlp"
)

// Format is a way in which spans are written.
type Format uint8

const (
	Proto        Format = iota // a message PostSpansRequest of jaeger.api_v2
	Thrift                     // a struct Batch in Thrift's binary protocol
	AgentCompact               // a call of the agent's emitBatch in Thrift's compact protocol
	AgentBinary                // the same in the binary protocol
)

// Error says what is wrong with a body and where.
type Error struct {
	Path string // for example "spans[3]"
	What string // for example "an i64 takes 8 bytes, but 2 are left (byte 812)"
}

func (e *Error) Error() string {
	if e.Path == "" {
		return e.What
	}
	return e.Path + ": " + e.What
}

var readers = sync.Pool{New: func() any { return newReader() }}

// ToOTLP makes a batch of a body of spans. It copies what it needs: the caller
// may use body again.
//
// Errors: *Error.
func ToOTLP(body []byte, format Format) (*otlp.Batch, error) {
	r := readers.Get().(*reader)
	defer r.release()
	r.path, r.proto = "", format == Proto
	var err *Error
	switch format {
	case Thrift:
		err = r.readThrift(body)
	case AgentCompact, AgentBinary:
		err = r.readAgent(body, format == AgentCompact)
	default:
		err = r.readProto(body)
	}
	if err != nil {
		return nil, err
	}
	batch := r.out.Batch()
	r.size = max(r.size, batch.Size())
	return batch, nil
}
