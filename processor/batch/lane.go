package batch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/internal/backoff"
	"github.com/oriel-io/oriel/selfmon"
	"github.com/oriel-io/oriel/wire/otlp"
)

const (
	// maxPendingBytes hands on, and holds back, before the number of items does,
	// where items are large: an item may have megabytes.
	maxPendingBytes = 32 << 20
	// retryFor is how long a batch is offered again that the next component could
	// not take. Exporters have retries of their own; what is left here is mostly a full queue.
	retryFor = time.Minute
)

var retries = backoff.Policy{Initial: 100 * time.Millisecond, Max: 5 * time.Second, Multiplier: 2, Jitter: 0.5}

// Why a batch was given up, for the drop ledger.
const (
	reasonRefused  = "refused by the next component"
	reasonTooLong  = "not taken by the next component within a minute"
	reasonDeadline = "not sent before the shutdown deadline"
)

// lane gathers the batches of one signal. One goroutine hands them on; while it
// waits for the next component, at most one more load is gathered.
type lane struct {
	cfg  Config
	next component.Sink
	log  *slog.Logger
	drop func(*otlp.Batch, string)

	bySize, byTimeout *selfmon.Counter
	sizes, byteSizes  *selfmon.Histogram

	// base ends when the deadline of Shutdown passes.
	base   context.Context
	cancel context.CancelFunc
	wake   chan struct{} // one token: pending has begun, is full, or the lane closes
	done   sync.WaitGroup

	mu       sync.Mutex // guards the rest
	pending  []*otlp.Batch
	items    int
	bytes    int
	since    time.Time     // when pending began
	room     chan struct{} // closed when pending is taken
	isClosed bool
}

func newLane(cfg Config, set component.Settings, next component.Sink) *lane {
	l := &lane{cfg: cfg, next: next, log: set.Log, drop: set.Drop, wake: make(chan struct{}, 1), room: make(chan struct{})}
	l.base, l.cancel = context.WithCancel(context.Background())
	l.bySize = set.Metrics.Counter("otelcol_processor_batch_batch_size_trigger_send", "Batches handed on because they were large enough.")
	l.byTimeout = set.Metrics.Counter("otelcol_processor_batch_timeout_trigger_send", "Batches handed on because they were old enough.")
	l.sizes = set.Metrics.Histogram("otelcol_processor_batch_batch_send_size", "Items of the batches that were handed on.", selfmon.SizeBounds)
	l.byteSizes = set.Metrics.Histogram("otelcol_processor_batch_batch_send_size_bytes", "Bytes of the batches that were handed on.", selfmon.ByteBounds)
	return l
}

func (l *lane) start() { l.done.Go(l.run) }

var errClosed = errors.New("the batch processor is shutting down")

// put gathers a batch. It waits while a full load is pending.
func (l *lane) put(ctx context.Context, b *otlp.Batch) error {
	for {
		l.mu.Lock()
		if l.isClosed {
			l.mu.Unlock()
			return errClosed
		}
		if !l.isFull() {
			l.add(b)
			l.mu.Unlock()
			return nil
		}
		room := l.room
		l.mu.Unlock()
		select {
		case <-room:
		case <-ctx.Done():
			return fmt.Errorf("wait for room in the batch processor, because the next component is slow: %w", ctx.Err())
		}
	}
}

// add notes a batch and wakes the goroutine when that changes what it waits for. The caller holds mu.
func (l *lane) add(b *otlp.Batch) {
	begins := len(l.pending) == 0
	if begins {
		l.since = time.Now()
	}
	l.pending = append(l.pending, b)
	l.items += b.Items()
	l.bytes += b.Size()
	if begins || l.isFull() {
		l.notify()
	}
}

// isFull says that pending need not wait for the timeout. The caller holds mu.
func (l *lane) isFull() bool { return l.items >= l.cfg.SendBatchSize || l.bytes >= maxPendingBytes }

func (l *lane) notify() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// run hands on until the lane is closed and empty.
func (l *lane) run() {
	for {
		<-l.wake
		for l.untilDue() {
			l.handOn(l.take())
		}
		l.mu.Lock()
		ended := l.isClosed && len(l.pending) == 0
		l.mu.Unlock()
		if ended {
			return
		}
	}
}

// untilDue waits until pending is full, old enough or the last. It is false if nothing is pending.
func (l *lane) untilDue() bool {
	var timer *time.Timer
	for {
		l.mu.Lock()
		left := l.cfg.Timeout - time.Since(l.since)
		some, now := len(l.pending) > 0, l.isFull() || l.isClosed
		l.mu.Unlock()
		if !some || now || left <= 0 {
			return some
		}
		if timer == nil {
			timer = time.NewTimer(left)
			defer timer.Stop()
		}
		select {
		case <-timer.C:
		case <-l.wake:
		}
	}
}

// take empties pending and makes one batch, or several that are small enough.
// What is left over of a full load stays pending, if it can wait for more.
func (l *lane) take() []*otlp.Batch {
	l.mu.Lock()
	pending, full, closed := l.pending, l.isFull(), l.isClosed
	l.pending, l.items, l.bytes = nil, 0, 0
	close(l.room)
	l.room = make(chan struct{})
	l.mu.Unlock()

	batches := otlp.Chunk(otlp.Merge(pending...), l.cfg.SendBatchMaxSize)
	if last := len(batches) - 1; full && !closed && last > 0 && batches[last].Items() < l.cfg.SendBatchSize {
		l.mu.Lock()
		l.add(batches[last])
		l.mu.Unlock()
		batches = batches[:last]
	}
	if full {
		l.bySize.Add(len(batches))
	} else {
		l.byTimeout.Add(len(batches))
	}
	return batches
}

// handOn offers each batch to the next component until it is taken or given up.
func (l *lane) handOn(batches []*otlp.Batch) {
	for _, b := range batches {
		l.sizes.Observe(float64(b.Items()))
		l.byteSizes.Observe(float64(b.Size()))
		if reason, err := l.offer(b); err != nil {
			l.drop(b, reason)
			l.log.Error("dropped a batch", "signal", b.Signal().String(), "items", b.Items(), "reason", reason, "error", err)
		}
	}
}

func (l *lane) offer(b *otlp.Batch) (reason string, err error) {
	began := time.Now()
	for failed := 1; ; failed++ {
		err := l.next.Consume(l.base, b)
		switch {
		case err == nil:
			return "", nil
		case l.base.Err() != nil:
			return reasonDeadline, err
		case component.IsPermanent(err):
			return reasonRefused, err
		}
		delay := retries.Delay(failed, rand.Float64())
		if after, ok := component.RetryAfter(err); ok {
			delay = max(delay, after)
		}
		if time.Since(began)+delay > retryFor {
			return reasonTooLong, err
		}
		select {
		case <-time.After(delay):
		case <-l.base.Done():
			return reasonDeadline, err
		}
	}
}

// close refuses what comes from now on and has the rest handed on.
func (l *lane) close() {
	l.mu.Lock()
	if !l.isClosed {
		l.isClosed = true
		close(l.room)
		l.room = make(chan struct{})
	}
	l.mu.Unlock()
	l.notify()
}

// wait waits for the goroutine; when ctx ends it gives up the rest.
func (l *lane) wait(ctx context.Context) error {
	ended := make(chan struct{})
	go func() {
		l.done.Wait()
		close(ended)
	}()
	defer l.cancel()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		l.cancel()
		<-ended
		return ctx.Err()
	}
}
