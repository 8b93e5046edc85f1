package ottl

import (
	"fmt"
	"strconv"
)

// Bounds of a condition, so that a small text cannot cost much.
const (
	maxText  = 64 << 10
	maxDepth = 100 // of parentheses, lists, maps and arguments in each other
)

// parse reads a condition. The grammar is upstream's: each rule takes the first
// alternative that fits and does not come back to another one.
//
// Errors: *SyntaxError, *UnsupportedError for what is beyond the bounds.
func parse(text string) (orNode, error) {
	if len(text) > maxText {
		return nil, &UnsupportedError{text, 0, fmt.Sprintf("a condition of %d bytes (at most %d)", len(text), maxText)}
	}
	tokens, err := lex(text)
	if err != nil {
		return nil, err
	}
	p := &parser{text: text, tokens: tokens, primaries: map[int]primary{}}
	node, ok := p.or()
	switch {
	case p.invalid != nil:
		return nil, p.invalid
	case p.tooDeep:
		return nil, &UnsupportedError{text, tokens[p.farthest].at, fmt.Sprintf("an expression nested over %d levels deep", maxDepth)}
	case !ok || p.peek().kind != tokenEnd:
		return nil, p.syntaxError()
	}
	return node, nil
}

type parser struct {
	text    string
	tokens  []token
	next    int // index of the next token
	depth   int
	tooDeep bool
	invalid *SyntaxError // found in a part that is syntactically in order

	// The rules try several ways from the same token. What they all begin with
	// is kept, so that the time does not double with each level.
	primaries map[int]primary

	farthest int    // token at which the best attempt failed
	wanted   string // what would have helped there
}

// primary is the outcome of parser.primary at one token.
type primary struct {
	node  *valueNode
	after int
}

func (p *parser) peek() token { return p.tokens[p.next] }

// want notes what the parser would need at the next token and is false.
func (p *parser) want(what string) bool {
	if p.next > p.farthest || p.wanted == "" {
		p.farthest, p.wanted = p.next, what
	}
	return false
}

func (p *parser) syntaxError() error {
	p.want("and, or, or the end of the condition")
	at := p.tokens[p.farthest]
	found := strconv.Quote(at.text)
	if at.kind == tokenEnd {
		found = "the end"
	}
	return &SyntaxError{Text: p.text, Offset: at.at, What: fmt.Sprintf("%s stands here; wanted %s", found, p.wanted)}
}

func (p *parser) accept(kind tokenKind) (token, bool) {
	t := p.peek()
	if t.kind != kind {
		return t, false
	}
	p.next++
	return t, true
}

// punct takes a sign that has to stand here.
func (p *parser) punct(c string) bool { return p.optional(c) || p.want(c) }

// optional takes a sign if it stands here.
func (p *parser) optional(c string) bool {
	if t := p.peek(); t.kind != tokenPunct || t.text != c {
		return false
	}
	p.next++
	return true
}

// attempt calls rule and takes everything back if it fails.
func attempt[T any](p *parser, rule func() (T, bool)) (out T, ok bool) {
	from := p.next
	if out, ok = rule(); !ok {
		var none T
		p.next = from
		return none, false
	}
	return out, true
}

// nested calls rule one level deeper.
func nested[T any](p *parser, rule func() (T, bool)) (out T, ok bool) {
	if p.depth >= maxDepth {
		p.tooDeep = true
		return out, false
	}
	p.depth++
	out, ok = rule()
	p.depth--
	return out, ok
}
