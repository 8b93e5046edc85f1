package otlp

// Metric is one Metric message, in place.
type Metric []byte

// Name of the metric.
func (m Metric) Name() []byte { return last(m, 1) }

// PointCount is the number of the metric's data points: its items.
func (m Metric) PointCount() (n int) {
	_, data := m.data()
	for range repeated[[]byte](data, 1) {
		n++
	}
	return n
}

// metricData are the fields of a Metric that hold data points: gauge, sum,
// histogram, exponential histogram and summary, of which one is set. In all of
// them the data points are field 1.
var metricData = [...]uint32{5, 7, 9, 10, 11}

// data is the one of metricData that is set, with its body; 0 if none is.
func (m Metric) data() (num uint32, body []byte) {
	for _, num := range metricData {
		if body := first(m, num); body != nil {
			return num, body
		}
	}
	return 0, nil
}

// pointAttrs is the field of a data point that holds its attributes. data is
// the field of the Metric that holds the point.
func pointAttrs(data uint32) uint32 {
	switch data {
	case 9: // histogram
		return 9
	case 10: // exponential histogram
		return 1
	}
	return 7
}
