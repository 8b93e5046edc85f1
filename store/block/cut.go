package block

import (
	"fmt"

	"github.com/oriel-io/oriel/internal/wal/disk"
	"github.com/oriel-io/oriel/store/block/parquet"
	"github.com/oriel-io/oriel/store/plan"
	"github.com/oriel-io/oriel/store/servicegraph"
)

// cut writes the frozen head, if there is one, as a block and drops its WAL
// segments. On an error the head stays, still answering queries.
func (e *Engine) cut() error {
	e.mu.Lock()
	f := e.frozen
	id := e.nextID
	if f != nil {
		e.nextID++
	}
	e.mu.Unlock()
	if f == nil {
		return nil
	}
	b, err := e.writeHead(f, id)
	e.mu.Lock()
	if err == nil {
		e.insert(b)
		e.frozen = nil
	}
	if (e.cutErr == nil) != (err == nil) {
		e.opt.Logger.Warn("writing a block", "error", err)
	}
	e.cutErr = err
	e.frozenGone.Broadcast()
	e.mu.Unlock()
	if err != nil {
		return err
	}
	if e.wal != nil { // nil during recovery
		if err := e.wal.DropBefore(f.wal + 1); err != nil {
			e.opt.Logger.Warn("drop WAL segments", "error", err)
		}
	}
	wake(e.wakeJan)
	return nil
}

// insert adds a block to the list, which is sorted by id. The lock is held.
func (e *Engine) insert(b *block) {
	at := len(e.blocks)
	for at > 0 && e.blocks[at-1].meta.ID > b.meta.ID {
		at--
	}
	e.blocks = append(e.blocks[:at:at], append([]*block{b}, e.blocks[at:]...)...)
}

// writeHead makes a block of a head that nobody changes any more.
func (e *Engine) writeHead(f *frozen, id uint64) (*block, error) {
	d, err := newDraft(e.fs, e.blocksDir(), id)
	if err != nil {
		return nil, err
	}
	d.meta.WAL, d.meta.Created, d.meta.Arrival = f.wal, f.since, f.arrival
	d.meta.Spans, d.meta.Logs = int64(f.head.tables[0].rows), int64(f.head.tables[1].rows)
	b, err := func() (*block, error) {
		for i, t := range f.head.tables {
			if t.rows == 0 {
				continue
			}
			err := d.table(i, []groupIndex{t.groupIndex()}, func(w *parquet.Writer) error { return t.writeTo(w) })
			if err != nil {
				return nil, err
			}
		}
		if err := d.file("graph", servicegraph.AppendRows(nil, f.rows)); err != nil {
			return nil, err
		}
		if len(f.state) > 0 {
			if err := d.file("state", f.state); err != nil {
				return nil, err
			}
		}
		return d.publish()
	}()
	if err != nil {
		d.discard()
		return nil, fmt.Errorf("write block %s: %w", blockName(id), err)
	}
	return b, nil
}

var (
	schemaNames = [2]string{"span", "log"}
	tableKinds  = [2]plan.Table{plan.Spans, plan.Logs}
)

func (t *table) groupIndex() groupIndex {
	return groupIndex{min: t.min, max: t.max, overflow: t.overflow}
}

// writeTo writes the table as one row group.
func (t *table) writeTo(w *parquet.Writer) error {
	order := t.order()
	return w.AppendRowGroup(t.rows, order, t.fileColumns(order))
}

// removeLater removes a block that is no longer in the list once its last
// reader is gone.
func (e *Engine) removeLater(b *block) {
	remove := func() {
		if err := e.removeBlock(b); err != nil {
			e.opt.Logger.Warn("remove block", "block", b.dir, "error", err)
		}
	}
	b.remove.Store(&remove)
	b.release()
}

// removeBlock removes the folder of a block that nobody finds any more. The
// first step makes it a draft, which Open throws away.
func (e *Engine) removeBlock(b *block) error {
	gone := e.blocksDir() + "/" + tmpPrefix + "gone-" + blockName(b.meta.ID)
	if err := e.fs.Rename(b.dir, gone); err != nil {
		return err
	}
	if err := e.fs.SyncDir(e.blocksDir()); err != nil {
		return err
	}
	return disk.RemoveAll(e.fs, gone)
}

// quarantine takes a damaged block out of use: queries leave it out from now on, its
// files are kept in DIR/quarantine.
func (e *Engine) quarantine(b *block, cause error) {
	if !b.bad.CompareAndSwap(false, true) {
		return
	}
	e.mu.Lock()
	for i, x := range e.blocks {
		if x == b {
			e.blocks = append(e.blocks[:i:i], e.blocks[i+1:]...)
			defer b.release()
			break
		}
	}
	e.mu.Unlock()
	e.moveAway(b.dir, cause)
}

func (e *Engine) moveAway(dir string, cause error) {
	name := dir[len(e.blocksDir())+1:]
	err := e.fs.MkdirAll(e.quarantineDir())
	if err == nil {
		err = e.fs.Rename(dir, e.quarantineDir()+"/"+name)
	}
	e.mu.Lock()
	e.quarantined++
	e.mu.Unlock()
	e.opt.Logger.Error("damaged block moved to quarantine", "block", name, "cause", cause, "move_error", err)
}

// parts lists what a query over [from, to) has to look at, newest first. The
// caller calls release when it is done.
func (e *Engine) parts(t plan.Table, from, to int64) (list []part, total int64, bad int64, release func()) {
	e.mu.RLock()
	heads := []*head{e.active}
	if e.frozen != nil {
		heads = append(heads, e.frozen.head)
	}
	blocks := make([]*block, 0, len(e.blocks))
	for i := len(e.blocks) - 1; i >= 0; i-- {
		b := e.blocks[i]
		if b.files[tableOf(t)] != nil && overlaps(b.meta.Min, b.meta.Max, from, to) {
			b.acquire()
			blocks = append(blocks, b)
		}
	}
	// The parts of heads are made under the lock, lest a head is frozen, written
	// and read twice.
	for _, h := range heads {
		if p := h.part(t); p != nil && overlaps(p.min, p.max, from, to) {
			list = append(list, p)
			total += int64(p.count)
		}
	}
	e.mu.RUnlock()
	for _, b := range blocks {
		x, err := b.load(&e.cache)
		if err != nil {
			e.quarantine(b, err)
			bad++
			continue
		}
		ti := x.tables[tableOf(t)]
		reader := parquet.NewReader(b.files[tableOf(t)], ti.dir)
		for i := range ti.groups {
			if g := &ti.groups[i]; overlaps(g.min, g.max, from, to) {
				list = append(list, &blockPart{block: b, engine: e, group: &ti.dir.Groups[i], info: g, reader: reader})
				total += int64(ti.dir.Groups[i].Rows)
			}
		}
	}
	return list, total, bad, func() {
		for _, b := range blocks {
			b.release()
		}
	}
}

// overlaps says that a row may have a time in [from, to); zero is no bound.
func overlaps(lo, hi, from, to int64) bool {
	return (from == 0 || hi >= from) && (to == 0 || lo < to)
}
