package loghist

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestMergeIsAddingAll: merging histograms is counting all of their durations
// in one, and leaves the merged one alone.
func TestMergeIsAddingAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		durations := rapid.SliceOf(rapid.Uint64Range(0, 1<<20))
		first, second := durations.Draw(t, "first"), durations.Draw(t, "second")
		var a, b, all Hist
		for _, d := range first {
			a.Add(d, 1)
			all.Add(d, 1)
		}
		for _, d := range second {
			b.Add(d, 1)
			all.Add(d, 1)
		}
		before := slices.Clone(b.Buckets)
		a.Merge(b)
		if !slices.Equal(a.Buckets, all.Buckets) {
			t.Fatalf("got %v, want %v", a.Buckets, all.Buckets)
		}
		a.Add(1<<19, 5)
		if len(a.Buckets) > 0 {
			a.Buckets[0].Count += 7
		}
		if !slices.Equal(b.Buckets, before) {
			t.Fatal("the merged histogram changed")
		}
		if !slices.IsSortedFunc(all.Buckets, func(x, y Bucket) int { return int(x.Index) - int(y.Index) }) || int(all.Count()) != len(first)+len(second) {
			t.Fatalf("not sorted, or not all: %v", all.Buckets)
		}
	})
}
