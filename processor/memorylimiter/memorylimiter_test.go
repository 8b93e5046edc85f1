package memorylimiter

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"runtime/debug"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/internal/budget"
	"github.com/oriel-io/oriel/selfmon"
	"github.com/oriel-io/oriel/wire/otlp"
)

const mib = 1 << 20

// heap is a process with as much memory as a test says.
type heap struct {
	mu            sync.Mutex // guards the rest
	garbage, live int64
	collected     time.Time
	collections   int
}

func (h *heap) Memory() (used, live int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.garbage + h.live, h.live
}

func (h *heap) Collected() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.collected
}

func (h *heap) Collect() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.garbage, h.collected = 0, time.Now()
	h.collections++
}

// set makes so many MiB of both and forgets what was collected before.
func (h *heap) set(live, garbage int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.live, h.garbage, h.collections = live*mib, garbage*mib, 0
}

type sink struct{ items int }

func (s *sink) Consume(_ context.Context, b *otlp.Batch) error {
	s.items += b.Items()
	return nil
}

func batch() *otlp.Batch {
	b := otlp.NewBuilder(otlp.Traces)
	b.Add(nil, nil, nil, 1)
	return b.Batch()
}

// started is a processor with a limit of 100 MiB, soft from 80 MiB on, over a heap.
func started(t *testing.T, h *heap, change func(*Config)) (*processor, *budget.Budget, *selfmon.Registry, *sink) {
	t.Helper()
	cfg := Factory.Default()
	cfg.CheckInterval, cfg.LimitMiB = time.Second, 100
	change(&cfg)
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	memory, metrics, next := new(budget.Budget), selfmon.NewRegistry(), &sink{}
	made, err := Factory.New(cfg, component.Settings{
		Signals: component.SignalsOf(otlp.Traces), Log: slog.New(slog.DiscardHandler), Memory: memory, Metrics: metrics.Scope("processor", "memory_limiter"),
	}, next)
	if err != nil {
		t.Fatal(err)
	}
	p := made.(*processor)
	p.process = h
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return p, memory, metrics, next
}

func TestRefusesAndResumes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &heap{live: 50 * mib, collected: time.Now()}
		p, memory, metrics, next := started(t, h, func(*Config) {})
		if memory.Limit() != 80*mib/100*telemetryPercent {
			t.Errorf("the budget is %d", memory.Limit())
		}
		if got := debug.SetMemoryLimit(-1); got != 100*mib {
			t.Errorf("the runtime's limit is %d", got)
		}
		if err := p.Consume(t.Context(), batch()); err != nil {
			t.Fatal(err)
		}

		h.set(85, 0)
		time.Sleep(1100 * time.Millisecond)
		err := p.Consume(t.Context(), batch())
		if after, ok := component.RetryAfter(err); !ok || after != time.Second || component.IsPermanent(err) {
			t.Errorf("above the soft limit: %v", err)
		}
		if memory.Admit(1) {
			t.Error("servers still take requests")
		}

		h.set(79, 0)
		time.Sleep(time.Second)
		if err := p.Consume(t.Context(), batch()); err != nil || !memory.Admit(1) {
			t.Errorf("below it again: %v", err)
		}
		if next.items != 2 || metrics.Sum("otelcol_processor_accepted_spans") != 2 || metrics.Sum("otelcol_processor_refused_spans") != 1 {
			t.Errorf("%d came through, accepted %g, refused %g", next.items, metrics.Sum("otelcol_processor_accepted_spans"), metrics.Sum("otelcol_processor_refused_spans"))
		}

		h.set(99, 0)
		time.Sleep(time.Second)
		for range 2 {
			if err := p.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if !memory.Admit(1) || memory.Limit() != 0 || debug.SetMemoryLimit(-1) == 100*mib {
			t.Error("it leaves its limits behind")
		}
	})
}

// Garbage alone refuses nobody. Collections are forced as far apart as the configuration says, and not if there was one anyway.
func TestCollections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &heap{live: 10 * mib, collected: time.Now()}
		p, _, _, _ := started(t, h, func(c *Config) { c.MinGCIntervalWhenHardLimited = 3 * time.Second })
		defer p.Shutdown(context.Background())
		step := func(garbage int64, wait time.Duration, collections int) {
			t.Helper()
			h.set(10, garbage)
			time.Sleep(wait)
			synctest.Wait()
			h.mu.Lock()
			defer h.mu.Unlock()
			if h.collections != collections {
				t.Errorf("after %s: %d collections with %d MiB of garbage, want %d", wait, h.collections, garbage, collections)
			}
		}
		step(75, 9500*time.Millisecond, 0) // the last one is too new
		if p.refusing.Load() {
			t.Error("refuses because of garbage")
		}
		step(75, 2*time.Second, 1)
		step(60, time.Hour, 0) // below the soft limit
		h.Collect()
		step(95, 2*time.Second, 0) // above the hard limit, and 3s are not over
		if !p.refusing.Load() {
			t.Error("takes telemetry above the hard limit")
		}
		step(95, 2*time.Second, 1)
		if p.refusing.Load() {
			t.Error("refuses after the collection")
		}
	})
}

func TestLimits(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		cfg        Config
		total      int64
		hard, soft int64
		fails      bool
	}{
		"fixed":             {Config{LimitMiB: 400, SpikeLimitMiB: 50}, 0, 400 * mib, 350 * mib, false},
		"a fifth":           {Config{LimitMiB: 400}, 0, 400 * mib, 320 * mib, false},
		"percent":           {Config{LimitPercentage: 80, SpikeLimitPercentage: 25}, 1000, 800, 550, false},
		"a fifth of it":     {Config{LimitPercentage: 50}, 1000, 500, 400, false},
		"fixed comes first": {Config{LimitMiB: 1, LimitPercentage: 50}, 1000, mib, mib - mib/5, false},
		"of nothing known":  {Config{LimitPercentage: 50}, 0, 0, 0, true},
	} {
		hard, soft, err := c.cfg.limits(c.total)
		if hard != c.hard || soft != c.soft || (err != nil) != c.fails {
			t.Errorf("%s: %d and %d (%v)", name, hard, soft, err)
		}
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for where, change := range map[string]func(*Config){
		"check_interval":                    func(c *Config) { c.CheckInterval = 0 },
		"limit_mib":                         func(c *Config) { c.LimitMiB = 0 },
		"limit_percentage":                  func(c *Config) { c.LimitPercentage = 101 },
		"spike_limit_mib":                   func(c *Config) { c.SpikeLimitMiB = 100 },
		"spike_limit_percentage":            func(c *Config) { c.LimitPercentage, c.SpikeLimitPercentage = 20, 20 },
		"min_gc_interval_when_soft_limited": func(c *Config) { c.MinGCIntervalWhenHardLimited = time.Minute },
	} {
		cfg := Factory.Default()
		cfg.CheckInterval, cfg.LimitMiB = time.Second, 100
		if err := cfg.Validate(); err != nil {
			t.Fatal(err)
		}
		change(&cfg)
		if p, ok := errors.AsType[*config.Problem](cfg.Validate()); !ok || p.Where != where || p.Fix == "" {
			t.Errorf("%s: got %+v", where, p)
		}
	}
}

// The real runtime answers, and tells garbage from what lives.
func TestGoRuntime(t *testing.T) {
	kept := make([]byte, 32*mib)
	var p goRuntime
	p.Collect()
	used, live := p.Memory()
	if live < 32*mib || used < live/2 || time.Since(p.Collected()) > time.Minute {
		t.Errorf("used %d, live %d, collected %s ago", used, live, time.Since(p.Collected()))
	}
	runtime.KeepAlive(kept)
	p.Collect()
	if _, after := p.Memory(); after > live-16*mib {
		t.Errorf("live %d with and %d without 32 MiB", live, after)
	}
}
