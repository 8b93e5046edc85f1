package ottl

import (
	"fmt"
	"iter"
	"slices"
)

// Compiler compiles the conditions of one processor; an Env that it makes has
// room for what all of them remember.
type Compiler struct {
	remembered         int      // tests whose outcome an Env keeps
	itemKeys, partKeys []string // attributes that are looked up together
}

// Condition is a compiled condition, safe for concurrent use.
type Condition struct {
	// Text is what was compiled.
	Text string
	test test
}

// Compile reads a condition about things of a context.
//
// Errors: *SyntaxError if it is wrong, *UnsupportedError if it is not in the part
// of the language that runs here.
func (c *Compiler) Compile(ctx Context, text string) (*Condition, error) {
	tree, err := parse(text)
	if err != nil {
		return nil, err
	}
	b := &builder{Compiler: c, ctx: ctx, text: text, functions: functions}
	expr, err := b.or(tree)
	if err != nil {
		return nil, err
	}
	return &Condition{text, b.remember(expr, b.base()).test}, nil
}

// NewEnv makes an Env for the conditions that were compiled so far.
func (c *Compiler) NewEnv() *Env {
	return &Env{told: make([]outcome, c.remembered), itemAttrs: newAttrIndex(c.itemKeys), partAttrs: newAttrIndex(c.partKeys)}
}

// Eval says whether the condition holds for what was entered last. It allocates
// nothing but where a function has to make a list, a map or a number into text.
// An error says that the condition has no answer, as upstream sees it.
func (c *Condition) Eval(e *Env) (bool, error) {
	e.scratch = e.scratch[:0]
	return c.test(e)
}

// A test is a compiled condition or a part of one.
type test func(e *Env) (bool, error)

type boolExpr struct {
	test    test
	level   level
	literal bool // upstream knows the outcome without data, and leaves away what it makes superfluous
	is      bool // of a literal
}

// builder compiles one condition.
type builder struct {
	*Compiler
	ctx       Context
	text      string
	functions map[string]function // those of functions.go, which is made of what compiles them
}

func (b *builder) wrong(at int, format string, args ...any) error {
	return &SyntaxError{Text: b.text, Offset: at, What: fmt.Sprintf(format, args...)}
}

// unknown is the error for a name that is not known.
func (b *builder) unknown(at int, name string, known iter.Seq[string], format string, args ...any) error {
	return &SyntaxError{Text: b.text, Offset: at, What: fmt.Sprintf(format, args...), Name: name, Known: slices.Sorted(known)}
}

func (b *builder) unsupported(at int, format string, args ...any) error {
	return &UnsupportedError{b.text, at, fmt.Sprintf(format, args...)}
}

// base is the level of what the condition is asked about.
func (b *builder) base() level {
	switch b.ctx {
	case Resource:
		return levelGroup
	case SpanEvent, DataPoint:
		return levelPart
	}
	return levelItem
}

// remember lets an Env keep the outcome of an expression as long as it stays
// the same, if that is longer than below.
func (b *builder) remember(x boolExpr, below level) boolExpr {
	if x.level >= below || x.level == levelConst {
		return x
	}
	number, run, l := b.remembered, x.test, x.level
	b.remembered++
	x.test = func(e *Env) (bool, error) {
		told := &e.told[number]
		if at := e.entered[l]; told.at != at {
			told.at = at
			told.is, told.err = run(e)
		}
		return told.is, told.err
	}
	return x
}

func literalExpr(is bool) boolExpr {
	return boolExpr{test: func(*Env) (bool, error) { return is, nil }, literal: true, is: is}
}

func (b *builder) or(node orNode) (boolExpr, error) {
	parts, err := compileAll(node, b.and)
	if err != nil {
		return boolExpr{}, err
	}
	return b.join(parts, true), nil
}

func (b *builder) and(node andNode) (boolExpr, error) {
	parts, err := compileAll(node, b.part)
	if err != nil {
		return boolExpr{}, err
	}
	return b.join(parts, false), nil
}

func compileAll[T any](nodes []T, compile func(T) (boolExpr, error)) ([]boolExpr, error) {
	out := make([]boolExpr, len(nodes))
	for i, node := range nodes {
		var err error
		if out[i], err = compile(node); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// join makes one expression of several: or if decides is true, and if it is
// false. The first part with that outcome, or with an error, ends it.
func (b *builder) join(parts []boolExpr, decides bool) boolExpr {
	for _, part := range parts {
		if part.literal && part.is == decides {
			return literalExpr(decides)
		}
	}
	parts = slices.DeleteFunc(parts, func(part boolExpr) bool { return part.literal })
	switch len(parts) {
	case 0:
		return literalExpr(!decides)
	case 1:
		return parts[0]
	}
	out := boolExpr{}
	for _, part := range parts {
		out.level = max(out.level, part.level)
	}
	tests := make([]test, len(parts))
	for i, part := range parts {
		tests[i] = b.remember(part, out.level).test
	}
	if len(tests) == 2 {
		first, second := tests[0], tests[1]
		out.test = func(e *Env) (bool, error) {
			if is, err := first(e); is == decides || err != nil {
				return is && err == nil, err
			}
			return second(e)
		}
		return out
	}
	out.test = func(e *Env) (bool, error) {
		for _, t := range tests {
			if is, err := t(e); is == decides || err != nil {
				return is && err == nil, err
			}
		}
		return !decides, nil
	}
	return out
}

func (b *builder) part(node boolNode) (x boolExpr, err error) {
	switch {
	case node.compare != nil:
		x, err = b.comparison(node.compare)
	case node.constant != nil:
		x = literalExpr(*node.constant)
	case node.call != nil:
		x, err = b.callTest(node.call)
	default:
		x, err = b.or(node.sub)
	}
	if err != nil || !node.not {
		return x, err
	}
	if x.literal {
		return literalExpr(!x.is), nil
	}
	inner := x.test
	x.test = func(e *Env) (bool, error) {
		is, err := inner(e)
		return !is, err
	}
	return x, nil
}

// callTest makes a condition of a function alone.
func (b *builder) callTest(call *callNode) (boolExpr, error) {
	o, err := b.call(call)
	if err != nil {
		return boolExpr{}, err
	}
	if o.test != nil {
		return boolExpr{test: o.test, level: o.level}, nil
	}
	return boolExpr{level: o.level, test: func(e *Env) (bool, error) {
		v, err := o.get(e)
		if err != nil {
			return false, err
		}
		if v.kind != kindBool {
			return false, wanted(kindBool, v.kind)
		}
		return v.bool(), nil
	}}, nil
}
