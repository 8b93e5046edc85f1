package app

import (
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/oriel-io/oriel/internal/memory"
)

// tuneMemory sets the soft memory limit from the cgroup and the garbage
// collector's pace, unless GOMEMLIMIT and GOGC say otherwise: with a store it is
// steady, since questions make much garbage; without one it follows the load.
func tuneMemory(hasStore bool) {
	if limit := memory.Cgroup() / 10 * 9; limit > 0 && os.Getenv("GOMEMLIMIT") == "" && limit < debug.SetMemoryLimit(-1) { // a memory_limiter may have set less
		debug.SetMemoryLimit(limit)
	}
	switch {
	case os.Getenv("GOGC") != "":
	case hasStore:
		debug.SetGCPercent(gcStore)
	default:
		debug.SetGCPercent(gcFrugal)
		watchCollections(pace{percent: gcFrugal}, time.Now())
	}
}

// Forwarding bytes makes hardly any garbage: two collections for a million spans. A
// small heap is then free, while paths that make much (Zipkin's JSON) pay for it with
// CPU, a seventh in the benchmark. So: frugal, unless collections stay close together.
const (
	gcStore  = 150
	gcFrugal = 25
	gcUsual  = 100

	gcRare     = 400 * time.Millisecond // further apart than this: frugal again
	gcFrequent = 100 * time.Millisecond // closer together than this for gcRun collections: usual
	gcRun      = 20
)

// pace is the state of the choice: the percentage, and how many collections in
// a row came soon after the one before. A burst of them at the start says nothing.
type pace struct{ percent, run int }

// next is the pace after a collection that came so long after the one before.
func (p pace) next(since time.Duration) pace {
	switch {
	case since > gcRare:
		return pace{percent: gcFrugal}
	case since >= gcFrequent:
		return pace{percent: p.percent}
	case p.run+1 >= gcRun:
		return pace{gcUsual, gcRun}
	}
	return pace{p.percent, p.run + 1}
}

// collection is garbage on purpose: its finalizer runs once after each collection.
type collection struct {
	pace
	at time.Time
}

func watchCollections(current pace, at time.Time) {
	runtime.SetFinalizer(&collection{current, at}, func(c *collection) {
		now := time.Now()
		next := c.next(now.Sub(c.at))
		if next.percent != c.percent {
			debug.SetGCPercent(next.percent) // stops the world for a moment, so only on a change
		}
		watchCollections(next, now)
	})
}
