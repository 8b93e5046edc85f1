package servicegraph

import "slices"

// Sum makes the window of [from, to): the rows of the minutes that overlap it,
// added up. Engines answer Reader.Graph with it.
//
// Calls that nothing answered but that name a service of the window go to that
// service; whether a service is known is only clear when all rows are there.
func Sum(from, to int64, rows []*Row) *Window {
	w := &Window{From: floorMinute(from), To: floorMinute(to-1) + minuteNanos, Nodes: map[Node]*Stats{}, Edges: map[Edge]*Stats{}}
	for _, row := range rows {
		if w.From <= row.Minute && row.Minute < w.To {
			mergeStats(w.Nodes, row.Nodes)
			mergeStats(w.Edges, row.Edges)
		}
	}
	w.resolveJobs()
	w.redirectKnown()
	w.sumInferred()
	return w
}

// Minutes lists the totals of the minutes of [from, to) that have a row, by
// time. Engines answer Reader.GraphMinutes with it; rows may hold a minute several times.
func Minutes(from, to int64, rows []*Row) []Minute {
	from, to = floorMinute(from), floorMinute(to-1)+minuteNanos
	byTime := map[int64]Minute{}
	for _, row := range rows {
		if from <= row.Minute && row.Minute < to {
			m, sum := row.Totals(), byTime[row.Minute]
			byTime[row.Minute] = Minute{row.Minute, sum.Requests + m.Requests, sum.Faults + m.Faults}
		}
	}
	list := make([]Minute, 0, len(byTime))
	for _, m := range byTime {
		list = append(list, m)
	}
	slices.SortFunc(list, func(a, b Minute) int { return int(a.Time/minuteNanos - b.Time/minuteNanos) })
	return list
}

func floorMinute(t int64) int64 {
	if r := t % minuteNanos; r < 0 {
		return t - r - minuteNanos
	} else {
		return t - r
	}
}

// resolveJobs gives a service that serves nobody the numbers of its jobs, so
// that a lone worker shows. Beside requests jobs would only blur the latencies.
func (w *Window) resolveJobs() {
	for edge, stats := range w.Edges {
		if edge.From.Kind != Job {
			continue
		}
		delete(w.Edges, edge)
		if own := w.Nodes[edge.To]; own == nil {
			w.Nodes[edge.To] = stats
		}
	}
}

// redirectKnown turns external nodes into the services whose name they bear.
func (w *Window) redirectKnown() {
	services := map[string][]Node{} // name -> one node for each namespace, without version
	for node := range w.serviceNodes() {
		node.Version = ""
		if !slices.Contains(services[node.Name], node) {
			services[node.Name] = append(services[node.Name], node)
		}
	}
	for edge, stats := range w.Edges {
		if edge.To.Kind != External {
			continue
		}
		known := services[edge.To.Name]
		if len(known) == 0 {
			known = inNamespace(services[shortName(edge.To.Name)], edge.To.Name)
		}
		if len(known) != 1 { // nobody, or several namespaces and no way to tell which
			continue
		}
		delete(w.Edges, edge)
		edge.To = known[0]
		addStats(w.Edges, edge, stats)
	}
}

// inNamespace keeps the services that a DNS name in Kubernetes can mean.
func inNamespace(services []Node, host string) (out []Node) {
	for _, s := range services {
		if s.Namespace == "" || namespaceOf(host) == s.Namespace {
			out = append(out, s)
		}
	}
	return out
}

// serviceNodes are all nodes of services, counted or not.
func (w *Window) serviceNodes() map[Node]bool {
	nodes := map[Node]bool{}
	for node := range w.Nodes {
		nodes[node] = true
	}
	for edge := range w.Edges {
		for _, node := range [...]Node{edge.From, edge.To} {
			if node.Kind == Service {
				nodes[node] = true
			}
		}
	}
	return nodes
}

// sumInferred gives inferred nodes the sum of their edges, and each service
// that is only known from calls an empty entry.
func (w *Window) sumInferred() {
	for edge, stats := range w.Edges {
		for _, node := range [...]Node{edge.From, edge.To} {
			if w.Nodes[node] == nil && node.Kind != Client {
				w.Nodes[node] = &Stats{}
			}
		}
		if kind := edge.To.Kind; kind != Service && kind != Client {
			w.Nodes[edge.To].Merge(stats)
		}
	}
}
