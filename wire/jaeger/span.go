package jaeger

import (
	"math"

	"github.com/oriel-io/oriel/wire/otlp"
)

// reader turns one body into one batch. It is used again for the next body.
type reader struct {
	proto bool
	path  string // of the error

	span     span
	attrs    otlp.AttrSet // of the span
	fields   otlp.AttrSet // of the event, or process, that is being read
	specials tags
	events   []byte // encoded

	resource, scope, item []byte // of the span being written
	hostname, version     tag    // of the process

	out  *otlp.Builder
	size int // of the largest batch that out has made
}

// span is one span on its way. Slices are views of the body.
type span struct {
	traceID         otlp.TraceID
	id, parent      otlp.SpanID
	name            []byte
	start, duration int64 // as they came: nanoseconds in protobuf, microseconds in Thrift
	refs            []reference
}

// reference is one SpanRef.
type reference struct {
	traceID otlp.TraceID
	spanID  otlp.SpanID
	kind    uint64
}

// Kinds of references.
const (
	childOf     = 0
	followsFrom = 1
)

// tag is one Tag or KeyValue.
type tag struct {
	key   []byte
	value otlp.Value
	set   bool
}

func newReader() *reader { return &reader{out: otlp.NewBuilder(otlp.Traces)} }

// What a reader may hold for the next body, so that a strange one does not hold
// memory for ever.
const (
	keepRefs  = 1 << 10
	keepBytes = 256 << 10 // of a span
	keepBatch = 4 << 20
)

// release lets go of the body and puts the reader back.
func (r *reader) release() {
	refs := r.span.refs
	if cap(refs) > keepRefs {
		refs = nil
	}
	r.span = span{refs: refs[:0]}
	r.specials, r.hostname, r.version = tags{}, tag{}, tag{}
	r.attrs.Release(keepBytes)
	r.fields.Release(keepBytes)
	for _, b := range []*[]byte{&r.events, &r.resource, &r.scope, &r.item} {
		if cap(*b) > keepBytes {
			*b = nil
		}
	}
	if r.out.Items() > 0 || r.size > keepBatch { // an error left spans behind, or there is much room to let go
		r.out, r.size = otlp.NewBuilder(otlp.Traces), 0
	}
	readers.Put(r)
}

// begin forgets the span before.
func (r *reader) begin() {
	r.span = span{refs: r.span.refs[:0]}
	r.attrs.Reset(fieldAttributes)
	r.specials.has = 0
	r.events = r.events[:0]
}

// blank says whether nothing is set in the span.
func (r *reader) blank() bool {
	sp := &r.span
	return sp.traceID.IsZero() && sp.id.IsZero() && sp.parent.IsZero() && len(sp.name) == 0 && sp.start <= 0 && sp.duration == 0 &&
		len(sp.refs) == 0 && len(r.events) == 0 && r.attrs.Empty() && r.specials.has == 0
}

// findParent sets the parent where only the references tell it.
func (sp *span) findParent() {
	if !sp.parent.IsZero() {
		return
	}
	follows := -1
	for i := range sp.refs {
		ref := &sp.refs[i]
		switch {
		case ref.traceID != sp.traceID:
		case ref.kind == childOf:
			sp.parent = ref.spanID
			return
		case ref.kind == followsFrom && follows < 0:
			follows = i
		}
	}
	if follows >= 0 {
		sp.parent = sp.refs[follows].spanID
	}
}

// nanos are micros in nanoseconds, as far as OTLP can say them.
func nanos(micros int64) uint64 {
	if micros > math.MaxInt64/1000 {
		return math.MaxInt64
	}
	return uint64(max(micros, 0)) * 1000
}

// add is a + b, or the number that is nearest.
func add(a, b int64) int64 {
	switch sum := a + b; {
	case a > 0 && b > 0 && sum < 0:
		return math.MaxInt64
	case a < 0 && b < 0 && sum >= 0:
		return math.MinInt64
	default:
		return sum
	}
}
