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

	queues [otlp.Metrics + 1]*queue // by signal; all nil without sending_queue
	// base is the context of attempts for queued batches; it ends when the drain's deadline passes.
	base      context.Context
	cancel    context.CancelFunc
	consumers sync.WaitGroup
}

func newSender(exporter component.Stage, cfg component.Delivery, set component.Settings) *sender {
	s := &sender{exporter: exporter, cfg: cfg, log: set.Log, drop: set.Drop, count: newDeliveryCounters(set.Metrics, set.Signals), watch: newWatch(set)}
	s.base, s.cancel = context.WithCancel(context.Background())
	r := cfg.RetryOnFailure
	s.retries = backoff.Policy{Initial: r.InitialInterval, Max: r.MaxInterval, Multiplier: r.Multiplier, Jitter: r.RandomizationFactor}
	if cfg.SendingQueue.Enabled {
		for signal := otlp.Traces; signal <= otlp.Metrics; signal++ {
			if set.Signals.Has(signal) {
				q := newQueue(cfg.SendingQueue, set.Memory)
				s.queues[signal] = q
				showQueue(set.Metrics.With("data_type", signal.String()), q)
			}
		}
	}
	return s
}

// showQueue shows how full a queue is, under upstream's names.
func showQueue(scope *selfmon.Scope, q *queue) {
	scope.Gauge("otelcol_exporter_queue_size", "What the sending queue holds, in units of its sizer.", func() float64 {
		used, _ := q.fill()
		return float64(used)
	})
	scope.Gauge("otelcol_exporter_queue_capacity", "What the sending queue can hold, in units of its sizer.", func() float64 {
		_, capacity := q.fill()
		return float64(capacity)
	})
}

// Start starts the exporter, then the consumers.
func (s *sender) Start(ctx context.Context) error {
	if err := s.exporter.Start(ctx); err != nil {
		return err
	}
	for _, q := range s.queues {
		if q == nil {
			continue
		}
		for range s.cfg.SendingQueue.NumConsumers {
			s.consumers.Go(func() { s.consume(q) })
		}
	}
	return nil
}

// Consume queues the batch, or sends it if there is no queue.
func (s *sender) Consume(ctx context.Context, batch *otlp.Batch) error {
	return s.ConsumeBorrowed(ctx, batch, nil)
}

// ConsumeBorrowed is Consume for lent bytes.
func (s *sender) ConsumeBorrowed(ctx context.Context, batch *otlp.Batch, bytes *bytepool.Buffer) error {
	q := s.queues[batch.Signal()]
	if q == nil {
		err := s.send(ctx, nil, batch, bytes)
		s.count.result(batch, err)
		return err
	}
	s.count.put(batch)
	d := &delivery{client: component.ClientFrom(ctx)}
	if s.cfg.SendingQueue.WaitForResult {
		d.ctx, d.done = ctx, make(chan error, 1)
	}
	if err := q.put(ctx, d, batch, bytes); err != nil {
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

// consume is one consumer of a queue.
func (s *sender) consume(q *queue) {
	for {
		group, ok := q.take()
		if !ok {
			return
		}
		l := q.split(merge(group))
		ctx, cancel := s.contextOf(l)
		err := s.send(ctx, q, l.batch, l.bytes)
		cancel()
		s.count.result(l.batch, err)
		if err != nil && !s.cfg.SendingQueue.WaitForResult {
			s.giveUp(l.batch, err)
		}
		q.finish(l, err)
	}
}

// contextOf is the context of attempts for a load: with the client that sent it, and with the deadline of a
// sender that waits for the result, as long as the load is of one sender.
func (s *sender) contextOf(l *load) (context.Context, context.CancelFunc) {
	if only := l.of[0]; len(l.of) == 1 && only.ctx != nil {
		ctx, cancel := context.WithCancel(only.ctx)
		stop := context.AfterFunc(s.base, cancel)
		return ctx, func() { stop(); cancel() }
	}
	if client := l.client(); client != nil {
		return component.WithClient(s.base, client), func() {}
	}
	return s.base, func() {}
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

// send attempts until the exporter takes the batch, says that it never will, or the time is over:
// max_elapsed_time, or what a waiting sender gives. q is where the batch comes from, or nil.
func (s *sender) send(ctx context.Context, q *queue, batch *otlp.Batch, bytes *bytepool.Buffer) (err error) {
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
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < delay {
			return err // nobody would be there for the answer
		}
		s.count.retries.Add(1)
		s.log.Warn("an attempt failed; trying again", "error", short(err), "in", delay, "attempt", failed)
		if !wait(ctx, q, delay) {
			return errors.Join(err, ctx.Err())
		}
	}
}

// wait sleeps before a retry; false if ctx ended first.
func wait(ctx context.Context, q *queue, delay time.Duration) bool {
	if q != nil {
		q.park()
		defer q.unpark()
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

// Shutdown drains the queues until ctx ends; what is left then goes to the ledger.
func (s *sender) Shutdown(ctx context.Context) error {
	for _, q := range s.queues {
		if q != nil {
			q.close()
		}
	}
	drained := make(chan struct{})
	go func() { s.consumers.Wait(); close(drained) }()
	select {
	case <-drained:
	case <-ctx.Done():
		for _, q := range s.queues {
			if q != nil {
				s.abandon(q, ctx.Err())
			}
		}
		s.cancel()
		<-drained
	}
	s.cancel()
	return s.exporter.Shutdown(ctx)
}

// abandon gives up what waits in a queue. Senders that wait for the result keep what is theirs.
func (s *sender) abandon(q *queue, err error) {
	for _, l := range q.abandon() {
		s.count.result(l.batch, err)
		if !s.cfg.SendingQueue.WaitForResult {
			s.drop(l.batch, reasonDeadline)
		}
		q.finish(l, err)
	}
}
