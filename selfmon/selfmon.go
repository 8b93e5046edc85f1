// Package selfmon is how Oriel is seen from outside: its own log, its metrics
// under the upstream collector's names (otelcol_*), and their text for scrapers.
//
// Begin with Registry, which holds all metrics of a process, and Scope, which
// adds a component's labels. A View is how one reader sees them: names.go holds the
// rules by which upstream names the same metric differently for each reader.
package selfmon

import (
	"sort"
	"strings"
	"sync"
	"sync/atomic"
)

// Registry holds the metrics of a process. Safe for concurrent use.
type Registry struct {
	mu       sync.Mutex // guards the rest
	families map[string]*family
	before   []func()
	// inherited are the counts of the registry before this one, by name and labels.
	inherited map[string]map[string]*series
}

// Kind is what a metric is.
type Kind string

// The kinds, as the text format calls them.
const (
	KindCounter   Kind = "counter"
	KindGauge     Kind = "gauge"
	KindHistogram Kind = "histogram"
)

// family is all series of one metric name.
type family struct {
	help   string
	kind   Kind
	series map[string]*series
}

// series is one set of labels. One of counter, histogram and ask is set.
type series struct {
	pairs     []string // sorted by name
	counter   *Counter
	histogram *Histogram
	ask       []func() float64 // their sum is the value
}

// NewRegistry makes an empty registry.
func NewRegistry() *Registry { return &Registry{families: map[string]*family{}} }

// Successor is an empty registry for the next configuration of the same
// process. A counter or histogram that both have goes on counting; what only
// this one has ends with it.
func (r *Registry) Successor() *Registry {
	next := NewRegistry()
	next.inherited = map[string]map[string]*series{}
	r.mu.Lock()
	defer r.mu.Unlock()
	for name, f := range r.families {
		for labels, s := range f.series {
			if s.counter == nil && s.histogram == nil {
				continue
			}
			if next.inherited[name] == nil {
				next.inherited[name] = map[string]*series{}
			}
			next.inherited[name][labels] = &series{pairs: s.pairs, counter: s.counter, histogram: s.histogram}
		}
	}
	return next
}

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
	at := s.registry.series(name, help, KindCounter, s.labels, labels)
	if at.counter == nil {
		at.counter = new(Counter)
	}
	return at.counter
}

// Histogram makes, or finds, a histogram whose buckets end at bounds, in
// ascending order. Not for hot paths: keep the Histogram.
func (s *Scope) Histogram(name, help string, bounds []float64, labels ...string) *Histogram {
	if s == nil {
		return newHistogram(bounds)
	}
	s.registry.mu.Lock()
	defer s.registry.mu.Unlock()
	at := s.registry.series(name, help, KindHistogram, s.labels, labels)
	if at.histogram == nil {
		at.histogram = newHistogram(bounds)
	}
	return at.histogram
}

// Gauge registers a function that is asked at each scrape, from any goroutine.
// Functions of the same name and labels add up: two pipelines may have a processor each of one name.
func (s *Scope) Gauge(name, help string, value func() float64, labels ...string) {
	s.ask(name, help, KindGauge, value, labels)
}

// CounterFunc is Gauge for a value that only grows.
func (s *Scope) CounterFunc(name, help string, value func() float64, labels ...string) {
	s.ask(name, help, KindCounter, value, labels)
}

// BeforeRead has a function called before each reading of all metrics, from any
// goroutine: one that sets what it finds out then.
func (s *Scope) BeforeRead(f func()) {
	if s == nil {
		return
	}
	s.registry.mu.Lock()
	defer s.registry.mu.Unlock()
	s.registry.before = append(s.registry.before[:len(s.registry.before):len(s.registry.before)], f)
}

func (s *Scope) ask(name, help string, kind Kind, value func() float64, labels []string) {
	if s == nil {
		return
	}
	s.registry.mu.Lock()
	defer s.registry.mu.Unlock()
	at := s.registry.series(name, help, kind, s.labels, labels)
	at.ask = append(at.ask[:len(at.ask):len(at.ask)], value) // a snapshot may hold the list
}

// series finds or makes the place of one set of labels. The caller holds mu.
func (r *Registry) series(name, help string, kind Kind, fixed, labels []string) *series {
	f := r.families[name]
	if f == nil {
		f = &family{help: help, kind: kind, series: map[string]*series{}}
		r.families[name] = f
	}
	pairs := sortPairs(append(fixed[:len(fixed):len(fixed)], labels...))
	key := labelText(pairs)
	at := f.series[key]
	if at == nil {
		if at = r.inherited[name][key]; at == nil {
			at = &series{pairs: pairs}
		}
		f.series[key] = at
	}
	return at
}

// sortPairs orders pairs by name. A name that comes twice keeps its last value.
func sortPairs(pairs []string) []string {
	values := make(map[string]string, len(pairs)/2)
	var names []string
	for i := 0; i+1 < len(pairs); i += 2 {
		if _, seen := values[pairs[i]]; !seen {
			names = append(names, pairs[i])
		}
		values[pairs[i]] = pairs[i+1]
	}
	sort.Strings(names)
	sorted := make([]string, 0, 2*len(names))
	for _, name := range names {
		sorted = append(sorted, name, values[name])
	}
	return sorted
}

// labelText is sorted labels as the text format writes them, without braces.
func labelText(pairs []string) string {
	var b strings.Builder
	for i := 0; i+1 < len(pairs); i += 2 {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(pairs[i])
		b.WriteString(`="`)
		escapeLabel.WriteString(&b, pairs[i+1])
		b.WriteByte('"')
	}
	return b.String()
}

var (
	escapeLabel = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
	escapeHelp  = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
)
