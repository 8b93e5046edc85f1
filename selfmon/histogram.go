package selfmon

import (
	"math"
	"sort"
	"sync/atomic"
)

// Histogram counts values in buckets. Safe for concurrent use; an observation is
// a search in the bounds and two atomic additions, so one a batch is cheap and one a span is not.
type Histogram struct {
	bounds []float64       // upper ends, inclusive, ascending; the last bucket has none
	counts []atomic.Uint64 // one more than bounds
	sum    atomic.Uint64   // bits of a float64
}

// Bounds of upstream's histograms.
var (
	// SizeBounds are those of batch sizes in items.
	SizeBounds = []float64{10, 25, 50, 75, 100, 250, 500, 750, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10000, 20000, 30000, 50000, 100000}
	// ByteBounds are those of batch sizes in bytes.
	ByteBounds = []float64{
		10, 25, 50, 75, 100, 250, 500, 750, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10000, 20000, 30000, 50000,
		100_000, 200_000, 300_000, 400_000, 500_000, 600_000, 700_000, 800_000, 900_000,
		1000_000, 2000_000, 3000_000, 4000_000, 5000_000, 6000_000, 7000_000, 8000_000, 9000_000,
	}
	// DurationBounds are those of durations in seconds. Upstream leaves its library's
	// bounds for milliseconds there, so that all fall into the first bucket.
	DurationBounds = []float64{0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}
)

func newHistogram(bounds []float64) *Histogram {
	return &Histogram{bounds: bounds, counts: make([]atomic.Uint64, len(bounds)+1)}
}

// Observe counts one value.
func (h *Histogram) Observe(value float64) {
	h.counts[sort.SearchFloat64s(h.bounds, value)].Add(1)
	for {
		old := h.sum.Load()
		if h.sum.CompareAndSwap(old, math.Float64bits(math.Float64frombits(old)+value)) {
			return
		}
	}
}

// Distribution is what a histogram has counted.
type Distribution struct {
	Bounds []float64
	Counts []uint64 // of each bucket alone, one more than Bounds
	Sum    float64
}

// Count is the number of values.
func (d Distribution) Count() (n uint64) {
	for _, c := range d.Counts {
		n += c
	}
	return n
}

// Value is what was counted so far. An observation that is under way may be in Counts and not yet in Sum.
func (h *Histogram) Value() Distribution {
	d := Distribution{Bounds: h.bounds, Counts: make([]uint64, len(h.counts)), Sum: math.Float64frombits(h.sum.Load())}
	for i := range h.counts {
		d.Counts[i] = h.counts[i].Load()
	}
	return d
}
