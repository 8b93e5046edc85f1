package block

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/oriel-io/oriel/internal/loghist"
	"github.com/oriel-io/oriel/store/block/parquet"
	"github.com/oriel-io/oriel/store/plan"
)

// grouping collects groups and their aggregates.
type grouping struct {
	q      *plan.Query
	where  []condition // of the aggregates
	groups map[string]*groupState
	bytes  int64
}

type groupState struct {
	keys []plan.Value
	aggs []aggregate
}

// aggregate is the state of one Aggregate in one group.
type aggregate struct {
	count    int64 // rows, or rows with the field
	numbers  int64
	sum      float64
	min, max plan.Value
	hist     loghist.Hist
	distinct map[string]struct{}
}

func newGrouping(q *plan.Query) *grouping {
	g := &grouping{q: q, groups: map[string]*groupState{}}
	for _, a := range q.Aggregates {
		g.where = append(g.where, compile(a.Where))
	}
	if len(q.GroupBy) == 0 {
		g.groups[""] = &groupState{aggs: make([]aggregate, len(q.Aggregates))}
	}
	return g
}

func (g *grouping) skip(part) bool { return false }

// collect groups the rows of a part by small numbers first; only whole groups
// are looked up by their values.
func (g *grouping) collect(s *scan, sel parquet.Bits) (func() error, error) {
	n := count(sel)
	rows, groupOf := make([]int32, 0, n), make([]uint32, n)
	each(sel, func(row int) { rows = append(rows, int32(row)) })
	local := []*groupState{{}}
	for _, key := range g.q.GroupBy {
		r, err := s.field(key.Field)
		if err != nil {
			return nil, err
		}
		local = split(local, groupOf, r.codes(rows, key))
		if g.q.Bounds.Groups > 0 && len(local) > g.q.Bounds.Groups {
			return nil, plan.ErrTooLarge
		}
	}
	for _, st := range local {
		st.aggs = make([]aggregate, len(g.q.Aggregates))
	}
	for i := range g.q.Aggregates {
		if err := s.ctx.Err(); err != nil {
			return nil, err
		}
		if err := g.aggregate(s, i, sel, rows, groupOf, local); err != nil {
			return nil, err
		}
	}
	return func() error { return g.merge(local) }, nil
}

// coded is a column of small numbers that stand for values.
type coded struct {
	codes  []uint32
	values []plan.Value
}

// codes gives each row the number of its key.
func (r *fieldReader) codes(rows []int32, key plan.Key) coded {
	out := coded{codes: make([]uint32, len(rows))}
	byValue := map[plan.Value]uint32{}
	code := func(v plan.Value) uint32 {
		h := hashable(v)
		c, ok := byValue[h]
		if !ok {
			c = uint32(len(out.values))
			byValue[h] = c
			out.values = append(out.values, v)
		}
		return c
	}
	if len(r.vectors) == 1 && r.vectors[0].text() {
		v := r.vectors[0]
		byID := make([]uint32, v.entries()+1) // code + 1
		for i, row := range rows {
			id := uint32(0)
			if int(row) < len(v.col.IDs) {
				id = v.col.IDs[row]
			}
			if byID[id] == 0 {
				x := plan.Value{}
				if id != 0 {
					x = v.entry(id - 1)
				}
				byID[id] = code(keyValue(key, x)) + 1
			}
			out.codes[i] = byID[id] - 1
		}
		return out
	}
	last, lastCode := plan.Value{Kind: 255}, uint32(0)
	for i, row := range rows {
		x := keyValue(key, r.value(int(row)))
		if h := hashable(x); h != last {
			last, lastCode = h, code(x)
		}
		out.codes[i] = lastCode
	}
	return out
}

// keyValue is the bucket that a value falls into.
func keyValue(k plan.Key, v plan.Value) plan.Value {
	switch {
	case k.Log && v.Kind == plan.Int:
		return plan.I(int64(loghist.Index(uint64(max(v.Int, 0)))))
	case k.Bucket > 0 && v.Kind == plan.Int:
		rest := (v.Int - k.Offset) % k.Bucket
		if rest < 0 {
			rest += k.Bucket
		}
		return plan.I(v.Int - rest)
	case k.Log || k.Bucket > 0:
		return plan.Value{}
	}
	return v
}

// split divides groups by one more key and updates groupOf.
func split(groups []*groupState, groupOf []uint32, by coded) []*groupState {
	var out []*groupState
	number := map[uint64]uint32{}
	for i, g := range groupOf {
		pair := uint64(g)<<32 | uint64(by.codes[i])
		n, ok := number[pair]
		if !ok {
			n = uint32(len(out))
			number[pair] = n
			keys := append(slices.Clone(groups[g].keys), by.values[by.codes[i]])
			out = append(out, &groupState{keys: keys})
		}
		groupOf[i] = n
	}
	return out
}

// aggregate computes aggregate i of a part.
func (g *grouping) aggregate(s *scan, i int, sel parquet.Bits, rows []int32, groupOf []uint32, local []*groupState) error {
	a := &g.q.Aggregates[i]
	if g.where[i] != nil {
		var err error
		if sel, err = g.where[i].eval(s, sel); err != nil {
			return err
		}
	}
	holds := func(row int32) bool { return g.where[i] == nil || sel.Get(int(row)) }
	if a.Field.IsZero() {
		for k, row := range rows {
			if holds(row) {
				local[groupOf[k]].aggs[i].count++
			}
		}
		return nil
	}
	r, err := s.field(a.Field)
	if err != nil {
		return err
	}
	if len(r.vectors) == 1 && r.vectors[0].kind == plan.Int && !r.vectors[0].text() && a.Kind != plan.Distinct {
		addInts(a.Kind, i, r.vectors[0].col, rows, groupOf, local, holds)
		return nil
	}
	for k, row := range rows {
		if k&0xffff == 0xffff && s.ctx.Err() != nil {
			return s.ctx.Err()
		}
		if holds(row) {
			local[groupOf[k]].aggs[i].add(a.Kind, r, int(row))
		}
	}
	return nil
}

// addInts is aggregate.add for a column of integers, without a Value for each.
func addInts(kind plan.AggregateKind, i int, c *parquet.Column, rows []int32, groupOf []uint32, local []*groupState, holds func(int32) bool) {
	var buckets [][]uint64 // by group and loghist index
	if kind == plan.Quantiles || kind == plan.Histogram {
		buckets = make([][]uint64, len(local))
	}
	for k, row := range rows {
		if !hasNum(c, int(row)) || !holds(row) {
			continue
		}
		n := c.Nums[row]
		s := &local[groupOf[k]].aggs[i]
		s.count++
		s.numbers++
		switch {
		case buckets != nil:
			b := &buckets[groupOf[k]]
			if *b == nil {
				*b = make([]uint64, maxBucket+1)
			}
			(*b)[loghist.Index(uint64(max(n, 0)))]++
		case kind == plan.Min && (s.min.Kind == plan.Null || n < s.min.Int):
			s.min = plan.I(n)
		case kind == plan.Max && (s.max.Kind == plan.Null || n > s.max.Int):
			s.max = plan.I(n)
		default:
			s.sum += float64(n)
		}
	}
	for g, b := range buckets {
		for index, n := range b {
			local[g].aggs[i].hist.AddBucket(int16(index), n)
		}
	}
}

// maxBucket is the highest bucket of loghist.
var maxBucket = int(loghist.Index(math.MaxUint64))

func (s *aggregate) add(kind plan.AggregateKind, r *fieldReader, row int) {
	if kind == plan.Count && len(r.vectors) == 1 {
		if !r.vectors[0].null(row) {
			s.count++
		}
		return
	}
	v := r.value(row)
	if v.Kind == plan.Null {
		return
	}
	s.count++
	if kind == plan.Distinct {
		if s.distinct == nil {
			s.distinct = map[string]struct{}{}
		}
		s.distinct[string(appendCell(nil, v))] = struct{}{}
		return
	}
	if !v.IsNumber() {
		return
	}
	s.numbers++
	switch kind {
	case plan.Sum, plan.Avg:
		if v.Kind == plan.Int {
			s.sum += float64(v.Int)
		} else {
			s.sum += v.Float
		}
	case plan.Min:
		s.min = extreme(s.min, v, -1)
	case plan.Max:
		s.max = extreme(s.max, v, 1)
	case plan.Quantiles, plan.Histogram:
		switch {
		case v.Kind == plan.Int:
			s.hist.Add(uint64(max(v.Int, 0)), 1)
		case v.Float >= 1<<64:
			s.hist.Add(math.MaxUint64, 1)
		default:
			s.hist.Add(uint64(max(v.Float, 0)), 1)
		}
	}
}

// extreme is the smaller (sign -1) or larger (sign 1) number. Of an equal Int
// and Float it is the Int.
func extreme(best, v plan.Value, sign int) plan.Value {
	if best.Kind == plan.Null {
		return v
	}
	if v.Kind == plan.Null {
		return best
	}
	if c, _ := plan.CompareValues(v, best); c*sign > 0 || c == 0 && v.Kind == plan.Int {
		return v
	}
	return best
}

func (s *aggregate) merge(o *aggregate) {
	s.count += o.count
	s.numbers += o.numbers
	s.sum += o.sum
	s.min, s.max = extreme(s.min, o.min, -1), extreme(s.max, o.max, 1)
	s.hist.Merge(o.hist)
	if s.distinct == nil {
		s.distinct = o.distinct
		return
	}
	for v := range o.distinct {
		s.distinct[v] = struct{}{}
	}
}

// bytes estimates the memory of the state.
func (s *aggregate) bytes() int64 {
	return 160 + 16*int64(len(s.hist.Buckets)) + 64*int64(len(s.distinct))
}

// appendCell encodes a value; equal values have equal encodings.
func appendCell(b []byte, v plan.Value) []byte {
	b = append(b, byte(v.Kind))
	b = binary.LittleEndian.AppendUint64(b, uint64(v.Int))
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v.Float))
	return appendText(b, []byte(v.Str))
}

// merge adds the groups of a part. The execution's lock is held.
func (g *grouping) merge(local []*groupState) error {
	var key []byte
	for _, st := range local {
		key = key[:0]
		for _, v := range st.keys {
			key = appendCell(key, v)
		}
		sum := g.groups[string(key)]
		if sum == nil {
			g.groups[string(key)] = st
			g.bytes += 2*int64(len(key)) + 100
			for i := range st.aggs {
				g.bytes += st.aggs[i].bytes()
			}
		} else {
			for i := range st.aggs {
				g.bytes -= sum.aggs[i].bytes()
				sum.aggs[i].merge(&st.aggs[i])
				g.bytes += sum.aggs[i].bytes()
			}
		}
		if g.bytes > g.q.Bounds.MemoryBytes || g.q.Bounds.Groups > 0 && len(g.groups) > g.q.Bounds.Groups {
			return plan.ErrTooLarge
		}
	}
	return nil
}

// finish makes the rows of the answer.
func (g *grouping) finish(result *plan.Result, after *position) error {
	keys := len(g.q.GroupBy)
	rows := make([][]plan.Value, 0, len(g.groups))
	for _, st := range g.groups {
		row := slices.Clone(st.keys)
		for i, a := range g.q.Aggregates {
			row = append(row, st.aggs[i].values(&a)...)
		}
		rows = append(rows, row)
	}
	// A group's position: what it is ordered by, then its keys.
	positionOf := func(row []plan.Value) []plan.Value {
		var p []plan.Value
		for _, o := range g.q.OrderBy {
			p = append(p, row[o.Column])
		}
		return append(p, row[:keys]...)
	}
	compare := func(a, b []plan.Value) int {
		for i := range a {
			desc := i < len(g.q.OrderBy) && g.q.OrderBy[i].Desc
			if c := orderValues(a[i], b[i], desc); c != 0 {
				return c
			}
		}
		return 0
	}
	slices.SortFunc(rows, func(a, b []plan.Value) int { return compare(positionOf(a), positionOf(b)) })
	if after != nil {
		at := slices.IndexFunc(rows, func(row []plan.Value) bool { return compare(positionOf(row), after.keys) > 0 })
		if at < 0 {
			at = len(rows)
		}
		rows = rows[at:]
	}
	if limit := limitOf(g.q); len(rows) > limit {
		rows = rows[:limit]
		result.Next = (&position{keys: positionOf(rows[limit-1])}).encode()
	}
	result.Rows = rows
	return nil
}

// values are the columns of the answer.
func (s *aggregate) values(a *plan.Aggregate) []plan.Value {
	switch a.Kind {
	case plan.Count:
		return []plan.Value{plan.I(s.count)}
	case plan.Sum:
		return []plan.Value{plan.Fl(s.sum)}
	case plan.Min:
		return []plan.Value{s.min}
	case plan.Max:
		return []plan.Value{s.max}
	case plan.Avg:
		if s.numbers == 0 {
			return []plan.Value{{}}
		}
		return []plan.Value{plan.Fl(s.sum / float64(s.numbers))}
	case plan.Histogram:
		return []plan.Value{plan.Raw(plan.AppendHistogram(nil, s.hist))}
	case plan.Distinct:
		return []plan.Value{plan.I(int64(len(s.distinct)))}
	}
	out := make([]plan.Value, len(a.Args))
	for i, q := range a.Args {
		if s.numbers > 0 {
			out[i] = plan.Fl(s.hist.Quantile(q))
		}
	}
	return out
}
