package ottl

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
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

func (p *parser) or() (orNode, bool) {
	return list(p, tokenOr, p.and)
}

func (p *parser) and() (andNode, bool) {
	return list(p, tokenAnd, p.part)
}

// list reads one or more of the same with an operator between them.
func list[T any](p *parser, operator tokenKind, rule func() (T, bool)) ([]T, bool) {
	first, ok := rule()
	if !ok {
		return nil, false
	}
	out := []T{first}
	for {
		next, ok := attempt(p, func() (none T, ok bool) {
			if _, ok := p.accept(operator); !ok {
				return none, false
			}
			return rule()
		})
		if !ok {
			return out, true
		}
		out = append(out, next)
	}
}

// part = "not"? ( comparison | true | false | function | "(" condition ")" )
func (p *parser) part() (node boolNode, ok bool) {
	node.at = p.peek().at
	_, node.not = p.accept(tokenNot)
	if node.compare, ok = attempt(p, p.comparison); ok {
		return node, true
	}
	if t, ok := p.accept(tokenBool); ok {
		is := t.text == "true"
		node.constant = &is
		return node, true
	}
	if p.peek().kind == tokenUpper {
		v, ok := attempt(p, p.primary)
		if ok {
			node.call = v.call
		}
		return node, ok
	}
	if !p.optional("(") {
		return node, p.want("a comparison, a function or (")
	}
	if node.sub, ok = nested(p, p.or); !ok {
		return node, false
	}
	return node, p.punct(")")
}

func (p *parser) comparison() (*compareNode, bool) {
	left, ok := p.value()
	if !ok {
		return nil, false
	}
	op, ok := p.accept(tokenCompare)
	if !ok {
		return nil, p.want("a comparison: == != < <= > >=")
	}
	right, ok := p.value()
	if !ok {
		return nil, false
	}
	return &compareNode{left, right, compareOps[op.text]}, true
}

// value = nil | primary (not followed by an arithmetic operator) | arithmetic | bytes | text | true | false | ENUM | map | list
func (p *parser) value() (*valueNode, bool) {
	at := p.peek().at
	if _, ok := p.accept(tokenNil); ok {
		return &valueNode{at: at, kind: nodeNil}, true
	}
	if v, ok := attempt(p, p.plainPrimary); ok {
		return v, true
	}
	if v, ok := attempt(p, p.sum); ok {
		return v, true
	}
	switch t := p.peek(); t.kind {
	case tokenBytes:
		p.next++
		return p.bytes(t), true
	case tokenString:
		p.next++
		return &valueNode{at: at, kind: nodeString, text: t.text}, true
	case tokenBool:
		p.next++
		v := &valueNode{at: at, kind: nodeBool}
		if t.text == "true" {
			v.int = 1
		}
		return v, true
	case tokenUpper:
		if p.tokens[p.next+1].kind == tokenLower {
			return nil, false
		}
		p.next++
		return &valueNode{at: at, kind: nodeEnum, text: t.text}, true
	case tokenPunct:
		if t.text == "{" {
			return nested(p, p.mapValue)
		}
		if t.text == "[" {
			return nested(p, p.listValue)
		}
	}
	return nil, p.want("a value")
}

func (p *parser) plainPrimary() (*valueNode, bool) {
	v, ok := p.primary()
	if next := p.peek().kind; next == tokenAddSub || next == tokenMulDiv {
		return nil, false
	}
	return v, ok
}

func (p *parser) bytes(t token) *valueNode {
	raw, err := hex.DecodeString(t.text[2:])
	if err != nil {
		p.fail(t.at, "%s has an odd number of digits; two make a byte", t.text)
	}
	return &valueNode{at: t.at, kind: nodeBytes, text: string(raw)}
}

// fail notes that the text is wrong although its syntax is in order.
func (p *parser) fail(at int, format string, args ...any) {
	if p.invalid == nil {
		p.invalid = &SyntaxError{Text: p.text, Offset: at, What: fmt.Sprintf(format, args...)}
	}
}

// listValue = "[" value* ( "," value )* "]"
func (p *parser) listValue() (*valueNode, bool) {
	v := &valueNode{at: p.peek().at, kind: nodeList}
	p.punct("[")
	for {
		item, ok := attempt(p, p.value)
		if !ok {
			break
		}
		v.items = append(v.items, item)
	}
	for {
		item, ok := attempt(p, func() (*valueNode, bool) {
			if !p.optional(",") {
				return nil, false
			}
			return p.value()
		})
		if !ok {
			return v, p.punct("]")
		}
		v.items = append(v.items, item)
	}
}

// mapValue = "{" ( text ":" value ","? )* "}"
func (p *parser) mapValue() (*valueNode, bool) {
	v := &valueNode{at: p.peek().at, kind: nodeMap}
	p.punct("{")
	for {
		var key token
		item, ok := attempt(p, func() (item *valueNode, ok bool) {
			if key, ok = p.accept(tokenString); !ok || !p.punct(":") {
				return nil, false
			}
			return p.value()
		})
		if !ok {
			return v, p.punct("}")
		}
		v.keys, v.items = append(v.keys, key.text), append(v.items, item)
		p.optional(",")
	}
}

// sum = product ( ( "+" | "-" ) product )*
func (p *parser) sum() (*valueNode, bool) { return p.chain(tokenAddSub, p.product) }

// product = factor ( ( "*" | "/" ) factor )*
func (p *parser) product() (*valueNode, bool) { return p.chain(tokenMulDiv, p.factor) }

func (p *parser) chain(operator tokenKind, rule func() (*valueNode, bool)) (*valueNode, bool) {
	left, ok := rule()
	if !ok {
		return nil, false
	}
	for {
		var op token
		right, ok := attempt(p, func() (_ *valueNode, ok bool) {
			if op, ok = p.accept(operator); !ok {
				return nil, false
			}
			return rule()
		})
		if !ok {
			return left, true
		}
		left = &valueNode{at: left.at, kind: nodeMath, op: op.text[0], left: left, right: right}
	}
}

// factor = ( "+" | "-" )? ( primary | "(" sum ")" )
func (p *parser) factor() (*valueNode, bool) {
	sign, signed := p.accept(tokenAddSub)
	v, isPrimary := attempt(p, p.primary)
	if !isPrimary {
		if !p.optional("(") {
			return nil, p.want("a value")
		}
		var ok bool
		if v, ok = nested(p, p.sum); !ok || !p.punct(")") {
			return nil, false
		}
	}
	if !signed || sign.text == "+" {
		return v, true
	}
	switch {
	case isPrimary && v.kind == nodeInt:
		return &valueNode{at: sign.at, kind: nodeInt, int: -v.int}, true
	case isPrimary && v.kind == nodeFloat:
		return &valueNode{at: sign.at, kind: nodeFloat, float: -v.float}, true
	}
	return &valueNode{at: sign.at, kind: nodeNegate, left: v}, true
}

// primary = function | number | path. An editor, a function whose name begins
// with a small letter, cannot be in a condition.
func (p *parser) primary() (*valueNode, bool) {
	if known, ok := p.primaries[p.next]; ok {
		p.next = known.after
		return known.node, known.node != nil
	}
	from := p.next
	node, _ := attempt(p, p.readPrimary)
	p.primaries[from] = primary{node, p.next}
	return node, node != nil
}

func (p *parser) readPrimary() (*valueNode, bool) {
	t := p.peek()
	switch t.kind {
	case tokenUpper, tokenLower:
		if call, ok := attempt(p, p.call); ok {
			return &valueNode{at: t.at, kind: nodeCall, call: call}, true
		}
		if path, ok := attempt(p, p.path); ok {
			return &valueNode{at: t.at, kind: nodePath, path: path}, true
		}
	case tokenFloat:
		p.next++
		f, err := strconv.ParseFloat(t.text, 64)
		if err != nil {
			p.fail(t.at, "%s is out of range", t.text)
		}
		return &valueNode{at: t.at, kind: nodeFloat, float: f}, true
	case tokenInt:
		p.next++
		return &valueNode{at: t.at, kind: nodeInt, int: p.int(t)}, true
	}
	return nil, false
}

// int reads a whole number; one that begins with 0 is octal, as upstream has it.
func (p *parser) int(t token) int64 {
	n, err := strconv.ParseInt(t.text, 0, 64)
	if err != nil {
		p.fail(t.at, "%s is out of range, or begins with 0 and is not octal", t.text)
	}
	return n
}

// word puts the name of a function or an argument together: words without regard
// to spaces, of which the first is of the given kind.
func (p *parser) word(first tokenKind) (string, bool) {
	t, ok := p.accept(first)
	if !ok {
		return "", false
	}
	name := strings.Builder{}
	for ok {
		name.WriteString(t.text)
		if t, ok = p.accept(tokenUpper); !ok {
			t, ok = p.accept(tokenLower)
		}
	}
	return name.String(), true
}

// call = name "(" ( argument ( "," argument )* )? ")" key*
func (p *parser) call() (*callNode, bool) {
	first := p.peek()
	call := &callNode{at: first.at}
	var ok bool
	if call.name, ok = p.word(first.kind); !ok || !p.optional("(") {
		return nil, false
	}
	call.args, _ = nested(p, p.arguments)
	if !p.punct(")") {
		return nil, false
	}
	call.keys = p.keys()
	if first.kind == tokenLower {
		p.fail(call.at, "%s is an editor, which changes things; functions in conditions begin with a capital letter", call.name)
	}
	return call, true
}

func (p *parser) arguments() (args []argNode, ok bool) {
	first, ok := attempt(p, p.argument)
	if !ok {
		return nil, false
	}
	args = append(args, first)
	for {
		next, ok := attempt(p, func() (argNode, bool) {
			if !p.optional(",") {
				return argNode{}, false
			}
			return p.argument()
		})
		if !ok {
			return args, true
		}
		args = append(args, next)
	}
}

// argument = ( name "=" )? ( value | function name )
func (p *parser) argument() (arg argNode, ok bool) {
	arg.at = p.peek().at
	arg.name, _ = attempt(p, func() (string, bool) {
		name, ok := p.word(tokenLower)
		if !ok {
			return "", false
		}
		_, ok = p.accept(tokenEqual)
		return name, ok
	})
	if arg.value, ok = attempt(p, p.value); ok {
		return arg, true
	}
	arg.function, ok = p.word(tokenUpper)
	return arg, ok
}

// path = name key* ( "." name key* )*
func (p *parser) path() (*pathNode, bool) {
	field, ok := p.field()
	if !ok {
		return nil, false
	}
	path := &pathNode{at: field.at, fields: []fieldNode{field}}
	for {
		field, ok := attempt(p, func() (fieldNode, bool) {
			if !p.optional(".") {
				return fieldNode{}, false
			}
			return p.field()
		})
		if !ok {
			return path, true
		}
		path.fields = append(path.fields, field)
	}
}

func (p *parser) field() (fieldNode, bool) {
	name, ok := p.accept(tokenLower)
	if !ok {
		return fieldNode{}, p.want("a name")
	}
	return fieldNode{name.at, name.text, p.keys()}, true
}

func (p *parser) keys() (keys []keyNode) {
	for {
		key, ok := attempt(p, p.key)
		if !ok {
			return keys
		}
		keys = append(keys, key)
	}
}

// key = "[" ( text | number | sum ) "]"
func (p *parser) key() (key keyNode, ok bool) {
	if !p.optional("[") {
		return key, false
	}
	t := p.peek()
	key.at = t.at
	switch t.kind {
	case tokenString:
		p.next++
		key.text = t.text
	case tokenInt:
		p.next++
		key.isInt, key.int = true, p.int(t)
	default:
		if key.value, ok = nested(p, p.sum); !ok {
			return key, false
		}
	}
	return key, p.punct("]")
}
