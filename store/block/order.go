package block

import (
	"cmp"
	"slices"

	"github.com/oriel-io/oriel/store/block/parquet"
	"github.com/oriel-io/oriel/store/plan"
)

// order is how a table's rows stand in a file: spans by trace id and start,
// log records by time and arrival.
func (t *table) order() []uint32 {
	order := make([]uint32, t.rows)
	if t.kind == plan.Logs {
		for i := range order {
			order[i] = uint32(i)
		}
		slices.SortStableFunc(order, func(a, b uint32) int { return cmp.Compare(t.time.Nums[a], t.time.Nums[b]) })
		return order
	}
	// A counting sort by the rank of the trace id, then each trace by time.
	rank := t.traceRanks()
	ids := t.traceID.IDs
	begins := make([]uint32, len(rank)+2)
	place := func(row int) uint32 {
		if row >= len(ids) || ids[row] == 0 {
			return 0
		}
		return rank[ids[row]-1] + 1
	}
	for row := range t.rows {
		begins[place(row)+1]++
	}
	for i := 1; i < len(begins); i++ {
		begins[i] += begins[i-1]
	}
	next := slices.Clone(begins)
	for row := range t.rows {
		p := place(row)
		order[next[p]] = uint32(row)
		next[p]++
	}
	for i := range len(begins) - 1 {
		slices.SortStableFunc(order[begins[i]:begins[i+1]], func(a, b uint32) int { return cmp.Compare(t.time.Nums[a], t.time.Nums[b]) })
	}
	return order
}

// traceRanks is the rank of each trace id.
func (t *table) traceRanks() []uint32 {
	n := t.traceID.Dict.Len()
	ids := make([]uint32, n)
	for i := range ids {
		ids[i] = uint32(i)
	}
	slices.SortFunc(ids, func(a, b uint32) int {
		return slices.Compare(t.traceID.Dict.Get(int(a)), t.traceID.Dict.Get(int(b)))
	})
	rank := make([]uint32, n)
	for r, id := range ids {
		rank[id] = uint32(r)
	}
	return rank
}

// fileColumns are the columns as they go into a file, whose rows are in order:
// most parents become offsets, because a span id is eight random bytes.
func (t *table) fileColumns(order []uint32) []parquet.Column {
	columns := make([]parquet.Column, 0, len(t.cols)+1)
	for name, b := range t.cols {
		if name != colParentID {
			columns = append(columns, b.Column)
		}
	}
	if t.kind == plan.Spans {
		parent, offset := t.parents(order)
		columns = append(columns, parent, offset)
	}
	return columns
}

// parents makes parent_id and parent_offset.
func (t *table) parents(order []uint32) (parent, offset parquet.Column) {
	parent = t.parentID.Column
	parent.Valid = slices.Clone(parent.Valid)
	offset = parquet.Column{Name: colParentOffset, Type: parquet.Int32, Nums: make([]int64, t.rows), Valid: parquet.NewBits(t.rows)}
	trace := func(row uint32) uint32 {
		if int(row) < len(t.traceID.IDs) {
			return t.traceID.IDs[row]
		}
		return 0
	}
	ids := positions{}
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && trace(order[to]) == trace(order[from]) {
			to++
		}
		ids.reset(t, order, from, to)
		for i := from; i < to; i++ {
			row := int(order[i])
			if row >= len(t.parentID.Nums) || !t.parentID.Valid.Get(row) {
				continue
			}
			if at := ids.find(t.parentID.Nums[row]); at >= 0 {
				offset.Nums[row] = int64(at - i)
				offset.Valid.Set(row)
				parent.Valid[row>>6] &^= 1 << (row & 63)
			}
		}
		from = to
	}
	return parent, offset
}

// positions finds a span of one trace by its id: where it stands in the file.
// Traces are small as a rule, so a list is faster than a map.
type positions struct {
	list []int64 // ids
	from int
	byID map[int64]int
}

func (p *positions) reset(t *table, order []uint32, from, to int) {
	p.list, p.from, p.byID = p.list[:0], from, nil
	if to-from > 64 {
		p.byID = make(map[int64]int, to-from)
	}
	for i := from; i < to; i++ {
		row, id := int(order[i]), int64(0)
		if t.spanID.Valid.Get(row) {
			id = t.spanID.Nums[row]
		}
		if p.byID == nil {
			p.list = append(p.list, id)
		} else if _, twice := p.byID[id]; !twice {
			p.byID[id] = i
		}
	}
}

// find is the first position of the id, -1 if there is none.
func (p *positions) find(id int64) int {
	if p.byID != nil {
		if at, ok := p.byID[id]; ok {
			return at
		}
		return -1
	}
	if i := slices.Index(p.list, id); i >= 0 {
		return p.from + i
	}
	return -1
}
