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
	"github.com/oriel-io/oriel/internal/budget"
	"github.com/oriel-io/oriel/internal/bytepool"
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

// lane gathers the batches of one signal, and of senders whose metadata_keys have the same
// values. One goroutine hands them on; while it waits for the next component,
// at most one more load is gathered.
type lane struct {
	cfg    Config
	next   component.Sink
	log    *slog.Logger
	drop   func(*otlp.Batch, string)
	memory *budget.Budget

	bySize, byTimeout *selfmon.Counter
	sizes, byteSizes  *selfmon.Histogram

	// base ends when the deadline of Shutdown passes. It has the senders' common metadata.
	base   context.Context
	cancel context.CancelFunc
	wake   chan struct{} // one token: pending has begun, is full, or the lane closes
	done   sync.WaitGroup

	mu       sync.Mutex // guards the rest
	pending  []gathered
	items    int
	bytes    int
	since    time.Time     // when pending began
	room     chan struct{} // closed when pending is taken
	isClosed bool
}

// gathered is a batch with the lender of its bytes, which was retained for it.
type gathered struct {
	batch *otlp.Batch
	bytes *bytepool.Buffer
}

// newLane makes a lane; client is who sends, as far as metadata_keys tell, or nil.
func newLane(cfg Config, set component.Settings, next component.Sink, client *component.Client) *lane {
	l := &lane{cfg: cfg, next: next, log: set.Log, drop: set.Drop, memory: set.Memory, wake: make(chan struct{}, 1), room: make(chan struct{})}
	l.base, l.cancel = context.WithCancel(context.Background())
	if client != nil {
		l.base = component.WithClient(l.base, client)
	}
	l.bySize = set.Metrics.Counter("otelcol_processor_batch_batch_size_trigger_send", "Batches handed on because they were large enough.")
	l.byTimeout = set.Metrics.Counter("otelcol_processor_batch_timeout_trigger_send", "Batches handed on because they were old enough.")
	l.sizes = set.Metrics.Histogram("otelcol_processor_batch_batch_send_size", "Items of the batches that were handed on.", selfmon.SizeBounds)
	l.byteSizes = set.Metrics.Histogram("otelcol_processor_batch_batch_send_size_bytes", "Bytes of the batches that were handed on.", selfmon.ByteBounds)
	return l
}

func (l *lane) start() { l.done.Go(l.run) }

var errClosed = errors.New("the batch processor is shutting down")

// put gathers a batch, and retains its bytes. It waits while a full load is pending.
func (l *lane) put(ctx context.Context, b *otlp.Batch, bytes *bytepool.Buffer) error {
	for {
		l.mu.Lock()
		if l.isClosed {
			l.mu.Unlock()
			return errClosed
		}
		if !l.isFull() {
			bytes.Retain()
			l.memory.Hold(int64(b.Held()))
			l.add(gathered{b, bytes})
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
func (l *lane) add(g gathered) {
	begins := len(l.pending) == 0
	if begins {
		l.since = time.Now()
	}
	l.pending = append(l.pending, g)
	l.items += g.batch.Items()
	l.bytes += g.batch.Size()
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

// handOn offers each batch to the next component until it is taken or given up.
func (l *lane) handOn(out load) {
	for _, b := range out.batches {
		l.sizes.Observe(float64(b.Items()))
		l.byteSizes.Observe(float64(b.Size()))
		if reason, err := l.offer(b, out.bytes); err != nil {
			l.drop(b, reason)
			l.log.Error("dropped a batch", "signal", b.Signal().String(), "items", b.Items(), "reason", reason, "error", err)
		}
	}
	l.memory.Free(out.held)
	out.bytes.Release()
}

func (l *lane) offer(b *otlp.Batch, bytes *bytepool.Buffer) (reason string, err error) {
	began := time.Now()
	for failed := 1; ; failed++ {
		err := component.Lend(l.base, l.next, b, bytes)
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
