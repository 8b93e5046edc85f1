package block

import (
	"fmt"

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
