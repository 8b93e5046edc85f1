package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/internal/backoff"
	"github.com/oriel-io/oriel/internal/bytepool"
	"github.com/oriel-io/oriel/selfmon"
	"github.com/oriel-io/oriel/wire/otlp"
)

// sender stands before an exporter: it queues, sends with several consumers,
// retries and gives up. What it has taken and gives up goes to the ledger; what it
// refuses, or fails at while its caller waits, is the caller's to answer.
type sender struct {
	exporter component.Stage
	cfg      component.Delivery
	log      *slog.Logger
	drop     func(batch *otlp.Batch, reason string)
	count    deliveryCounters
	watch    *watch
	retries  backoff.Policy

	queue *queue // nil without one
	// base is the context of attempts for queued batches; it ends when the drain's deadline passes.
	base      context.Context
	cancel    context.CancelFunc
	consumers sync.WaitGroup
}

func newSender(exporter component.Stage, cfg component.Delivery, set component.Settings) *sender {
	s := &sender{exporter: exporter, cfg: cfg, log: set.Log, drop: set.Drop, count: newDeliveryCounters(set.Metrics), watch: newWatch(set)}
	s.base, s.cancel = context.WithCancel(context.Background())
	r := cfg.RetryOnFailure
	s.retries = backoff.Policy{Initial: r.InitialInterval, Max: r.MaxInterval, Multiplier: r.Multiplier, Jitter: r.RandomizationFactor}
	if cfg.SendingQueue.Enabled {
		s.queue = newQueue(cfg.SendingQueue)
		set.Metrics.Gauge("otelcol_exporter_queue_size", "What the sending queue holds, in units of its sizer.", func() float64 {
			used, _ := s.queue.fill()
			return float64(used)
		})
		set.Metrics.Gauge("otelcol_exporter_queue_capacity", "What the sending queue can hold, in units of its sizer.", func() float64 {
			_, capacity := s.queue.fill()
			return float64(capacity)
		})
	}
	return s
}

// Start starts the exporter, then the consumers.
func (s *sender) Start(ctx context.Context) error {
	if err := s.exporter.Start(ctx); err != nil {
		return err
	}
	if s.queue != nil {
		for range s.cfg.SendingQueue.NumConsumers {
			s.consumers.Go(s.consume)
		}
	}
	return nil
}

// Consume queues the batch, or sends it if there is no queue.
func (s *sender) Consume(ctx context.Context, batch *otlp.Batch) error {
	return s.ConsumeBorrowed(ctx, batch, nil)
}

// ConsumeBorrowed is Consume for lent bytes, which it retains while the batch is in the queue.
func (s *sender) ConsumeBorrowed(ctx context.Context, batch *otlp.Batch, bytes *bytepool.Buffer) error {
	if s.queue == nil {
		err := s.send(ctx, batch, bytes)
		s.count.result(batch, err)
		return err
	}
	bytes.Retain()
	d := &delivery{batch: batch, bytes: bytes}
	if s.cfg.SendingQueue.WaitForResult {
		d.done = make(chan error, 1)
	}
	if err := s.queue.put(ctx, d); err != nil {
		bytes.Release()
		s.count.enqueueFailed[batch.Signal()].Add(batch.Items())
		return err
	}
	if d.done == nil {
		d.pace(ctx)
		return nil
	}
	select {
	case err := <-d.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// consume is one consumer of the queue.
func (s *sender) consume() {
	for {
		d, ok := s.queue.take()
		if !ok {
			return
		}
		err := s.send(s.base, d.batch, d.bytes)
		s.count.result(d.batch, err)
		if d.done != nil {
			d.done <- err
		} else if err != nil {
			s.giveUp(d.batch, err)
		}
		s.finish(d)
	}
}

// finish gives back what a delivery holds.
func (s *sender) finish(d *delivery) {
	d.bytes.Release()
	s.queue.release(d)
}

func (s *sender) giveUp(batch *otlp.Batch, err error) {
	reason := "given up after retries: " + short(err)
	switch {
	case s.base.Err() != nil:
		reason = reasonDeadline
	case component.IsPermanent(err):
		reason = "refused: " + short(err)
	case !s.cfg.RetryOnFailure.Enabled:
		reason = "failed, and retries are off: " + short(err)
	}
	s.drop(batch, reason)
	s.log.Error("dropped a batch", "signal", batch.Signal().String(), "items", batch.Items(), "reason", reason)
}

// reasonDeadline is the ledger's reason for what a shutdown could not send in time.
const reasonDeadline = "not sent before the shutdown deadline"

// short is the error as a ledger's reason: one line of bounded length.
func short(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	if len(text) > 160 {
		text = text[:160]
	}
	return text
}

// send attempts until the exporter takes the batch, says that it never will, or max_elapsed_time is over.
func (s *sender) send(ctx context.Context, batch *otlp.Batch, bytes *bytepool.Buffer) (err error) {
	ctx, span := s.watch.begin(ctx, batch.Signal())
	defer func() { s.watch.end(span, batch, err) }()
	began := time.Now()
	for failed := 1; ; failed++ {
		err := s.attempt(ctx, batch, bytes)
		s.watch.attempted(err)
		retry := s.cfg.RetryOnFailure
		if err == nil || component.IsPermanent(err) || !retry.Enabled {
			return err
		}
		delay := s.retries.Delay(failed, rand.Float64())
		if after, ok := component.RetryAfter(err); ok {
			delay = max(delay, after)
		}
		if retry.MaxElapsedTime > 0 && time.Since(began)+delay > retry.MaxElapsedTime {
			return fmt.Errorf("no success within %s: %w", retry.MaxElapsedTime, err)
		}
		s.count.retries.Add(1)
		s.log.Warn("an attempt failed; trying again", "error", short(err), "in", delay, "attempt", failed)
		if !s.wait(ctx, delay) {
			return errors.Join(err, ctx.Err())
		}
	}
}

// wait sleeps before a retry; false if ctx ended first.
func (s *sender) wait(ctx context.Context, delay time.Duration) bool {
	if s.queue != nil {
		s.queue.park()
		defer s.queue.unpark()
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (s *sender) attempt(ctx context.Context, batch *otlp.Batch, bytes *bytepool.Buffer) error {
	if s.cfg.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.cfg.Timeout)
		defer cancel()
	}
	return component.Lend(ctx, s.exporter, batch, bytes)
}

// Shutdown drains the queue until ctx ends; what is left then goes to the ledger.
func (s *sender) Shutdown(ctx context.Context) error {
	if s.queue != nil {
		s.queue.close()
		drained := make(chan struct{})
		go func() { s.consumers.Wait(); close(drained) }()
		select {
		case <-drained:
		case <-ctx.Done():
			left := s.queue.abandon()
			s.cancel()
			<-drained
			for _, d := range left {
				s.count.result(d.batch, ctx.Err())
				s.drop(d.batch, reasonDeadline)
				if d.done != nil {
					d.done <- ctx.Err()
				}
				s.finish(d)
			}
		}
	}
	s.cancel()
	return s.exporter.Shutdown(ctx)
}

// deliveryCounters are an exporter's counters under upstream's names.
type deliveryCounters struct {
	sent, failed, enqueueFailed [otlp.Metrics + 1]*selfmon.Counter
	retries                     *selfmon.Counter
}

func newDeliveryCounters(scope *selfmon.Scope) (c deliveryCounters) {
	for signal := otlp.Traces; signal <= otlp.Metrics; signal++ {
		items := itemNames[signal]
		c.sent[signal] = scope.Counter("otelcol_exporter_sent_"+items, "Items that the destination took.")
		c.failed[signal] = scope.Counter("otelcol_exporter_send_failed_"+items, "Items in attempts that ended without success.")
		c.enqueueFailed[signal] = scope.Counter("otelcol_exporter_enqueue_failed_"+items, "Items that found no room in the sending queue.")
	}
	c.retries = scope.Counter("oriel_exporter_retries", "Attempts that failed and were repeated.")
	return c
}

func (c *deliveryCounters) result(batch *otlp.Batch, err error) {
	if err == nil {
		c.sent[batch.Signal()].Add(batch.Items())
	} else {
		c.failed[batch.Signal()].Add(batch.Items())
	}
}
