package ottl

import "strings"

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
