package zipkin

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strconv"

	"github.com/oriel-io/oriel/internal/jsonscan"
	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/protoscan"
)

// Events and links with attributes travel through Zipkin as text:
//
//	annotation      name|{attributes}|dropped
//	otlp.link.N     trace id|span id|trace state|{attributes}|dropped
//
// Source: what upstream's exporter writes (pkg/translator/zipkin/zipkinv2).

// maxNesting bounds arrays and objects in attributes, which take up to three
// levels of OTLP each.
const maxNesting = 16

// appendEvent writes an annotation as an Event message. Text that is not of the form above is the event's name.
func appendEvent(b []byte, e event) []byte {
	b, mark := protoscan.Open(b, fieldEvents)
	b = protoscan.AppendFixed64(b, 1, e.time)
	before := len(b)
	if name, attributes, dropped, ok := cutEvent(e.value); ok {
		b = protoscan.AppendBytes(b, 2, name)
		if b, ok = appendAttributes(b, 3, attributes); ok {
			if dropped > 0 {
				b = protoscan.AppendVarint(b, 4, uint64(dropped))
			}
			return protoscan.Close(b, mark)
		}
		b = b[:before]
	}
	b = protoscan.AppendBytes(b, 2, e.value)
	return protoscan.Close(b, mark)
}

func cutEvent(text []byte) (name, attributes []byte, dropped uint32, ok bool) {
	name, rest, ok := bytes.Cut(text, []byte("|"))
	if !ok {
		return nil, nil, 0, false
	}
	attributes, dropped, ok = cutDropped(rest)
	return name, attributes, dropped, ok
}

// cutDropped takes {attributes}|dropped apart.
func cutDropped(text []byte) (attributes []byte, dropped uint32, ok bool) {
	i := bytes.LastIndexByte(text, '|')
	if i < 2 || text[0] != '{' {
		return nil, 0, false
	}
	n, err := strconv.ParseUint(string(text[i+1:]), 10, 32)
	return text[:i], uint32(n), err == nil
}

// link is one otlp.link.N that was found well-formed.
type link struct {
	number     int
	traceID    otlp.TraceID
	spanID     otlp.SpanID
	state      []byte
	attributes []byte // JSON object
	dropped    uint32
}

func linkKey(number int) string { return keyLinkPrefix + strconv.Itoa(number) }

func parseLink(key, text []byte) (l link, ok bool) {
	number, err := strconv.Atoi(string(key[len(keyLinkPrefix):]))
	parts := bytes.SplitN(text, []byte("|"), 3)
	if err != nil || len(parts) < 3 || len(parts[0]) != 32 || len(parts[1]) != 16 {
		return l, false
	}
	l.number = number
	if _, err := hex.Decode(l.traceID[:], parts[0]); err != nil {
		return l, false
	}
	if _, err := hex.Decode(l.spanID[:], parts[1]); err != nil {
		return l, false
	}
	at := bytes.Index(parts[2], []byte("|{"))
	if at < 0 {
		return l, false
	}
	l.state = parts[2][:at]
	if l.attributes, l.dropped, ok = cutDropped(parts[2][at+1:]); !ok {
		return l, false
	}
	_, ok = appendAttributes(nil, 4, l.attributes)
	return l, ok
}

// putLink keeps links sorted; the last one of a number wins.
func (sp *span) putLink(l link) {
	i, found := slices.BinarySearchFunc(sp.links, l, func(a, b link) int { return a.number - b.number })
	if found {
		sp.links[i] = l
		return
	}
	sp.links = slices.Insert(sp.links, i, l)
}

func appendLink(b []byte, l *link) []byte {
	b, mark := protoscan.Open(b, fieldLinks)
	b = protoscan.AppendBytes(b, 1, l.traceID[:])
	b = protoscan.AppendBytes(b, 2, l.spanID[:])
	if len(l.state) > 0 {
		b = protoscan.AppendBytes(b, 3, l.state)
	}
	b, _ = appendAttributes(b, 4, l.attributes) // parseLink has tried
	if l.dropped > 0 {
		b = protoscan.AppendVarint(b, 5, uint64(l.dropped))
	}
	return protoscan.Close(b, mark)
}

// appendAttributes writes the members of a JSON object as KeyValues. If text is
// no such object, b comes back with something half written and ok is false.
func appendAttributes(b []byte, num uint32, text []byte) (_ []byte, ok bool) {
	var s jsonscan.Scanner
	s.Reset(text)
	b = appendMembers(b, num, &s, 0)
	s.End()
	return b, s.Err() == nil
}

func appendMembers(b []byte, num uint32, s *jsonscan.Scanner, depth int) []byte {
	for more := s.EnterObject(); more; more = s.NextMember() {
		var pair, value int
		b, pair = protoscan.Open(b, num)
		b = protoscan.AppendBytes(b, 1, s.Key())
		b, value = protoscan.Open(b, 2)
		b = appendValue(b, s, depth+1)
		b = protoscan.Close(protoscan.Close(b, value), pair)
	}
	return b
}

// appendValue writes the fields of an AnyValue; none for null.
func appendValue(b []byte, s *jsonscan.Scanner, depth int) []byte {
	if depth > maxNesting {
		s.Fail(s.Offset(), "nested too deep")
		return b
	}
	switch s.Peek() {
	case jsonscan.Object:
		b, mark := protoscan.Open(b, uint32(otlp.Map))
		return protoscan.Close(appendMembers(b, 1, s, depth), mark)
	case jsonscan.Array:
		b, mark := protoscan.Open(b, uint32(otlp.Array))
		for more := s.EnterArray(); more; more = s.NextElement() {
			var element int
			b, element = protoscan.Open(b, 1)
			b = protoscan.Close(appendValue(b, s, depth+1), element)
		}
		return protoscan.Close(b, mark)
	case jsonscan.Number:
		return appendNumber(b, s.Number())
	case jsonscan.Bool:
		var v uint64
		if s.Bool() {
			v = 1
		}
		return protoscan.AppendVarint(b, uint32(otlp.Bool), v)
	case jsonscan.Null:
		s.Null()
		return b
	}
	return protoscan.AppendBytes(b, uint32(otlp.String), s.String())
}

// appendNumber writes an integer as such, and what is none, or too large, as a double.
func appendNumber(b, text []byte) []byte {
	if v, err := strconv.ParseInt(string(text), 10, 64); err == nil {
		return protoscan.AppendVarint(b, uint32(otlp.Int), uint64(v))
	}
	v, _ := strconv.ParseFloat(string(text), 64) // out of range is infinite
	return protoscan.AppendDouble(b, uint32(otlp.Double), v)
}
