// Package loghist counts durations in logarithmic buckets: eight to a factor
// of two, so that a quantile is off by 4.4 % at most. The buckets are those of an
// OpenTelemetry exponential histogram of scale 3, so they can be merged with,
// and sent as, OTLP metrics.
//
// Source: https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponentialhistogram
package loghist

import (
	"math"
	"math/bits"
	"slices"
)

// Scale of the exponential histogram: a bucket's upper bound is its lower
// bound times 2^(1/8).
const Scale = 3

// Index is the bucket of a duration in nanoseconds: 2^(i/8) < nanos <= 2^((i+1)/8).
// Zero and one nanosecond fall into bucket 0 and below no other.
func Index(nanos uint64) int16 {
	if nanos <= 1 {
		return 0
	}
	exp := bits.Len64(nanos) - 1
	// The position inside the octave by comparing with the seven inner bounds
	// beats math.Log2 five times.
	frac := nanos << (63 - exp) // top bit set: 1.0 <= m < 2.0 as 1.63 fixed point
	sub := 0
	for sub < 7 && frac > bounds[sub] {
		sub++
	}
	i := exp<<3 + sub
	if frac == 1<<63 { // an exact power of two belongs to the bucket below
		i--
	}
	return int16(i)
}

// bounds[k] is 2^((k+1)/8) in 1.63 fixed point.
var bounds = func() (b [7]uint64) {
	for k := range b {
		b[k] = uint64(math.Exp2(float64(k+1)/8) * (1 << 63))
	}
	return b
}()

// Upper is the upper bound of a bucket in nanoseconds.
func Upper(index int16) float64 { return math.Exp2(float64(index+1) / 8) }

// Bucket is one non-empty bucket.
type Bucket struct {
	Index int16
	Count uint64
}

// Hist is a sparse histogram: buckets sorted by index, none empty. The zero
// value is ready to use. Not safe for concurrent use.
type Hist struct{ Buckets []Bucket }

// Add counts n durations of the given length.
func (h *Hist) Add(nanos, n uint64) { h.AddBucket(Index(nanos), n) }

// AddBucket counts n durations in a bucket.
func (h *Hist) AddBucket(index int16, n uint64) {
	if n == 0 {
		return
	}
	from, to := 0, len(h.Buckets)
	for from < to {
		switch mid := int(uint(from+to) >> 1); {
		case h.Buckets[mid].Index < index:
			from = mid + 1
		case h.Buckets[mid].Index > index:
			to = mid
		default:
			h.Buckets[mid].Count += n
			return
		}
	}
	h.Buckets = slices.Insert(h.Buckets, from, Bucket{index, n})
}

// Merge adds all of other, and shares no memory with it.
func (h *Hist) Merge(other Hist) {
	if len(h.Buckets) == 0 {
		h.Buckets = slices.Clone(other.Buckets)
		return
	}
	for _, b := range other.Buckets {
		h.AddBucket(b.Index, b.Count)
	}
}

// Count is the number of durations counted.
func (h Hist) Count() (n uint64) {
	for _, b := range h.Buckets {
		n += b.Count
	}
	return n
}

// Quantile estimates the q-quantile (0 to 1) in nanoseconds: the geometric
// middle of the bucket that holds it. NaN if the histogram is empty.
func (h Hist) Quantile(q float64) float64 {
	total := h.Count()
	if total == 0 {
		return math.NaN()
	}
	rank := uint64(math.Ceil(q * float64(total)))
	rank = min(max(rank, 1), total)
	var seen uint64
	for _, b := range h.Buckets {
		if seen += b.Count; seen >= rank {
			return math.Exp2((float64(b.Index) + 0.5) / 8)
		}
	}
	return math.NaN()
}
