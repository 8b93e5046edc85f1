package block

import (
	"cmp"
	"context"
	"math"
	"slices"
	"sort"

	"github.com/oriel-io/oriel/store/block/parquet"
	"github.com/oriel-io/oriel/store/plan"
)

// selection collects the first rows of an answer in its order. The columns of
// Select are only read for the rows that are left in the end.
type selection struct {
	q     *plan.Query
	limit int // one more than asked for, to know whether there is a next page
	// keep is how many rows to keep while parts are still to come: with Distinct,
	// some may turn out to have a value of the pages before, but no more than those have rows.
	keep  int
	after *position
	rows  []found             // the best so far, in order, distinct
	gone  map[plan.Value]bool // Distinct: values of the pages before
	bytes int64               // of rows and gone
}

// found is a row that may be part of the answer.
type found struct {
	part part
	row  int
	position
	value plan.Value // of the Distinct field
}

func newSelection(q *plan.Query, after *position) *selection {
	s := &selection{q: q, limit: limitOf(q) + 1, after: after}
	s.keep = s.limit
	if q.Distinct != nil {
		s.gone = map[plan.Value]bool{}
		if after != nil {
			s.keep += after.before
		}
	}
	return s
}

// orders is what rows are ordered by before their identity.
func (s *selection) orders() []plan.Order { return s.q.OrderBy }

// leading is the number column that decides first, if one does: the rows of a
// part can then be told by its bounds.
func (s *selection) leading() (column string, desc, ok bool) {
	if len(s.q.OrderBy) == 0 {
		return colTime, false, true
	}
	o := s.q.OrderBy[0]
	if o.Field.Scope != plan.Intrinsic {
		return "", false, false
	}
	src := intrinsics[o.Field.Name]
	return src.name, o.Desc, src.kind == plan.Int && src.how == direct && (src.name == colTime || src.name == colDuration)
}

func bounds(p part, column string) (lo, hi int64, ok bool) {
	if column == colTime {
		lo, hi = p.times()
		return lo, hi, true
	}
	return p.bounds(column)
}

// sortParts puts the parts first that may have the first rows.
func (s *selection) sortParts(parts []part) {
	column, desc, ok := s.leading()
	if !ok {
		return
	}
	best := func(p part) int64 {
		lo, hi, ok := bounds(p, column)
		switch {
		case !ok:
			return -1 << 63
		case desc:
			return ^hi
		}
		return lo
	}
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(best(a), best(b)) })
}

// worst is the leading number of the last row, once there are enough rows.
func (s *selection) worst() (n int64, ok bool) {
	if len(s.rows) < s.keep {
		return 0, false
	}
	last := &s.rows[len(s.rows)-1]
	if len(s.q.OrderBy) == 0 {
		return last.id.time, true
	}
	return last.keys[0].Int, last.keys[0].Kind == plan.Int
}

func (s *selection) skip(p part) bool {
	column, desc, ok := s.leading()
	if !ok {
		return false
	}
	worst, full := s.worst()
	lo, hi, known := bounds(p, column)
	return full && known && (desc && hi < worst || !desc && lo > worst)
}

// collect runs without the lock; the threshold it sees may be old, which costs
// work but nothing else.
func (s *selection) collect(sc *scan, sel parquet.Bits) (func() error, error) {
	orders := s.orders()
	fields := make([]*fieldReader, len(orders))
	for i, o := range orders {
		var err error
		if fields[i], err = sc.field(o.Field); err != nil {
			return nil, err
		}
	}
	rows, err := s.candidates(sc, sel)
	if err != nil {
		return nil, err
	}
	list := make([]found, len(rows))
	ids, err := identities(sc.part, s.q.Table == plan.Spans, rows)
	if err != nil {
		return nil, err
	}
	for k, row := range rows {
		f := &list[k]
		f.part, f.row, f.id = sc.part, row, ids[k]
		f.keys = make([]plan.Value, len(fields))
		for i, r := range fields {
			f.keys[i] = r.value(row)
		}
	}
	if s.q.Distinct != nil {
		r, err := sc.field(*s.q.Distinct)
		if err != nil {
			return nil, err
		}
		for k := range list {
			list[k].value = hashable(r.value(list[k].row))
		}
	}
	return func() error { return s.merge(list) }, nil
}

// candidates are the rows of a part that may be in the answer: those whose
// leading number is as good as the keep-th best, ties included.
func (s *selection) candidates(sc *scan, sel parquet.Bits) ([]int, error) {
	rows := make([]int, 0, min(count(sel), 1024))
	column, desc, ok := s.leading()
	if !ok || count(sel) <= 2*s.keep {
		each(sel, func(row int) { rows = append(rows, row) })
		return rows, nil
	}
	c, err := sc.column(column, true)
	if err != nil {
		return nil, err
	}
	num := func(row int) int64 { // smaller is better
		if desc {
			return ^c.Nums[row]
		}
		return c.Nums[row]
	}
	best := make([]ranked, 0, count(sel))
	first := s.firstNumber(desc)
	each(sel, func(row int) {
		if n := num(row); n >= first {
			best = append(best, ranked{n, row})
		}
	})
	slices.SortFunc(best, func(a, b ranked) int { return cmp.Compare(a.num, b.num) })
	enough, err := s.enough(sc, best, first)
	if err != nil {
		return nil, err
	}
	for i, r := range best {
		if i >= enough && r.num > best[enough-1].num {
			break
		}
		rows = append(rows, r.row)
	}
	slices.Sort(rows)
	return rows, nil
}

// ranked is a row with its leading number.
type ranked struct {
	num int64
	row int
}

// firstNumber is the leading number of the After row: what is better was on the
// pages before. With Distinct those rows are needed, to know their values.
func (s *selection) firstNumber(desc bool) int64 {
	if s.after == nil || s.q.Distinct != nil {
		return math.MinInt64
	}
	n := s.after.id.time
	if len(s.after.keys) > 0 {
		n = s.after.keys[0].Int
	}
	if desc {
		return ^n
	}
	return n
}

// enough is how many of the best rows, and those equal to the last of them,
// are all that can be in the answer.
func (s *selection) enough(sc *scan, best []ranked, first int64) (int, error) {
	if s.q.Distinct == nil {
		// Rows equal to the After row may stand before it.
		ties := sort.Search(len(best), func(i int) bool { return best[i].num > first })
		return min(s.keep+ties, len(best)), nil
	}
	r, err := sc.field(*s.q.Distinct)
	if err != nil {
		return 0, err
	}
	values := map[plan.Value]bool{}
	for i, b := range best {
		if values[hashable(r.value(b.row))] = true; len(values) == s.keep {
			return i + 1, nil
		}
	}
	return len(best), nil
}

// merge adds the candidates of a part. The execution's lock is held.
func (s *selection) merge(list []found) error {
	if s.after != nil {
		kept := list[:0]
		for i := range list {
			if s.compare(&list[i].position, s.after) > 0 {
				kept = append(kept, list[i])
			} else if s.gone != nil {
				s.gone[list[i].value] = true
				s.bytes += memoryOf(list[i].value)
			}
		}
		list = kept
	}
	s.rows = append(s.rows, list...)
	slices.SortStableFunc(s.rows, func(a, b found) int { return s.compare(&a.position, &b.position) })
	if s.q.Distinct != nil {
		seen := make(map[plan.Value]bool, len(s.rows))
		s.rows = slices.DeleteFunc(s.rows, func(f found) bool {
			twice := seen[f.value] || s.gone[f.value]
			seen[f.value] = true
			return twice
		})
	}
	if len(s.rows) > s.keep {
		clear(s.rows[s.keep:])
		s.rows = s.rows[:s.keep]
	}
	bytes := s.bytes + 200*int64(len(s.rows))
	if len(s.rows) > 0 {
		for _, v := range s.rows[0].keys {
			bytes += memoryOf(v) * int64(len(s.rows))
		}
	}
	if bytes > s.q.Bounds.MemoryBytes {
		return plan.ErrTooLarge
	}
	return nil
}

func (s *selection) compare(a, b *position) int {
	if c := compareKeys(s.orders(), a.keys, b.keys); c != 0 {
		return c
	}
	return a.id.compare(&b.id)
}

// finish reads the columns of the rows.
func (s *selection) finish(ctx context.Context, result *plan.Result) error {
	rows := s.rows
	if len(rows) >= s.limit {
		rows = rows[:s.limit-1]
		last := rows[len(rows)-1].position
		last.before = len(rows)
		if s.after != nil {
			last.before += s.after.before
		}
		result.Next = last.encode()
	}
	result.Rows = make([][]plan.Value, len(rows))
	byPart := map[part][]int{} // indexes into rows
	for i := range rows {
		result.Rows[i] = make([]plan.Value, len(s.q.Select))
		byPart[rows[i].part] = append(byPart[rows[i].part], i)
	}
	total := int64(0)
	for p, list := range byPart {
		if err := ctx.Err(); err != nil {
			return err
		}
		slices.SortFunc(list, func(a, b int) int { return cmp.Compare(rows[a].row, rows[b].row) })
		at := make([]int, len(list))
		for k, i := range list {
			at[k] = rows[i].row
		}
		g := newGathered(ctx, p, s.q.Table, at)
		for col, f := range s.q.Select {
			values, err := g.field(f)
			if err != nil {
				p.fail(err)
				return err
			}
			for k, i := range list {
				result.Rows[i][col] = values[k]
				total += memoryOf(values[k])
			}
			if total > s.q.Bounds.MemoryBytes {
				return plan.ErrTooLarge
			}
		}
	}
	return nil
}

// fieldReader reads a field of any row of a part: the first vector that has a value.
type fieldReader struct{ vectors []*vector }

func (s *scan) field(f plan.Field) (*fieldReader, error) {
	r := &fieldReader{}
	sources, _ := s.sources(f)
	for _, src := range sources {
		v, err := s.vector(src)
		if err != nil {
			return nil, err
		}
		if v != nil {
			r.vectors = append(r.vectors, v)
		}
	}
	return r, nil
}

func (r *fieldReader) value(row int) plan.Value {
	for _, v := range r.vectors {
		if x := v.value(row); x.Kind != plan.Null {
			return x
		}
	}
	return plan.Value{}
}

// items is the whole items as a column, for the rare query that filters or groups by them.
func (s *scan) items() (*vector, error) {
	rows := make([]int, s.n)
	for i := range rows {
		rows[i] = i
	}
	kind := plan.Logs
	if s.part.has(colKind) {
		kind = plan.Spans
	}
	values, err := newGathered(s.ctx, s.part, kind, rows).field(plan.F(plan.Spec))
	if err != nil {
		return nil, err
	}
	c := &parquet.Column{Type: parquet.Bytes, IDs: make([]uint32, s.n)}
	for i := range c.IDs {
		c.IDs[i] = uint32(i + 1)
	}
	return &vector{kind: plan.Bytes, col: c, table: values}, nil
}

// hashable makes floats fit for map keys: equal if their bits are.
func hashable(v plan.Value) plan.Value {
	if v.Kind == plan.Float {
		return plan.Value{Kind: plan.Float, Int: int64(math.Float64bits(v.Float))}
	}
	return v
}
