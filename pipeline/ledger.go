package pipeline

import (
	"slices"
	"sync"
	"time"

	"github.com/oriel-io/oriel/wire/otlp"
)

// Ledger remembers what was given up, by whom and why, so that "why is my span
// missing?" has an answer. Its memory is bounded: at most maxReasons reasons a
// component and signal, maxSamples trace ids each. Safe for concurrent use.
type Ledger struct {
	now func() time.Time

	mu      sync.Mutex // guards the rest
	entries []*entry   // in order of their first drop
	byKey   map[dropKey]*entry
	reasons map[dropKey]int // reasons of a component and signal; Reason is empty in the key
}

type dropKey struct {
	component string
	signal    otlp.Signal
	reason    string
}

type entry struct {
	drop   Drop
	traces []otlp.TraceID // a ring: the last maxSamples
	next   int
}

// Drop is one reason of one component.
type Drop struct {
	Component   string // "exporters.otlp/gateway"
	Signal      otlp.Signal
	Reason      string
	Items       int64
	First, Last time.Time
	Traces      []otlp.TraceID // of some of the items, newest last
}

const (
	maxReasons = 32
	maxSamples = 64
	// sampled is how many traces of one batch are remembered.
	sampled = 8
	// otherReasons takes what comes after maxReasons.
	otherReasons = "other reasons"
)

// NewLedger makes an empty ledger.
func NewLedger() *Ledger {
	return &Ledger{now: time.Now, byKey: map[dropKey]*entry{}, reasons: map[dropKey]int{}}
}

// Record counts items of a batch as given up. All drops of a process pass here.
func (l *Ledger) Record(component string, batch *otlp.Batch, items int, reason string) {
	traces := traceSample(batch)
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.entry(component, batch.Signal(), reason)
	e.drop.Items += int64(items)
	e.drop.Last = l.now()
	for _, id := range traces {
		if slices.Contains(e.traces, id) {
			continue
		}
		if len(e.traces) < maxSamples {
			e.traces = append(e.traces, id)
		} else {
			e.traces[e.next] = id
			e.next = (e.next + 1) % maxSamples
		}
	}
}

// entry finds or makes the place of a reason. The caller holds mu.
func (l *Ledger) entry(component string, signal otlp.Signal, reason string) *entry {
	key := dropKey{component, signal, reason}
	if e := l.byKey[key]; e != nil {
		return e
	}
	all := dropKey{component: component, signal: signal}
	if l.reasons[all] >= maxReasons && reason != otherReasons {
		return l.entry(component, signal, otherReasons)
	}
	l.reasons[all]++
	e := &entry{drop: Drop{Component: component, Signal: signal, Reason: reason, First: l.now()}}
	l.byKey[key] = e
	l.entries = append(l.entries, e)
	return e
}

// Drops lists all reasons in the order in which they first occurred.
func (l *Ledger) Drops() []Drop {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]Drop, len(l.entries))
	for i, e := range l.entries {
		out[i] = e.drop
		out[i].Traces = append(slices.Clone(e.traces[e.next:]), e.traces[:e.next]...)
	}
	return out
}

// Find lists the reasons whose samples hold the trace. That there is none does
// not prove that nothing of the trace was dropped.
func (l *Ledger) Find(id otlp.TraceID) []Drop {
	return slices.DeleteFunc(l.Drops(), func(d Drop) bool { return !slices.Contains(d.Traces, id) })
}

// Items is the number of all items that were given up.
func (l *Ledger) Items() (sum int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.entries {
		sum += e.drop.Items
	}
	return sum
}

// traceSample is the first few different trace ids of a batch.
func traceSample(batch *otlp.Batch) (out []otlp.TraceID) {
	add := func(id otlp.TraceID) (more bool) {
		if !id.IsZero() && !slices.Contains(out, id) {
			out = append(out, id)
		}
		return len(out) < sampled
	}
	for group := range batch.Groups() {
		for scope := range group.Scopes() {
			switch batch.Signal() {
			case otlp.Traces:
				for span := range scope.Spans() {
					if !add(span.TraceID()) {
						return out
					}
				}
			case otlp.Logs:
				for record := range scope.LogRecords() {
					if !add(record.Fields().TraceID) {
						return out
					}
				}
			}
		}
	}
	return out
}
