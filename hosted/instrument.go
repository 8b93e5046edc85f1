package hosted

import (
	"math"
	"sync"
	"sync/atomic"

	"github.com/oriel-io/oriel/selfmon"
	"go.opentelemetry.io/otel/attribute"
)

// instrument is one metric of a hosted component: a number, or a histogram, for each set of attributes.
type instrument struct {
	scope      *selfmon.Scope // nil: counted by us already, so not shown
	name, help string
	kind       selfmon.Kind
	bounds     []float64

	mu     sync.RWMutex // guards series
	series map[attribute.Distinct]*cell
}

// maxSeries is how many sets of attributes an instrument tells apart, as in
// OpenTelemetry's SDK; what is beyond goes to one that says so.
const maxSeries = 2000

// cell is one series.
type cell struct {
	bits      atomic.Uint64 // of a float64
	histogram *selfmon.Histogram
}

func (c *cell) value() float64 { return math.Float64frombits(c.bits.Load()) }

func (i *instrument) add(n float64, attrs attribute.Set) {
	if i.scope == nil {
		return
	}
	c := i.at(attrs)
	for {
		old := c.bits.Load()
		if c.bits.CompareAndSwap(old, math.Float64bits(math.Float64frombits(old)+n)) {
			return
		}
	}
}

func (i *instrument) set(v float64, attrs attribute.Set) {
	if i.scope != nil {
		i.at(attrs).bits.Store(math.Float64bits(v))
	}
}

func (i *instrument) observe(v float64, attrs attribute.Set) {
	if i.scope != nil {
		i.at(attrs).histogram.Observe(v)
	}
}

// at finds or makes the series of a set of attributes.
func (i *instrument) at(attrs attribute.Set) *cell {
	key := attrs.Equivalent()
	i.mu.RLock()
	c := i.series[key]
	i.mu.RUnlock()
	if c != nil {
		return c
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.series) >= maxSeries {
		attrs = attribute.NewSet(attribute.Bool("otel.metric.overflow", true))
		key = attrs.Equivalent()
	}
	if c = i.series[key]; c != nil {
		return c
	}
	c = i.show(attrs)
	if i.series == nil {
		i.series = map[attribute.Distinct]*cell{}
	}
	i.series[key] = c
	return c
}

// show makes a series that scrapers see.
func (i *instrument) show(attrs attribute.Set) *cell {
	var labels []string
	for _, kv := range attrs.ToSlice() {
		labels = append(labels, selfmon.LabelName(string(kv.Key)), kv.Value.String())
	}
	c := &cell{}
	switch i.kind {
	case selfmon.KindHistogram:
		c.histogram = i.scope.Histogram(i.name, i.help, i.bounds, labels...)
	case selfmon.KindCounter:
		i.scope.CounterFunc(i.name, i.help, c.value, labels...)
	default:
		i.scope.Gauge(i.name, i.help, c.value, labels...)
	}
	return c
}
