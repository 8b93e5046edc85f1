package servicegraph

import (
	"cmp"
	"slices"

	"github.com/oriel-io/oriel/wire/otlp"
)

// The rules, all of them functions of the set of spans of one trace:
//
// Parent. A server span that shares its id with a client span (Zipkin) is the
// other half of it. Any other span's parent is the span with the parent id; if two
// have it, the one in the span's own service, else the server half.
//
// Half. A client span below a client span of another service, with the same
// peer or with its own service as peer, is a server half that an old Istio
// recorded as CLIENT. It counts as a server span.
//
// Node. Counted are SERVER and CONSUMER spans and halves; a root that is no
// call is a job, which counts only where the service serves nobody, so that a lone
// worker shows; a root call that a proxy recorded, because proxies do not begin anything; and a span that is no call and whose parent is
// in another service. A span directly below one of the same service that opens
// the request is a layer of it (sidecar and application) and does not count again.
//
// Edge. A span whose parent is a call and that is a server span, or in another
// service, answers that call: an edge with the numbers of the call, once for each
// node that answers it. Below a span of another service that is no call, the edge
// has the numbers of the span itself. A counted root, and a server span whose
// parent never came, is an edge from the client.
//
// Inferred. A call that nothing answered goes to the node that its attributes
// name. Messages go through their queue in any case: producer to queue, queue to
// consumer. A call directly below a call of the same service is a layer of it
// (AWS SDK and its HTTP client): the outermost that names a peer counts.

// settler is scratch memory for one trace at a time.
type settler struct {
	spans    []record
	parents  []int32 // index of the parent of each span, or none
	halves   []bool  // span is a server half recorded as CLIENT
	answered []bool  // a span answered the call, or a layer below it
	answers  []answer
}

// answer is a call with a node that served it.
type answer struct{ call, node int32 }

// settle counts the spans in b.settler, those of one trace, into t. arrived
// is when the last of them came. If the trace is not whole, what further spans could
// prove wrong is left out.
func (b *Builder) settle(id otlp.TraceID, arrived int64, whole bool, t *tally) {
	s := &b.settler
	s.sort(b.nodes.list)
	b.counters.Duplicates += s.dropDuplicates(b.nodes.list)
	s.findParents(b.nodes.list)

	out := counting{b: b, tally: t, trace: id, arrived: arrived, whole: whole}
	s.answers = s.answers[:0]
	for i := range s.spans {
		b.settleSpan(&out, int32(i))
	}
	b.settleCalls(&out)
}

// settleSpan counts span i for its node, and notes or counts the edge to it.
func (b *Builder) settleSpan(out *counting, i int32) {
	s, nodes := &b.settler, b.nodes.list
	span := &s.spans[i]
	p := s.parents[i]
	serves := span.kind == otlp.KindServer || span.kind == otlp.KindConsumer || s.halves[i]
	call := span.calls() && !s.halves[i]
	if span.messaging && span.kind == otlp.KindConsumer {
		out.edge(span.peer, span.node, span)
		out.node(span)
		return
	}
	if p == none {
		switch {
		case serves || span.root() && call && span.proxy:
			out.node(span)
			if span.root() || out.whole {
				out.edge(clientNode, span.node, span)
			}
		case span.root() && !call:
			out.edge(jobNode, span.node, span)
		}
		return
	}
	parent := &s.spans[p]
	foreign := nodes[span.node].service != nodes[parent.node].service
	if parent.calls() && !s.halves[p] {
		if serves || foreign {
			s.answers = append(s.answers, answer{p, span.node})
		}
	} else if foreign {
		out.edge(parent.node, span.node, span)
	}
	layer := !foreign && parent.opens()
	if serves && !layer || foreign && !call {
		out.node(span)
	}
}

// settleCalls counts the edges of calls: to those that answered, else to the inferred node.
func (b *Builder) settleCalls(out *counting) {
	s := &b.settler
	slices.SortFunc(s.answers, func(a, b answer) int {
		return cmp.Or(cmp.Compare(a.call, b.call), cmp.Compare(a.node, b.node))
	})
	s.answers = slices.Compact(s.answers)
	for _, a := range s.answers {
		call := &s.spans[a.call]
		out.edge(call.node, a.node, call)
		// The layers above are answered with it. A mark that is there ends the
		// walk, so that a cycle does too.
		for at := a.call; at != none && !s.answered[at]; at = s.layerAbove(b.nodes.list, at) {
			s.answered[at] = true
		}
	}
	for i := range s.spans {
		span := &s.spans[i]
		if !span.calls() || s.halves[i] || span.peer == none {
			continue
		}
		// Databases seldom send spans of their own; any other peer may.
		certain := out.whole || b.nodes.list[span.peer].Kind == Database
		if span.messaging || certain && !s.answered[i] && !s.namedAbove(b.nodes.list, int32(i)) {
			out.edge(span.node, span.peer, span)
		}
	}
}

// layerAbove is the call of the same service that call i is a layer of, or none.
func (s *settler) layerAbove(nodes []nodeInfo, i int32) int32 {
	p := s.parents[i]
	if p == none || !s.spans[p].calls() || s.halves[p] ||
		nodes[s.spans[p].node].service != nodes[s.spans[i].node].service {
		return none
	}
	return p
}

// namedAbove says that a layer above call i names its peer and so counts in its
// place. In a cycle of layers all of them count.
func (s *settler) namedAbove(nodes []nodeInfo, i int32) bool {
	steps := 0
	for at := s.layerAbove(nodes, i); at != none && at != i && steps < maxLayers; at = s.layerAbove(nodes, at) {
		if s.spans[at].peer != none {
			return true
		}
		steps++
	}
	return false
}

// maxLayers bounds the walk up; real calls have two or three layers.
const maxLayers = 16

// sort orders the spans by id, then by all that is known of them, so that what
// follows does not depend on the order of arrival.
func (s *settler) sort(nodes []nodeInfo) {
	slices.SortFunc(s.spans, func(a, b record) int {
		if a.id != b.id {
			return cmp.Compare(a.id, b.id)
		}
		return compareSameID(nodes, &a, &b)
	})
}

// compareSameID compares nodes by their names: their numbers depend on the order of arrival.
func compareSameID(nodes []nodeInfo, a, b *record) int {
	if c := cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.start, b.start), cmp.Compare(a.nanos, b.nanos),
		cmp.Compare(a.parent, b.parent), cmp.Compare(a.category, b.category)); c != 0 {
		return c
	}
	if a.node != b.node {
		return compareNodes(nodes[a.node].Node, nodes[b.node].Node)
	}
	if a.peer == b.peer {
		return 0
	}
	if a.peer == none || b.peer == none {
		return cmp.Compare(a.peer, b.peer) // none is the lowest
	}
	return compareNodes(nodes[a.peer].Node, nodes[b.peer].Node)
}

// dropDuplicates keeps one of spans that are the same in all that counts:
// senders repeat a batch whose acknowledgement was lost. Spans without an id stay.
func (s *settler) dropDuplicates(nodes []nodeInfo) uint64 {
	before := len(s.spans)
	s.spans = slices.CompactFunc(s.spans, func(a, b record) bool {
		return a.id == b.id && a.id != 0 && compareSameID(nodes, &a, &b) == 0
	})
	return uint64(before - len(s.spans))
}

// findParents fills parents and halves.
func (s *settler) findParents(nodes []nodeInfo) {
	s.parents, s.halves, s.answered = s.parents[:0], s.halves[:0], s.answered[:0]
	for i := range s.spans {
		s.parents = append(s.parents, s.parentOf(nodes, i))
		s.answered = append(s.answered, false)
	}
	for i := range s.spans {
		span, p := &s.spans[i], s.parents[i]
		s.halves = append(s.halves, span.kind == otlp.KindClient && p != none && isHalf(nodes, span, &s.spans[p]))
	}
}

func (s *settler) parentOf(nodes []nodeInfo, i int) int32 {
	span := &s.spans[i]
	service := nodes[span.node].service
	if span.id != 0 && (span.kind == otlp.KindServer || span.kind == otlp.KindConsumer) {
		if client := s.sharedClient(nodes, i); client != none {
			return client
		}
	}
	if span.root() {
		return none
	}
	at, found := slices.BinarySearchFunc(s.spans, span.parent, func(r record, id uint64) int { return cmp.Compare(r.id, id) })
	if !found {
		return none
	}
	best, bestScore := none, -1
	for ; at < len(s.spans) && s.spans[at].id == span.parent; at++ {
		score := 0
		if nodes[s.spans[at].node].service == service {
			score += 2
		}
		if !s.spans[at].calls() {
			score++
		}
		if score > bestScore {
			best, bestScore = int32(at), score
		}
	}
	return best
}

// sharedClient finds the client half that has the id of server span i.
func (s *settler) sharedClient(nodes []nodeInfo, i int) int32 {
	span, best := &s.spans[i], none
	from := i
	for from > 0 && s.spans[from-1].id == span.id {
		from--
	}
	for at := from; at < len(s.spans) && s.spans[at].id == span.id; at++ {
		if !s.spans[at].calls() {
			continue
		}
		if nodes[s.spans[at].node].service != nodes[span.node].service {
			return int32(at)
		}
		if best == none {
			best = int32(at)
		}
	}
	return best
}

// isHalf says that a client span is the server half of the client span above it.
func isHalf(nodes []nodeInfo, span, parent *record) bool {
	if parent.kind != otlp.KindClient || nodes[span.node].service == nodes[parent.node].service {
		return false
	}
	if span.peer == none {
		return true // calls nobody that it could name
	}
	own := nodes[span.peer].short
	return span.peer == parent.peer || own == nodes[span.node].Name ||
		parent.peer != none && own == nodes[parent.peer].short
}
