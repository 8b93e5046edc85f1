package block

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/oriel-io/oriel/internal/wal/disk"
	"github.com/oriel-io/oriel/store/block/parquet"
	"github.com/oriel-io/oriel/store/plan"
)

// loadBlocks opens what is in the folder of blocks: throws drafts away,
// quarantines what is damaged and removes what a newer block replaces.
func (e *Engine) loadBlocks() error {
	entries, err := e.fs.ReadDir(e.blocksDir())
	if err != nil {
		return err
	}
	replaced := map[uint64]bool{}
	for _, entry := range entries {
		dir := e.blocksDir() + "/" + entry.Name
		if strings.HasPrefix(entry.Name, tmpPrefix) {
			if err := disk.RemoveAll(e.fs, dir); err != nil {
				return err
			}
			continue
		}
		b, err := openBlock(e.fs, dir)
		if errors.Is(err, errDamaged) {
			e.moveAway(dir, err)
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", dir, err)
		}
		for _, id := range b.meta.Sources {
			replaced[id] = true
		}
		e.nextID = max(e.nextID, b.meta.ID+1)
		e.blocks = append(e.blocks, b)
	}
	kept := e.blocks[:0]
	for _, b := range e.blocks {
		if !replaced[b.meta.ID] {
			kept = append(kept, b)
			continue
		}
		b.release()
		if err := e.removeBlock(b); err != nil {
			return err
		}
	}
	e.blocks = kept
	if old, err := e.fs.ReadDir(e.quarantineDir()); err == nil {
		e.quarantined = len(old)
	} else if !errors.Is(err, os.ErrNotExist) {
		return err
	}
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
