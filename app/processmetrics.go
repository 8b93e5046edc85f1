package app

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// countProcess shows the process itself under upstream's names.
func (p *process) countProcess() {
	scope := p.metrics.Scope()
	scope.CounterFunc("otelcol_process_uptime", "Seconds since the start.", func() float64 { return time.Since(p.started).Seconds() })
	scope.CounterFunc("otelcol_process_cpu_seconds", "User and system time of all threads.", cpuSeconds)
	scope.Gauge("otelcol_process_memory_rss", "Bytes of physical memory in use.", residentBytes)
	scope.Gauge("otelcol_process_runtime_heap_alloc_bytes", "Bytes of live and not yet collected objects.",
		memoryStat(func(m *runtime.MemStats) uint64 { return m.HeapAlloc }))
	scope.CounterFunc("otelcol_process_runtime_total_alloc_bytes", "Bytes allocated since the start.",
		memoryStat(func(m *runtime.MemStats) uint64 { return m.TotalAlloc }))
	scope.Gauge("otelcol_process_runtime_total_sys_memory_bytes", "Bytes obtained from the operating system.",
		memoryStat(func(m *runtime.MemStats) uint64 { return m.Sys }))
	scope.CounterFunc("oriel_dropped_items", "Items that were given up; see the drop ledger.", func() float64 { return float64(p.ledger.Items()) })
}

func memoryStat(pick func(*runtime.MemStats) uint64) func() float64 {
	return func() float64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(pick(&m))
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
