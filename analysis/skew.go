package analysis

import "github.com/oriel-io/oriel/wire/otlp"

// Skew says that the spans of a service were moved, because its clock differs.
type Skew struct {
	Service int32 // index in Tree.Services
	Moved   int64 // nanoseconds added to the recorded times
}

// correctSkew moves the spans of whole clocks so that server spans lie inside
// the client spans that called them. The clock of the first root is the
// reference; a clock that no call contradicts stays as it is. A message is not a
// call: its consumer may come at any time later.
//
// Each pair of client C and server S allows the move m of S's clock within
//
//	C.begin - S.begin <= m <= C.end - S.end
//
// Of the moves that all pairs of the clock allow, the middle is taken, which
// supposes that the network is as slow on the way there as back. If they allow none in
// common (a client gave up, a clock drifts), the first pair decides.
func (b *builder) correctSkew() {
	pairs := map[int32][]int32{} // clock -> server spans
	for i := range b.spans {
		if p := b.spans[i].Parent; p != none && isRPC(&b.spans[p], &b.spans[i]) {
			pairs[b.spans[i].clock] = append(pairs[b.spans[i].clock], int32(i))
		}
	}
	if len(pairs) == 0 {
		return
	}
	moves := map[int32]int64{}
	for _, i := range b.topDown() {
		clock := b.spans[i].clock
		if _, known := moves[clock]; known {
			continue
		}
		moves[clock] = 0
		if p := b.spans[i].Parent; p != none && isRPC(&b.spans[p], &b.spans[i]) {
			moves[clock] = b.moveOf(pairs[clock], moves)
		}
	}
	noted := map[Skew]bool{}
	for i := range b.spans {
		s := &b.spans[i]
		move := moves[s.clock]
		if move == 0 {
			continue
		}
		s.Begin += move
		if note := (Skew{s.Service, move}); !s.Missing && !noted[note] {
			noted[note] = true
			b.tree.Skews = append(b.tree.Skews, note)
		}
	}
}

// isRPC says that child is the other side of a call that its parent waits for, on another clock.
func isRPC(parent, child *Span) bool {
	return parent.Kind == otlp.KindClient && child.Kind == otlp.KindServer && parent.clock != child.clock
}

// moveOf is the move that the pairs with a known client clock ask for.
func (b *builder) moveOf(servers []int32, moves map[int32]int64) int64 {
	var low, high int64
	first := true
	for _, i := range servers {
		s, c := &b.spans[i], &b.spans[b.spans[i].Parent]
		clientMove, known := moves[c.clock]
		if !known {
			continue
		}
		from := c.Begin + clientMove - s.Begin
		to := c.Finish() + clientMove - s.Finish()
		if from > to { // the server span is longer: only its begin tells something
			to = c.Finish() + clientMove - s.Begin
		}
		switch {
		case first:
			low, high, first = from, to, false
		case max(low, from) <= min(high, to):
			low, high = max(low, from), min(high, to)
		}
	}
	if low <= 0 && 0 <= high {
		return 0
	}
	return low + (high-low)/2
}

// topDown lists the spans so that parents come before children, roots by start.
func (b *builder) topDown() []int32 {
	queue := b.sortChildren()
	for at := 0; at < len(queue); at++ {
		queue = append(queue, b.children[queue[at]]...)
	}
	return queue
}
