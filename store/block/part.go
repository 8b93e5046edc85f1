package block

import (
	"slices"
	"sync/atomic"

	"github.com/oriel-io/oriel/store/block/parquet"
	"github.com/oriel-io/oriel/store/plan"
)

// part is a set of rows of one table that queries look at as a whole: a row
// group of a block, or the head up to a row.
type part interface {
	rows() int
	times() (min, max int64)
	// has says whether any row has a value of the column.
	has(name string) bool
	// column reads a column, nil if no row has a value. Without dict the values
	// of a text column may be missing.
	column(name string, dict bool) (*parquet.Column, error)
	// dict reads the dictionary of a text column; ok false if it has none.
	dict(name string) (d parquet.Dict, ok bool, err error)
	// gather reads some rows, ascending: row k of the result is row rows[k] of the part.
	gather(name string, rows []int) (*parquet.Column, error)
	// find looks up the id that a text has in column; known false means that one
	// has to look at the values.
	find(name string, v []byte) (id uint32, found, known bool, err error)
	// bounds of a number column; ok false if they are not known.
	bounds(name string) (min, max int64, ok bool)
	// overflow lists the attribute keys that have no column, with their rows.
	overflow() map[string]int64
	// columns calls yield for each column with the number of rows that have it.
	columns(yield func(name string, rows int64))
	// scanned is the size of the column data that was read so far.
	scanned() int64
	// fail reports an error of the part, so that it is left out from then on.
	fail(err error)
}

// blockPart is one row group.
type blockPart struct {
	block  *block
	engine *Engine
	group  *parquet.Group
	info   *groupIndex
	reader *parquet.Reader
	bytes  atomic.Int64
}

func (p *blockPart) rows() int                  { return p.group.Rows }
func (p *blockPart) times() (int64, int64)      { return p.info.min, p.info.max }
func (p *blockPart) overflow() map[string]int64 { return p.info.overflow }
func (p *blockPart) scanned() int64             { return p.bytes.Load() }
func (p *blockPart) fail(err error)             { p.engine.quarantine(p.block, err) }

func (p *blockPart) has(name string) bool {
	return p.group.Chunk(name) != nil || name == colParentID && p.group.Chunk(colParentOffset) != nil
}

func (p *blockPart) column(name string, dict bool) (*parquet.Column, error) {
	if name == colParentID {
		return p.parents()
	}
	c := p.group.Chunk(name)
	if c == nil {
		return nil, nil
	}
	p.bytes.Add(c.RawSize)
	return p.reader.Column(p.group, c, dict)
}

// parents puts parent ids and offsets together again.
func (p *blockPart) parents() (*parquet.Column, error) {
	rows := make([]int, p.group.Rows)
	for i := range rows {
		rows[i] = i
	}
	return p.gather(colParentID, rows)
}

func (p *blockPart) gather(name string, rows []int) (*parquet.Column, error) {
	out, err := p.gatherRaw(name, rows)
	if err != nil || name != colParentID {
		return out, err
	}
	offset, err := p.gatherRaw(colParentOffset, rows)
	if err != nil || offset == nil {
		return out, err
	}
	// The ids of the parents, in ascending order of their rows.
	type link struct{ parent, child int }
	var links []link
	for k, row := range rows {
		if at := row + int(offset.Nums[k]); hasNum(offset, k) && at >= 0 && at < p.group.Rows {
			links = append(links, link{at, k})
		}
	}
	slices.SortFunc(links, func(a, b link) int { return a.parent - b.parent })
	at := make([]int, len(links))
	for i, l := range links {
		at[i] = l.parent
	}
	ids, err := p.gatherRaw(colSpanID, at)
	if err != nil || ids == nil {
		return out, err
	}
	if out == nil {
		out = &parquet.Column{Name: colParentID, Type: parquet.Fixed8, Nums: make([]int64, len(rows)), Valid: parquet.NewBits(len(rows))}
	}
	for i, l := range links {
		out.Nums[l.child] = ids.Nums[i]
		out.Valid.Set(l.child)
	}
	return out, nil
}

func (p *blockPart) gatherRaw(name string, rows []int) (*parquet.Column, error) {
	c := p.group.Chunk(name)
	if c == nil {
		return nil, nil
	}
	pages := min(len(rows)*parquet.PageRows, p.group.Rows)
	p.bytes.Add(c.RawSize * int64(pages) / int64(p.group.Rows))
	return p.reader.Gather(p.group, c, rows)
}

func hasNum(c *parquet.Column, row int) bool {
	return row < len(c.Nums) && (c.Valid == nil || c.Valid.Get(row))
}

func (p *blockPart) find(name string, v []byte) (id uint32, found, known bool, err error) {
	c := p.group.Chunk(name)
	if c == nil {
		return 0, false, true, nil
	}
	if !c.HasDict() {
		return 0, false, false, nil
	}
	id, found, err = p.reader.Find(c, v)
	return id, found, true, err
}

func (p *blockPart) dict(name string) (d parquet.Dict, ok bool, err error) {
	c := p.group.Chunk(name)
	if c == nil || !c.HasDict() {
		return d, c == nil, nil
	}
	d, err = p.reader.Dict(c)
	return d, true, err
}

func (p *blockPart) bounds(name string) (int64, int64, bool) {
	c := p.group.Chunk(name)
	if c == nil || c.Type.IsText() || c.Type == parquet.Double || c.Type == parquet.Fixed8 {
		return 0, 0, false
	}
	return c.Min, c.Max, c.Min <= c.Max
}

func (p *blockPart) columns(yield func(string, int64)) {
	for i := range p.group.Chunks {
		yield(p.group.Chunks[i].Name, p.group.Chunks[i].Present)
	}
}

// headPart is the rows that a head had when the query began.
type headPart struct {
	head     *head
	table    *table
	count    int
	min, max int64
	keys     map[string]int64
	bytes    atomic.Int64
}

// part makes the part of a head, nil if it has no rows of the table.
func (h *head) part(t plan.Table) *headPart {
	h.mu.RLock()
	defer h.mu.RUnlock()
	tab := h.table(t)
	if tab.rows == 0 {
		return nil
	}
	p := &headPart{head: h, table: tab, count: tab.rows, min: tab.min, max: tab.max}
	if len(tab.overflow) > 0 {
		p.keys = make(map[string]int64, len(tab.overflow))
		for k, n := range tab.overflow {
			p.keys[k] = n
		}
	}
	return p
}

func (p *headPart) rows() int                  { return p.count }
func (p *headPart) times() (int64, int64)      { return p.min, p.max }
func (p *headPart) overflow() map[string]int64 { return p.keys }
func (p *headPart) scanned() int64             { return p.bytes.Load() }
func (p *headPart) fail(error)                 {}

func (p *headPart) has(name string) bool {
	p.head.mu.RLock()
	defer p.head.mu.RUnlock()
	return p.table.cols[name] != nil
}

func (p *headPart) column(name string, _ bool) (*parquet.Column, error) {
	p.head.mu.RLock()
	defer p.head.mu.RUnlock()
	b := p.table.cols[name]
	if b == nil {
		return nil, nil
	}
	c := b.view(p.count)
	p.bytes.Add(int64(4*len(c.IDs) + 8*len(c.Nums)))
	return c, nil
}

func (p *headPart) gather(name string, rows []int) (*parquet.Column, error) {
	c, err := p.column(name, true)
	if c == nil || err != nil {
		return nil, err
	}
	out := &parquet.Column{Name: c.Name, Type: c.Type}
	if c.Type.IsText() {
		out.IDs = make([]uint32, len(rows))
		for k, row := range rows {
			if row < len(c.IDs) && c.IDs[row] != 0 {
				out.Dict.Add(c.Dict.Get(int(c.IDs[row] - 1)))
				out.IDs[k] = uint32(out.Dict.Len())
			}
		}
		return out, nil
	}
	out.Nums, out.Valid = make([]int64, len(rows)), parquet.NewBits(len(rows))
	for k, row := range rows {
		if hasNum(c, row) {
			out.Nums[k] = c.Nums[row]
			out.Valid.Set(k)
		}
	}
	return out, nil
}

func (p *headPart) find(name string, v []byte) (id uint32, found, known bool, err error) {
	p.head.mu.RLock()
	defer p.head.mu.RUnlock()
	b := p.table.cols[name]
	if b == nil || b.Plain {
		return 0, false, b == nil, nil
	}
	id = b.lookup(v, hashText(v))
	return id - 1, id != 0, true, nil
}

func (p *headPart) dict(name string) (d parquet.Dict, ok bool, err error) {
	c, err := p.column(name, true)
	if c == nil || c.Plain || err != nil {
		return d, c == nil, err
	}
	return c.Dict, true, nil
}

func (p *headPart) bounds(string) (int64, int64, bool) { return 0, 0, false }

func (p *headPart) columns(yield func(string, int64)) {
	p.head.mu.RLock()
	names := make(map[string]*builder, len(p.table.cols))
	for name, b := range p.table.cols {
		names[name] = b
	}
	p.head.mu.RUnlock()
	for name := range names {
		c, _ := p.column(name, false)
		n := int64(0)
		for _, id := range c.IDs {
			if id != 0 {
				n++
			}
		}
		for row := range c.Nums {
			if hasNum(c, row) {
				n++
			}
		}
		if n > 0 {
			yield(name, n)
		}
	}
}
