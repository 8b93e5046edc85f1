package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/internal/bytepool"
	"github.com/oriel-io/oriel/wire/otlp"
)

// errStopping answers batches that come during shutdown; the sender may try again elsewhere.
var errStopping = errors.New("the exporter is shutting down")

// queue is a bounded first-in-first-out queue in memory. A batch that is being
// sent counts until release, so that the bound is one on memory.
type queue struct {
	capacity int64
	block    bool
	size     func(*otlp.Batch) int64

	mu      sync.Mutex // guards the rest
	used    int64
	waiting []*delivery // not yet taken
	arrived sync.Cond   // waiting or closed has changed
	pending []*place    // puts that wait for space, in order
	parked  int         // consumers that wait to retry
	closed  bool
	closing chan struct{} // closed when closed is set
}

// delivery is a batch on its way.
type delivery struct {
	batch *otlp.Batch
	bytes *bytepool.Buffer // where batch's bytes are lent, or nil
	size  int64
	done  chan error    // if its sender waits for the result, else nil
	taken chan struct{} // closed when a consumer takes it, if its sender waits for that, else nil
}

// place is a put that waits for space.
type place struct {
	size    int64
	granted chan struct{}
}

func newQueue(cfg component.QueueConfig) *queue {
	q := &queue{capacity: cfg.QueueSize, block: cfg.BlockOnOverflow, closing: make(chan struct{})}
	q.arrived.L = &q.mu
	switch cfg.Sizer {
	case "items":
		q.size = func(b *otlp.Batch) int64 { return int64(b.Items()) }
	case "bytes":
		q.size = func(b *otlp.Batch) int64 { return int64(b.Size()) }
	default:
		q.size = func(*otlp.Batch) int64 { return 1 }
	}
	return q
}

// put adds a delivery, waiting for space if the queue is made so. A batch
// larger than the whole queue is taken when the queue is empty.
//
// Errors: *component.ThrottledError if the queue is full, errStopping, ctx's.
func (q *queue) put(ctx context.Context, d *delivery) error {
	d.size = q.size(d.batch)
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed:
		return errStopping
	case len(q.pending) == 0 && q.fits(d.size):
		q.used += d.size
	case !q.block:
		return component.Throttled(fmt.Errorf("the queue is full: %d of %d", q.used, q.capacity), time.Second)
	default:
		if err := q.await(ctx, d.size); err != nil {
			return err
		}
	}
	if len(q.waiting) > 0 && q.parked == 0 {
		d.taken = make(chan struct{})
	}
	q.waiting = append(q.waiting, d)
	q.arrived.Signal()
	return nil
}

// pace holds a sender back for a moment while the consumers have a backlog.
// The batch is safe already; the pause keeps senders in step with the consumers, so that a
// queue made for outages does not fill, and keep full, under a steady load:
// that took 60 MiB more in the forward benchmark, at the same throughput. While
// consumers wait to retry there is no pause: then the queue is what it is for.
func (d *delivery) pace(ctx context.Context) {
	if d.taken == nil {
		return
	}
	timer := time.NewTimer(maxPause)
	defer timer.Stop()
	select {
	case <-d.taken:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// maxPause bounds what pace can add to the latency of one batch.
const maxPause = 25 * time.Millisecond

// park and unpark say that a consumer waits to retry.
func (q *queue) park() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.parked++
}

func (q *queue) unpark() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.parked--
}

func (q *queue) fits(size int64) bool { return q.used == 0 || q.used+size <= q.capacity }

// await waits for its turn and takes the space. The caller holds mu.
func (q *queue) await(ctx context.Context, size int64) error {
	p := &place{size, make(chan struct{})}
	q.pending = append(q.pending, p)
	q.mu.Unlock()
	err := errStopping
	select {
	case <-p.granted:
		err = nil
	case <-q.closing:
	case <-ctx.Done():
		err = ctx.Err()
	}
	q.mu.Lock()
	if err == nil && q.closed {
		err = errStopping
	}
	if err != nil {
		if i := slices.Index(q.pending, p); i >= 0 {
			q.pending = slices.Delete(q.pending, i, i+1)
		} else {
			q.used -= size // it was granted in the meantime
		}
		q.grant()
	}
	return err
}

// grant gives free space to those who wait, in order. The caller holds mu.
func (q *queue) grant() {
	for len(q.pending) > 0 && q.fits(q.pending[0].size) {
		q.used += q.pending[0].size
		close(q.pending[0].granted)
		q.pending = q.pending[1:]
	}
}

// take waits for a delivery; ok is false when the queue is closed and empty.
func (q *queue) take() (d *delivery, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.waiting) == 0 {
		if q.closed {
			return nil, false
		}
		q.arrived.Wait()
	}
	d = q.waiting[0]
	q.waiting[0] = nil // the batch must not live as long as the slice
	q.waiting = q.waiting[1:]
	if d.taken != nil {
		close(d.taken)
	}
	return d, true
}

// release gives the space of a delivery back.
func (q *queue) release(d *delivery) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.used -= d.size
	q.grant()
}

// close lets nothing in any more; take empties what there is.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.closed {
		q.closed = true
		close(q.closing)
		q.arrived.Broadcast()
	}
}

// abandon takes out all that waits.
func (q *queue) abandon() []*delivery {
	q.mu.Lock()
	defer q.mu.Unlock()
	left := q.waiting
	q.waiting = nil
	return left
}

func (q *queue) fill() (used, capacity int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.used, q.capacity
}
