package servicegraph

import (
	"maps"
	"slices"

	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/semconv"
)

// tally holds what was counted since the last Cut, by minute (since 1970), with
// nodes as numbers: hashing their names for each span would cost more than the
// rest of the counting.
type tally map[int32]*minuteTally

type minuteTally struct {
	nodes map[int32]*Stats
	edges map[edgeKey]*Stats
}

// edgeKey has indexes into nodes.list, or clientNode, jobNode, or otherNode - kind.
type edgeKey struct{ from, to int32 }

const (
	clientNode int32 = -2 // the client
	jobNode    int32 = -3 // the service itself, on its own initiative
	otherNode  int32 = -4 // minus a NodeKind: the Other node of that kind
)

func nodeAt(nodes []nodeInfo, at int32) Node {
	switch {
	case at == clientNode:
		return Node{Kind: Client}
	case at == jobNode:
		return Node{Kind: Job}
	case at <= otherNode:
		return Node{Kind: NodeKind(otherNode - at), Name: Other}
	}
	return nodes[at].Node
}

// rows names the nodes. Different numbers may have the same name: Other, and
// names that were cut.
func (t tally) rows(nodes []nodeInfo) []*Row {
	list := make([]*Row, 0, len(t))
	for _, minute := range slices.Sorted(maps.Keys(t)) {
		row := newRow(int64(minute) * minuteNanos)
		for at, stats := range t[minute].nodes {
			addStats(row.Nodes, nodeAt(nodes, at), stats)
		}
		for key, stats := range t[minute].edges {
			addStats(row.Edges, Edge{nodeAt(nodes, key.from), nodeAt(nodes, key.to)}, stats)
		}
		list = append(list, row)
	}
	return list
}

func (t tally) clone() tally {
	out := make(tally, len(t))
	for minute, m := range t {
		c := newMinuteTally()
		mergeStats(c.nodes, m.nodes)
		mergeStats(c.edges, m.edges)
		out[minute] = c
	}
	return out
}

func newMinuteTally() *minuteTally {
	return &minuteTally{nodes: map[int32]*Stats{}, edges: map[edgeKey]*Stats{}}
}

// counting adds the spans of one trace to a tally.
type counting struct {
	b       *Builder
	tally   *tally
	trace   otlp.TraceID
	arrived int64
	whole   bool // no more spans of the trace are expected

	last *minuteTally // of the minute used last
	at   int32
}

// node counts a request that the span's own service served.
func (c *counting) node(r *record) {
	nodes := c.minute(r.minute).nodes
	stats := nodes[r.node]
	if stats == nil {
		stats = &Stats{}
		nodes[r.node] = stats
	}
	stats.Add(r.category, r.nanos, c.trace)
}

// edge counts a call with the numbers of r.
func (c *counting) edge(from, to int32, r *record) {
	edges := c.minute(r.minute).edges
	key := edgeKey{from, to}
	stats := edges[key]
	if stats == nil {
		if len(edges) >= c.b.opts.MaxEdges {
			c.b.counters.Overflowed++
			key = edgeKey{c.other(from), c.other(to)}
		}
		if stats = edges[key]; stats == nil {
			stats = &Stats{}
			edges[key] = stats
		}
	}
	stats.Add(r.category, r.nanos, c.trace)
}

func (c *counting) other(at int32) int32 {
	if at == clientNode || at == jobNode {
		return at
	}
	return otherNode - int32(c.b.nodes.list[at].Kind)
}

// minute finds the counts of a minute. Above the bound of minutes, that of the
// trace's arrival takes their place.
func (c *counting) minute(minute int32) *minuteTally {
	if c.last != nil && c.at == minute {
		return c.last
	}
	m := (*c.tally)[minute]
	if m == nil {
		to := minute
		if len(*c.tally) >= c.b.opts.MaxRows {
			c.b.counters.Clamped++
			to = int32(max(c.arrived, 0) / minuteNanos)
			m = (*c.tally)[to]
		}
		if m == nil {
			m = newMinuteTally()
			(*c.tally)[to] = m
		}
	}
	c.last, c.at = m, minute
	return m
}

// Add counts one request.
func (s *Stats) Add(category semconv.Category, nanos uint64, trace otlp.TraceID) {
	switch category {
	case semconv.OK:
		s.OK++
	case semconv.Error:
		s.Error++
	case semconv.Throttle:
		s.Throttle++
	default:
		s.Fault++
	}
	s.SumNanos += nanos
	s.Latency.Add(nanos, 1)
	s.example(nanos, trace)
}
