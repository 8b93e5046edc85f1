package jaeger

import (
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
func (r *reader) emit(start, end uint64) {
	sp := &r.span
	if r.blank() {
		return
	}
	sp.findParent()
	kind := r.specials.takeKind()
	code, message := r.specials.takeStatus(kind)
	r.appendScope()
	b := r.item[:0]
	b = protoscan.AppendBytes(b, fieldTraceID, sp.traceID[:])
	b = protoscan.AppendBytes(b, fieldSpanID, sp.id[:])
	if state, _ := r.specials.take(traceStateTag); len(state.Text()) > 0 {
		b = protoscan.AppendBytes(b, fieldTraceState, state.Text())
	}
	if !sp.parent.IsZero() {
		b = protoscan.AppendBytes(b, fieldParentID, sp.parent[:])
	}
	if len(sp.name) > 0 {
		b = protoscan.AppendBytes(b, fieldName, sp.name)
	}
	if kind != otlp.KindUnspecified {
		b = protoscan.AppendVarint(b, fieldKind, uint64(kind))
	}
	if start > 0 {
		b = protoscan.AppendFixed64(b, fieldStart, start)
	}
	if end > 0 {
		b = protoscan.AppendFixed64(b, fieldEnd, end)
	}
	r.putLeftovers()
	b = r.attrs.AppendTo(b)
	b = append(b, r.events...)
	b = sp.appendLinks(b)
	r.item = appendStatus(b, code, message)
	r.out.Add(r.resource, r.scope, r.item, 1)
}

// appendScope fills r.scope. A version without a name stays a tag.
func (r *reader) appendScope() {
	r.scope = r.scope[:0]
	name, found := r.specials.take(scopeNameTag)
	if !found {
		return
	}
	if text := name.Text(); len(text) > 0 {
		r.scope = protoscan.AppendBytes(r.scope, 1, text)
	}
	if version, _ := r.specials.take(scopeVersionTag); len(version.Text()) > 0 {
		r.scope = protoscan.AppendBytes(r.scope, 2, version.Text())
	}
}

// appendLinks writes the references but for the one that names the parent.
func (sp *span) appendLinks(b []byte) []byte {
	for i := range sp.refs {
		ref := &sp.refs[i]
		if ref.kind == childOf && ref.spanID == sp.parent {
			continue
		}
		kind := "follows_from"
		if ref.kind == childOf {
			kind = "child_of"
		}
		var mark int
		b, mark = protoscan.Open(b, fieldLinks)
		b = protoscan.AppendBytes(b, 1, ref.traceID[:])
		b = protoscan.AppendBytes(b, 2, ref.spanID[:])
		b = otlp.AppendAttr(b, 4, "opentracing.ref_type", otlp.StringValue(kind))
		b = protoscan.Close(b, mark)
	}
	return b
}

func appendStatus(b []byte, code otlp.StatusCode, message []byte) []byte {
	if code == otlp.StatusUnset && len(message) == 0 {
		return b
	}
	b, mark := protoscan.Open(b, fieldStatus)
	if len(message) > 0 {
		b = protoscan.AppendBytes(b, 2, message)
	}
	if code != otlp.StatusUnset {
		b = protoscan.AppendVarint(b, 3, uint64(code))
	}
	return protoscan.Close(b, mark)
}

// putField adds a field of a log to r.fields, or is the event's name.
func (r *reader) putField(t *tag, name *[]byte) {
	if string(t.key) == "event" {
		*name = t.value.Text()
	} else {
		r.fields.Set(t.key, t.value)
	}
}

// endEvent writes an event whose attributes are r.fields.
func (r *reader) endEvent(time uint64, name []byte) {
	b, mark := protoscan.Open(r.events, fieldEvents)
	if time > 0 {
		b = protoscan.AppendFixed64(b, 1, time)
	}
	if len(name) > 0 {
		b = protoscan.AppendBytes(b, 2, name)
	}
	r.events = protoscan.Close(r.fields.AppendTo(b), mark)
}
