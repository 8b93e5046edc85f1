package batch

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/internal/budget"
	"github.com/oriel-io/oriel/internal/bytepool"
	"github.com/oriel-io/oriel/wire/otlp"
)

func from(tenants ...string) context.Context {
	return component.WithClient(context.Background(), &component.Client{
		Address: "10.0.0.1:5000", Metadata: map[string][]string{"x-tenant": tenants, "other": {"not a key"}},
	})
}

// Senders with different values of a key are never in one batch, and the batch says whose it is.
func TestMetadataKeys(t *testing.T) {
	s := &sink{}
	var mu sync.Mutex
	var seen []string
	s.answer = func(ctx context.Context, b *otlp.Batch) error {
		c := component.ClientFrom(ctx)
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, fmt.Sprintf("%d from %q %q %q", b.Items(), c.Get("X-Tenant"), c.Get("other"), c.Address))
		return nil
	}
	run(t, func(c *Config) {
		c.MetadataKeys, c.SendBatchSize, c.MetadataCardinalityLimit = []string{"X-Tenant"}, 100, 3
	}, s, func(t *testing.T, p component.Stage, _ *drops) {
		for _, ctx := range []context.Context{from("a"), from("b"), from("a"), from("a", "b"), from("b"), from("a")} {
			if err := p.Consume(ctx, batchOf(t, otlp.Traces, 40)); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		// All three are taken, and a fourth has no room. Nobody's is one of its own.
		err := p.Consume(context.Background(), batchOf(t, otlp.Traces, 1))
		if !component.IsPermanent(err) {
			t.Errorf("one combination too many: %v", err)
		}
		if err := p.Consume(from("b"), batchOf(t, otlp.Traces, 1)); err != nil {
			t.Errorf("one that is there: %v", err)
		}
		time.Sleep(time.Second)
	})
	slices.Sort(seen)
	if want := []string{`120 from ["a"] [] ""`, `40 from ["a" "b"] [] ""`, `81 from ["b"] [] ""`}; !slices.Equal(seen, want) {
		t.Errorf("got %q, want %q", seen, want)
	}
}

// What waits is counted, bytes that are lent are kept as long as they are needed, and both end with the batch.
func TestLentBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var memory budget.Budget
		s := &sink{began: time.Now()}
		cfg := Factory.Default()
		cfg.SendBatchSize, cfg.SendBatchMaxSize = 100, 100
		p, err := Factory.New(cfg, component.Settings{Signals: Factory.Signals, Log: slog.New(slog.DiscardHandler), Memory: &memory}, s)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		put := func(n int) {
			t.Helper()
			b := batchOf(t, otlp.Logs, n)
			buffer := bytepool.Get(b.Size())
			copy(buffer.Bytes(), b.Bytes())
			lent, err := otlp.New(otlp.Logs, buffer.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			if err := component.Lend(t.Context(), p, lent, buffer); err != nil {
				t.Fatal(err)
			}
			buffer.Release() // ours; the processor has its own
		}
		put(30)
		put(30)
		synctest.Wait()
		if held := memory.Held(); held == 0 {
			t.Error("what waits is not counted")
		}
		put(90) // 150: a batch of 100, and 50 that wait
		synctest.Wait()
		if held, rest := memory.Held(), int64(batchOf(t, otlp.Logs, 50).Size()); held < rest/2 || held > 2*rest {
			t.Errorf("%d bytes are counted for the 50 records that are left, want about %d", held, rest)
		}
		if err := p.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.want(t, "0s: logs 100", "0s: logs 50")
		if held := memory.Held(); held != 0 {
			t.Errorf("%d bytes are counted at the end", held)
		}
	})
}
