package analysis

import (
	"cmp"
	"slices"
	"time"

	"github.com/oriel-io/oriel/store/servicegraph"
	"github.com/oriel-io/oriel/wire/otlp"
)

// Graph makes the service graph of any set of spans, by the rules of the
// store's per-minute graph: for maps of what a filter let through.
func Graph(batches ...*otlp.Batch) *servicegraph.Window {
	spans := 0
	for _, batch := range batches {
		spans += batch.Items()
	}
	b := servicegraph.NewBuilder(servicegraph.Options{MaxPending: spans + 1, MaxEdges: spans + 1, MaxNodes: 2*spans + 2, MaxRows: spans + 1})
	now := time.Now().UnixNano()
	for _, batch := range batches {
		b.AddBatch(batch, now)
	}
	b.Flush()
	rows := b.Cut()
	if len(rows) == 0 {
		return servicegraph.Sum(0, 0, nil)
	}
	return servicegraph.Sum(rows[0].Minute, rows[len(rows)-1].Minute+int64(time.Minute), rows)
}

// Map is a window of the service graph for people: versions folded into their
// service, nodes with stable ids.
type Map struct {
	From, To int64
	Nodes    []MapNode
	Edges    []MapEdge
	Total    servicegraph.Stats // of the requests that enter from the client
}

// MapNode is a node with all its versions.
type MapNode struct {
	ID       string
	Node     servicegraph.Node // Version is empty
	Stats    servicegraph.Stats
	Versions []VersionStats // two or more, by version; none if there is only one
}

// VersionStats is what one version of a service served.
type VersionStats struct {
	Version string
	Stats   servicegraph.Stats
}

// MapEdge is the calls between one version of a node and one of another. The
// versions are empty where the node has only one.
type MapEdge struct {
	From, To               string // MapNode.ID
	FromVersion, ToVersion string
	Stats                  servicegraph.Stats
}

// BuildMap makes the map of a window, which is not changed. The client is a
// node if something comes from it, with the numbers of its calls. A service without server
// spans of its own has the numbers of the calls to it. Nodes and edges are sorted.
func BuildMap(w *servicegraph.Window) *Map {
	m := &Map{From: w.From, To: w.To}
	b := mapBuilder{nodes: map[servicegraph.Node]*MapNode{}, versions: map[servicegraph.Node]map[string]*servicegraph.Stats{}}
	for node, stats := range w.Nodes {
		b.node(node).Stats.Merge(stats)
		b.version(node, stats)
	}
	unseen := map[*MapNode]bool{}
	for _, node := range b.nodes {
		unseen[node] = node.Stats.Total() == 0
	}
	edges := map[edgeKey]*servicegraph.Stats{}
	for edge, stats := range w.Edges {
		if edge.From.Kind == servicegraph.Client {
			m.Total.Merge(stats)
			b.node(edge.From).Stats.Merge(stats)
		}
		if to := b.node(edge.To); unseen[to] {
			to.Stats.Merge(stats)
		}
		key := edgeKey{b.node(edge.From).ID, b.node(edge.To).ID, b.versionOf(edge.From), b.versionOf(edge.To)}
		if edges[key] == nil {
			edges[key] = &servicegraph.Stats{}
		}
		edges[key].Merge(stats)
	}
	for _, node := range b.nodes {
		node.Versions = b.listVersions(node.Node)
		m.Nodes = append(m.Nodes, *node)
	}
	for key, stats := range edges {
		m.Edges = append(m.Edges, MapEdge{key.from, key.to, key.fromVersion, key.toVersion, *stats})
	}
	slices.SortFunc(m.Nodes, func(x, y MapNode) int { return cmp.Compare(x.ID, y.ID) })
	slices.SortFunc(m.Edges, func(x, y MapEdge) int {
		return cmp.Or(cmp.Compare(x.From, y.From), cmp.Compare(x.To, y.To),
			cmp.Compare(x.FromVersion, y.FromVersion), cmp.Compare(x.ToVersion, y.ToVersion))
	})
	return m
}

// edgeKey identifies an edge of a Map.
type edgeKey struct{ from, to, fromVersion, toVersion string }

type mapBuilder struct {
	nodes    map[servicegraph.Node]*MapNode // by node without version
	versions map[servicegraph.Node]map[string]*servicegraph.Stats
}

func (b *mapBuilder) node(n servicegraph.Node) *MapNode {
	n.Version = ""
	if b.nodes[n] == nil {
		b.nodes[n] = &MapNode{ID: nodeID(n), Node: n}
	}
	return b.nodes[n]
}

// version notes a version, unless it is only that of calls that nobody answered.
func (b *mapBuilder) version(n servicegraph.Node, stats *servicegraph.Stats) {
	version := n.Version
	n.Version = ""
	if n.Kind != servicegraph.Service || version == "" && stats.Total() == 0 {
		return
	}
	if b.versions[n] == nil {
		b.versions[n] = map[string]*servicegraph.Stats{}
	}
	b.versions[n][version] = stats
}

func (b *mapBuilder) listVersions(n servicegraph.Node) (list []VersionStats) {
	if len(b.versions[n]) < 2 {
		return nil
	}
	for version, stats := range b.versions[n] {
		v := VersionStats{Version: version}
		v.Stats.Merge(stats)
		list = append(list, v)
	}
	slices.SortFunc(list, func(x, y VersionStats) int { return cmp.Compare(x.Version, y.Version) })
	return list
}

// versionOf is the version of an edge's end, empty if the node has only one.
func (b *mapBuilder) versionOf(n servicegraph.Node) string {
	version := n.Version
	n.Version = ""
	if len(b.versions[n]) < 2 {
		return ""
	}
	return version
}

// nodeID is the same in every window: "service:shop/cart", "database:mysql:users", "client".
func nodeID(n servicegraph.Node) string {
	switch n.Kind {
	case servicegraph.Client:
		return "client"
	case servicegraph.Service:
		if n.Namespace != "" {
			return "service:" + n.Namespace + "/" + n.Name
		}
		return "service:" + n.Name
	}
	return KindName(n.Kind) + ":" + n.System + ":" + n.Name
}

// KindName is the word for a kind of node.
func KindName(k servicegraph.NodeKind) string {
	return [...]string{"service", "client", "database", "queue", "external"}[k]
}
