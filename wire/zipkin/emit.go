package zipkin

import (
	"math"
	"slices"

	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/protoscan"
)

// Field numbers of the Span message.
const (
	fieldTraceID    = 1
	fieldSpanID     = 2
	fieldTraceState = 3
	fieldParentID   = 4
	fieldName       = 5
	fieldKind       = 6
	fieldStart      = 7
	fieldEnd        = 8
	fieldAttributes = 9
	fieldEvents     = 11
	fieldLinks      = 13
	fieldStatus     = 15
)

// emit writes r.span to the batch.
func (r *reader) emit() {
	sp := &r.span
	start, end := sp.times()
	b := r.item[:0]
	b = protoscan.AppendBytes(b, fieldTraceID, sp.traceID[:])
	b = protoscan.AppendBytes(b, fieldSpanID, sp.id[:])
	if state := sp.get(traceStateTag); len(state) > 0 {
		b = protoscan.AppendBytes(b, fieldTraceState, state)
	}
	if !sp.parent.IsZero() && sp.parent != sp.id {
		b = protoscan.AppendBytes(b, fieldParentID, sp.parent[:])
	}
	if len(sp.name) > 0 {
		b = protoscan.AppendBytes(b, fieldName, sp.name)
	}
	kind, kindTag := sp.kindAndTag()
	if kind != otlp.KindUnspecified {
		b = protoscan.AppendVarint(b, fieldKind, uint64(kind))
	}
	if start > 0 {
		b = protoscan.AppendFixed64(b, fieldStart, start)
	}
	if end > 0 {
		b = protoscan.AppendFixed64(b, fieldEnd, end)
	}
	b = sp.plain.AppendTo(b)
	b = r.appendTag(b, "span.kind", kindTag)
	b = r.appendEndpoints(b)
	b = r.appendMarks(b)
	b = r.appendStatus(b)
	for i := range sp.events {
		b = appendEvent(b, sp.events[i])
	}
	for i := range sp.links {
		b = appendLink(b, &sp.links[i])
	}
	r.item = b
	r.appendResource()
	r.appendScope()
	r.out.Add(r.resource, r.scope, b, 1)
}

// times are start and end in Unix nanoseconds. Without a timestamp they are the
// span of the events, if there are any that have a time.
func (sp *span) times() (start, end uint64) {
	start = sp.start
	for i := 0; i < len(sp.events) && sp.start == 0; i++ {
		at := sp.events[i].time
		if at > 0 && (start == 0 || at < start) {
			start = at
		}
		end = max(end, at)
	}
	if sp.start > 0 || sp.duration > 0 {
		end = min(start+sp.duration, math.MaxInt64)
	}
	return start, end
}

// kindAndTag is the kind that the span has, and its tag span.kind if that
// says nothing that the kind does not.
func (sp *span) kindAndTag() (otlp.Kind, []byte) {
	tag := sp.get(spanKindTag)
	if sp.kind != otlp.KindUnspecified || tag == nil {
		return sp.kind, tag
	}
	switch string(tag) {
	case "internal":
		return otlp.KindInternal, nil
	case "client":
		return otlp.KindClient, nil
	case "server":
		return otlp.KindServer, nil
	case "producer":
		return otlp.KindProducer, nil
	case "consumer":
		return otlp.KindConsumer, nil
	}
	return otlp.KindUnspecified, tag
}

// appendTag writes one of the tags that only sometimes is an attribute.
func (r *reader) appendTag(b []byte, key string, text []byte) []byte {
	if text == nil {
		return b
	}
	return otlp.AppendAttr(b, fieldAttributes, key, typedValue(text, r.tagKind))
}

// appendEndpoints writes the addresses of both ends. Where an endpoint says
// nothing, the tag of that name is what there is.
func (r *reader) appendEndpoints(b []byte) []byte {
	sp := &r.span
	b = r.appendAddress(b, keyLocalIP, sp.local.ip, localIPTag)
	b = r.appendPort(b, keyLocalPort, sp.local.port, localPortTag)
	b = r.appendAddress(b, keyRemoteService, sp.remote.service, remoteServiceTag)
	b = r.appendAddress(b, keyRemoteIP, sp.remote.ip, remoteIPTag)
	return r.appendPort(b, keyRemotePort, sp.remote.port, remotePortTag)
}

func (r *reader) appendAddress(b []byte, key string, text []byte, otherwise tagClass) []byte {
	if len(text) > 0 {
		return otlp.AppendTextAttr(b, fieldAttributes, key, text)
	}
	return r.appendTag(b, key, r.span.get(otherwise))
}

func (r *reader) appendPort(b []byte, key string, port uint16, otherwise tagClass) []byte {
	if port > 0 {
		return otlp.AppendAttr(b, fieldAttributes, key, otlp.IntValue(int64(port)))
	}
	return r.appendTag(b, key, r.span.get(otherwise))
}

// appendMarks writes what OTLP has no field for.
func (r *reader) appendMarks(b []byte) []byte {
	sp := &r.span
	if sp.shared {
		b = otlp.AppendAttr(b, fieldAttributes, keyShared, otlp.BoolValue(true))
	}
	if sp.debug {
		b = otlp.AppendAttr(b, fieldAttributes, keyDebug, otlp.BoolValue(true))
	}
	if sp.start == 0 {
		return otlp.AppendAttr(b, fieldAttributes, keyAbsentStart, otlp.BoolValue(true))
	}
	return r.appendTag(b, keyAbsentStart, sp.get(absentStartTag))
}

// appendStatus writes the status, and the tags that only look like one.
func (r *reader) appendStatus(b []byte) []byte {
	sp := &r.span
	code, text, failure := sp.get(statusCodeTag), sp.get(statusTextTag), sp.get(errorTag)
	if failure != nil && string(failure) != "true" {
		b = r.appendTag(b, "error", failure)
	}
	status := otlp.StatusUnset
	if code == nil {
		b = r.appendTag(b, keyStatusText, text)
		text = nil
	} else {
		status = statusOf(code)
	}
	if failure != nil {
		status = otlp.StatusError
	}
	if status == otlp.StatusUnset && len(text) == 0 {
		return b
	}
	b, mark := protoscan.Open(b, fieldStatus)
	if len(text) > 0 {
		b = protoscan.AppendBytes(b, 2, text)
	}
	if status != otlp.StatusUnset {
		b = protoscan.AppendVarint(b, 3, uint64(status))
	}
	return protoscan.Close(b, mark)
}

// statusOf reads the names of the specification, of upstream's old exporter,
// and the numbers of version 1.
func statusOf(code []byte) otlp.StatusCode {
	switch string(code) {
	case "STATUS_CODE_OK", "OK", "Ok", "1":
		return otlp.StatusOK
	case "STATUS_CODE_ERROR", "ERROR", "Error", "2":
		return otlp.StatusError
	}
	return otlp.StatusUnset
}

// appendResource fills r.resource with the span's Resource message.
func (r *reader) appendResource() {
	sp := &r.span
	b := r.resource[:0]
	if len(sp.local.service) > 0 {
		key := sp.get(serviceSourceTag)
		if len(key) == 0 {
			key = []byte("service.name")
		}
		if !slices.ContainsFunc(sp.resource, func(t resourceTag) bool { return string(t.key) == string(key) }) {
			b = otlp.AppendTextAttr(b, 1, key, sp.local.service)
		}
	}
	for i := range sp.resource {
		b = otlp.AppendTextAttr(b, 1, sp.resource[i].key, sp.resource[i].text)
	}
	r.resource = b
}

// appendScope fills r.scope with the span's InstrumentationScope message.
func (r *reader) appendScope() {
	r.scope = r.scope[:0]
	if name := r.span.get(scopeNameTag); len(name) > 0 {
		r.scope = protoscan.AppendBytes(r.scope, 1, name)
	}
	if version := r.span.get(scopeVersionTag); len(version) > 0 {
		r.scope = protoscan.AppendBytes(r.scope, 2, version)
	}
}
