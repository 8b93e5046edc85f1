package zipkin

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/oriel-io/oriel/store/servicegraph"
)

// link is a DependencyLink of the API.
type link struct {
	Parent     string `json:"parent"`
	Child      string `json:"child"`
	CallCount  uint64 `json:"callCount"`
	ErrorCount uint64 `json:"errorCount,omitempty"`
}

func (s *server) dependencies(r *http.Request) ([]byte, error) {
	values := r.URL.Query()
	if _, err := required(values, "endTs"); err != nil {
		return nil, err
	}
	from, to, err := window(values, s.now())
	if err != nil {
		return nil, err
	}
	graph, err := s.reader.Graph(r.Context(), from, to)
	if err != nil {
		return nil, err
	}
	return json.Marshal(links(graph))
}

// links sums edges over namespaces and versions, which Zipkin does not know.
// Calls from outside have no parent and are left out.
func links(graph *servicegraph.Window) []link {
	sums := map[[2]string]*link{}
	if graph != nil {
		for edge, stats := range graph.Edges {
			if edge.From.Kind == servicegraph.Client || edge.From.Name == "" || edge.To.Name == "" {
				continue
			}
			key := [2]string{edge.From.Name, edge.To.Name}
			if sums[key] == nil {
				sums[key] = &link{Parent: key[0], Child: key[1]}
			}
			sums[key].CallCount += stats.Total()
			sums[key].ErrorCount += stats.Fault
		}
	}
	out := make([]link, 0, len(sums))
	for _, l := range sums {
		out = append(out, *l)
	}
	slices.SortFunc(out, func(a, b link) int { return cmp.Or(cmp.Compare(a.Parent, b.Parent), cmp.Compare(a.Child, b.Child)) })
	return out
}
