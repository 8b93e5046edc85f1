package ui

import (
	"encoding/hex"
	"time"

	"github.com/oriel-io/oriel/analysis"
	"github.com/oriel-io/oriel/internal/loghist"
	"github.com/oriel-io/oriel/store/servicegraph"
)

// steps are the lengths of a timeline's buckets: whole minutes that people count in.
var steps = []time.Duration{
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour,
	2 * 24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour,
}

// timeline sums requests and faults in at most as many buckets as asked for.
func (s *server) timeline(r *request) (any, error) {
	w, err := r.window()
	if err != nil {
		return nil, err
	}
	buckets, err := r.number("buckets", 60, 1, 2000)
	if err != nil {
		return nil, err
	}
	if err := r.unknown(); err != nil {
		return nil, err
	}
	step := stepFor(w.to-w.from, buckets)
	from := w.from - w.from%step
	count := (w.to - from + step - 1) / step
	t := Timeline{
		Range:    Range{from / 1e6, (from + count*step) / 1e6},
		StepMs:   step / 1e6,
		Requests: make([]uint64, count),
		Faults:   make([]uint64, count),
	}
	minutes, err := s.Reader.GraphMinutes(r.ctx, from, from+count*step)
	if err != nil {
		return nil, err
	}
	for _, m := range minutes {
		if at := (m.Time - from) / step; m.Time >= from && at < count {
			t.Requests[at] += m.Requests
			t.Faults[at] += m.Faults
		}
	}
	return &t, nil
}

// stepFor is the shortest step that makes at most the given number of buckets.
func stepFor(nanos, buckets int64) int64 {
	for _, step := range steps {
		if nanos/int64(step) < buckets {
			return int64(step)
		}
	}
	month := int64(steps[len(steps)-1])
	return (nanos/buckets/month + 1) * month
}

// serviceMap answers with the map of the minutes that overlap the range.
func (s *server) serviceMap(r *request) (any, error) {
	w, err := r.window()
	if err != nil {
		return nil, err
	}
	if err := r.unknown(); err != nil {
		return nil, err
	}
	graph, err := s.Reader.Graph(r.ctx, w.from, w.to)
	if err != nil {
		return nil, err
	}
	m := analysis.BuildMap(graph)
	seconds := s.covered(m.From, m.To)
	out := &Map{
		Range: Range{m.From / 1e6, m.To / 1e6},
		Nodes: make([]MapNode, len(m.Nodes)),
		Edges: make([]MapEdge, len(m.Edges)),
		Total: mapStats(&m.Total, seconds),
		Work:  Work{Complete: true},
	}
	for i := range m.Nodes {
		out.Nodes[i] = mapNode(&m.Nodes[i], seconds)
		out.Work.RowsMatched += int64(m.Nodes[i].Stats.Total())
	}
	for i := range m.Edges {
		e := &m.Edges[i]
		out.Edges[i] = MapEdge{e.From, e.To, e.FromVersion, e.ToVersion, mapStats(&e.Stats, seconds)}
	}
	out.Work.TookMs = work(r).TookMs
	return out, nil
}

// covered is how many seconds of a range can have data: from the store's first
// to now, at least one. A rate over an hour of which a minute is known would be
// sixty times too low.
func (s *server) covered(from, to int64) float64 {
	if oldest := s.Reader.Usage().Oldest; from < oldest && oldest < to {
		from = oldest
	}
	to = min(to, s.Now().UnixNano())
	return max(time.Duration(to-from).Seconds(), 1)
}

func mapNode(n *analysis.MapNode, seconds float64) MapNode {
	out := MapNode{
		ID:        n.ID,
		Kind:      NodeKind(analysis.KindName(n.Node.Kind)),
		Name:      n.Node.Name,
		Namespace: n.Node.Namespace,
		System:    n.Node.System,
		Stats:     mapStats(&n.Stats, seconds),
	}
	switch n.Node.Kind {
	case servicegraph.Client:
		out.Name = "client"
	case servicegraph.Service:
		out.Name = serviceName(n.Node.Name)
	}
	for i := range n.Versions {
		v := &n.Versions[i]
		out.Versions = append(out.Versions, MapVersion{v.Version, mapStats(&v.Stats, seconds)})
	}
	return out
}

func mapStats(s *servicegraph.Stats, seconds float64) MapStats {
	out := MapStats{
		Requests: s.Total(), OK: s.OK, Error: s.Error, Throttle: s.Throttle, Fault: s.Fault,
		PerSecond: float64(s.Total()) / seconds,
		Histogram: histogram(s.Latency),
	}
	if s.Total() > 0 {
		out.P50, out.P95, out.P99 = s.Latency.Quantile(0.5), s.Latency.Quantile(0.95), s.Latency.Quantile(0.99)
	}
	if s.SlowTrace != ([16]byte{}) {
		out.SlowTrace = hex.EncodeToString(s.SlowTrace[:])
	}
	return out
}

func histogram(h loghist.Hist) [][2]int64 {
	out := make([][2]int64, len(h.Buckets))
	for i, b := range h.Buckets {
		out[i] = [2]int64{int64(b.Index), int64(b.Count)}
	}
	return out
}
