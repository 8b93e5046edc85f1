package batch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/protoscan"
)

// batchOf makes a batch of n spans or log records.
func batchOf(t testing.TB, signal otlp.Signal, n int) *otlp.Batch {
	t.Helper()
	b := otlp.NewBuilder(signal)
	for i := range n {
		b.Add(nil, nil, protoscan.AppendBytes(nil, 3, fmt.Sprint(i)), 1)
	}
	return b.Batch()
}

// sink answers each batch with answer; the zero sink takes all.
type sink struct {
	answer func(ctx context.Context, b *otlp.Batch) error

	mu    sync.Mutex
	taken []string // "12s: traces 100"
	began time.Time
}

func (s *sink) Consume(ctx context.Context, b *otlp.Batch) error {
	if s.answer != nil {
		if err := s.answer(ctx, b); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken = append(s.taken, fmt.Sprintf("%s: %s %d", time.Since(s.began), b.Signal(), b.Items()))
	return nil
}

func (s *sink) want(t *testing.T, want ...string) {
	t.Helper()
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if fmt.Sprint(s.taken) != fmt.Sprint(want) {
		t.Fatalf("handed on %q, want %q", s.taken, want)
	}
}

// drops is a drop ledger.
type drops struct {
	mu   sync.Mutex
	list []string
}

func (d *drops) drop(b *otlp.Batch, reason string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.list = append(d.list, fmt.Sprintf("%s %d: %s", b.Signal(), b.Items(), reason))
}

func (d *drops) want(t *testing.T, want ...string) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if fmt.Sprint(d.list) != fmt.Sprint(want) {
		t.Fatalf("dropped %q, want %q", d.list, want)
	}
}

// run runs a test with a started processor in a bubble, and shuts it down.
func run(t *testing.T, change func(*Config), s *sink, test func(t *testing.T, p component.Stage, lost *drops)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cfg := Factory.Default()
		change(&cfg)
		if err := cfg.Validate(); err != nil {
			t.Fatal(err)
		}
		lost := &drops{}
		s.began = time.Now()
		p, err := Factory.New(cfg, component.Settings{Signals: Factory.Signals, Log: slog.New(slog.DiscardHandler), Drop: lost.drop}, s)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		test(t, p, lost)
		if err := p.Shutdown(context.Background()); err != nil {
			t.Fatal(err)
		}
	})
}

func defaults(*Config) {}

func put(t *testing.T, p component.Stage, batches ...*otlp.Batch) {
	t.Helper()
	for _, b := range batches {
		if err := p.Consume(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTimeout(t *testing.T) {
	s := &sink{}
	run(t, defaults, s, func(t *testing.T, p component.Stage, lost *drops) {
		put(t, p, batchOf(t, otlp.Traces, 3))
		time.Sleep(150 * time.Millisecond)
		put(t, p, batchOf(t, otlp.Traces, 4))
		s.want(t)
		time.Sleep(50 * time.Millisecond)
		s.want(t, "200ms: traces 7")
		time.Sleep(time.Second) // nothing pending: nothing happens
		put(t, p, batchOf(t, otlp.Traces, 1))
		time.Sleep(200 * time.Millisecond)
		s.want(t, "200ms: traces 7", "1.4s: traces 1")
		lost.want(t)
	})
}

func TestSize(t *testing.T) {
	s := &sink{}
	run(t, func(c *Config) { c.SendBatchSize = 10 }, s, func(t *testing.T, p component.Stage, _ *drops) {
		put(t, p, batchOf(t, otlp.Traces, 9), batchOf(t, otlp.Traces, 5))
		s.want(t, "0s: traces 14")
	})
}

func TestMaxSizeCutsAndKeepsTheRest(t *testing.T) {
	s := &sink{}
	run(t, func(c *Config) { c.SendBatchSize, c.SendBatchMaxSize = 10, 10 }, s, func(t *testing.T, p component.Stage, _ *drops) {
		put(t, p, batchOf(t, otlp.Traces, 24))
		s.want(t, "0s: traces 10", "0s: traces 10")
		time.Sleep(time.Second)
		s.want(t, "0s: traces 10", "0s: traces 10", "200ms: traces 4")
	})
}

func TestSignalsStayApart(t *testing.T) {
	s := &sink{}
	run(t, func(c *Config) { c.SendBatchSize = 4 }, s, func(t *testing.T, p component.Stage, _ *drops) {
		put(t, p, batchOf(t, otlp.Traces, 3), batchOf(t, otlp.Logs, 3), batchOf(t, otlp.Traces, 1))
		s.want(t, "0s: traces 4")
		time.Sleep(time.Second)
		s.want(t, "0s: traces 4", "200ms: logs 3")
	})
}

func TestASingleBatchIsNotCopied(t *testing.T) {
	var got *otlp.Batch
	s := &sink{answer: func(_ context.Context, b *otlp.Batch) error { got = b; return nil }}
	run(t, defaults, s, func(t *testing.T, p component.Stage, _ *drops) {
		b := batchOf(t, otlp.Traces, 3)
		put(t, p, b)
		time.Sleep(time.Second)
		if synctest.Wait(); got != b {
			t.Fatal("it was")
		}
	})
}

func TestWithoutTimeoutTheCallerGetsTheAnswer(t *testing.T) {
	full := component.Throttled(errors.New("full"), time.Second)
	for name, change := range map[string]func(*Config){
		"timeout 0":         func(c *Config) { c.Timeout = 0; c.SendBatchMaxSize = 8192 },
		"send_batch_size 0": func(c *Config) { c.SendBatchSize = 0; c.SendBatchMaxSize = 2 },
	} {
		t.Run(name, func(t *testing.T) {
			s := &sink{answer: func(context.Context, *otlp.Batch) error { return full }}
			run(t, change, s, func(t *testing.T, p component.Stage, lost *drops) {
				if err := p.Consume(t.Context(), batchOf(t, otlp.Traces, 3)); !errors.Is(err, full) {
					t.Fatalf("got %v", err)
				}
				s.answer = nil
				put(t, p, batchOf(t, otlp.Traces, 3))
				if name == "timeout 0" {
					s.want(t, "0s: traces 3")
				} else {
					s.want(t, "0s: traces 2", "0s: traces 1")
				}
				lost.want(t)
			})
		})
	}
}

// TestBackpressure: while the next component is slow, one load is on its way
// and one is pending; the third caller waits, and gives up when its context ends.
func TestBackpressure(t *testing.T) {
	s := &sink{}
	run(t, func(c *Config) { c.SendBatchSize = 10 }, s, func(t *testing.T, p component.Stage, lost *drops) {
		release := make(chan struct{})
		s.answer = func(context.Context, *otlp.Batch) error { <-release; return nil }
		put(t, p, batchOf(t, otlp.Traces, 10))
		synctest.Wait()
		put(t, p, batchOf(t, otlp.Traces, 6), batchOf(t, otlp.Traces, 6))
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		err := p.Consume(ctx, batchOf(t, otlp.Traces, 1))
		if !errors.Is(err, context.DeadlineExceeded) || component.IsPermanent(err) || time.Since(s.began) != 3*time.Second {
			t.Fatalf("after %s: %v", time.Since(s.began), err)
		}
		waiting := make(chan error, 1)
		go func() { waiting <- p.Consume(t.Context(), batchOf(t, otlp.Traces, 2)) }()
		synctest.Wait()
		close(release)
		if err := <-waiting; err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		s.want(t, "3s: traces 10", "3s: traces 12", "3.2s: traces 2")
		lost.want(t)
	})
}

func TestRetryableErrorsAreRetried(t *testing.T) {
	attempts := 0
	s := &sink{answer: func(context.Context, *otlp.Batch) error {
		if attempts++; attempts < 3 {
			return component.Throttled(errors.New("queue is full"), 2*time.Second)
		}
		return nil
	}}
	run(t, defaults, s, func(t *testing.T, p component.Stage, lost *drops) {
		put(t, p, batchOf(t, otlp.Traces, 3))
		time.Sleep(time.Minute)
		s.want(t, "4.2s: traces 3")
		lost.want(t)
	})
}

func TestGivesUp(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		reason string
		calls  func(int) bool
	}{
		"permanent": {component.Permanent(errors.New("malformed")), reasonRefused, func(n int) bool { return n == 1 }},
		"for long":  {errors.New("connection refused"), reasonTooLong, func(n int) bool { return n > 5 && n < 50 }},
	} {
		t.Run(name, func(t *testing.T) {
			attempts := 0
			s := &sink{answer: func(_ context.Context, b *otlp.Batch) error {
				if b.Items() != 3 {
					return nil
				}
				attempts++
				return c.err
			}}
			run(t, defaults, s, func(t *testing.T, p component.Stage, lost *drops) {
				put(t, p, batchOf(t, otlp.Traces, 3))
				time.Sleep(2 * time.Minute)
				synctest.Wait()
				lost.want(t, "traces 3: "+c.reason)
				if !c.calls(attempts) {
					t.Errorf("%d attempts", attempts)
				}
				put(t, p, batchOf(t, otlp.Traces, 5)) // and the lane goes on
				time.Sleep(time.Second)
				s.want(t, "2m0.2s: traces 5")
			})
		})
	}
}

func TestShutdownHandsOn(t *testing.T) {
	s := &sink{}
	run(t, func(c *Config) { c.SendBatchMaxSize = 8192 }, s, func(t *testing.T, p component.Stage, lost *drops) {
		put(t, p, batchOf(t, otlp.Traces, 3), batchOf(t, otlp.Traces, 4), batchOf(t, otlp.Logs, 1))
		for range 2 { // the second time does nothing
			if err := p.Shutdown(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		if len(s.taken) != 2 {
			t.Fatalf("handed on %q", s.taken)
		}
		if err := p.Consume(t.Context(), batchOf(t, otlp.Traces, 3)); err == nil || component.IsPermanent(err) {
			t.Fatalf("after Shutdown: %v", err)
		}
		lost.want(t)
	})
}

func TestShutdownDeadline(t *testing.T) {
	s := &sink{answer: func(ctx context.Context, _ *otlp.Batch) error { <-ctx.Done(); return ctx.Err() }}
	run(t, func(c *Config) { c.SendBatchSize = 3 }, s, func(t *testing.T, p component.Stage, lost *drops) {
		put(t, p, batchOf(t, otlp.Traces, 3))
		synctest.Wait()
		put(t, p, batchOf(t, otlp.Traces, 4))
		waiting := make(chan error, 1)
		go func() { waiting <- p.Consume(context.Background(), batchOf(t, otlp.Traces, 5)) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := p.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(s.began) != 5*time.Second {
			t.Fatalf("after %s: %v", time.Since(s.began), err)
		}
		lost.want(t, "traces 3: "+reasonDeadline, "traces 4: "+reasonDeadline)
		if err := <-waiting; !errors.Is(err, errClosed) {
			t.Fatalf("the waiting caller got %v", err)
		}
	})
}

func TestShutdownWithoutStart(t *testing.T) {
	p, err := Factory.New(Factory.Default(), component.Settings{Signals: Factory.Signals}, &sink{})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestLargeItemsCountByTheirBytes(t *testing.T) {
	s := &sink{}
	run(t, defaults, s, func(t *testing.T, p component.Stage, _ *drops) {
		item := protoscan.AppendBytes(nil, 5, make([]byte, 20<<20))
		for range 2 {
			b := otlp.NewBuilder(otlp.Traces)
			b.Add(nil, nil, item, 1)
			put(t, p, b.Batch())
		}
		s.want(t, "0s: traces 2")
	})
}

// TestConcurrent: whatever the timing, every span that was taken is handed on once.
func TestConcurrent(t *testing.T) {
	total := 0
	s := &sink{answer: func(_ context.Context, b *otlp.Batch) error { total += b.Items(); return nil }}
	cfg := Factory.Default()
	cfg.Timeout, cfg.SendBatchSize, cfg.SendBatchMaxSize = time.Millisecond, 50, 70
	p, err := Factory.New(cfg, component.Settings{Signals: Factory.Signals, Log: slog.New(slog.DiscardHandler)}, s)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	var senders sync.WaitGroup
	for range 8 {
		senders.Go(func() {
			for i := range 200 {
				if err := p.Consume(t.Context(), batchOf(t, otlp.Traces, i%7)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	senders.Wait()
	if err := p.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := 0
	for i := range 200 {
		want += 8 * (i % 7)
	}
	if total != want {
		t.Errorf("%d spans, want %d", total, want)
	}
}

func TestValidate(t *testing.T) {
	for where, change := range map[string]func(*Config){
		"timeout":             func(c *Config) { c.Timeout = -1 },
		"send_batch_size":     func(c *Config) { c.SendBatchSize = -1 },
		"send_batch_max_size": func(c *Config) { c.SendBatchMaxSize = 100 },
		"metadata_keys[1]":    func(c *Config) { c.MetadataKeys = []string{"Tenant", "tenant"} },

		"metadata_cardinality_limit": func(c *Config) { c.MetadataCardinalityLimit = -1 },
	} {
		cfg := Factory.Default()
		if err := cfg.Validate(); err != nil {
			t.Fatalf("the defaults: %v", err)
		}
		change(&cfg)
		if p, ok := errors.AsType[*config.Problem](cfg.Validate()); !ok || p.Where != where || p.Fix == "" {
			t.Errorf("%s: got %v", where, p)
		}
	}
}
