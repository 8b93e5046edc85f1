package otlp

import (
	"encoding/binary"
	"fmt"

	"github.com/oriel-io/oriel/wire/protoscan"
)

// InvalidError says why bytes are not an OTLP export request.
type InvalidError struct {
	Signal Signal
	Offset int    // byte of the request at which the bad field begins
	What   string // for example "Span.trace_id is 8 bytes long, want 16 or none"
	Cause  error  // protoscan.ErrTruncated, protoscan.ErrMalformed or nil
}

func (e *InvalidError) Error() string {
	return fmt.Sprintf("invalid OTLP %s request at byte %d: %s", e.Signal, e.Offset, e.What)
}

func (e *InvalidError) Unwrap() error { return e.Cause }

// verify walks the request once, by the tables in schema.go, and counts its items.
func verify(signal Signal, data []byte) (items int, err error) {
	v := verifier{signal: signal}
	return v.request(data)
}

// verifier is one walk over a request.
type verifier struct {
	signal   Signal
	items    int
	err      *InvalidError
	stepwise bool // takes no short cut; tests hold both ways together
}

func (v *verifier) request(data []byte) (items int, err error) {
	root := roots[v.signal]
	if root == nil {
		return 0, &InvalidError{Signal: v.signal, What: "unknown signal"}
	}
	if !v.walk(root, data, 0, len(data)) {
		return 0, v.err
	}
	return v.items, nil
}

// walk checks one message, which ends at byte end of the request, inside depth
// levels of values.
//
// The switch is the short cut for what requests are made of: fields with one
// byte of tag, one or two of length, and attributes in their usual form. It
// accepts only what checkField would accept and leaves the rest to it, so that
// there is one verdict, worded in one place.
func (v *verifier) walk(m *message, msg []byte, depth, end int) bool {
	var seen uint32 // bits of the fields that may come only once
	for len(msg) > 0 {
		size := 0
		if len(msg) > 1 && !v.stepwise {
			switch m.shortcut[msg[0]] {
			case shortAttr:
				if depth < maxDepth {
					size = plainAttrs(msg)
				}
			case shortBytes:
				_, size = shortLen(msg)
			case shortFixed64:
				size = 9
			case shortVarint:
				if msg[1] < 0x80 {
					size = 2
				}
			case shortID16:
				if bit := uint32(1) << (msg[0] >> 3); msg[1] == 16 && seen&bit == 0 {
					seen |= bit
					size = 18
				}
			case shortID8:
				if bit := uint32(1) << (msg[0] >> 3); msg[1] == 8 && seen&bit == 0 {
					seen |= bit
					size = 10
				}
			}
		}
		if size == 0 || size > len(msg) {
			if size = v.checkField(m, msg, &seen, depth, end); size == 0 {
				return false
			}
		}
		msg = msg[size:]
	}
	return true
}

// shortLen reads the header of a Len field with one byte of tag and one or two
// of length: its own size and that of the whole field, which may be more than
// there is. Both are 0 if the header is longer.
func shortLen(msg []byte) (head, size int) {
	n := int(msg[1])
	if n < 0x80 {
		return 2, 2 + n
	}
	if len(msg) > 2 && msg[2] < 0x80 {
		return 3, 3 + n&0x7f + int(msg[2])<<7
	}
	return 0, 0
}

// plainAttrs is the size of the attributes that msg begins with: fields with the
// tag of the first one, each as isPlainAttr wants it. Attributes stand together, and
// a loop of their own spares the processor a jump that it cannot foresee.
func plainAttrs(msg []byte) (size int) {
	tag := msg[0]
	for rest := msg; len(rest) > 1 && rest[0] == tag; {
		head, n := shortLen(rest)
		if n == 0 || n > len(rest) || !isPlainAttr(rest[head:n]) {
			break
		}
		rest = rest[n:]
		size += n
	}
	return size
}

// isPlainAttr says whether kv is the body of a valid KeyValue in a form that
// encoders write: a key and a value that holds one field, text or a number. SDKs write the
// key first, upstream collectors the value.
//
//	0a len key… 12 len ( 0a len text… | 10 bool | 18 varint | 21 double )
func isPlainAttr(kv []byte) bool {
	if len(kv) < 2 {
		return false
	}
	if kv[0] == 0x0a && kv[1] < 0x80 {
		at := 2 + int(kv[1])
		return at < len(kv) && isPlainValue(kv[at:])
	}
	if kv[0] != 0x12 {
		return false
	}
	_, size := shortLen(kv)
	if size == 0 || size+2 > len(kv) {
		return false
	}
	key := kv[size:]
	return key[0] == 0x0a && key[1] < 0x80 && 2+int(key[1]) == len(key) && isPlainValue(kv[:size])
}

// isPlainValue says whether field is the value of a KeyValue in such a form, and nothing else.
func isPlainValue(field []byte) bool {
	if field[0] != 0x12 || len(field) < 2 {
		return false
	}
	head, size := shortLen(field)
	if size != len(field) || size < head+2 {
		return false
	}
	v := field[head:]
	switch v[0] {
	case 0x0a:
		_, size := shortLen(v)
		return size == len(v)
	case 0x10, 0x18:
		return isVarint(v[1:])
	case 0x21:
		return len(v) == 9
	}
	return false
}

// isVarint says whether b is one varint of at most nine bytes and nothing else.
func isVarint(b []byte) bool {
	if len(b) > 9 {
		return false
	}
	for _, c := range b[:len(b)-1] {
		if c < 0x80 {
			return false
		}
	}
	return b[len(b)-1] < 0x80
}

// checkField checks the first field of msg and everything inside it. It
// returns the size of the field, or 0 after it has noted what is wrong.
func (v *verifier) checkField(m *message, msg []byte, seen *uint32, depth, end int) (size int) {
	at := end - len(msg)
	f, err := protoscan.Next(msg)
	if err != nil {
		v.fail(at, err, "%s: %v", m.name, err)
		return 0
	}
	if f.Num >= uint32(len(m.fields)) || !m.fields[f.Num].known {
		return f.Size
	}
	want := &m.fields[f.Num]
	isPacked := want.packed && f.Type == protoscan.Len
	switch {
	case f.Type != want.wire && !isPacked:
		v.fail(at, nil, "%s.%s has wire type %d, want %d", m.name, want.name, f.Type, want.wire)
		return 0
	case isPacked && !isPackedList(f.Body, want.wire):
		v.fail(at, nil, "%s.%s is not a list of packed numbers", m.name, want.name)
		return 0
	case want.id > 0 && len(f.Body) != want.id && len(f.Body) != 0:
		v.fail(at, nil, "%s.%s is %d bytes long, want %d or none", m.name, want.name, len(f.Body), want.id)
		return 0
	}
	if want.once && *seen&want.group != 0 {
		v.fail(at, nil, "%s.%s is set, but it or an alternative was set before", m.name, want.name)
		return 0
	}
	*seen |= 1 << f.Num
	if want.count {
		v.items++
	}
	if want.nests {
		if depth++; depth > maxDepth {
			v.fail(at, nil, "%s.%s is nested over %d levels deep", m.name, want.name, maxDepth)
			return 0
		}
	}
	if want.sub != nil && !v.walk(want.sub, f.Body, depth, at+f.Size) {
		return 0
	}
	return f.Size
}

// isPackedList says whether body is a row of numbers of the wire type.
func isPackedList(body []byte, wire uint8) bool {
	if wire == protoscan.I64 {
		return len(body)%8 == 0
	}
	for len(body) > 0 {
		_, w := binary.Uvarint(body)
		if w <= 0 {
			return false
		}
		body = body[w:]
	}
	return true
}

func (v *verifier) fail(at int, cause error, format string, args ...any) bool {
	v.err = &InvalidError{Signal: v.signal, Offset: at, What: fmt.Sprintf(format, args...), Cause: cause}
	return false
}
