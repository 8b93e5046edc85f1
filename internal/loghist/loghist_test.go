package loghist

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestIndexHoldsItsBounds(t *testing.T) {
	check := func(v uint64) {
		t.Helper()
		i := Index(v)
		upper, lower := Upper(i), Upper(i-1)
		const slack = 1e-9
		if float64(v) > upper*(1+slack) || v > 1 && float64(v) < lower*(1-slack) {
			t.Errorf("Index(%d) = %d, whose bounds are (%g, %g]", v, i, lower, upper)
		}
	}
	for e := range 63 {
		for _, d := range []uint64{0, 1, 2} {
			check(1<<e + d)
			check(1<<e - min(d, 1<<e-1))
		}
	}
	for range 100_000 {
		check(rand.Uint64() >> rand.IntN(63) >> 1)
	}
}

func TestQuantileIsWithinABucket(t *testing.T) {
	var h Hist
	for i := uint64(1); i <= 10_000; i++ {
		h.Add(i*1000, 1)
	}
	for _, q := range []float64{0.01, 0.5, 0.95, 0.99, 1} {
		want := q * 10_000 * 1000
		if got := h.Quantile(q); math.Abs(got/want-1) > 0.05 {
			t.Errorf("Quantile(%g) = %g, want %g within 5 %%", q, got, want)
		}
	}
	if got := (Hist{}).Quantile(0.5); !math.IsNaN(got) {
		t.Errorf("quantile of nothing: %g, want NaN", got)
	}
}

func BenchmarkIndex(b *testing.B) {
	v := uint64(1)
	for b.Loop() {
		v = v*6364136223846793005 + 1442695040888963407
		Index(v >> 30)
	}
}
