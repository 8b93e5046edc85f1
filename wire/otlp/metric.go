package otlp

// Metric is one Metric message, in place.
type Metric []byte

// Name of the metric.
func (m Metric) Name() []byte { return last(m, 1) }

// PointCount is the number of the metric's data points: its items.
func (m Metric) PointCount() (n int) {
	for _, num := range metricData {
		for range repeated[[]byte](first(m, num), 1) {
			n++
		}
	}
	return n
}

// metricData are the fields of a Metric that hold data points: gauge, sum,
// histogram, exponential histogram and summary, of which one is set. In all of
// them the data points are field 1.
var metricData = [...]uint32{5, 7, 9, 10, 11}
