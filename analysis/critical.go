package analysis

import (
	"cmp"
	"slices"

	"github.com/oriel-io/oriel/wire/otlp"
)

// Stretch is a part of the critical path: from From to To the trace waited for
// this span itself. Unix nanoseconds, clocks corrected.
type Stretch struct {
	Span     int32
	From, To int64
}

// criticalPath walks back from the end of root: the child that finished last
// is what the span waited for, before it what finished last before that child began,
// and so on; what no child covers is the span itself. A child that outlives its
// parent counts up to the parent's end. Consumers of messages and what begins after
// the parent's end are asynchronous: nobody waits for them.
//
// The stretches are in order of time, do not overlap and together are as long
// as the root. Cost: linear, after sorting siblings by their end.
func (t *Tree) criticalPath(root int32) []Stretch {
	byEnd := t.childrenByEnd()
	var path []Stretch // backwards
	add := func(span int32, from, to int64) {
		if from < to {
			path = append(path, Stretch{span, from, to})
		}
	}
	type frame struct {
		span, next int32 // next child to look at, in byEnd
		low, high  int64 // the part of the span that is waited for
		at         int64 // moves back from high to low
	}
	r := &t.Spans[root]
	stack := []frame{{root, 0, r.Begin, r.Finish(), r.Finish()}}
	for len(stack) > 0 {
		f := &stack[len(stack)-1]
		children := byEnd.of(f.span)
		child, end := none, int64(0)
		for child == none && int(f.next) < len(children) && f.at > f.low {
			c := children[f.next]
			f.next++
			s := &t.Spans[c]
			end = min(s.Finish(), f.high)
			if end > f.at || end <= f.low || s.Begin >= end {
				continue // still ran when what we wait for began, or adds nothing
			}
			child = c
		}
		if child == none {
			add(f.span, f.low, f.at)
			stack = stack[:len(stack)-1]
			continue
		}
		add(f.span, end, f.at)
		begin := max(t.Spans[child].Begin, f.low)
		f.at = begin
		stack = append(stack, frame{child, 0, begin, end, end})
	}
	slices.Reverse(path)
	return path
}

// byEnd lists the children that a span waits for, latest end first.
type byEnd struct {
	first []int32 // of each span, in list; one more at the end
	list  []int32
}

func (b *byEnd) of(span int32) []int32 { return b.list[b.first[span]:b.first[span+1]] }

func (t *Tree) childrenByEnd() *byEnd {
	b := &byEnd{first: make([]int32, len(t.Spans)+1)}
	waits := func(s *Span) bool { return s.Parent != none && s.Kind != otlp.KindConsumer }
	for i := range t.Spans {
		if s := &t.Spans[i]; waits(s) {
			b.first[s.Parent+1]++
		}
	}
	for i := range t.Spans {
		b.first[i+1] += b.first[i]
	}
	b.list = make([]int32, b.first[len(t.Spans)])
	next := slices.Clone(b.first)
	for i := range t.Spans {
		if s := &t.Spans[i]; waits(s) {
			b.list[next[s.Parent]] = int32(i)
			next[s.Parent]++
		}
	}
	for i := range t.Spans {
		parentEnd := t.Spans[i].Finish()
		slices.SortFunc(b.of(int32(i)), func(x, y int32) int {
			p, q := &t.Spans[x], &t.Spans[y]
			return cmp.Or(cmp.Compare(min(q.Finish(), parentEnd), min(p.Finish(), parentEnd)),
				cmp.Compare(q.Begin, p.Begin), cmp.Compare(y, x))
		})
	}
	return b
}

// Share is a service's part of the critical path.
type Share struct {
	Service int32 // index in Tree.Services
	Nanos   int64
}

// PathByService sums the critical path by service, in order of first entry.
func (t *Tree) PathByService() []Share {
	var shares []Share
	at := make([]int32, len(t.Services)) // index in shares + 1
	for _, s := range t.Critical {
		service := t.Spans[s.Span].Service
		if at[service] == 0 {
			shares = append(shares, Share{Service: service})
			at[service] = int32(len(shares))
		}
		shares[at[service]-1].Nanos += s.To - s.From
	}
	return shares
}
