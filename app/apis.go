package app

import (
	"net/http"
	"runtime"

	"github.com/oriel-io/oriel/transport"
)

// apiOwner is the owner of the UI's listener.
const apiOwner = "api"

// serveAPIs serves the UI and the APIs if there is a store to ask.
func (p *process) serveAPIs() error {
	main := p.stores.main()
	if main == nil || p.options.UI == "off" {
		return nil
	}
	routes := map[string]http.Handler{"GET /metrics": p.metrics}
	l, err := p.servers.ListenHTTP(apiOwner, transport.HTTPConfig{Endpoint: p.options.UI}, routes)
	if err != nil {
		return err
	}
	p.apis = append(p.apis, l.Named("UI and APIs"))
	return nil
}

// countProcess shows the process itself under upstream's names.
func (p *process) countProcess() {
	scope := p.metrics.Scope()
	memory := func(pick func(*runtime.MemStats) uint64) func() float64 {
		return func() float64 {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return float64(pick(&m))
		}
	}
	scope.Gauge("otelcol_process_runtime_heap_alloc_bytes", "Bytes of live and not yet collected objects.", memory(func(m *runtime.MemStats) uint64 { return m.HeapAlloc }))
	scope.Gauge("otelcol_process_runtime_total_sys_memory_bytes", "Bytes obtained from the operating system.", memory(func(m *runtime.MemStats) uint64 { return m.Sys }))
	scope.CounterFunc("oriel_dropped_items", "Items that were given up; see the drop ledger.", func() float64 { return float64(p.ledger.Items()) })
}
