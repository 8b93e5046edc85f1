package pipeline

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/internal/budget"
	"github.com/oriel-io/oriel/internal/bytepool"
	"github.com/oriel-io/oriel/selfmon"
	"github.com/oriel-io/oriel/wire/otlp"
	"log/slog"
)

// rig is a sender with an exporter that answers as a test says.
type rig struct {
	*sender
	ledger  *Ledger
	metrics *selfmon.Registry
	memory  budget.Budget
	calls   atomic.Int64
}

func newRig(t *testing.T, change func(*component.Delivery), answer func(ctx context.Context, call int64, batch *otlp.Batch) error) *rig {
	t.Helper()
	cfg := component.DefaultDelivery()
	cfg.RetryOnFailure.RandomizationFactor = 0
	change(&cfg)
	r := &rig{ledger: NewLedger(), metrics: selfmon.NewRegistry()}
	exporter := borrower{&fake{r: &recorder{}, consume: func(ctx context.Context, b *otlp.Batch) error { return answer(ctx, r.calls.Add(1), b) }}}
	r.sender = newSender(exporter, cfg, component.Settings{
		Log: slog.New(slog.DiscardHandler), Metrics: r.metrics.Scope("exporter", "out"), Signals: all, Memory: &r.memory,
		Drop: func(b *otlp.Batch, reason string) { r.ledger.Record("exporters.out", b, b.Items(), reason) },
	})
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return r
}

// borrower is a fake that needs a batch no longer than Consume takes.
type borrower struct{ *fake }

func (b borrower) ConsumeBorrowed(ctx context.Context, batch *otlp.Batch, _ *bytepool.Buffer) error {
	return b.Consume(ctx, batch)
}

// stop shuts down within a deadline.
func (r *rig) stop(deadline time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	r.Shutdown(ctx)
}

var errPeer = errors.New("connection refused")

func TestQueueAnswersBeforeSending(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(*component.Delivery) {}, func(context.Context, int64, *otlp.Batch) error { time.Sleep(time.Second); return nil })
		began := time.Now()
		for range 30 {
			if err := r.Consume(t.Context(), spans(t, 1, 2)); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took > 21*maxPause {
			t.Errorf("queued in %s, with a pause for each beyond the consumers at most", took)
		}
		r.stop(time.Minute)
		if took := time.Since(began); took != 3*time.Second { // 30 batches, 10 consumers
			t.Errorf("sent in %s, want 3s", took)
		}
		if sent := r.metrics.Sum("otelcol_exporter_sent_spans"); sent != 60 || r.ledger.Items() != 0 {
			t.Errorf("sent %g, dropped %d", sent, r.ledger.Items())
		}
		if err := r.Consume(t.Context(), spans(t, 1, 1)); !errors.Is(err, errStopping) {
			t.Errorf("after shutdown: %v", err)
		}
	})
}

// A full queue throttles the sender, and what is being sent still counts.
func TestQueueFull(t *testing.T) {
	t.Parallel()
	for sizer, size := range map[string]int64{"requests": 3, "items": 6, "bytes": 3 * int64(spans(t, 1, 2).Size())} {
		t.Run(sizer, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, func(d *component.Delivery) {
					d.SendingQueue.QueueSize, d.SendingQueue.Sizer, d.SendingQueue.NumConsumers = size, sizer, 1
				}, func(context.Context, int64, *otlp.Batch) error { time.Sleep(time.Second); return nil })
				for range 3 {
					if err := r.Consume(t.Context(), spans(t, 1, 2)); err != nil {
						t.Fatal(err)
					}
				}
				synctest.Wait() // one is being sent
				err := r.Consume(t.Context(), spans(t, 1, 2))
				if after, ok := component.RetryAfter(err); !ok || after <= 0 || !strings.Contains(err.Error(), "queue is full") {
					t.Errorf("got %v, want a throttling error with a delay", err)
				}
				time.Sleep(1100 * time.Millisecond)
				if err := r.Consume(t.Context(), spans(t, 1, 2)); err != nil {
					t.Errorf("after one was sent: %v", err)
				}
				r.stop(time.Minute)
				if got := r.metrics.Sum("otelcol_exporter_enqueue_failed_spans"); got != 2 {
					t.Errorf("enqueue_failed = %g, want 2", got)
				}
			})
		})
	}
}

// With block_on_overflow senders wait in order, and leave when their context ends.
func TestBlockOnOverflow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(d *component.Delivery) {
			d.SendingQueue.QueueSize, d.SendingQueue.NumConsumers, d.SendingQueue.BlockOnOverflow = 1, 1, true
		}, func(context.Context, int64, *otlp.Batch) error { time.Sleep(time.Second); return nil })
		began := time.Now()
		impatient, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		for i := range 3 {
			if err := r.Consume(t.Context(), spans(t, 1, 1)); err != nil {
				t.Fatal(err)
			}
			if waited := time.Since(began); waited != time.Duration(i)*time.Second {
				t.Errorf("batch %d was taken after %s", i, waited)
			}
		}
		if err := r.Consume(impatient, spans(t, 1, 1)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("impatient sender: %v", err)
		}
		blocked := make(chan error)
		go func() { blocked <- r.Consume(context.Background(), spans(t, 1, 1)) }()
		synctest.Wait()
		go r.stop(time.Minute)
		if err := <-blocked; !errors.Is(err, errStopping) {
			t.Errorf("a sender that waits at shutdown: %v", err)
		}
		r.stop(time.Minute)
		if used, _ := r.queues[otlp.Traces].fill(); used != 0 {
			t.Errorf("the queue still counts %d", used)
		}
	})
}

// Waits grow from initial_interval by the multiplier to max_interval; a server's delay wins if it is longer.
func TestRetry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		began := time.Now()
		r := newRig(t, func(d *component.Delivery) {
			d.RetryOnFailure.InitialInterval, d.RetryOnFailure.MaxInterval, d.RetryOnFailure.Multiplier = time.Second, 3*time.Second, 2
			d.SendingQueue.WaitForResult = true
		}, func(_ context.Context, call int64, _ *otlp.Batch) error {
			at = append(at, time.Since(began))
			switch call {
			case 4:
				return component.Throttled(errPeer, 20*time.Second)
			case 5:
				return nil
			}
			return errPeer
		})
		if err := r.Consume(t.Context(), spans(t, 1, 1)); err != nil {
			t.Fatal(err)
		}
		want := []time.Duration{0, time.Second, 3 * time.Second, 6 * time.Second, 26 * time.Second}
		for i := range want {
			if len(at) != len(want) || at[i] != want[i] {
				t.Fatalf("attempts at %v, want %v", at, want)
			}
		}
		r.stop(time.Second)
	})
}

// What is given up is in the ledger with its reason, count and traces.
func TestGivingUp(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*component.Delivery)
		err    error
		reason string
		calls  int64
	}{
		"permanent":        {func(*component.Delivery) {}, component.Permanent(errPeer), "refused: connection refused", 1},
		"retries are off":  {func(d *component.Delivery) { d.RetryOnFailure.Enabled = false }, errPeer, "failed, and retries are off: connection refused", 1},
		"retries are over": {func(d *component.Delivery) { d.RetryOnFailure.MaxElapsedTime = 13 * time.Second }, errPeer, "given up after retries: no success within 13s: connection refused", 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, c.change, func(context.Context, int64, *otlp.Batch) error { return c.err })
				if err := r.Consume(t.Context(), spans(t, 7, 3)); err != nil {
					t.Fatal(err)
				}
				r.stop(time.Hour)
				drops := r.ledger.Find(traceID(8))
				if len(drops) != 1 || drops[0].Reason != c.reason || drops[0].Items != 3 || len(drops[0].Traces) != 3 {
					t.Errorf("ledger: %+v", r.ledger.Drops())
				}
				if r.calls.Load() != c.calls {
					t.Errorf("%d attempts, want %d", r.calls.Load(), c.calls)
				}
				if failed := r.metrics.Sum("otelcol_exporter_send_failed_spans"); failed != 3 {
					t.Errorf("send_failed = %g, want 3", failed)
				}
			})
		})
	}
}

// A dead peer does not hold the shutdown longer than its deadline, and accepted = sent + dropped.
func TestShutdownDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(d *component.Delivery) { d.SendingQueue.NumConsumers = 2; d.Timeout = 0 },
			func(ctx context.Context, call int64, _ *otlp.Batch) error {
				if call <= 2 {
					return nil
				}
				<-ctx.Done()
				return ctx.Err()
			})
		for i := range uint64(10) {
			if err := r.Consume(t.Context(), spans(t, i*10, 4)); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		began := time.Now()
		r.stop(10 * time.Second)
		if took := time.Since(began); took != 10*time.Second {
			t.Errorf("shutdown took %s, want its deadline of 10s", took)
		}
		sent := int64(r.metrics.Sum("otelcol_exporter_sent_spans"))
		if drops := r.ledger.Drops(); sent != 8 || len(drops) != 1 || drops[0].Items != 32 || drops[0].Reason != reasonDeadline {
			t.Errorf("sent %d, ledger %+v", sent, drops)
		}
	})
}

func TestTimeoutOfAnAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(d *component.Delivery) { d.SendingQueue.Enabled = false; d.RetryOnFailure.Enabled = false },
			func(ctx context.Context, _ int64, _ *otlp.Batch) error { <-ctx.Done(); return ctx.Err() })
		began := time.Now()
		if err := r.Consume(t.Context(), spans(t, 1, 1)); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 5*time.Second {
			t.Errorf("got %v after %s, want the default timeout of 5s", err, time.Since(began))
		}
		r.stop(time.Second)
	})
}

func BenchmarkQueue(b *testing.B) {
	s := newSender(&fake{r: &recorder{}, consume: func(context.Context, *otlp.Batch) error { return nil }}, component.DefaultDelivery(),
		component.Settings{Signals: all, Log: slog.New(slog.DiscardHandler), Drop: func(*otlp.Batch, string) {}})
	s.queues[otlp.Traces].block = true
	if err := s.Start(context.Background()); err != nil {
		b.Fatal(err)
	}
	batch := spans(b, 1, 10)
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Consume(context.Background(), batch); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Shutdown(context.Background()); err != nil {
		b.Fatal(err)
	}
}
