package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/internal/budget"
	"github.com/oriel-io/oriel/internal/bytepool"
	"github.com/oriel-io/oriel/wire/otlp"
)

// errStopping answers batches that come during shutdown; the sender may try again elsewhere.
var errStopping = errors.New("the exporter is shutting down")

// queue is a bounded first-in-first-out queue in memory, of one signal. A batch that is being
// sent counts until it has left, so that the bound is one on memory. Consumers gather
// what they send from the front of the queue.
type queue struct {
	capacity int64
	block    bool
	size     func(*otlp.Batch) int64
	batching *batching // nil: each batch is sent as it came
	memory   *budget.Budget

	mu      sync.Mutex // guards the rest
	used    int64
	waiting []*load     // not yet taken
	weight  int64       // of waiting
	arrived sync.Cond   // waiting or closed has changed, or the time has come
	timer   *time.Timer // signals arrived when the first of waiting has waited long enough
	pending []*place    // puts that wait for space, in order
	parked  int         // consumers that wait to retry
	closed  bool
	closing chan struct{} // closed when closed is set
}

// place is a put that waits for space.
type place struct {
	size    int64
	granted chan struct{}
}

func newQueue(cfg component.QueueConfig, memory *budget.Budget) *queue {
	q := &queue{capacity: cfg.QueueSize, block: cfg.BlockOnOverflow, batching: newBatching(cfg), memory: memory, closing: make(chan struct{})}
	q.arrived.L = &q.mu
	switch cfg.Sizer {
	case "items":
		q.size = func(b *otlp.Batch) int64 { return int64(b.Items()) }
	case "bytes":
		q.size = func(b *otlp.Batch) int64 { return int64(b.Held()) }
	default:
		q.size = func(*otlp.Batch) int64 { return 1 }
	}
	return q
}

// put adds a batch, waiting for space if the queue is made so. A batch larger than the whole
// queue is taken when the queue is empty. d tells of whom it is; bytes is where it is lent,
// and retained while it is in the queue.
//
// Errors: *component.ThrottledError if the queue is full, errStopping, ctx's.
func (q *queue) put(ctx context.Context, d *delivery, batch *otlp.Batch, bytes *bytepool.Buffer) error {
	d.size, d.held, d.loads = q.size(batch), int64(batch.Held()), 1
	l := &load{batch: batch, bytes: bytes, of: []*delivery{d}}
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
	if d.done == nil && q.parked == 0 && q.due() > 0 {
		d.taken = make(chan struct{})
	}
	bytes.Retain()
	q.memory.Hold(d.held)
	if q.batching != nil {
		l.weight, l.since = q.batching.weigh(batch), time.Now()
	}
	q.waiting = append(q.waiting, l)
	q.weight += l.weight
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

// close lets nothing in any more; take empties what there is.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.closed {
		q.closed = true
		if q.timer != nil {
			q.timer.Stop()
		}
		close(q.closing)
		q.arrived.Broadcast()
	}
}

// abandon takes out all that waits.
func (q *queue) abandon() []*load {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.pop(len(q.waiting))
}

func (q *queue) fill() (used, capacity int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.used, q.capacity
}
