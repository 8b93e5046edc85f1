// Package selfmon is how Oriel is seen from outside: its own log, its metrics
// under the upstream collector's names (otelcol_*), and their text for scrapers.
//
// Begin with Registry, which holds all metrics of a process, and Scope, which
// adds a component's labels.
package selfmon

import (
	"sort"
	"strings"
	"sync"
	"sync/atomic"
)

// Registry holds the metrics of a process. Safe for concurrent use.
type Registry struct {
	mu       sync.Mutex // guards families
	families map[string]*family
}

// family is all series of one metric name.
type family struct {
	help   string
	kind   string // counter or gauge
	series map[string]*series
}

// series is one set of labels; one of counter and ask is set.
type series struct {
	counter *Counter
	ask     func() float64
}

// NewRegistry makes an empty registry.
func NewRegistry() *Registry { return &Registry{families: map[string]*family{}} }

// Scope makes metrics that carry labels, pairs of name and value.
func (r *Registry) Scope(labels ...string) *Scope { return &Scope{r, labels} }

// Scope makes metrics that carry a component's labels. A nil Scope makes
// metrics that count and are not shown.
type Scope struct {
	registry *Registry
	labels   []string
}

// With is a scope with further labels.
func (s *Scope) With(labels ...string) *Scope {
	if s == nil {
		return nil
	}
	return &Scope{s.registry, append(s.labels[:len(s.labels):len(s.labels)], labels...)}
}

// Counter only grows. Safe for concurrent use, cheap enough for hot paths.
type Counter struct{ n atomic.Uint64 }

// Add counts n more; a negative n is ignored.
func (c *Counter) Add(n int) {
	if n > 0 {
		c.n.Add(uint64(n))
	}
}

// Value is the count so far.
func (c *Counter) Value() uint64 { return c.n.Load() }

// Counter makes, or finds, a counter. Labels are pairs of name and value. Not
// for hot paths: keep the Counter.
func (s *Scope) Counter(name, help string, labels ...string) *Counter {
	if s == nil {
		return new(Counter)
	}
	s.registry.mu.Lock()
	defer s.registry.mu.Unlock()
	at := s.registry.series(name, help, "counter", s.labels, labels)
	if at.counter == nil {
		at.counter = new(Counter)
	}
	return at.counter
}

// Gauge registers a function that is asked at each scrape, from any goroutine.
// A later function of the same name and labels takes the earlier one's place.
func (s *Scope) Gauge(name, help string, value func() float64, labels ...string) {
	s.ask(name, help, "gauge", value, labels)
}

// CounterFunc is Gauge for a value that only grows.
func (s *Scope) CounterFunc(name, help string, value func() float64, labels ...string) {
	s.ask(name, help, "counter", value, labels)
}

func (s *Scope) ask(name, help, kind string, value func() float64, labels []string) {
	if s == nil {
		return
	}
	s.registry.mu.Lock()
	defer s.registry.mu.Unlock()
	s.registry.series(name, help, kind, s.labels, labels).ask = value
}

// series finds or makes the place of one set of labels. The caller holds mu.
func (r *Registry) series(name, help, kind string, fixed, labels []string) *series {
	f := r.families[name]
	if f == nil {
		f = &family{help: help, kind: kind, series: map[string]*series{}}
		r.families[name] = f
	}
	key := labelText(append(fixed[:len(fixed):len(fixed)], labels...))
	at := f.series[key]
	if at == nil {
		at = &series{}
		f.series[key] = at
	}
	return at
}

// labelText is the labels as the text format writes them, sorted, without braces.
// A name that comes twice keeps its last value.
func labelText(pairs []string) string {
	values := make(map[string]string, len(pairs)/2)
	var names []string
	for i := 0; i+1 < len(pairs); i += 2 {
		if _, seen := values[pairs[i]]; !seen {
			names = append(names, pairs[i])
		}
		values[pairs[i]] = pairs[i+1]
	}
	sort.Strings(names)
	var b strings.Builder
	for i, name := range names {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(name)
		b.WriteString(`="`)
		escapeLabel.WriteString(&b, values[name])
		b.WriteByte('"')
	}
	return b.String()
}

var (
	escapeLabel = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
	escapeHelp  = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
)
