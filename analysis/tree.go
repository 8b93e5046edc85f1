// Package analysis answers questions about telemetry that is already at hand:
// the tree of a trace with its critical path, the service map of a window. All of
// it is pure functions.
//
// Begin with BuildTree and BuildMap.
package analysis

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/semconv"
)

// Tree is a trace, parents before children, depth first, siblings by start.
// The same spans in any order of arrival make the same tree.
//
// A span's parent is the span with its parent id; where several have that id
// (Zipkin gives client and server half of a call the same), the one of the span's
// own service, else the server half. A server half is the child of its client half.
// For each parent that is not there stands an empty span that covers its
// children. Where parents go in a circle, the earliest span becomes a root.
type Tree struct {
	Spans    []Span
	Services []Service // dictionary for Span.Service
	Start    int64     // Unix nanoseconds: the earliest start, clocks corrected
	End      int64     // the latest end
	Missing  int       // parents that are referred to and not there
	Skews    []Skew
	Critical []Stretch // in order of time; see critical.go
}

// Service is one version of a service that takes part in a trace.
type Service struct{ Name, Version string }

// Span is one node of a Tree. Slices and messages alias the batch.
type Span struct {
	otlp.SpanFields // as recorded; Name is empty for a missing parent
	Category        semconv.Category
	HTTPStatus      uint16    // 0: none
	Proxy           bool      // recorded by a proxy
	Message         otlp.Span // nil for a missing parent
	Resource        otlp.Resource
	Scope           otlp.Scope

	Begin    int64 // corrected start, Unix nanoseconds
	Duration int64 // nanoseconds, not negative
	Self     int64 // part of Duration that no child covers
	Parent   int32 // index, -1 for a root
	End      int32 // index after the last descendant
	Depth    int32
	Service  int32 // index in Tree.Services
	Missing  bool  // stands for a parent that is not there
	Shared   bool  // shares its id with its parent (Zipkin)

	clock int32
}

// Finish is the corrected end.
func (s *Span) Finish() int64 { return s.Begin + s.Duration }

const none = int32(-1)

// Clocks that make no sense are cut to what sums of instants can hold: the
// year 2116, and two years.
const (
	latest  = uint64(1) << 62
	longest = uint64(1) << 56
)

// BuildTree makes the tree of the spans of one trace; nil or an empty batch
// makes an empty tree. Cost: about 2 µs a span.
func BuildTree(batch *otlp.Batch) *Tree {
	b := &builder{services: map[Service]int32{}, clocks: map[string]int32{}}
	if batch != nil {
		b.read(batch)
	}
	b.sortSpans()
	b.findParents()
	b.breakCircles()
	b.correctSkew()
	b.coverChildren()
	b.order()
	b.tree.finish()
	return &b.tree
}

// builder holds the spans in a canonical order until their place is known.
type builder struct {
	tree     Tree
	spans    []Span
	byID     map[otlp.SpanID][]int32
	children [][]int32
	services map[Service]int32
	clocks   map[string]int32
}

func (b *builder) read(batch *otlp.Batch) {
	b.spans = make([]Span, 0, batch.Items())
	for group := range batch.Groups() {
		resource := group.Resource()
		service, clock, versioned := b.sender(resource)
		for scope := range group.Scopes() {
			for span := range scope.Spans() {
				s := Span{SpanFields: span.Fields(), Message: span, Resource: resource, Scope: scope, Parent: none, Service: service, clock: clock}
				facts := semconv.Read(span, &s.SpanFields)
				s.Category, s.HTTPStatus, s.Proxy = facts.Category, facts.HTTPStatus, facts.Proxy
				s.Begin = int64(min(s.Start, latest))
				if s.SpanFields.End > s.Start {
					s.Duration = int64(min(s.SpanFields.End-s.Start, longest))
				}
				if !versioned && len(facts.Revision) > 0 {
					s.Service = b.service(b.tree.Services[service].Name, facts.Revision)
				}
				b.spans = append(b.spans, s)
			}
		}
	}
}

// sender numbers the service and the clock of a resource. A clock is that of a
// host; where none is named, each service is taken to have its own.
func (b *builder) sender(r otlp.Resource) (service, clock int32, versioned bool) {
	var name, version, host []byte
	for key, value := range r.Attrs().All() {
		switch string(key) {
		case semconv.ServiceName:
			name = value.Text()
		case semconv.ServiceVersion:
			version = value.Text()
		case semconv.HostName:
			host = value.Text()
		}
	}
	key := "host " + string(host)
	if len(host) == 0 {
		key = "service " + string(name)
	}
	clock, ok := b.clocks[key]
	if !ok {
		clock = int32(len(b.clocks))
		b.clocks[key] = clock
	}
	return b.service(string(name), version), clock, len(version) > 0
}

func (b *builder) service(name string, version []byte) int32 {
	key := Service{name, string(version)}
	at, ok := b.services[key]
	if !ok {
		at = int32(len(b.tree.Services))
		b.services[key] = at
		b.tree.Services = append(b.tree.Services, key)
	}
	return at
}

// sortSpans makes the order of arrival irrelevant and drops spans that came twice.
func (b *builder) sortSpans() {
	compare := func(x, y *Span) int {
		if c := cmp.Or(cmp.Compare(x.Begin, y.Begin), bytes.Compare(x.SpanID[:], y.SpanID[:]), cmp.Compare(x.Kind, y.Kind)); c != 0 {
			return c
		}
		return cmp.Or(bytes.Compare(x.Message, y.Message), bytes.Compare(x.Resource.Msg, y.Resource.Msg))
	}
	order := make([]*Span, len(b.spans))
	for i := range order {
		order[i] = &b.spans[i]
	}
	slices.SortFunc(order, compare)
	order = slices.CompactFunc(order, func(x, y *Span) bool { return compare(x, y) == 0 })
	sorted := make([]Span, len(order))
	for i, s := range order {
		sorted[i] = *s
	}
	b.spans = sorted
	b.byID = make(map[otlp.SpanID][]int32, len(b.spans))
	for i := range b.spans {
		if id := b.spans[i].SpanID; !id.IsZero() {
			b.byID[id] = append(b.byID[id], int32(i))
		}
	}
}

func (b *builder) findParents() {
	missing := map[otlp.SpanID]int32{}
	for i := range len(b.spans) {
		s := &b.spans[i]
		if client := b.clientHalf(int32(i)); client != none {
			s.Parent, s.Shared = client, true
			continue
		}
		if s.ParentID.IsZero() || s.ParentID == s.SpanID {
			continue
		}
		if s.Parent = b.bestWithID(s.ParentID, s.Service); s.Parent != none {
			continue
		}
		at, ok := missing[s.ParentID]
		if !ok {
			at = int32(len(b.spans))
			missing[s.ParentID] = at
			b.spans = append(b.spans, b.standIn(s))
			s = &b.spans[i]
		}
		s.Parent = at
	}
	b.tree.Missing = len(missing)
}

// standIn is a span in place of a parent that is not there; see coverChildren.
func (b *builder) standIn(child *Span) Span {
	s := Span{Parent: none, Missing: true, Service: b.service("", nil), Begin: child.Begin, clock: child.clock}
	s.TraceID, s.SpanID = child.TraceID, child.ParentID
	return s
}

// coverChildren stretches each stand-in over its children.
func (b *builder) coverChildren() {
	started := map[int32]bool{}
	for i := range b.spans {
		child := &b.spans[i]
		if child.Parent == none || !b.spans[child.Parent].Missing {
			continue
		}
		s := &b.spans[child.Parent]
		if !started[child.Parent] {
			started[child.Parent] = true
			s.Begin, s.Duration = child.Begin, child.Duration
		}
		end := max(s.Finish(), child.Finish())
		s.Begin = min(s.Begin, child.Begin)
		s.Duration = end - s.Begin
	}
}

// clientHalf finds the client span that has the id of server span i.
func (b *builder) clientHalf(i int32) int32 {
	s := &b.spans[i]
	if s.Kind != otlp.KindServer && s.Kind != otlp.KindConsumer {
		return none
	}
	for _, at := range b.byID[s.SpanID] {
		if isCall(b.spans[at].Kind) {
			return at
		}
	}
	return none
}

func (b *builder) bestWithID(id otlp.SpanID, service int32) int32 {
	best, bestScore := none, -1
	for _, at := range b.byID[id] {
		score := 0
		if b.tree.Services[b.spans[at].Service].Name == b.tree.Services[service].Name {
			score += 2
		}
		if !isCall(b.spans[at].Kind) {
			score++
		}
		if score > bestScore {
			best, bestScore = at, score
		}
	}
	return best
}

func isCall(k otlp.Kind) bool { return k == otlp.KindClient || k == otlp.KindProducer }

// breakCircles makes the earliest span of each circle of parents a root.
func (b *builder) breakCircles() {
	const unseen, done = 0, -1
	state := make([]int32, len(b.spans)) // unseen, done, or the number of the walk
	for i := range b.spans {
		walk := int32(i + 1)
		at := int32(i)
		for at != none && state[at] == unseen {
			state[at] = walk
			at = b.spans[at].Parent
		}
		if at != none && state[at] == walk { // came around
			first := at
			for next := b.spans[at].Parent; next != at; next = b.spans[next].Parent {
				first = min(first, next) // spans are in order of start
			}
			b.spans[first].Parent, b.spans[first].Shared = none, false
		}
		for at := int32(i); at != none && state[at] == walk; at = b.spans[at].Parent {
			state[at] = done
		}
	}
}

// order places the spans depth first.
func (b *builder) order() {
	roots := b.sortChildren()
	t := &b.tree
	t.Spans = make([]Span, 0, len(b.spans))
	type visit struct{ span, parent, depth int32 }
	var stack []visit
	for _, root := range slices.Backward(roots) {
		stack = append(stack, visit{root, none, 0})
	}
	for len(stack) > 0 {
		v := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		at := int32(len(t.Spans))
		s := b.spans[v.span]
		s.Parent, s.Depth = v.parent, v.depth
		t.Spans = append(t.Spans, s)
		for _, child := range slices.Backward(b.children[v.span]) {
			stack = append(stack, visit{child, at, v.depth + 1})
		}
	}
	t.renumberServices()
}

// sortChildren fills children, and lists the roots, by corrected start.
func (b *builder) sortChildren() (roots []int32) {
	order := make([]int32, len(b.spans))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(x, y int32) int {
		p, q := &b.spans[x], &b.spans[y]
		return cmp.Or(cmp.Compare(p.Begin, q.Begin), bytes.Compare(p.SpanID[:], q.SpanID[:]), cmp.Compare(x, y))
	})
	b.children = make([][]int32, len(b.spans))
	for _, i := range order {
		if p := b.spans[i].Parent; p == none {
			roots = append(roots, i)
		} else {
			b.children[p] = append(b.children[p], i)
		}
	}
	return roots
}

// renumberServices orders the services by first appearance in the tree: until
// here their numbers came from the order of arrival.
func (t *Tree) renumberServices() {
	old := t.Services
	t.Services = nil
	numbers := make([]int32, len(old))
	for i := range numbers {
		numbers[i] = none
	}
	for i := range t.Spans {
		s := &t.Spans[i]
		if numbers[s.Service] == none {
			numbers[s.Service] = int32(len(t.Services))
			t.Services = append(t.Services, old[s.Service])
		}
		s.Service = numbers[s.Service]
	}
	t.Skews = slices.DeleteFunc(t.Skews, func(s Skew) bool { return numbers[s.Service] == none })
	for i := range t.Skews {
		t.Skews[i].Service = numbers[t.Skews[i].Service]
	}
	slices.SortFunc(t.Skews, func(a, b Skew) int { return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.Moved, b.Moved)) })
}

// finish computes what follows from the order: ends, self times, range, critical path.
func (t *Tree) finish() {
	for i := len(t.Spans) - 1; i >= 0; i-- {
		s := &t.Spans[i]
		s.End = max(s.End, int32(i+1))
		if s.Parent != none {
			parent := &t.Spans[s.Parent]
			parent.End = max(parent.End, s.End)
		}
	}
	t.selfTimes()
	for i := range t.Spans {
		s := &t.Spans[i]
		if i == 0 {
			t.Start, t.End = s.Begin, s.Finish()
		}
		t.Start, t.End = min(t.Start, s.Begin), max(t.End, s.Finish())
	}
	if len(t.Spans) > 0 {
		t.Critical = t.criticalPath(t.MainRoot())
	}
}

// selfTimes takes from each span what its children cover together.
func (t *Tree) selfTimes() {
	covered := make([]int64, len(t.Spans)) // up to which instant children have covered the span
	for i := range t.Spans {
		s := &t.Spans[i]
		s.Self, covered[i] = s.Duration, s.Begin
		if s.Parent == none {
			continue
		}
		// Siblings come by start, so the covered part only grows to the right.
		p := &t.Spans[s.Parent]
		from, to := max(s.Begin, covered[s.Parent]), min(s.Finish(), p.Finish())
		if to > from {
			p.Self -= to - from
			covered[s.Parent] = to
		}
	}
}

// MainRoot is the index of the root that the trace is named for: the longest
// that is there, else the longest stand-in. The tree must not be empty.
func (t *Tree) MainRoot() int32 {
	best := int32(0)
	for i := int32(0); int(i) < len(t.Spans); i = t.Spans[i].End {
		s, b := &t.Spans[i], &t.Spans[best]
		if b.Missing && !s.Missing || b.Missing == s.Missing && s.Duration > b.Duration {
			best = i
		}
	}
	return best
}
