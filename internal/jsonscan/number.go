package jsonscan

// Number reads a number and returns its text: -?int[.frac][e[+-]exp]. The view
// aliases the text.
func (s *Scanner) Number() []byte {
	if s.Peek() != Number {
		s.unexpected("a number")
		return nil
	}
	start, at := s.pos, s.pos
	if s.data[at] == '-' {
		at++
	}
	if at < len(s.data) && s.data[at] == '0' {
		at++
	} else if at = s.digits(at); at < 0 {
		return nil
	}
	if at < len(s.data) && s.data[at] == '.' {
		if at = s.digits(at + 1); at < 0 {
			return nil
		}
	}
	if at < len(s.data) && s.data[at]|0x20 == 'e' {
		at++
		if at < len(s.data) && (s.data[at] == '+' || s.data[at] == '-') {
			at++
		}
		if at = s.digits(at); at < 0 {
			return nil
		}
	}
	s.pos = at
	return s.data[start:at:at]
}

// digits skips at least one digit, or fails and returns -1.
func (s *Scanner) digits(at int) int {
	start := at
	for at < len(s.data) && s.data[at]-'0' <= 9 {
		at++
	}
	if at == start {
		s.fail(at, "want a digit", nil)
		return -1
	}
	return at
}
