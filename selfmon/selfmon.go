// Package selfmon is how Oriel is seen from outside: its own log, its metrics
// under the upstream collector's names (otelcol_*) and the state of its listeners.
package selfmon

import "sync/atomic"

// Scope makes metrics that carry a component's labels.
type Scope struct{}

// Counter only grows. Safe for concurrent use, cheap enough for hot paths.
type Counter struct{ n atomic.Uint64 }

// Add counts n more.
func (c *Counter) Add(n int) { c.n.Add(uint64(n)) }

// Value is the count so far.
func (c *Counter) Value() uint64 { return c.n.Load() }

// Counter makes, or finds, a counter. Labels are pairs of name and value.
func (s *Scope) Counter(name, help string, labels ...string) *Counter { return &Counter{} }

// Gauge registers a function that is asked at each scrape.
func (s *Scope) Gauge(name, help string, value func() float64, labels ...string) {}
