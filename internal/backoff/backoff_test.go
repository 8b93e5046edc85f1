package backoff

import (
	"testing"
	"time"
)

func TestDelay(t *testing.T) {
	t.Parallel()
	p := Policy{Initial: time.Second, Max: 10 * time.Second, Multiplier: 2, Jitter: 0.5}
	for _, c := range []struct {
		failed int
		random float64
		want   time.Duration
	}{
		{1, 0.5, time.Second}, {2, 0.5, 2 * time.Second}, {4, 0.5, 8 * time.Second}, {5, 0.5, 10 * time.Second},
		{100_000, 0.5, 10 * time.Second}, // no overflow
		{1, 0, 500 * time.Millisecond}, {5, 0, 5 * time.Second}, {2, 0.75, 2500 * time.Millisecond}, {0, 0.5, time.Second},
	} {
		if got := p.Delay(c.failed, c.random); got != c.want {
			t.Errorf("Delay(%d, %g) = %s, want %s", c.failed, c.random, got, c.want)
		}
	}
	if got := (Policy{Initial: time.Second, Max: time.Minute}).Delay(9, 0); got != time.Second {
		t.Errorf("without multiplier and jitter: %s, want 1s", got)
	}
}
