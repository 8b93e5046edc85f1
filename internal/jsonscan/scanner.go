// Package jsonscan reads JSON in place, front to back, without building a
// tree: strings and numbers come out as views of the text.
//
// Begin with Scanner. It is for decoders of a known shape, which ask for what
// they expect and skip the rest:
//
//	for more := s.EnterObject(); more; more = s.NextMember() {
//		switch string(s.Key()) {
//		case "name":
//			name = s.String()
//		default:
//			s.Skip()
//		}
//	}
//	if err := s.Err(); err != nil {
//
// The first error sticks: every later call returns a zero value and every loop
// ends, so it is enough to ask for it once at the end.
//
// The grammar is RFC 8259, all of it and nothing more, with two bounds: arrays
// and objects nest at most MaxDepth deep, and text that is not UTF-8 inside
// a string, or half a surrogate pair in an escape, is read as U+FFFD, as
// encoding/json reads it. Keys are compared exactly; of a repeated key the
// caller sees each one.
package jsonscan

import (
	"errors"
	"fmt"
)

// MaxDepth is how deep arrays and objects may nest.
const MaxDepth = 512

// ErrDepth is the Cause of the error about text that nests deeper than MaxDepth.
var ErrDepth = errors.New("jsonscan: nested too deep")

// Error says what is wrong with the text and where.
type Error struct {
	Offset int    // byte of the text
	What   string // for example "want a number, got '{'"
	Cause  error  // ErrDepth or nil
}

func (e *Error) Error() string { return fmt.Sprintf("byte %d: %s", e.Offset, e.What) }

func (e *Error) Unwrap() error { return e.Cause }

// Scanner reads one JSON text. The zero value is ready for Reset. Not safe for
// concurrent use.
type Scanner struct {
	data  []byte
	pos   int
	depth int
	err   *Error
	// arena holds the strings that had to be rewritten. It only grows until
	// Reset, so the views of it stay true when it moves.
	arena []byte
}

// Reset begins a new text. Views of the text before, and of strings that were
// unescaped from it, are dead from here on.
func (s *Scanner) Reset(data []byte) {
	const keep = 64 << 10 // a text full of escapes must not hold memory for ever
	if cap(s.arena) > keep {
		s.arena = nil
	}
	*s = Scanner{data: data, arena: s.arena[:0]}
}

// Err is the first error, nil if there was none.
func (s *Scanner) Err() *Error { return s.err }

// Offset is the byte at which the scanner stands.
func (s *Scanner) Offset() int { return s.pos }

// Rest is the text from Offset on, for callers that know a form in which most
// of a text is written. They check it and Advance past it.
func (s *Scanner) Rest() []byte { return s.data[s.pos:] }

// Advance passes by n bytes of Rest, which must be whole values.
func (s *Scanner) Advance(n int) { s.pos += n }

// Kind is the kind of a value, told by its first byte.
type Kind uint8

const (
	None   Kind = iota // the end of the text, or no value
	Object             // {
	Array              // [
	String             // "
	Number             // - or a digit
	Bool               // t or f
	Null               // n
)

var kinds = func() (k [256]Kind) {
	k['{'], k['['], k['"'], k['-'], k['t'], k['f'], k['n'] = Object, Array, String, Number, Bool, Bool, Null
	for c := '0'; c <= '9'; c++ {
		k[c] = Number
	}
	return k
}()

// Peek skips white space and tells the kind of the value that comes next
// without reading it.
func (s *Scanner) Peek() Kind { return kinds[s.next()] }

// next skips white space and returns the byte that follows, 0 at the end or
// after an error.
func (s *Scanner) next() byte {
	if s.pos < len(s.data) && s.data[s.pos] > ' ' {
		return s.data[s.pos]
	}
	return s.skipSpace()
}

func (s *Scanner) skipSpace() byte {
	for ; s.pos < len(s.data); s.pos++ {
		switch c := s.data[s.pos]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// EnterObject reads '{'. It returns whether there is a member to read.
func (s *Scanner) EnterObject() bool { return s.enter('{', '}', "an object") }

// EnterArray reads '['. It returns whether there is an element to read.
func (s *Scanner) EnterArray() bool { return s.enter('[', ']', "an array") }

func (s *Scanner) enter(open, end byte, want string) bool {
	if s.next() != open {
		s.unexpected(want)
		return false
	}
	s.pos++
	if s.next() == end {
		s.pos++
		return false
	}
	if s.depth++; s.depth > MaxDepth {
		s.fail(s.pos-1, fmt.Sprintf("nested more than %d levels deep", MaxDepth), ErrDepth)
		return false
	}
	return true
}

// NextMember goes on after a member's value: true if there is another member.
func (s *Scanner) NextMember() bool { return s.more('}', "',' or '}' after the value") }

// NextElement goes on after an element: true if there is another one.
func (s *Scanner) NextElement() bool { return s.more(']', "',' or ']' after the value") }

func (s *Scanner) more(end byte, want string) bool {
	switch s.next() {
	case ',':
		s.pos++
		return true // a value or key must follow; whoever reads it says so
	case end:
		s.pos++
		s.depth--
		return false
	}
	s.unexpected(want)
	return false
}

// Key reads a member's name and the colon. The view lives until Reset.
func (s *Scanner) Key() []byte {
	if s.next() != '"' {
		s.unexpected("a member name in double quotes")
		return nil
	}
	key := s.String()
	if s.pos < len(s.data) && s.data[s.pos] == ':' {
		s.pos++
		return key
	}
	if s.next() != ':' {
		s.unexpected("':' after the member name")
		return nil
	}
	s.pos++
	return key
}

// Bool reads true or false.
func (s *Scanner) Bool() bool {
	switch s.next() {
	case 't':
		return s.literal("true")
	case 'f':
		s.literal("false")
	default:
		s.unexpected("true or false")
	}
	return false
}

// Null reads null if that comes next, and says whether it did.
func (s *Scanner) Null() bool { return s.next() == 'n' && s.literal("null") }

func (s *Scanner) literal(word string) bool {
	if len(s.data)-s.pos < len(word) || string(s.data[s.pos:s.pos+len(word)]) != word {
		s.fail(s.pos, "want "+word, nil)
		return false
	}
	s.pos += len(word)
	return true
}

// Skip reads any value and checks it, but keeps nothing.
func (s *Scanner) Skip() {
	switch s.Peek() {
	case Object:
		for more := s.EnterObject(); more; more = s.NextMember() {
			s.Key()
			s.Skip()
		}
	case Array:
		for more := s.EnterArray(); more; more = s.NextElement() {
			s.Skip()
		}
	case String:
		s.skipString()
	case Number:
		s.Number()
	case Bool:
		s.Bool()
	case Null:
		s.Null()
	default:
		s.unexpected("a value")
	}
}

// End checks that nothing but white space follows.
func (s *Scanner) End() {
	if c := s.next(); s.err == nil && s.pos < len(s.data) {
		s.fail(s.pos, fmt.Sprintf("text goes on after the value with %q", c), nil)
	}
}

// Fail makes err the scanner's error, unless it has one.
func (s *Scanner) Fail(offset int, what string) { s.fail(offset, what, nil) }

func (s *Scanner) unexpected(want string) {
	if s.err != nil {
		return
	}
	got := "the end of the text"
	if s.pos < len(s.data) {
		got = fmt.Sprintf("%q", s.data[s.pos])
	}
	s.fail(s.pos, "want "+want+", got "+got, nil)
}

// fail keeps the first error and puts the scanner at the end of the text, where
// every read finds nothing.
func (s *Scanner) fail(offset int, what string, cause error) {
	if s.err == nil {
		s.err = &Error{Offset: offset, What: what, Cause: cause}
	}
	s.data, s.pos = nil, 0
}
