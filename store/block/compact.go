package block

import (
	"errors"
	"fmt"
	"slices"

	"github.com/oriel-io/oriel/store/block/parquet"
	"github.com/oriel-io/oriel/store/servicegraph"
)

const (
	// compactFan is how many blocks of a level become one of the next.
	compactFan = 8
	// maxLevel ends that: the largest blocks hold 8^3 heads.
	maxLevel = 3
	// maxBlockShare of RetentionBytes is the largest block that compaction makes, so
	// that removing one does not remove too much.
	maxBlockShare = 20
)

// compactOnce merges one run of adjacent blocks, if there is one.
func (e *Engine) compactOnce() bool {
	e.compacting.Lock()
	defer e.compacting.Unlock()
	run := e.pickRun()
	if run == nil {
		return false
	}
	defer func() {
		for _, b := range run {
			b.release()
		}
	}()
	e.mu.Lock()
	id := e.nextID
	e.nextID++
	e.mu.Unlock()
	merged, err := e.mergeBlocks(run, id)
	if err != nil {
		if !errors.Is(err, errStopped) {
			e.opt.Logger.Warn("merge blocks", "error", err)
		}
		return false
	}
	e.mu.Lock()
	kept := e.blocks[:0:0]
	for _, b := range e.blocks {
		if !slices.Contains(run, b) {
			kept = append(kept, b)
		}
	}
	e.blocks = kept
	e.insert(merged)
	e.mu.Unlock()
	for _, b := range run {
		e.removeLater(b)
	}
	return true
}

// pickRun finds adjacent blocks of one level and acquires them.
func (e *Engine) pickRun() []*block {
	e.mu.RLock()
	defer e.mu.RUnlock()
	largest := e.opt.RetentionBytes / maxBlockShare
	for from := 0; from < len(e.blocks); {
		to, bytes := from, int64(0)
		for to < len(e.blocks) && to-from < compactFan && e.blocks[to].meta.Level == e.blocks[from].meta.Level {
			bytes += e.blocks[to].size
			to++
		}
		if to-from == compactFan && e.blocks[from].meta.Level < maxLevel && (largest == 0 || bytes <= largest) {
			run := slices.Clone(e.blocks[from:to])
			for _, b := range run {
				b.acquire()
			}
			return run
		}
		from = max(to, from+1)
	}
	return nil
}

// mergeBlocks makes one block of several: large row groups are copied as they
// are, runs of small ones are merged. Its memory is that of one row group.
func (e *Engine) mergeBlocks(run []*block, id uint64) (*block, error) {
	d, err := newDraft(e.fs, e.blocksDir(), id)
	if err != nil {
		return nil, err
	}
	newest := run[0]
	var indexes []*index
	rows := map[int64]*servicegraph.Row{}
	for _, b := range run {
		x, err := b.load(&e.cache)
		if err != nil {
			e.quarantine(b, err)
			d.discard()
			return nil, err
		}
		indexes = append(indexes, x)
		list, err := b.rows(&e.cache)
		if err != nil {
			e.quarantine(b, err)
			d.discard()
			return nil, err
		}
		for _, r := range list {
			if rows[r.Minute] == nil {
				rows[r.Minute] = &servicegraph.Row{Minute: r.Minute, Nodes: map[servicegraph.Node]*servicegraph.Stats{}, Edges: map[servicegraph.Edge]*servicegraph.Stats{}}
			}
			rows[r.Minute].Merge(r)
		}
		d.meta.Sources = append(d.meta.Sources, b.meta.ID)
		d.meta.WAL = max(d.meta.WAL, b.meta.WAL)
		d.meta.Created = max(d.meta.Created, b.meta.Created)
		d.meta.Arrival = max(d.meta.Arrival, b.meta.Arrival)
		d.meta.Level = max(d.meta.Level, b.meta.Level+1)
		d.meta.Spans += b.meta.Spans
		d.meta.Logs += b.meta.Logs
		if b.meta.WAL >= newest.meta.WAL {
			newest = b
		}
	}
	merged, err := e.writeMerged(d, run, indexes, newest, rows)
	if err != nil {
		d.discard()
		return nil, fmt.Errorf("merge into block %s: %w", blockName(id), err)
	}
	return merged, nil
}

func (e *Engine) writeMerged(d *draft, run []*block, indexes []*index, newest *block, rows map[int64]*servicegraph.Row) (*block, error) {
	for i := range fileNames {
		m := &merger{engine: e, kind: i}
		for k, x := range indexes {
			if t := x.tables[i]; t != nil {
				m.add(run[k], t)
			}
		}
		if len(m.sources) == 0 {
			continue
		}
		plans := m.plan()
		groups := make([]groupIndex, len(plans))
		for k, p := range plans {
			groups[k] = p.index()
		}
		if err := d.table(i, groups, func(w *parquet.Writer) error { return m.write(w, plans) }); err != nil {
			return nil, err
		}
	}
	list := make([]*servicegraph.Row, 0, len(rows))
	for _, r := range rows {
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b *servicegraph.Row) int {
		if a.Minute < b.Minute {
			return -1
		}
		return 1
	})
	if err := d.file("graph", servicegraph.AppendRows(nil, list)); err != nil {
		return nil, err
	}
	state, err := newest.checked("state")
	if err == nil && len(state) > 0 {
		err = d.file("state", state)
	}
	if err != nil {
		return nil, err
	}
	return d.publish()
}

// merger makes the row groups of one table of a merged block.
type merger struct {
	engine  *Engine
	kind    int
	sources []sourceGroup
}

type sourceGroup struct {
	block  *block
	reader *parquet.Reader
	number int
	info   *groupIndex
}

func (s *sourceGroup) group() *parquet.Group { return &s.reader.Directory().Groups[s.number] }

func (m *merger) add(b *block, t *tableIndex) {
	r := parquet.NewReader(b.files[m.kind], t.dir)
	for i := range t.groups {
		m.sources = append(m.sources, sourceGroup{b, r, i, &t.groups[i]})
	}
}

// newGroup is one row group of the merged file: one or more of the old ones.
type newGroup struct{ sources []sourceGroup }

// plan joins neighbours as long as they fit into one head: its rows, bytes and columns.
func (m *merger) plan() (groups []newGroup) {
	rows, bytes, columns := 0, int64(0), map[string]bool{}
	for _, s := range m.sources {
		g, size, union := s.group(), int64(0), len(columns)
		for i := range g.Chunks {
			size += g.Chunks[i].RawSize
			if !columns[g.Chunks[i].Name] {
				union++
			}
		}
		const fixed = 32 // columns beside the attributes, and a few more
		if len(groups) == 0 || rows+g.Rows > m.engine.opt.HeadRows || bytes+size > int64(m.engine.opt.HeadBytes) || union > maxAttrColumns+fixed {
			groups = append(groups, newGroup{})
			rows, bytes = 0, 0
			clear(columns)
		}
		last := &groups[len(groups)-1]
		last.sources = append(last.sources, s)
		rows, bytes = rows+g.Rows, bytes+size
		for i := range g.Chunks {
			columns[g.Chunks[i].Name] = true
		}
	}
	return groups
}

func (g *newGroup) index() groupIndex {
	out := groupIndex{min: g.sources[0].info.min, max: g.sources[0].info.max}
	for _, s := range g.sources {
		out.min, out.max = min(out.min, s.info.min), max(out.max, s.info.max)
		for key, n := range s.info.overflow {
			if out.overflow == nil {
				out.overflow = map[string]int64{}
			}
			if _, ok := out.overflow[key]; !ok && len(out.overflow) >= maxOverflowKeys {
				key = ""
			}
			out.overflow[key] += n
		}
	}
	return out
}

func (m *merger) write(w *parquet.Writer, groups []newGroup) error {
	for _, g := range groups {
		if m.engine.stopped() {
			return errStopped
		}
		if len(g.sources) == 1 {
			s := &g.sources[0]
			if err := w.CopyRowGroup(s.reader, s.number); err != nil {
				return s.failed(m.engine, err)
			}
			continue
		}
		t := newTable(tableKinds[m.kind])
		for i := range g.sources {
			if err := t.appendGroup(m.engine, &g.sources[i]); err != nil {
				return g.sources[i].failed(m.engine, err)
			}
		}
		if err := t.writeTo(w); err != nil {
			return err
		}
	}
	return nil
}

func (s *sourceGroup) failed(e *Engine, err error) error {
	if errors.Is(err, errDamaged) {
		e.quarantine(s.block, err)
	}
	return err
}

// appendGroup appends the rows of a row group to a table that is only going to
// be written: it fills the columns and nothing else.
func (t *table) appendGroup(e *Engine, s *sourceGroup) error {
	p := &blockPart{block: s.block, engine: e, group: s.group(), info: s.info, reader: s.reader}
	var err error
	p.columns(func(name string, _ int64) {
		if err == nil && name != colParentID && name != colParentOffset {
			err = t.appendColumn(p, name)
		}
	})
	if err == nil && p.has(colParentID) {
		err = t.appendColumn(p, colParentID)
	}
	t.rows += p.rows()
	return err
}

func (t *table) appendColumn(p *blockPart, name string) error {
	c, err := p.column(name, true)
	if err != nil || c == nil {
		return err
	}
	b := t.cols[name]
	if b == nil {
		b = &builder{Column: parquet.Column{Name: name, Type: c.Type}}
		t.cols[name] = b
	}
	if !c.Type.IsText() {
		for row, v := range c.Nums {
			if hasNum(c, row) {
				b.num(t.rows+row, v)
			}
		}
		return nil
	}
	ids := make([]uint32, c.Dict.Len()+1) // new id by old one
	for row, id := range c.IDs {
		switch {
		case id == 0:
		case b.Plain:
			b.text(t.rows+row, c.Dict.Get(int(id-1)))
		default:
			if ids[id] == 0 {
				ids[id], _ = b.intern(c.Dict.Get(int(id - 1)))
			}
			b.id(t.rows+row, ids[id])
		}
	}
	return nil
}
