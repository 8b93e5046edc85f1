package servicegraph

// Row is what was counted for one minute.
type Row struct {
	Minute int64 // Unix nanoseconds of its begin
	Nodes  map[Node]*Stats
	Edges  map[Edge]*Stats
}

func newRow(minute int64) *Row {
	return &Row{Minute: minute, Nodes: map[Node]*Stats{}, Edges: map[Edge]*Stats{}}
}

// Merge adds all of other, which is not changed and shares no memory with r afterwards.
func (r *Row) Merge(other *Row) {
	mergeStats(r.Nodes, other.Nodes)
	mergeStats(r.Edges, other.Edges)
}

func mergeStats[K comparable](to, from map[K]*Stats) {
	for key, stats := range from {
		addStats(to, key, stats)
	}
}

func addStats[K comparable](to map[K]*Stats, key K, stats *Stats) {
	sum := to[key]
	if sum == nil {
		sum = &Stats{}
		to[key] = sum
	}
	sum.Merge(stats)
}

// Totals are the requests of the minute that come from the client; where none
// does, the jobs that services began by themselves.
func (r *Row) Totals() Minute {
	m := Minute{Time: r.Minute}
	for _, origin := range [...]NodeKind{Client, Job} {
		for edge, stats := range r.Edges {
			if edge.From.Kind == origin {
				m.Requests += stats.Total()
				m.Faults += stats.Fault
			}
		}
		if m.Requests > 0 {
			break
		}
	}
	return m
}
