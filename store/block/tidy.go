package block

import (
	"errors"
	"time"
)

// keepTidy is the janitor: it writes heads that are old, merges blocks and
// applies retention.
func (e *Engine) keepTidy() {
	defer e.running.Done()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-e.stop:
			return
		case <-tick.C:
			e.cutOld()
		case <-e.wakeJan:
			for e.compactOnce() {
				if e.stopped() {
					return
				}
			}
		}
		e.retain()
	}
}

func (e *Engine) stopped() bool {
	select {
	case <-e.stop:
		return true
	default:
		return false
	}
}

// cutOld asks for a cut if the head has been open for long enough.
func (e *Engine) cutOld() {
	e.mu.RLock()
	old := e.active.count() > 0 && e.opt.Now().Sub(e.activeSince) >= e.opt.HeadAge
	e.mu.RUnlock()
	if old {
		e.rotate()
	}
}

// retain removes the oldest blocks while the store is over its limits. A block
// is as old as the arrival of its newest rows: times in the data may be wrong.
func (e *Engine) retain() {
	e.compacting.Lock()
	defer e.compacting.Unlock()
	for {
		b := e.overdue()
		if b == nil {
			return
		}
		e.mu.Lock()
		for i, x := range e.blocks {
			if x == b {
				e.blocks = append(e.blocks[:i:i], e.blocks[i+1:]...)
				break
			}
		}
		e.mu.Unlock()
		e.removeLater(b)
	}
}

// overdue is the oldest block if it has to go.
func (e *Engine) overdue() *block {
	wal := e.wal.Bytes()
	e.mu.RLock()
	defer e.mu.RUnlock()
	if len(e.blocks) == 0 {
		return nil
	}
	oldest := e.blocks[0]
	total := wal
	for _, b := range e.blocks {
		total += b.size
		if b.meta.Created < oldest.meta.Created {
			oldest = b
		}
	}
	if age := e.opt.RetentionAge; age > 0 && oldest.meta.Created < e.opt.Now().Add(-age).UnixNano() {
		return oldest
	}
	if e.opt.RetentionBytes > 0 && total > e.opt.RetentionBytes {
		return oldest
	}
	return nil
}

var errStopped = errors.New("stopped")
