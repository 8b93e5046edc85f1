// Package zipkin turns Zipkin spans into OTLP and back.
//
// Begin with ToOTLP, the way in: readjson.go, readproto.go and readthrift.go each read a
// format in place, v1.go makes spans of version 1's annotations, emit.go writes OTLP.
// The way back, for the exporter and the query API, is FromOTLP; writejson.go and writeproto.go are its formats.
//
// Source: https://zipkin.io/zipkin-api/ (zipkin2-api.yaml, zipkin-api.yaml, zipkin.proto and
// thrift/zipkinCore.thrift) and, for the way back, https://opentelemetry.io/docs/specs/otel/trace/sdk_exporters/zipkin/.
//
// # Mapping
//
//	traceId, id, parentId    ids; a 64-bit trace id has a zero high half; parentId equal to id, or zero, is a root
//	kind                     kind; none: UNSPECIFIED, or what the tag span.kind says
//	timestamp, duration      start, end. A span without timestamp starts at its first annotation, or else at 0,
//	                         and has the attribute otel.zipkin.absentField.startTime = true
//	shared, debug            attributes zipkin.shared, zipkin.debug = true. The client and the server half of an RPC
//	                         may have one id; they differ in kind, and the half with zipkin.shared joined the other's id.
//	localEndpoint            service.name of the resource, net.host.ip, net.host.port
//	remoteEndpoint           peer.service, net.peer.ip, net.peer.port
//	annotations              events; "name|{attributes as JSON}|dropped" is an event with attributes
//	tags                     attributes, except resource attributes (tags.go), otel.status_code, otel.status_description,
//	                         otel.library.* and otel.scope.*, w3c.tracestate, and otlp.link.N, which are links
//	tag error                status ERROR, whatever its value; kept as an attribute unless it is "true"
//
// Version 1: the core annotations cs, cr, sr, ss, ms and mr give kind, times and the local endpoint; a span with a
// client and a server half becomes two. The addresses ca, sa and ma give the remote endpoint, lc the tag component.
// Version 1 spans are recognised in a version 2 body too, by their annotations' endpoints.
//
// # What is read
//
// One bad span refuses the whole body, as there is no way to tell the sender about it alone.
// A span needs a trace id and an id.
//
// JSON: Members are looked up exactly; unknown ones are skipped, null is as good as
// absent. Numbers may be in quotes. Times may have a fraction, which is kept to the
// nanosecond; negative ones count as absent. Ids may be shorter than 16 or 32 digits, and
// in capitals. A tag may be a number or a bool, and is then its text.
//
// Protobuf: Ids have 8 bytes, trace ids 8 or 16.
//
// Thrift: The binary protocol, a list of spans. Tags are typed; a value that is too short for its type is
// kept in base64, as one of type BYTES is. Times before 1970 count as absent.
//
// # Differences from the upstream collector's receiver
//
//   - Spans with one service but different resource tags are different resources. Upstream lifts the tags of the
//     first span of a service for all of them. Resource tags of spans without a service are lifted too.
//   - An annotation with '|' that is not an event with attributes keeps its whole text. Upstream cuts it or refuses the body.
//     Attributes inside of events and links keep arrays, objects and exact integers.
//   - A malformed otlp.link.N stays a tag. Upstream drops it or refuses the body.
//   - zipkin.shared and zipkin.debug are kept.
//   - An address that is not an IP is kept as text. Upstream refuses the body.
//   - An id of zero is refused. Upstream takes the span, and nothing can find it again.
//   - Protobuf: 8 bytes of trace id are taken, as the format has it, and a span without timestamp has the mark that says so.
//   - Version 1: endpoints are mapped like those of version 2, not to resource attributes ipv4, ipv6 and port; address annotations
//     are understood (upstream refuses their value true), error keeps its text. Negative numbers in Thrift are negative.
package zipkin

import (
	"fmt"
	"sync"

	"github.com/oriel-io/oriel/wire/otlp"
)

// Format is a way in which spans are written.
type Format uint8

const (
	JSON     Format = iota // version 2
	JSONV1                 // version 1: core annotations count even without endpoints
	Proto                  // version 2 in protobuf: a message ListOfSpans
	ThriftV1               // version 1 in Thrift's binary protocol: a list of spans
)

// Options say how a body is read.
type Options struct {
	Format Format
	// ParseStringTags makes integers, decimal fractions and bools of tags that look like them.
	// Thrift has types, so there it changes nothing.
	ParseStringTags bool
	// Debug marks all spans as those that somebody asked for: the header X-B3-Flags: 1.
	Debug bool
}

// Error says what is wrong with a body and where.
type Error struct {
	Offset int    // byte of the body
	Path   string // for example "[3].duration"
	What   string // for example `want a number, got '{'`
}

func (e *Error) Error() string {
	text := fmt.Sprintf("%s (byte %d)", e.What, e.Offset)
	if e.Path == "" {
		return text
	}
	return e.Path + ": " + text
}

var readers = sync.Pool{New: func() any { return newReader() }}

// ToOTLP makes a batch of a body of spans. It copies what it needs: the caller
// may use body again.
//
// Errors: *Error.
func ToOTLP(body []byte, opts Options) (*otlp.Batch, error) {
	r := readers.Get().(*reader)
	defer r.release()
	return r.batch(body, opts)
}
