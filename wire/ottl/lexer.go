package ottl

import (
	"fmt"
	"strconv"
	"strings"
)

type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	tokenBytes
	tokenFloat
	tokenInt
	tokenString
	tokenNil
	tokenNot
	tokenOr
	tokenAnd
	tokenCompare
	tokenAddSub
	tokenMulDiv
	tokenBool
	tokenEqual
	tokenPunct // one of ( ) { } : , . [ ]
	tokenUpper
	tokenLower
)

// token is a word of a condition. Words need no space between them: IsMatch is
// an upper word I, a lower word s and so on, which the parser puts together.
type token struct {
	kind tokenKind
	at   int
	text string // of a String without quotes and escapes
}

var keywords = map[string]tokenKind{
	"nil": tokenNil, "not": tokenNot, "or": tokenOr, "and": tokenAnd, "true": tokenBool, "false": tokenBool,
}

// lex cuts a text into tokens. The last one is tokenEnd.
func lex(text string) ([]token, *SyntaxError) {
	var tokens []token
	for at := 0; at < len(text); {
		rest := text[at:]
		if n := spaces(rest); n > 0 {
			at += n
			continue
		}
		kind, size := nextToken(rest)
		if size == 0 {
			what := fmt.Sprintf("%q cannot stand here", firstRune(rest))
			if rest[0] == '"' {
				what = "the text that begins here has no closing quote"
			}
			return nil, &SyntaxError{Text: text, Offset: at, What: what}
		}
		t := token{kind, at, rest[:size]}
		if kind == tokenString {
			var err error
			if t.text, err = unquote(t.text); err != nil {
				return nil, &SyntaxError{Text: text, Offset: at, What: "the text has an escape that is not known; write \\\\ for a backslash"}
			}
		}
		tokens = append(tokens, t)
		at += size
	}
	return append(tokens, token{kind: tokenEnd, at: len(text)}), nil
}

func firstRune(s string) string {
	for i := range s {
		if i > 0 {
			return s[:i]
		}
	}
	return s
}

// nextToken finds the token that s begins with; the order of the cases matters.
func nextToken(s string) (kind tokenKind, size int) {
	if strings.HasPrefix(s, "0x") {
		if n := run(s[2:], isHex); n > 0 {
			return tokenBytes, 2 + n
		}
	}
	if n := float(s); n > 0 {
		return tokenFloat, n
	}
	if n := run(s, isDigit); n > 0 {
		return tokenInt, n
	}
	switch c := s[0]; {
	case c == '"':
		return tokenString, quoted(s)
	case isLower(c):
		if n := run(s, isWord); keywords[s[:n]] != 0 {
			return keywords[s[:n]], n
		}
		return tokenLower, run(s, func(c byte) bool { return isLower(c) || isDigit(c) || c == '_' })
	case isUpper(c):
		return tokenUpper, run(s, func(c byte) bool { return isUpper(c) || isDigit(c) || c == '_' })
	case strings.HasPrefix(s, "==") || strings.HasPrefix(s, "!=") || strings.HasPrefix(s, ">=") || strings.HasPrefix(s, "<="):
		return tokenCompare, 2
	case c == '<' || c == '>':
		return tokenCompare, 1
	case c == '+' || c == '-':
		return tokenAddSub, 1
	case c == '/' || c == '*':
		return tokenMulDiv, 1
	case c == '=':
		return tokenEqual, 1
	case strings.IndexByte("(){}:,.[]", c) >= 0:
		return tokenPunct, 1
	}
	return 0, 0
}

// float is the size of a number with a point that s begins with, 0 if there is none.
func float(s string) (size int) {
	whole := run(s, isDigit)
	if whole == len(s) || s[whole] != '.' {
		return 0
	}
	size = whole + 1
	fraction := run(s[size:], isDigit)
	if whole == 0 && fraction == 0 {
		return 0
	}
	size += fraction
	if exponent := s[size:]; len(exponent) > 1 && (exponent[0] == 'e' || exponent[0] == 'E') {
		sign := 1
		if exponent[1] == '+' || exponent[1] == '-' {
			sign = 2
		}
		if digits := run(exponent[sign:], isDigit); digits > 0 {
			size += sign + digits
		}
	}
	return size
}

// quoted is the size of the quoted text that s begins with, 0 if it does not end.
func quoted(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return i + 1
		case '\\':
			i++
			if i < len(s) && s[i] == '\n' {
				return 0
			}
		}
	}
	return 0
}

func unquote(s string) (string, error) {
	var out strings.Builder
	for s = s[1 : len(s)-1]; s != ""; {
		r, _, rest, err := strconv.UnquoteChar(s, '"')
		if err != nil {
			return "", err
		}
		out.WriteRune(r)
		s = rest
	}
	return out.String(), nil
}

// run counts the bytes at the beginning of s that fit.
func run(s string, fits func(byte) bool) int {
	for i := range len(s) {
		if !fits(s[i]) {
			return i
		}
	}
	return len(s)
}

func spaces(s string) int {
	return run(s, func(c byte) bool { return strings.IndexByte(" \t\n\f\r", c) >= 0 })
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isLower(c byte) bool { return c >= 'a' && c <= 'z' }
func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }
func isHex(c byte) bool   { return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }
func isWord(c byte) bool  { return isDigit(c) || isLower(c) || isUpper(c) || c == '_' }
