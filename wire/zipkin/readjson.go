package zipkin

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"net/netip"
	"strconv"

	"github.com/oriel-io/oriel/internal/jsonscan"
	"github.com/oriel-io/oriel/wire/otlp"
)

// readJSON reads an array of spans.
func (r *reader) readJSON(body []byte) *Error {
	s := &r.scan
	s.Reset(body)
	index := 0
	for more := s.EnterArray(); more; more = s.NextElement() {
		if !s.Null() {
			r.readSpan()
		}
		if s.Err() != nil {
			r.atIndex(index)
			break
		}
		index++
	}
	s.End()
	if err := s.Err(); err != nil {
		return &Error{Offset: err.Offset, Path: r.path, What: err.What}
	}
	return nil
}

// atMember is at for a member of an object; the name is missing if the error
// is about the name itself.
func (r *reader) atMember(key []byte) {
	if key != nil {
		r.at("." + string(clip(key)))
	}
}

// clip keeps an error short that quotes what was sent.
func clip(text []byte) []byte {
	const most = 60
	if len(text) <= most {
		return text
	}
	return append(text[:most:most], "..."...)
}

// readSpan reads one span and writes it out.
func (r *reader) readSpan() {
	s, sp := &r.scan, &r.span
	r.begin()
	r.v1 = r.opts.Format == JSONV1
	s.Peek()
	begin := s.Offset()
	var key []byte
	for more := s.EnterObject(); more; more = s.NextMember() {
		key = s.Key()
		if s.Null() {
			continue
		}
		switch string(key) {
		case "traceId":
			hi, lo := r.readID(32)
			binary.BigEndian.PutUint64(sp.traceID[:8], hi)
			binary.BigEndian.PutUint64(sp.traceID[8:], lo)
		case "id":
			_, lo := r.readID(16)
			binary.BigEndian.PutUint64(sp.id[:], lo)
		case "parentId":
			_, lo := r.readID(16)
			binary.BigEndian.PutUint64(sp.parent[:], lo)
		case "kind":
			sp.kind = kindOf(s.String())
		case "name":
			sp.name = s.String()
		case "timestamp":
			sp.start = r.readMicros()
		case "duration":
			sp.duration = r.readMicros()
		case "shared":
			sp.shared = s.Bool()
		case "debug":
			sp.debug = s.Bool() || sp.debug
		case "localEndpoint":
			r.readEndpoint(&sp.local)
		case "remoteEndpoint":
			r.readEndpoint(&sp.remote)
		case "tags":
			r.readTags()
		case "annotations":
			r.readAnnotations()
		case "binaryAnnotations":
			r.readBinaryAnnotations()
		default:
			s.Skip()
		}
	}
	if s.Err() != nil {
		r.atMember(key)
		return
	}
	if wrong := r.finish(); wrong != "" {
		s.Fail(begin, wrong)
	}
}

func kindOf(text []byte) otlp.Kind {
	switch string(text) {
	case "CLIENT":
		return otlp.KindClient
	case "SERVER":
		return otlp.KindServer
	case "PRODUCER":
		return otlp.KindProducer
	case "CONSUMER":
		return otlp.KindConsumer
	}
	return otlp.KindUnspecified
}

// readID reads 1 to most hexadecimal digits. An empty string is no id.
func (r *reader) readID(most int) (hi, lo uint64) {
	r.scan.Peek()
	at := r.scan.Offset()
	text := r.scan.String()
	if len(text) > most {
		r.scan.Fail(at, fmt.Sprintf("want at most %d hexadecimal digits, got %d", most, len(text)))
		return 0, 0
	}
	cut := max(len(text)-16, 0)
	hi, ok := parseHex(text[:cut])
	lo, ok2 := parseHex(text[cut:])
	if !ok || !ok2 {
		r.scan.Fail(at, fmt.Sprintf("want hexadecimal digits, got %q", text))
	}
	return hi, lo
}

// readEndpoint reads serviceName, ipv4, ipv6 and port. Both addresses given,
// the IPv6 one wins, as upstream has it.
func (r *reader) readEndpoint(e *endpoint) {
	s := &r.scan
	var key, ipv6 []byte
	*e = endpoint{}
	for more := s.EnterObject(); more; more = s.NextMember() {
		key = s.Key()
		if s.Null() {
			continue
		}
		switch string(key) {
		case "serviceName":
			e.setService(s.String())
		case "ipv4":
			e.ip = r.address(s.String())
		case "ipv6":
			ipv6 = r.address(s.String())
		case "port":
			e.port = r.readPort()
		default:
			s.Skip()
		}
	}
	if s.Err() != nil {
		r.atMember(key)
	}
	if len(ipv6) > 0 {
		e.ip = ipv6
	}
}

// address is the canonical text of an IP address; text that is none stays.
func (r *reader) address(text []byte) []byte {
	if canonicalIPv4(text) {
		return text
	}
	addr, err := netip.ParseAddr(string(text))
	if err != nil {
		return text
	}
	mark := len(r.text)
	r.text = addr.Unmap().AppendTo(r.text)
	return r.text[mark:len(r.text):len(r.text)]
}

// canonicalIPv4 says whether text is four numbers of 0 to 255 without leading zeros.
func canonicalIPv4(text []byte) bool {
	dots, digits, value := 0, 0, 0
	for i, c := range text {
		switch {
		case c == '.' && digits > 0:
			dots, digits, value = dots+1, 0, 0
		case c >= '0' && c <= '9' && (digits == 0 || text[i-digits] != '0'):
			digits, value = digits+1, value*10+int(c-'0')
			if value > 255 {
				return false
			}
		default:
			return false
		}
	}
	return dots == 3 && digits > 0
}

// readPort reads a port; thrift's signed ports, and 0, count as absent.
func (r *reader) readPort() uint16 {
	r.scan.Peek()
	at := r.scan.Offset()
	text := r.readNumber()
	port, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil || port > math.MaxUint16 {
		r.scan.Fail(at, fmt.Sprintf("want a port up to 65535, got %s", clip(text)))
	}
	return uint16(max(port, 0))
}

// readNumber reads a number, which may stand in quotes.
func (r *reader) readNumber() []byte {
	s := &r.scan
	if s.Peek() != jsonscan.String {
		return s.Number()
	}
	at := s.Offset()
	text := s.String()
	var inner jsonscan.Scanner
	inner.Reset(text)
	inner.Number()
	inner.End()
	if inner.Err() != nil {
		s.Fail(at, fmt.Sprintf("want a number, got %q", clip(text)))
	}
	return text
}

// readMicros reads microseconds as nanoseconds. Negative ones count as absent.
func (r *reader) readMicros() uint64 {
	r.scan.Peek()
	at := r.scan.Offset()
	text := r.readNumber()
	if len(text) == 0 {
		return 0
	}
	nanos, ok := microsToNanos(text)
	if !ok {
		r.scan.Fail(at, fmt.Sprintf("%s microseconds is too much; want at most %d", clip(text), maxMicros))
	}
	return nanos
}

func microsToNanos(text []byte) (nanos uint64, ok bool) {
	if len(text) <= 16 { // a microsecond of this era has 16 digits
		v, digits := uint64(0), 0
		for _, c := range text {
			if c-'0' > 9 {
				break
			}
			v, digits = v*10+uint64(c-'0'), digits+1
		}
		if digits == len(text) {
			return v * 1000, v <= maxMicros
		}
	}
	if text[0] == '-' {
		return 0, true
	}
	// Microseconds of this era and a fraction together are more than float64 holds, so the fraction is read on its own.
	whole, fraction, hasFraction := bytes.Cut(text, []byte("."))
	if v, err := strconv.ParseUint(string(whole), 10, 64); err == nil {
		if v > maxMicros {
			return 0, false
		}
		if !hasFraction {
			return v * 1000, true
		}
		if f, err := strconv.ParseFloat("0."+string(fraction), 64); err == nil && bytes.IndexByte(fraction, 'e') < 0 && bytes.IndexByte(fraction, 'E') < 0 {
			return v*1000 + uint64(f*1000), true
		}
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil || f*1000 >= math.MaxInt64 {
		return 0, false
	}
	v := uint64(f)
	return v*1000 + uint64((f-float64(v))*1000), true
}

func (r *reader) readTags() {
	s := &r.scan
	var key []byte
	for more := s.EnterObject(); more; more = s.NextMember() {
		key = s.Key()
		r.span.put(key, r.readText(), r.tagKind)
	}
	if s.Err() != nil {
		r.atMember(key)
	}
}

var trueText, falseText = []byte("true"), []byte("false")

// readText reads a string, or the text of a number or bool; null is "".
func (r *reader) readText() []byte {
	s := &r.scan
	switch s.Peek() {
	case jsonscan.String:
		return s.String()
	case jsonscan.Number:
		return s.Number()
	case jsonscan.Bool:
		if s.Bool() {
			return trueText
		}
		return falseText
	case jsonscan.Null:
		s.Null()
		return nil
	}
	return s.String()
}

func (r *reader) readAnnotations() {
	s := &r.scan
	for more := s.EnterArray(); more; more = s.NextElement() {
		if s.Null() {
			continue
		}
		var a annotation
		var key []byte
		begin := s.Offset()
		for more := s.EnterObject(); more; more = s.NextMember() {
			key = s.Key()
			if s.Null() {
				continue
			}
			switch string(key) {
			case "timestamp":
				a.time = r.readMicros()
			case "value":
				a.value = s.String()
			case "endpoint":
				r.v1 = true
				r.readEndpoint(&a.endpoint)
			default:
				s.Skip()
			}
		}
		if s.Err() != nil {
			r.atMember(key)
		} else if a.time == 0 {
			s.Fail(begin, "timestamp is missing or not positive")
		}
		if s.Err() != nil {
			r.atIndex(len(r.annotations))
			return
		}
		r.annotations = append(r.annotations, a)
	}
}

func (r *reader) readBinaryAnnotations() {
	s := &r.scan
	r.v1 = true
	for more := s.EnterArray(); more; more = s.NextElement() {
		if s.Null() {
			continue
		}
		b := binaryAnnotation{kind: r.tagKind}
		var key []byte
		for more := s.EnterObject(); more; more = s.NextMember() {
			key = s.Key()
			if s.Null() {
				continue
			}
			switch string(key) {
			case "key":
				b.key = s.String()
			case "value":
				b.text = r.readText()
			case "type":
				b.kind = r.kindOfV1(s.String())
			case "endpoint":
				r.readEndpoint(&b.endpoint)
			default:
				s.Skip()
			}
		}
		if s.Err() != nil {
			r.atMember(key)
			r.atIndex(len(r.binary))
			return
		}
		r.binary = append(r.binary, b)
	}
}

// kindOfV1 reads the type of a binary annotation.
func (r *reader) kindOfV1(text []byte) otlp.ValueKind {
	switch string(text) {
	case "BOOL":
		return otlp.Bool
	case "I16", "I32", "I64":
		return otlp.Int
	case "DOUBLE":
		return otlp.Double
	}
	return r.tagKind // STRING, and BYTES in base64
}
