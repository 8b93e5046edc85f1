package zipkin

import "github.com/oriel-io/oriel/wire/otlp"

// span is one span on its way from JSON to protobuf. Slices are views of the
// body; the struct is used again for the next span.
type span struct {
	traceID         otlp.TraceID
	id, parent      otlp.SpanID
	kind            otlp.Kind
	name            []byte
	start, duration uint64 // nanoseconds, 0 if absent
	shared, debug   bool
	local, remote   endpoint
	events          []event

	// Tags by what becomes of them; see tagClass.
	plain    otlp.AttrSet
	resource []resourceTag // sorted by class
	links    []link        // sorted by number
	singles                // the other classes
}

type endpoint struct {
	service, ip []byte
	port        uint16
}

// setService leaves out the name that stands for none.
func (e *endpoint) setService(name []byte) {
	if e.service = name; string(name) == noService {
		e.service = nil
	}
}

func (e *endpoint) empty() bool { return len(e.service) == 0 && len(e.ip) == 0 && e.port == 0 }

type event struct {
	time  uint64 // nanoseconds
	value []byte
}

type resourceTag struct {
	class     tagClass
	key, text []byte
}

// singles holds a text, or none, for each class that a span can have one of.
type singles struct {
	has   uint32 // a bit for each class
	texts [firstResource][]byte
}

func (s *singles) set(class tagClass, text []byte) {
	s.has |= 1 << class
	s.texts[class] = text
}

// get returns nil if there is none.
func (s *singles) get(class tagClass) []byte {
	switch {
	case s.has>>class&1 == 0:
		return nil
	case s.texts[class] == nil:
		return []byte{}
	}
	return s.texts[class]
}

// reset forgets a span but not its buffers.
func (sp *span) reset() {
	sp.traceID, sp.id, sp.parent, sp.kind, sp.name = otlp.TraceID{}, otlp.SpanID{}, otlp.SpanID{}, otlp.KindUnspecified, nil
	sp.start, sp.duration, sp.shared, sp.debug = 0, 0, false, false
	sp.local = endpoint{}
	sp.resetDetails()
}

// resetDetails forgets what the halves of a version 1 span do not share.
func (sp *span) resetDetails() {
	sp.remote = endpoint{}
	sp.events, sp.links, sp.resource = sp.events[:0], sp.links[:0], sp.resource[:0]
	sp.plain.Reset(fieldAttributes)
	sp.has = 0
}

// put adds a tag; the last one of a key wins. The kind is that of the attribute
// that it becomes if it is a plain one; see typedValue.
func (sp *span) put(key, text []byte, kind otlp.ValueKind) {
	switch class := classOf(key); class {
	case plainTag:
		sp.putPlain(key, text, kind)
	case linkTag:
		if l, ok := parseLink(key, text); ok {
			sp.putLink(l)
		} else {
			sp.putPlain(key, text, kind)
		}
	case sharedTag, debugTag:
		if string(text) != "true" {
			sp.putPlain(key, text, kind)
		} else if class == sharedTag {
			sp.shared = true
		} else {
			sp.debug = true
		}
	default:
		if class >= firstResource {
			sp.putResource(resourceTag{class, key, text})
		} else {
			sp.set(class, text)
		}
	}
}

func (sp *span) putPlain(key, text []byte, kind otlp.ValueKind) {
	if kind == otlp.String {
		sp.plain.SetText(key, text)
	} else {
		sp.plain.Set(key, typedValue(text, kind))
	}
}

// putResource keeps resource tags sorted, so that the same ones in another
// order are the same resource.
func (sp *span) putResource(t resourceTag) {
	i := len(sp.resource)
	for i > 0 && sp.resource[i-1].class > t.class {
		i--
	}
	if i > 0 && sp.resource[i-1].class == t.class {
		sp.resource[i-1] = t
		return
	}
	sp.resource = append(sp.resource, resourceTag{})
	copy(sp.resource[i+1:], sp.resource[i:])
	sp.resource[i] = t
}
