package app

import (
	"os"
	"runtime/metrics"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/oriel-io/oriel/selfmon"
)

// countProcess shows the process itself under upstream's names, and what all its components share.
func (p *process) countProcess(registry *selfmon.Registry) {
	scope := registry.Scope()
	scope.CounterFunc("otelcol_process_uptime", "Seconds since the start.", func() float64 { return time.Since(p.started).Seconds() })
	scope.CounterFunc("otelcol_process_cpu_seconds", "User and system time of all threads.", cpuSeconds)
	scope.Gauge("otelcol_process_memory_rss", "Bytes of physical memory in use.", residentBytes)
	scope.Gauge("otelcol_process_runtime_heap_alloc_bytes", "Bytes of live and not yet collected objects.", runtimeBytes("/memory/classes/heap/objects:bytes"))
	scope.CounterFunc("otelcol_process_runtime_total_alloc_bytes", "Bytes allocated since the start.", runtimeBytes("/gc/heap/allocs:bytes"))
	scope.Gauge("otelcol_process_runtime_total_sys_memory_bytes", "Bytes obtained from the operating system.", runtimeBytes("/memory/classes/total:bytes"))

	scope.CounterFunc("oriel_dropped_items", "Items that were given up; see the drop ledger.", func() float64 { return float64(p.ledger.Items()) })
	scope.Gauge("oriel_memory_held_bytes", "Telemetry that is in the process.", func() float64 { return float64(p.memory.Held()) })
	scope.Gauge("oriel_memory_limit_bytes", "How much of it may be there before requests are refused. 0: no limit.", func() float64 { return float64(p.memory.Limit()) })
	scope.CounterFunc("oriel_memory_refused_requests", "Requests that found no room.", func() float64 { return float64(p.memory.Refused()) })
}

// runtimeBytes asks the Go runtime, which does not stop the program for it.
func runtimeBytes(name string) func() float64 {
	return func() float64 {
		sample := []metrics.Sample{{Name: name}}
		metrics.Read(sample)
		if sample[0].Value.Kind() != metrics.KindUint64 {
			return 0
		}
		return float64(sample[0].Value.Uint64())
	}
}

func cpuSeconds() float64 {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
}

// residentBytes is from /proc; 0 where there is none.
func residentBytes() float64 {
	text, err := os.ReadFile("/proc/self/statm") // pages: size resident shared ...
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseFloat(fields[1], 64)
	if err != nil {
		return 0
	}
	return pages * float64(os.Getpagesize())
}
