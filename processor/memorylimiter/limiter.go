package memorylimiter

import (
	"log/slog"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
	"time"

	"github.com/oriel-io/oriel/internal/budget"
)

// process is the Go runtime, as far as the limiter asks it.
type process interface {
	// Memory is how many bytes objects on the heap take: used with garbage, live without, as of the last collection.
	Memory() (used, live int64)
	// Collected is when garbage was collected last.
	Collected() time.Time
	// Collect collects it now.
	Collect()
}

// limiter watches the memory. Invariant: its fields but refusing are of the one
// goroutine that calls check.
type limiter struct {
	cfg        Config
	hard, soft int64
	process    process
	memory     *budget.Budget
	log        *slog.Logger

	refusing atomic.Bool
	open     func() // ends the refusal of servers; nil while they are not refusing
}

// check looks at the memory once.
func (l *limiter) check() {
	used, live := l.process.Memory()
	if used >= l.soft && l.mayCollect(used) {
		l.process.Collect()
		used, live = l.process.Memory()
	}
	// Garbage is not held against senders: the runtime has the limit as well, and will collect it in time.
	l.refuse(live >= l.soft || used >= l.hard, used)
}

// mayCollect says whether a collection is due that is forced. Whoever made the last one: three
// pipelines with a limiter each need no three collections.
func (l *limiter) mayCollect(used int64) bool {
	apart := l.cfg.MinGCIntervalWhenSoftLimited
	if used >= l.hard {
		apart = l.cfg.MinGCIntervalWhenHardLimited
	}
	return time.Since(l.process.Collected()) > apart
}

// refuse begins or ends refusing, in Consume and in servers.
func (l *limiter) refuse(refuse bool, used int64) {
	if refuse == l.refusing.Load() {
		return
	}
	l.refusing.Store(refuse)
	if refuse {
		l.open = l.memory.Shut()
		l.log.Warn("refusing telemetry: the process uses too much memory", "used_mib", used>>20, "soft_limit_mib", l.soft>>20, "telemetry_mib", l.memory.Held()>>20)
		return
	}
	l.open()
	l.log.Info("taking telemetry again", "used_mib", used>>20, "soft_limit_mib", l.soft>>20)
}

// goRuntime is the process that this is.
type goRuntime struct{}

const (
	usedBytes = "/memory/classes/heap/objects:bytes"
	liveBytes = "/gc/heap/live:bytes"
)

func (goRuntime) Memory() (used, live int64) {
	samples := []metrics.Sample{{Name: usedBytes}, {Name: liveBytes}}
	metrics.Read(samples) // stops nothing, unlike runtime.ReadMemStats
	return int64(samples[0].Value.Uint64()), int64(samples[1].Value.Uint64())
}

func (goRuntime) Collected() time.Time {
	var stats debug.GCStats
	debug.ReadGCStats(&stats)
	return stats.LastGC
}

func (goRuntime) Collect() { runtime.GC() }

// limitRuntime gives the Go runtime the limit if it has a larger one, and the environment
// sets none. end gives the one before back, if nobody has set another in the meantime.
func limitRuntime(limit int64) (end func()) {
	before := debug.SetMemoryLimit(-1)
	if os.Getenv("GOMEMLIMIT") != "" || before <= limit {
		return func() {}
	}
	debug.SetMemoryLimit(limit)
	return func() {
		if debug.SetMemoryLimit(-1) == limit {
			debug.SetMemoryLimit(before)
		}
	}
}
