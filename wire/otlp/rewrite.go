package otlp

import (
	"encoding/binary"
	"sync"

	"github.com/oriel-io/oriel/wire/protoscan"
)

// rewrite makes new batches of one batch's items. walk visits the items, keep
// assigns each to a part, and batch writes a part: the groups and scopes that
// have items in it, each with its head (all fields but scopes and items) once.
//
//	group  = head of the group + scopes
//	scope  = head of the scope + runs of items, as ranges of old or fresh bytes
type rewrite struct {
	old    *Batch
	data   []byte  // of old
	fresh  []byte  // encoded items that replace old ones
	pieces []piece // of all heads
	groups []frame
	scopes []frame
	runs   []run
	parts  []part
	sorted []run
	sizes  []int // of one part's groups and scopes, in the order of writing
	seen   int   // item messages visited

	alloc func(size int) []byte // gives the room for a batch; nil: make
}

// piece is a range of bytes of the old batch, or of rewrite.fresh.
type piece struct {
	from, to int
	fresh    bool
}

// frame is a group or a scope without its scopes or items.
type frame struct {
	first, last int // its head is pieces[first:last]
	size        int // bytes of the head
	group       int // of a scope
}

// run is a row of encoded items that stay together.
type run struct {
	piece
	scope, part int
}

type part struct{ items, messages, runs int }

var rewrites = sync.Pool{New: func() any { return new(rewrite) }}

// newRewrite takes a rewrite for n parts out of the pool; release gives it back.
func newRewrite(b *Batch, n int) *rewrite {
	w := rewrites.Get().(*rewrite)
	w.old, w.data, w.seen = b, b.Bytes(), 0
	w.fresh, w.pieces, w.groups, w.scopes, w.runs = w.fresh[:0], w.pieces[:0], w.groups[:0], w.scopes[:0], w.runs[:0]
	if cap(w.parts) < n {
		w.parts = make([]part, n)
	}
	w.parts = w.parts[:n]
	clear(w.parts)
	return w
}

// What a rewrite in the pool may hold on to.
const (
	maxPooledBytes = 2 << 20
	maxPooledRuns  = 32 << 10 // and groups, scopes and so on
)

func (w *rewrite) release() {
	w.old, w.data = nil, nil
	if cap(w.fresh) <= maxPooledBytes && max(cap(w.runs), cap(w.parts), cap(w.pieces), cap(w.groups), cap(w.scopes)) <= maxPooledRuns {
		rewrites.Put(w)
	}
}

// walk calls visit for each item, with the place of its encoded field.
func (w *rewrite) walk(visit func(g Group, s Scope, item []byte, at piece)) {
	for rest := w.data; len(rest) > 0; {
		f, err := protoscan.Next(rest)
		if err != nil {
			return
		}
		rest = rest[f.Size:]
		if f.Num == 1 {
			w.walkGroup(f.Body, len(w.data)-len(rest), visit)
		}
	}
}

// walkGroup visits one group, which ends at byte end of the batch.
func (w *rewrite) walkGroup(msg []byte, end int, visit func(Group, Scope, []byte, piece)) {
	group := frame{first: len(w.pieces)}
	for rest := msg; len(rest) > 0; {
		f, err := protoscan.Next(rest)
		if err != nil {
			return
		}
		if f.Num != 2 {
			w.addHead(&group, end-len(rest), f.Size)
		}
		rest = rest[f.Size:]
	}
	group.last = len(w.pieces)
	w.groups = append(w.groups, group)
	for rest := msg; len(rest) > 0; {
		body, after, found := nextLen(rest, 2)
		if !found {
			return
		}
		w.walkScope(Group{msg}, body, end-len(after), visit)
		rest = after
	}
}

func (w *rewrite) walkScope(g Group, msg []byte, end int, visit func(Group, Scope, []byte, piece)) {
	w.scopes = append(w.scopes, frame{first: len(w.pieces), group: len(w.groups) - 1})
	scope := &w.scopes[len(w.scopes)-1]
	for rest := msg; len(rest) > 0; {
		from := end - len(rest)
		if rest[0] == 2<<3|protoscan.Len && len(rest) > 1 {
			if head, size := shortLen(rest); size > 0 && size <= len(rest) {
				w.seen++
				visit(g, Scope{msg}, rest[head:size:size], piece{from: from, to: from + size})
				rest = rest[size:]
				continue
			}
		}
		f, err := protoscan.Next(rest)
		if err != nil {
			return
		}
		if f.Num == 2 {
			w.seen++
			visit(g, Scope{msg}, f.Body, piece{from: from, to: from + f.Size})
		} else {
			w.addHead(scope, from, f.Size)
		}
		rest = rest[f.Size:]
	}
	scope.last = len(w.pieces)
}

// addHead adds bytes of the old batch to the head that is being collected.
func (w *rewrite) addHead(f *frame, from, size int) {
	f.size += size
	if n := len(w.pieces); n > f.first && w.pieces[n-1].to == from {
		w.pieces[n-1].to += size
		return
	}
	w.pieces = append(w.pieces, piece{from: from, to: from + size})
}

// keep puts an item of the scope that is being visited into a part. It stands
// for count items.
func (w *rewrite) keep(number int, at piece, count int) {
	p := &w.parts[number]
	p.items += count
	p.messages++
	scope := len(w.scopes) - 1
	if n := len(w.runs); n > 0 {
		if last := &w.runs[n-1]; last.part == number && last.scope == scope && last.to == at.from && last.fresh == at.fresh {
			last.to = at.to
			return
		}
	}
	p.runs++
	w.runs = append(w.runs, run{at, scope, number})
}

// replace encodes an item anew; write appends the item's message to what it is given.
func (w *rewrite) replace(write func([]byte) []byte) piece {
	from := len(w.fresh)
	b, mark := protoscan.Open(w.fresh, 2)
	w.fresh = protoscan.Close(write(b), mark)
	return piece{from, len(w.fresh), true}
}

// batches writes all parts; those without an item are nil. If one part has got
// all items and none is fresh it is the old batch itself.
func (w *rewrite) batches() []*Batch {
	out := make([]*Batch, len(w.parts))
	w.sortRuns()
	runs := w.runs
	for i, p := range w.parts {
		mine := runs[:p.runs]
		runs = runs[p.runs:]
		switch {
		case len(mine) == 0:
		case p.messages == w.seen && len(w.fresh) == 0:
			out[i] = w.old
		default:
			out[i] = w.batch(mine, p.items)
		}
	}
	return out
}

// sortRuns orders runs by part and leaves their order within a part.
func (w *rewrite) sortRuns() {
	if len(w.parts) == 1 {
		return
	}
	at := make([]int, len(w.parts))
	for i := range at[1:] {
		at[i+1] = at[i] + w.parts[i].runs
	}
	w.sorted = append(w.sorted[:0], w.runs...)
	for _, r := range w.runs {
		w.sorted[at[r.part]] = r
		at[r.part]++
	}
	w.runs, w.sorted = w.sorted, w.runs
}

// batch writes one batch of runs, which are in the order of their scopes.
func (w *rewrite) batch(runs []run, items int) *Batch {
	size := w.measure(runs)
	var out []byte
	if w.alloc != nil {
		out = w.alloc(size)[:0]
	} else {
		out = make([]byte, 0, size)
	}
	sizes := w.sizes
	group, scope := -1, -1
	for _, r := range runs {
		if r.scope != scope {
			scope = r.scope
			if g := w.scopes[scope].group; g != group {
				group = g
				out = w.appendFrame(out, 1, sizes[0], w.groups[group])
				sizes = sizes[1:]
			}
			out = w.appendFrame(out, 2, sizes[0], w.scopes[scope])
			sizes = sizes[1:]
		}
		out = append(out, w.bytes(r.piece)...)
	}
	return trusted(w.old.signal, out, items)
}

// measure fills sizes and returns the size of the batch.
func (w *rewrite) measure(runs []run) (total int) {
	w.sizes = w.sizes[:0]
	for len(runs) > 0 {
		group := w.scopes[runs[0].scope].group
		slot := len(w.sizes)
		size := w.groups[group].size
		w.sizes = append(w.sizes, 0)
		for len(runs) > 0 && w.scopes[runs[0].scope].group == group {
			scope := runs[0].scope
			body := w.scopes[scope].size
			for len(runs) > 0 && runs[0].scope == scope {
				body += runs[0].to - runs[0].from
				runs = runs[1:]
			}
			w.sizes = append(w.sizes, body)
			size += protoscan.SizeLen(2, body)
		}
		w.sizes[slot] = size
		total += protoscan.SizeLen(1, size)
	}
	return total
}

// appendFrame begins field num with a body of size bytes, of which the head comes first.
func (w *rewrite) appendFrame(out []byte, num uint32, size int, f frame) []byte {
	out = binary.AppendUvarint(protoscan.AppendTag(out, num, protoscan.Len), uint64(size))
	for _, p := range w.pieces[f.first:f.last] {
		out = append(out, w.bytes(p)...)
	}
	return out
}

func (w *rewrite) bytes(p piece) []byte {
	if p.fresh {
		return w.fresh[p.from:p.to]
	}
	return w.data[p.from:p.to]
}
