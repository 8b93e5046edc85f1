package block

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
	"strings"
	"unicode"

	"github.com/oriel-io/oriel/internal/textmatch"
	"github.com/oriel-io/oriel/store/block/parquet"
	"github.com/oriel-io/oriel/store/plan"
)

// A condition is a compiled plan.Expr. eval returns the rows of sel for which
// it holds; sel is not changed.
type condition interface {
	eval(s *scan, sel parquet.Bits) (parquet.Bits, error)
}

type (
	allOf []condition
	anyOf []condition
	notOf struct{ x condition }
	test  struct {
		field plan.Field
		// holds decides about a value that is not null.
		holds func(plan.Value) bool
		// text decides about a string without making a Value; nil: use holds.
		text func([]byte) bool
		// equal are the only texts that can match, if there are just a few.
		equal []plan.Value
		// lo and hi bound the integers that match, if they are an interval.
		lo, hi   int64
		interval bool
	}
)

// compile turns a valid expression into a condition; nil for nil.
func compile(e plan.Expr) condition {
	list := func(xs []plan.Expr) []condition {
		out := make([]condition, len(xs))
		for i, x := range xs {
			out[i] = compile(x)
		}
		return out
	}
	switch e := e.(type) {
	case plan.And:
		return allOf(list(e))
	case plan.Or:
		return anyOf(list(e))
	case plan.Not:
		return notOf{compile(e.X)}
	case plan.Compare:
		return compileCompare(e)
	case plan.In:
		return compileIn(e)
	case plan.Match:
		text := compileMatch(e)
		return &test{field: e.Field, text: text, holds: func(v plan.Value) bool { return v.Kind == plan.String && text([]byte(v.Str)) }}
	case plan.Exists:
		return &test{field: e.Field, holds: func(plan.Value) bool { return true }}
	}
	return nil
}

// compileIn looks texts up in a set; a list of thousands of ids is usual.
func compileIn(e plan.In) *test {
	t := &test{field: e.Field}
	if !onlyTexts(e.Values) {
		t.holds = func(v plan.Value) bool {
			return slices.ContainsFunc(e.Values, func(w plan.Value) bool { return plan.Eq.Holds(v, w) })
		}
		return t
	}
	set := make(map[plan.Value]struct{}, len(e.Values))
	for _, w := range e.Values {
		set[plan.Value{Kind: w.Kind, Str: w.Str}] = struct{}{}
	}
	t.holds = func(v plan.Value) bool {
		_, found := set[plan.Value{Kind: v.Kind, Str: v.Str}]
		return found && v.Kind != plan.Null
	}
	if len(e.Values) <= 16 {
		t.equal = e.Values
	}
	return t
}

func onlyTexts(values []plan.Value) bool {
	for _, v := range values {
		if v.Kind != plan.String && v.Kind != plan.Bytes {
			return false
		}
	}
	return true
}

func compileCompare(e plan.Compare) *test {
	t := &test{field: e.Field, holds: func(v plan.Value) bool { return e.Op.Holds(v, e.Value) }}
	switch {
	case e.Op == plan.Eq && onlyTexts([]plan.Value{e.Value}):
		t.equal = []plan.Value{e.Value}
	case e.Value.Kind == plan.Int:
		t.lo, t.hi, t.interval = math.MinInt64, math.MaxInt64, true
		switch c := e.Value.Int; e.Op {
		case plan.Eq:
			t.lo, t.hi = c, c
		case plan.Ge:
			t.lo = c
		case plan.Le:
			t.hi = c
		case plan.Gt:
			if t.lo = c + 1; c == math.MaxInt64 {
				t.lo, t.hi = 1, 0
			}
		case plan.Lt:
			if t.hi = c - 1; c == math.MinInt64 {
				t.lo, t.hi = 1, 0
			}
		default:
			t.interval = false
		}
	}
	return t
}

// compileMatch makes a test of text.
func compileMatch(m plan.Match) func([]byte) bool {
	pattern := []byte(m.Pattern)
	switch {
	case m.Kind == plan.Regexp && m.Fold:
		return textmatch.MustCompile("(?i)" + m.Pattern).Match
	case m.Kind == plan.Regexp:
		return textmatch.MustCompile(m.Pattern).Match
	case m.Fold:
		folded := strings.Map(fold, m.Pattern)
		if m.Kind == plan.Prefix {
			return func(s []byte) bool { return strings.HasPrefix(strings.Map(fold, string(s)), folded) }
		}
		return func(s []byte) bool { return strings.Contains(strings.Map(fold, string(s)), folded) }
	case m.Kind == plan.Prefix:
		return func(s []byte) bool { return bytes.HasPrefix(s, pattern) }
	}
	return func(s []byte) bool { return bytes.Contains(s, pattern) }
}

// fold maps all letters that differ in case only to the lowest of them.
func fold(r rune) rune {
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	return least
}

func (c allOf) eval(s *scan, sel parquet.Bits) (parquet.Bits, error) {
	var err error
	for _, x := range c {
		if count(sel) == 0 {
			break
		}
		if sel, err = x.eval(s, sel); err != nil {
			return nil, err
		}
	}
	return sel, nil
}

func (c anyOf) eval(s *scan, sel parquet.Bits) (parquet.Bits, error) {
	out, rest := make(parquet.Bits, len(sel)), append(parquet.Bits(nil), sel...)
	for _, x := range c {
		hit, err := x.eval(s, rest)
		if err != nil {
			return nil, err
		}
		for i := range out {
			out[i] |= hit[i]
			rest[i] &^= hit[i]
		}
	}
	return out, nil
}

func (c notOf) eval(s *scan, sel parquet.Bits) (parquet.Bits, error) {
	hit, err := c.x.eval(s, sel)
	if err != nil {
		return nil, err
	}
	out := make(parquet.Bits, len(sel))
	for i := range out {
		out[i] = sel[i] &^ hit[i]
	}
	return out, nil
}

func count(b parquet.Bits) (n int) {
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

// each calls f for each set bit.
func each(b parquet.Bits, f func(row int)) {
	for i, w := range b {
		for w != 0 {
			f(i<<6 + bits.TrailingZeros64(w))
			w &= w - 1
		}
	}
}

func (t *test) eval(s *scan, sel parquet.Bits) (parquet.Bits, error) {
	out := make(parquet.Bits, len(sel))
	sources, item := s.sources(t.field)
	var resource *vector
	if item < len(sources) {
		var err error
		if resource, err = s.vector(sources[item]); err != nil {
			return nil, err
		}
	}
	rest := sel
	for _, src := range sources[:item] {
		if resource == nil {
			// Nobody else needs to know which rows have a value.
			none, err := t.rejects(s, src)
			if err != nil {
				return nil, err
			}
			if none {
				continue
			}
		}
		v, err := s.vectorFor(t, src)
		if err != nil {
			return nil, err
		}
		if v == nil {
			continue
		}
		if err := t.scan(s, v, src, rest, out); err != nil {
			return nil, err
		}
		if resource != nil {
			left := append(parquet.Bits(nil), rest...)
			each(rest, func(row int) {
				if !v.null(row) {
					left[row>>6] &^= 1 << (row & 63)
				}
			})
			rest = left
		}
	}
	if resource != nil {
		return out, t.scan(s, resource, sources[item], rest, out)
	}
	return out, nil
}

// rejects says that no value of the source matches, as far as dictionaries and bounds tell.
func (t *test) rejects(s *scan, src source) (bool, error) {
	if src.how != direct {
		return false, nil
	}
	if t.interval && src.kind == plan.Int {
		if lo, hi, ok := s.part.bounds(src.name); ok && (hi < t.lo || lo > t.hi) {
			return true, nil
		}
	}
	if t.equal == nil || src.kind != plan.String && src.kind != plan.Bytes || src.name == colSpanID || src.name == colParentID {
		return false, nil
	}
	for _, v := range t.equal {
		if v.Kind != src.kind {
			continue
		}
		_, found, known, err := s.part.find(src.name, []byte(v.Str))
		if err != nil || found || !known {
			return false, err
		}
	}
	return true, nil
}

// vectorFor reads a column for a test, without its dictionary if that is not needed.
func (s *scan) vectorFor(t *test, src source) (*vector, error) {
	if src.how != direct || t.equal == nil {
		return s.vector(src)
	}
	c, err := s.column(src.name, false)
	if c == nil || err != nil {
		return nil, err
	}
	return &vector{kind: src.kind, col: c}, nil
}

// scan adds the rows of sel whose value in v matches to out.
func (t *test) scan(s *scan, v *vector, src source, sel, out parquet.Bits) error {
	if !v.text() {
		t.scanNums(v, sel, out)
		return nil
	}
	if src.how == direct && t.equal != nil && !v.col.Plain {
		if done, err := t.scanEqual(s, v, src, sel, out); done || err != nil {
			return err
		}
		var err error
		if v, err = s.vector(src); err != nil { // plain: the values are needed
			return err
		}
	}
	ids, n := v.col.IDs, v.entries()
	if n > 2*count(sel) {
		each(sel, func(row int) {
			if row < len(ids) && ids[row] != 0 && t.entry(v, ids[row]-1) {
				out.Set(row)
			}
		})
		return nil
	}
	match := make([]bool, n+1)
	for i := range n {
		match[i+1] = t.entry(v, uint32(i))
	}
	each(sel, func(row int) {
		if row < len(ids) && match[ids[row]] {
			out.Set(row)
		}
	})
	return nil
}

func (t *test) entry(v *vector, i uint32) bool {
	if t.text != nil && v.table == nil {
		return v.kind == plan.String && t.text(v.col.Dict.Get(int(i)))
	}
	x := v.entry(i)
	return x.Kind != plan.Null && t.holds(x)
}

// scanEqual compares ids after looking the wanted values up; false if that is not possible.
func (t *test) scanEqual(s *scan, v *vector, src source, sel, out parquet.Bits) (bool, error) {
	var want []uint32
	for _, x := range t.equal {
		if x.Kind != v.kind {
			continue
		}
		id, found, known, err := s.part.find(src.name, []byte(x.Str))
		if err != nil || !known {
			return false, err
		}
		if found {
			want = append(want, id+1)
		}
	}
	ids := v.col.IDs
	for _, id := range want {
		for i, w := range sel {
			if w == 0 || i<<6 >= len(ids) {
				continue
			}
			word := uint64(0)
			for k, x := range ids[i<<6 : min(i<<6+64, len(ids))] {
				if x == id {
					word |= 1 << k
				}
			}
			out[i] |= word & w
		}
	}
	return true, nil
}

func (t *test) scanNums(v *vector, sel, out parquet.Bits) {
	nums, valid := v.col.Nums, v.col.Valid
	lo, hi := t.lo, t.hi
	if id := t.equal; v.kind == plan.Bytes && len(id) == 1 && id[0].Kind == plan.Bytes && len(id[0].Str) == 8 {
		lo = int64(binary.BigEndian.Uint64([]byte(id[0].Str)))
		hi = lo
	} else if !t.interval || v.kind != plan.Int {
		each(sel, func(row int) {
			if hasNum(v.col, row) && t.holds(numValue(v.kind, nums[row])) {
				out.Set(row)
			}
		})
		return
	}
	for i, w := range sel {
		if w == 0 || i<<6 >= len(nums) {
			continue
		}
		if valid != nil {
			if i >= len(valid) {
				continue
			}
			w &= valid[i]
		}
		word := uint64(0)
		for k, x := range nums[i<<6 : min(i<<6+64, len(nums))] {
			if x >= lo && x <= hi {
				word |= 1 << k
			}
		}
		out[i] |= word & w
	}
}
