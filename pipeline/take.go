package pipeline

import (
	"slices"
	"time"
)

// take waits for something to send: one load, or several that are to be merged. ok is false when the
// queue is closed and empty.
func (q *queue) take() (group []*load, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		if n := q.due(); n > 0 {
			return q.pop(n), true
		}
		if q.closed {
			return nil, false
		}
		q.arm()
		q.arrived.Wait()
	}
}

// due is how many loads can be sent now, as one. The caller holds mu.
func (q *queue) due() int {
	b := q.batching
	switch {
	case len(q.waiting) == 0:
		return 0
	case b == nil:
		return 1
	case q.weight < b.MinSize && !q.closed && time.Since(q.waiting[0].since) < b.FlushTimeout:
		return 0
	}
	weight := int64(0)
	for i, l := range q.waiting {
		if weight += l.weight; weight >= b.MinSize {
			return i + 1
		}
	}
	return len(q.waiting)
}

// pop takes the first n loads out. The caller holds mu.
func (q *queue) pop(n int) []*load {
	group := slices.Clone(q.waiting[:n])
	clear(q.waiting[:n]) // the batches must not live as long as the slice
	q.waiting = q.waiting[n:]
	for _, l := range group {
		q.weight -= l.weight
		l.letGo()
	}
	if q.due() == 0 {
		for _, l := range q.waiting { // for others to come, and not for a consumer
			l.letGo()
		}
	}
	return group
}

// arm sets the timer for the first load that waits for others. The caller holds mu.
func (q *queue) arm() {
	if q.batching == nil || len(q.waiting) == 0 {
		return
	}
	left := q.batching.FlushTimeout - time.Since(q.waiting[0].since)
	if q.timer == nil {
		q.timer = time.AfterFunc(left, func() {
			q.mu.Lock()
			defer q.mu.Unlock()
			q.arrived.Signal()
		})
		return
	}
	q.timer.Reset(left)
}

// split cuts a load that take gave out, if it is too large. The first piece is the
// caller's; the others stand at the front of the queue, for whoever comes next.
func (q *queue) split(l *load) *load {
	pieces := q.batching.split(l)
	if len(pieces) == 1 {
		return pieces[0]
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, d := range l.of {
		d.loads += len(pieces) - 1
	}
	q.waiting = slices.Concat(pieces[1:], q.waiting)
	for _, piece := range pieces[1:] {
		q.weight += piece.weight
		q.arrived.Signal()
	}
	return pieces[0]
}

// finish is the end of a load. Deliveries of which nothing is left give their space back, and
// their senders, if they wait, have their answer.
func (q *queue) finish(l *load, err error) {
	l.bytes.Release()
	var left []*delivery
	q.mu.Lock()
	for _, d := range l.of {
		d.note(err)
		if d.loads--; d.loads == 0 {
			q.used -= d.size
			left = append(left, d)
		}
	}
	q.grant()
	q.mu.Unlock()
	for _, d := range left {
		q.memory.Free(d.held)
		if d.done != nil {
			d.done <- d.err
		}
	}
}
