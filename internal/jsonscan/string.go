package jsonscan

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// String reads a string. The view lives until Reset: it aliases the text if
// nothing in it had to be rewritten.
//
// Its loop is that of plain, written out: most strings are a word or two long
// and the call was a quarter of their time.
func (s *Scanner) String() []byte {
	if s.pos >= len(s.data) || s.data[s.pos] != '"' {
		if s.next() != '"' {
			s.unexpected("a string")
			return nil
		}
	}
	data, start := s.data, s.pos+1
	at := start
	for ; at+8 <= len(data); at += 8 {
		if hit := special(binary.LittleEndian.Uint64(data[at:])); hit != 0 {
			at += bits.TrailingZeros64(hit) >> 3
			if data[at] != '"' {
				return s.slowString(start, at)
			}
			s.pos = at + 1
			return data[start:at:at]
		}
	}
	return s.slowString(start, plain(data, at))
}

// special marks with its top bit the first byte of a word that is a quote, a
// backslash, a control character or not ASCII.
//
// In a word of ASCII bytes, subtracting 0x20 from each sets the top bit of the
// control characters, and x^c - 1 that of the bytes equal to c. A borrow can
// only spoil bytes above the first hit.
func special(x uint64) uint64 {
	return (x | (x - ones*0x20) | (x ^ ones*'"' - ones) | (x ^ ones*'\\' - ones)) & highs
}

// Plain is the length of the text at the start of b that stands for itself
// inside of a JSON string: ASCII without quotes, backslashes and control characters.
func Plain(b []byte) int { return plain(b, 0) }

// plain finds the first byte from i on that is special; len(b) if there is none.
func plain(b []byte, i int) int {
	for ; i+8 <= len(b); i += 8 {
		if hit := special(binary.LittleEndian.Uint64(b[i:])); hit != 0 {
			return i + bits.TrailingZeros64(hit)>>3
		}
	}
	for ; i < len(b); i++ {
		if c := b[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			break
		}
	}
	return i
}

// slowString reads a string that is plain before at, and ends there or does not.
func (s *Scanner) slowString(start, at int) []byte {
	mark, from := len(s.arena), start // data[from:at] is not in the arena yet
	rewritten := false
	for at < len(s.data) {
		c := s.data[at]
		switch {
		case c == '"':
			s.pos = at + 1
			if !rewritten {
				return s.data[start:at:at]
			}
			s.arena = append(s.arena, s.data[from:at]...)
			return s.arena[mark:len(s.arena):len(s.arena)]
		case c == '\\':
			r, size := s.escape(at)
			if size == 0 {
				return nil
			}
			s.arena = utf8.AppendRune(append(s.arena, s.data[from:at]...), r)
			at += size
			from, rewritten = at, true
		case c < ' ':
			s.fail(at, "a control character in a string must be escaped", nil)
			return nil
		default:
			r, size := utf8.DecodeRune(s.data[at:])
			if r == utf8.RuneError && size == 1 {
				s.arena = utf8.AppendRune(append(s.arena, s.data[from:at]...), utf8.RuneError)
				from, rewritten = at+1, true
			}
			at += size
		}
		at = plain(s.data, at)
	}
	s.fail(start-1, "a string without end", nil)
	return nil
}

// skipString checks a string without rewriting it.
func (s *Scanner) skipString() {
	start := s.pos + 1
	for at := plain(s.data, start); at < len(s.data); at = plain(s.data, at) {
		switch c := s.data[at]; {
		case c == '"':
			s.pos = at + 1
			return
		case c == '\\':
			_, size := s.escape(at)
			if size == 0 {
				return
			}
			at += size
		case c < ' ':
			s.fail(at, "a control character in a string must be escaped", nil)
			return
		default:
			at++
		}
	}
	s.fail(start-1, "a string without end", nil)
}

// escape reads the escape sequence at at: the character it stands for and its
// length, 0 after an error.
func (s *Scanner) escape(at int) (rune, int) {
	if at+1 < len(s.data) {
		switch c := s.data[at+1]; c {
		case '"', '\\', '/':
			return rune(c), 2
		case 'b':
			return '\b', 2
		case 'f':
			return '\f', 2
		case 'n':
			return '\n', 2
		case 'r':
			return '\r', 2
		case 't':
			return '\t', 2
		case 'u':
			r, ok := s.hex4(at + 2)
			if !ok {
				break
			}
			if !utf16.IsSurrogate(r) {
				return r, 6
			}
			if at+7 < len(s.data) && s.data[at+6] == '\\' && s.data[at+7] == 'u' {
				if low, ok := s.hex4(at + 8); ok {
					if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
						return pair, 12
					}
				}
			}
			return utf8.RuneError, 6
		}
	}
	s.fail(at, `an escape sequence that is none of \" \\ \/ \b \f \n \r \t \uXXXX`, nil)
	return 0, 0
}

func (s *Scanner) hex4(at int) (r rune, ok bool) {
	if at+4 > len(s.data) {
		return 0, false
	}
	for _, c := range s.data[at : at+4] {
		d := hexDigit[c]
		if d > 15 {
			return 0, false
		}
		r = r<<4 | rune(d)
	}
	return r, true
}

// hexDigit is the value of a hexadecimal digit, 0xff for other bytes.
var hexDigit = func() (t [256]byte) {
	for c := range t {
		switch {
		case c >= '0' && c <= '9':
			t[c] = byte(c - '0')
		case c >= 'a' && c <= 'f':
			t[c] = byte(c - 'a' + 10)
		case c >= 'A' && c <= 'F':
			t[c] = byte(c - 'A' + 10)
		default:
			t[c] = 0xff
		}
	}
	return t
}()
