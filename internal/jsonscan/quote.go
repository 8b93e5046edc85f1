package jsonscan

import "unicode/utf8"

const hexDigitsLower = "0123456789abcdef"

// AppendString writes s as a JSON string. What is not UTF-8 becomes U+FFFD.
func AppendString[T string | []byte](b []byte, s T) []byte { return appendQuoted(b, []byte(s)) }

func appendQuoted(b, s []byte) []byte {
	b = append(b, '"')
	from := 0 // s[from:i] is not in b yet
	for i := plain(s, 0); i < len(s); i = plain(s, i) {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRune(s[i:])
			if r != utf8.RuneError || size > 1 {
				i += size
				continue
			}
			b = append(append(b, s[from:i]...), "\ufffd"...)
		} else {
			b = append(b, s[from:i]...)
			switch c {
			case '"', '\\':
				b = append(b, '\\', c)
			case '\n':
				b = append(b, '\\', 'n')
			case '\r':
				b = append(b, '\\', 'r')
			case '\t':
				b = append(b, '\\', 't')
			default:
				b = append(b, '\\', 'u', '0', '0', hexDigitsLower[c>>4], hexDigitsLower[c&15])
			}
		}
		i++
		from = i
	}
	return append(append(b, s[from:]...), '"')
}
