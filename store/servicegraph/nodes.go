package servicegraph

import (
	"bytes"
	"encoding/binary"
	"strings"

	"github.com/oriel-io/oriel/wire/semconv"
)

// nodes gives nodes small numbers, so that records hold no strings.
type nodes struct {
	limit    int
	list     []nodeInfo
	services []serviceInfo
	byKey    map[string]int32 // services and peers by their parts
	overflow *uint64          // Counters.Overflowed
	key      []byte           // scratch
}

// nodeInfo is a node with what the pairing compares.
type nodeInfo struct {
	Node
	service int32  // index into services; none for inferred nodes
	short   string // Name without Kubernetes' DNS suffix
}

// serviceInfo is a service with its versions.
type serviceInfo struct {
	name, namespace string
	versions        map[string]int32
}

func (n *nodes) init(limit int, overflow *uint64) {
	*n = nodes{limit: limit, overflow: overflow, byKey: map[string]int32{}}
}

// service numbers a service.
func (n *nodes) service(name, namespace []byte) int32 {
	n.key = appendKey(n.key[:0], 's', name, namespace)
	if at, ok := n.byKey[string(n.key)]; ok {
		return at
	}
	if len(n.list) >= n.limit {
		*n.overflow++
		n.key = appendKey(n.key[:0], 's', []byte(Other), nil)
		if at, ok := n.byKey[string(n.key)]; ok {
			return at
		}
		name, namespace = []byte(Other), nil
	}
	at := int32(len(n.services))
	n.services = append(n.services, serviceInfo{clean(name), clean(namespace), map[string]int32{}})
	n.byKey[string(n.key)] = at
	return at
}

// version numbers the node of a service's version.
func (n *nodes) version(service int32, version []byte) int32 {
	s := &n.services[service]
	if at, ok := s.versions[string(version)]; ok {
		return at
	}
	if len(n.list) >= n.limit {
		*n.overflow++
		if at, ok := s.versions[Other]; ok {
			return at
		}
		version = []byte(Other)
	}
	at := int32(len(n.list))
	node := Node{Kind: Service, Name: s.name, Namespace: s.namespace, Version: clean(version)}
	n.list = append(n.list, nodeInfo{node, service, node.Name})
	s.versions[string(version)] = at
	return at
}

// inferred numbers a node that sends no spans of its own.
func (n *nodes) inferred(kind NodeKind, name, system []byte) int32 {
	n.key = appendKey(n.key[:0], 'i'+byte(kind), name, system)
	if at, ok := n.byKey[string(n.key)]; ok {
		return at
	}
	if len(n.list) >= n.limit {
		*n.overflow++
		n.key = appendKey(n.key[:0], 'i'+byte(kind), []byte(Other), nil)
		if at, ok := n.byKey[string(n.key)]; ok {
			return at
		}
		name, system = []byte(Other), nil
	}
	at := int32(len(n.list))
	node := Node{Kind: kind, Name: clean(name), System: clean(system)}
	n.list = append(n.list, nodeInfo{node, none, shortName(node.Name)})
	n.byKey[string(n.key)] = at
	return at
}

func appendKey(b []byte, kind byte, first, second []byte) []byte {
	b = binary.AppendUvarint(append(b, kind), uint64(len(first)))
	return append(append(b, first...), second...)
}

// maxName bounds the text of a node; longer names are cut.
const maxName = 256

// clean makes text that may leave as JSON: valid UTF-8 of bounded length.
func clean(text []byte) string {
	return strings.ToValidUTF8(string(text[:min(len(text), maxName)]), "\uFFFD")
}

// shortName takes the service out of a DNS name inside Kubernetes:
// "reviews.default.svc.cluster.local" and "reviews.default.svc" are "reviews".
func shortName(host string) string {
	name, rest, found := strings.Cut(host, ".")
	if found {
		if _, suffix, found := strings.Cut(rest, "."); found && (suffix == "svc" || strings.HasPrefix(suffix, "svc.")) {
			return name
		}
	}
	return host
}

// namespaceOf is the Kubernetes namespace in a DNS name that shortName shortens.
func namespaceOf(host string) string {
	_, rest, _ := strings.Cut(host, ".")
	namespace, _, _ := strings.Cut(rest, ".")
	return namespace
}

// peer numbers what the other side of a call or message is, as far as the span
// itself says; none if it says nothing.
func (b *Builder) peer(f *semconv.Facts) (node int32, messaging bool) {
	host := f.ServerAddress
	if cluster := clusterHost(f.UpstreamCluster); len(cluster) > 0 {
		host = cluster
	}
	switch {
	case len(f.MessagingSystem) > 0:
		name := firstOf(f.Destination, f.PeerService, host, f.MessagingSystem)
		return b.nodes.inferred(Queue, name, f.MessagingSystem), true
	case len(f.DBSystem) > 0:
		name := f.DBName
		if len(bytes.Trim(name, "0123456789")) == 0 { // Redis numbers its databases
			name = nil
		}
		return b.nodes.inferred(Database, firstOf(f.PeerService, name, host, f.DBSystem), f.DBSystem), false
	}
	name := firstOf(f.PeerService, host)
	if len(name) == 0 {
		return none, false
	}
	system := f.RPCSystem
	if len(system) == 0 {
		system = []byte("http")
	}
	return b.nodes.inferred(External, name, system), false
}

// clusterHost is the host of an Envoy cluster that Istio named:
// "outbound|9080||reviews.default.svc.cluster.local".
func clusterHost(cluster []byte) []byte {
	if rest, ok := bytes.CutPrefix(cluster, []byte("outbound|")); ok {
		return rest[bytes.LastIndexByte(rest, '|')+1:]
	}
	return nil
}

func firstOf(names ...[]byte) []byte {
	for _, name := range names {
		if len(name) > 0 {
			return name
		}
	}
	return nil
}

// forgetNodes numbers anew the nodes that waiting spans refer to, once the
// others have become many.
func (b *Builder) forgetNodes() {
	if len(b.nodes.list) < b.opts.MaxNodes/2 {
		return
	}
	old := b.nodes.list
	b.nodes.init(b.opts.MaxNodes, &b.counters.Overflowed)
	moved := make(map[int32]int32, len(old))
	move := func(at int32) int32 {
		if at == none {
			return none
		}
		to, ok := moved[at]
		if !ok {
			to = b.nodes.number(old[at].Node)
			moved[at] = to
		}
		return to
	}
	for t := b.waiting.head; t != none; t = b.waiting.traces[t].next {
		for at := b.waiting.traces[t].span; at != none; at = b.waiting.records[at].next {
			r := &b.waiting.records[at]
			r.node, r.peer = move(r.node), move(r.peer)
		}
	}
}

// number finds the number of a node.
func (n *nodes) number(node Node) int32 {
	if node.Kind == Service {
		return n.version(n.service([]byte(node.Name), []byte(node.Namespace)), []byte(node.Version))
	}
	return n.inferred(node.Kind, []byte(node.Name), []byte(node.System))
}
