// Package textmatch runs regular expressions on text, the frequent ones without
// an automaton: most patterns in configurations and searches are a few literals
// with ^, $ or .* around them.
//
// Begin with Compile.
package textmatch

import (
	"bytes"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// Matcher is a compiled pattern. It is safe for concurrent use and allocates nothing.
type Matcher struct {
	// texts are what the pattern comes down to, between before and after; nil: re decides.
	texts         [][]byte
	before, after border

	re       *regexp.Regexp
	required []byte // part of every text that re matches
}

// border is what may stand on one side of the texts.
type border uint8

const (
	anything border = iota
	nothing         // ^ or $
	aLine           // ^.* or .*$: anything but a newline
)

// Compile reads a pattern in Go's syntax.
func Compile(pattern string) (*Matcher, error) {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, err
	}
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, err
	}
	m := &Matcher{re: re}
	if !m.reduce(tree) {
		m.required = []byte(required(tree))
	}
	return m, nil
}

// MustCompile is Compile for a pattern that is known to be right.
func MustCompile(pattern string) *Matcher {
	m, err := Compile(pattern)
	if err != nil {
		panic(err)
	}
	return m
}

// Match says whether the pattern matches somewhere in text.
func (m *Matcher) Match(text []byte) bool {
	if m.texts == nil {
		return bytes.Contains(text, m.required) && m.re.Match(text)
	}
	for _, want := range m.texts {
		if m.holds(text, want) {
			return true
		}
	}
	return false
}

func (m *Matcher) holds(text, want []byte) bool {
	switch {
	case m.before == anything && m.after == anything:
		return bytes.Contains(text, want)
	case m.before == nothing && m.after == nothing:
		return string(text) == string(want)
	case m.before == nothing:
		return bytes.HasPrefix(text, want) && (m.after == anything || !hasNewline(text[len(want):]))
	case m.after == nothing:
		return bytes.HasSuffix(text, want) && (m.before == anything || !hasNewline(text[:len(text)-len(want)]))
	case m.before == aLine && m.after == aLine:
		return !hasNewline(text) && bytes.Contains(text, want)
	case m.before == aLine:
		first, _, _ := bytes.Cut(text, newline)
		return bytes.Contains(first, want)
	}
	return bytes.Contains(text[bytes.LastIndexByte(text, '\n')+1:], want)
}

var newline = []byte{'\n'}

func hasNewline(text []byte) bool { return bytes.IndexByte(text, '\n') >= 0 }

// reduce finds the texts, and says whether there are any.
func (m *Matcher) reduce(re *syntax.Regexp) bool {
	for re.Op == syntax.OpCapture {
		re = re.Sub[0]
	}
	parts := []*syntax.Regexp{re}
	if re.Op == syntax.OpConcat {
		parts = re.Sub
	}
	begin, end := 0, len(parts)
	if begin < end && parts[begin].Op == syntax.OpBeginText {
		m.before = nothing
		begin++
	}
	if begin < end && parts[end-1].Op == syntax.OpEndText {
		m.after = nothing
		end--
	}
	if begin < end && skips(parts[begin], &m.before) {
		begin++
	}
	if begin < end && skips(parts[end-1], &m.after) {
		end--
	}
	texts, ok := expandAll(parts[begin:end])
	if !ok {
		return false
	}
	for _, text := range texts {
		// The automaton reads a broken byte as U+FFFD; a comparison of bytes does not.
		if strings.ContainsRune(text, utf8.RuneError) || strings.Contains(text, "\n") && (m.before == aLine || m.after == aLine) {
			return false
		}
	}
	for _, text := range texts {
		m.texts = append(m.texts, []byte(text))
	}
	return true
}

// skips says whether part is .* and what that makes of the border.
func skips(part *syntax.Regexp, b *border) bool {
	if part.Op != syntax.OpStar {
		return false
	}
	switch part.Sub[0].Op {
	case syntax.OpAnyChar:
		*b = anything
		return true
	case syntax.OpAnyCharNotNL:
		if *b == nothing {
			*b = aLine
		}
		return true
	}
	return false
}

// maxTexts bounds how many texts take the place of an automaton.
const maxTexts = 16

// expandAll lists the texts that a row of expressions matches, if they are few.
func expandAll(parts []*syntax.Regexp) (texts []string, ok bool) {
	texts = []string{""}
	for _, part := range parts {
		next, ok := expand(part)
		if !ok || len(texts)*len(next) > maxTexts {
			return nil, false
		}
		var longer []string
		for _, before := range texts {
			for _, after := range next {
				longer = append(longer, before+after)
			}
		}
		texts = longer
	}
	return texts, true
}

func expand(re *syntax.Regexp) (texts []string, ok bool) {
	switch re.Op {
	case syntax.OpEmptyMatch:
		return []string{""}, true
	case syntax.OpLiteral:
		return []string{string(re.Rune)}, re.Flags&syntax.FoldCase == 0
	case syntax.OpCapture:
		return expand(re.Sub[0])
	case syntax.OpConcat:
		return expandAll(re.Sub)
	case syntax.OpQuest:
		texts, ok = expand(re.Sub[0])
		return append(texts, ""), ok
	case syntax.OpCharClass:
		for i := 0; i+1 < len(re.Rune); i += 2 {
			for r := re.Rune[i]; r <= re.Rune[i+1]; r++ {
				if texts = append(texts, string(r)); len(texts) > maxTexts {
					return nil, false
				}
			}
		}
		return texts, len(texts) > 0
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			more, ok := expand(sub)
			if texts = append(texts, more...); !ok || len(texts) > maxTexts {
				return nil, false
			}
		}
		return texts, true
	}
	return nil, false
}

// required is the longest text that every match contains.
func required(re *syntax.Regexp) string {
	best := ""
	var visit func(*syntax.Regexp)
	visit = func(re *syntax.Regexp) {
		switch re.Op {
		case syntax.OpLiteral:
			text := string(re.Rune)
			if re.Flags&syntax.FoldCase == 0 && len(text) > len(best) && !strings.ContainsRune(text, utf8.RuneError) {
				best = text
			}
		case syntax.OpConcat, syntax.OpCapture, syntax.OpPlus:
			for _, sub := range re.Sub {
				visit(sub)
			}
		}
	}
	visit(re.Simplify())
	return best
}
