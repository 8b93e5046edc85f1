package selfotlp

import (
	"context"
	"sync"
	"time"

	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/wire/otlp"
)

// rules are how an outbox gathers.
type rules struct {
	delay   time.Duration // until what was gathered is sent
	timeout time.Duration // of one sending
	size    int           // most that wait
	batch   int           // most in one sending
}

// rulesOf are those of a processor of either kind, and where it sends.
func rulesOf(p config.TelemetryProcessor) (rules, config.TelemetryExporter) {
	if p.Simple != nil { // each at once, but never waiting for the server: what comes meanwhile goes together
		return rules{0, 30 * time.Second, 2048, 512}, p.Simple.Exporter
	}
	b := p.Batch
	return rules{time.Duration(b.ScheduleDelay) * time.Millisecond, time.Duration(b.ExportTimeout) * time.Millisecond, b.MaxQueueSize, b.MaxExportBatchSize}, b.Exporter
}

// outbox gathers things of one kind and sends them. add never waits.
type outbox[T any] struct {
	rules
	to     *target
	encode func([]T) *otlp.Batch
	drop   func(count int)
	full   chan struct{} // one token: a batch is complete, or delay is 0 and something came

	mu      sync.Mutex // guards waiting
	waiting []T
}

func newOutbox[T any](r rules, to *target, encode func([]T) *otlp.Batch, o Options) *outbox[T] {
	return &outbox[T]{rules: r, to: to, encode: encode, full: make(chan struct{}, 1), drop: func(count int) { to.dropped(o, count) }}
}

// add puts one thing in, or drops it if there is no room.
func (b *outbox[T]) add(thing T) {
	b.mu.Lock()
	hasRoom := len(b.waiting) < b.size
	if hasRoom {
		b.waiting = append(b.waiting, thing)
	}
	wake := b.delay == 0 || len(b.waiting) >= b.batch
	b.mu.Unlock()
	if !hasRoom {
		b.drop(1)
	}
	if wake {
		select {
		case b.full <- struct{}{}:
		default:
		}
	}
}

// run sends until ctx ends.
func (b *outbox[T]) run(ctx context.Context) {
	delay := b.delay
	if delay == 0 {
		delay = time.Second // for another try after a failure
	}
	ticker := time.NewTicker(delay)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.full:
		case <-ticker.C:
		}
		if !b.sendAll(ctx) { // the server is away; not again before the next tick
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
		}
	}
}

// flush sends what is left until ctx ends, and drops the rest.
func (b *outbox[T]) flush(ctx context.Context) {
	if !b.sendAll(ctx) {
		b.drop(len(b.take(b.size)))
	}
}

// sendAll sends batch after batch; false if one failed and waits again.
func (b *outbox[T]) sendAll(ctx context.Context) bool {
	for {
		things := b.take(b.batch)
		if len(things) == 0 {
			return true
		}
		attempt, cancel := context.WithTimeout(ctx, b.timeout)
		again := b.to.send(attempt, b.encode(things))
		cancel()
		if again {
			b.putBack(things)
			return false
		}
	}
}

func (b *outbox[T]) take(most int) []T {
	b.mu.Lock()
	defer b.mu.Unlock()
	count := min(most, len(b.waiting))
	out := b.waiting[:count:count]
	b.waiting = b.waiting[count:]
	return out
}

// putBack lets things wait again, before those that came since, as far as there is room.
func (b *outbox[T]) putBack(things []T) {
	b.mu.Lock()
	room := max(0, b.size-len(b.waiting))
	lost := max(0, len(things)-room)
	b.waiting = append(things[lost:len(things):len(things)], b.waiting...)
	b.mu.Unlock()
	if lost > 0 {
		b.drop(lost)
	}
}
