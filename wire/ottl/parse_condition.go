package ottl

import (
	"encoding/hex"
	"fmt"
	"strconv"
)

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
