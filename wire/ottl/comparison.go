package ottl

import (
	"bytes"

	"github.com/oriel-io/oriel/wire/otlp"
)

// comparison compiles left op right. Most conditions compare an attribute or a
// field with a constant; those go the short ways below.
func (b *builder) comparison(node *compareNode) (boolExpr, error) {
	left, err := b.value(node.left)
	if err != nil {
		return boolExpr{}, err
	}
	right, err := b.value(node.right)
	if err != nil {
		return boolExpr{}, err
	}
	if left.kinds&opaqueKinds != 0 && right.kinds&opaqueKinds != 0 {
		return boolExpr{}, b.unsupported(left.at, "a comparison of lists of messages or numbers")
	}
	if left.literal && right.literal {
		return literalExpr(compare(left.constant, right.constant, node.op)), nil
	}
	out := boolExpr{level: max(left.level, right.level)}
	switch {
	case right.constant != nil:
		out.test = withConstant(&left, right.constant, node.op)
	case left.constant != nil:
		out.test = withConstant(&right, left.constant, turned(node.op))
	}
	if out.test == nil {
		out.test = inGeneral(left.get, right.get, node.op)
	}
	return out, nil
}

// turned is the operator with its sides exchanged.
func turned(op compareOp) compareOp {
	switch op {
	case opLess:
		return opGreater
	case opLessOrEqual:
		return opGreaterOrEqual
	case opGreater:
		return opLess
	case opGreaterOrEqual:
		return opLessOrEqual
	}
	return op
}

func inGeneral(left, right getter, op compareOp) test {
	return func(e *Env) (bool, error) {
		a, err := left(e)
		if err != nil {
			return false, err
		}
		b, err := right(e)
		if err != nil {
			return false, err
		}
		return compare(&a, &b, op), nil
	}
}

// withConstant compares with a constant without making values; nil if there is
// no short way.
func withConstant(o *operand, c *value, op compareOp) test {
	isEquality := op == opEqual || op == opNotEqual
	wantEqual := op == opEqual
	switch {
	case o.number != nil && c.kind == kindInt:
		number, want := o.number, c.int()
		return func(e *Env) (bool, error) { return ordered(number(e), want, op), nil }
	case o.text != nil && c.kind == kindString && isEquality:
		text, want := o.text, string(c.data)
		return func(e *Env) (bool, error) { return (string(text(e)) == want) == wantEqual, nil }
	case o.text != nil && c.kind == kindString:
		text, want := o.text, c.data
		return func(e *Env) (bool, error) { return fromSign(bytes.Compare(text(e), want), op), nil }
	case o.attr != nil && isEquality && c.kind == kindString:
		attr, want := o.attr, string(c.data)
		return func(e *Env) (bool, error) {
			v, _ := attr(e)
			return (v.Kind == otlp.String && string(v.Body()) == want) == wantEqual, nil
		}
	case o.attr != nil && isEquality && c.isNothing():
		attr := o.attr
		return func(e *Env) (bool, error) {
			v, _ := attr(e)
			nothing := v.Kind == otlp.Empty || v.Kind == otlp.Bytes && len(v.Body()) == 0
			return nothing == wantEqual, nil
		}
	case o.attr != nil:
		attr := o.attr
		return func(e *Env) (bool, error) {
			raw, _ := attr(e)
			v := attributeValue(raw)
			return compare(&v, c, op), nil
		}
	}
	return nil
}
