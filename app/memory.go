package app

import (
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

// tuneMemory sets the soft memory limit from the cgroup and the garbage
// collector's pace, unless GOMEMLIMIT and GOGC say otherwise: with a store it is
// steady, since questions make much garbage; without one it follows the load.
func tuneMemory(hasStore bool) {
	if os.Getenv("GOMEMLIMIT") == "" {
		if limit := cgroupLimit("/sys/fs/cgroup/memory.max"); limit > 0 {
			debug.SetMemoryLimit(limit / 10 * 9)
		}
	}
	switch {
	case os.Getenv("GOGC") != "":
	case hasStore:
		debug.SetGCPercent(gcStore)
	default:
		debug.SetGCPercent(gcFrugal)
		watchCollections(gcFrugal, time.Now())
	}
}

// cgroupLimit is the memory limit of a cgroup (version 2), 0 if there is none.
func cgroupLimit(path string) int64 {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	limit, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil { // "max"
		return 0
	}
	return limit
}

// Forwarding bytes makes hardly any garbage: two collections for a million spans. A
// small heap is then free, while paths that make much (Zipkin's JSON, queries) would pay
// for it with CPU. So: frugal while collections are rare.
const (
	gcStore  = 150
	gcFrugal = 50
	gcUsual  = 100

	gcRare     = 400 * time.Millisecond // further apart than this: frugal
	gcFrequent = 100 * time.Millisecond // closer together than this: usual
)

// gcPercent is the percentage after a collection that came so long after the one before.
func gcPercent(current int, since time.Duration) int {
	switch {
	case since < gcFrequent:
		return gcUsual
	case since > gcRare:
		return gcFrugal
	}
	return current
}

// collection is garbage on purpose: its finalizer runs once after each collection.
type collection struct {
	percent int
	at      time.Time
}

func watchCollections(percent int, at time.Time) {
	runtime.SetFinalizer(&collection{percent, at}, func(c *collection) {
		now := time.Now()
		next := gcPercent(c.percent, now.Sub(c.at))
		if next != c.percent {
			debug.SetGCPercent(next) // stops the world for a moment, so only on a change
		}
		watchCollections(next, now)
	})
}
