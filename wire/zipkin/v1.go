package zipkin

import (
	"bytes"
	"strconv"

	"github.com/oriel-io/oriel/wire/otlp"
)

// core is what the core annotations of one side of a version 1 span say.
type core struct {
	kind       otlp.Kind // unspecified: there are none
	local      endpoint
	start, end uint64 // nanoseconds, 0 if absent
}

// note takes one core annotation in.
func (c *core) note(kind otlp.Kind, a *annotation, ends bool) {
	if c.kind == otlp.KindUnspecified {
		c.kind = kind
	}
	if c.local.empty() {
		c.local = a.endpoint
	}
	if ends {
		c.end = a.time
	} else if c.start == 0 {
		c.start = a.time
	}
}

// emitV1 writes a version 1 span, or its two halves.
//
// Source: https://zipkin.io/pages/data_model.html; the halves are told apart
// as Zipkin's own server does it.
func (r *reader) emitV1() {
	client, server, other := r.cores()
	switch {
	case r.span.kind != otlp.KindUnspecified || !r.span.local.empty():
		r.emitHalf(core{kind: r.span.kind, local: r.span.local}, nil)
	case client.kind != otlp.KindUnspecified && server.kind != otlp.KindUnspecified:
		// The timestamp of the span is the client's; the server has only its annotations.
		r.emitHalf(client, &server)
		r.span.resetDetails()
		r.span.start, r.span.duration, r.span.shared = 0, 0, true
		r.emitHalf(server, &client)
	case client.kind != otlp.KindUnspecified:
		r.emitHalf(client, nil)
	case server.kind != otlp.KindUnspecified:
		// By convention a server span without timestamp has joined its client's id.
		r.span.shared = r.span.shared || r.span.start == 0
		r.emitHalf(server, nil)
	default:
		r.emitHalf(other, nil)
	}
}

// cores sorts the core annotations by side; other has those of messaging, or none.
func (r *reader) cores() (client, server, other core) {
	for i := range r.annotations {
		switch a := &r.annotations[i]; string(a.value) {
		case "cs", "cr":
			client.note(otlp.KindClient, a, a.value[1] == 'r')
		case "sr", "ss":
			server.note(otlp.KindServer, a, a.value[1] == 's')
		case "ms":
			other.note(otlp.KindProducer, a, false)
		case "mr":
			other.note(otlp.KindConsumer, a, false)
		}
	}
	return client, server, other
}

// isCore says whether the annotation became kind and time of a span.
func isCore(value []byte) bool {
	switch string(value) {
	case "cs", "cr", "sr", "ss", "ms", "mr":
		return true
	}
	return false
}

// emitHalf writes the side of the span that own describes. What stands at the
// endpoint of the other half is left to that.
func (r *reader) emitHalf(own core, other *core) {
	sp := &r.span
	sp.kind, sp.local = own.kind, own.local
	theirs := func(e *endpoint) bool {
		return other != nil && bytes.Equal(e.service, other.local.service) != bytes.Equal(e.service, own.local.service) &&
			bytes.Equal(e.service, other.local.service)
	}
	keepCore := len(r.annotations) > 0 && own.start == 0 && own.end == 0 // kind came from elsewhere
	for i := range r.annotations {
		if a := &r.annotations[i]; (keepCore || !isCore(a.value)) && !theirs(&a.endpoint) {
			sp.events = append(sp.events, event{a.time, a.value})
		}
	}
	component, httpStatus, fallback := r.putBinary(theirs)
	if sp.local.empty() {
		sp.local = fallback
	}
	if len(sp.local.service) == 0 {
		sp.local.service = component
	}
	r.setTimesV1(own)
	// A span has failed whose HTTP status is not 1xx to 3xx, if nothing else says how it went.
	if code, err := strconv.Atoi(string(httpStatus)); err == nil && (code < 100 || code >= 400) &&
		sp.get(statusCodeTag) == nil && sp.get(errorTag) == nil {
		sp.set(statusCodeTag, []byte("ERROR"))
	}
	r.emit()
}

// setTimesV1 takes the span's own times, or else those of its core annotations,
// or else leaves it to emit to look at the events.
func (r *reader) setTimesV1(own core) {
	sp := &r.span
	start, end := own.start, own.end
	if start == 0 {
		start = end
	}
	if sp.start == 0 {
		sp.start = start
	}
	if sp.duration == 0 && own.start > 0 && end > own.start {
		sp.duration = end - own.start
	}
}

// putBinary adds the binary annotations: addresses to the remote endpoint,
// others to the tags. It returns the local component, the HTTP status, and the
// endpoint that stands on tags.
func (r *reader) putBinary(theirs func(*endpoint) bool) (component, httpStatus []byte, fallback endpoint) {
	sp := &r.span
	for i := range r.binary {
		b := &r.binary[i]
		if isAddress(b) {
			r.putAddress(b)
			continue
		}
		if theirs(&b.endpoint) {
			continue
		}
		if len(b.endpoint.service) > 0 {
			fallback = b.endpoint
		}
		key, text := b.key, b.text
		switch string(key) {
		case "http.status_code":
			httpStatus = text
		case "lc":
			if component = text; len(component) == 0 {
				continue
			}
			key = []byte("component")
		case "census.status_code": // gRPC's codes: 0 is OK, each other one a failure
			key = []byte(keyStatusCode)
			if text = []byte("ERROR"); string(b.text) == "0" {
				text = []byte("OK")
			}
		case "census.status_description", "opencensus.status_description":
			key = []byte(keyStatusText)
		}
		sp.put(key, text, b.kind)
	}
	return component, httpStatus, fallback
}

// isAddress tells a mark on an endpoint from a tag that happens to have the
// key: its value is true, in any of the ways in which it is written.
func isAddress(b *binaryAnnotation) bool {
	switch string(b.key) {
	case "ca", "sa", "ma":
	default:
		return false
	}
	switch string(b.text) {
	case "", "true", "1", "\x01", "AQ==":
		return !b.endpoint.empty()
	}
	return false
}

func (r *reader) putAddress(b *binaryAnnotation) {
	sp := &r.span
	implied, messaging := otlp.KindClient, b.key[0] == 'm'
	if b.key[0] == 'c' {
		implied = otlp.KindServer
	}
	if sp.kind == otlp.KindUnspecified && !messaging {
		sp.kind = implied
	}
	if sp.kind == implied || messaging {
		sp.remote = b.endpoint
	}
}
