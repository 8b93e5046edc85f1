// Package bytepool lends byte buffers that go back to a pool when nobody uses
// them any more. A collector that forwards a gigabyte a second would otherwise
// make the garbage collector free as much.
package bytepool

import (
	"math/bits"
	"sync"
	"sync/atomic"
)

// Buffer is bytes with a count of their users. A nil Buffer stands for bytes
// that the garbage collector frees; Retain and Release do nothing then.
//
// Whoever is handed a Buffer may read it until the call returns. To read it
// longer: Retain, and Release when done. Never releasing is safe, the garbage collector then
// frees the bytes; releasing once too often is not.
type Buffer struct {
	data  []byte
	class int
	refs  atomic.Int32
	group []*Buffer // what lives as long as this one: what Group made it of, what was attached
}

// Sizes are eight to the doubling from the smallest on, so that at most a ninth of a
// buffer is unused. Larger ones are not pooled.
const (
	minBits = 12 // 4 KiB
	maxBits = 25 // 32 MiB
	classes = (maxBits - minBits) * 8
)

var pools [classes + 1]sync.Pool // of *Buffer

// Get lends a buffer of size bytes with any content, counted once.
func Get(size int) *Buffer {
	class := classOf(size)
	if class > classes {
		b := &Buffer{data: make([]byte, size), class: class}
		b.refs.Store(1)
		return b
	}
	b, ok := pools[class].Get().(*Buffer)
	if !ok {
		b = &Buffer{data: make([]byte, classSize(class)), class: class}
	}
	b.data = b.data[:size]
	b.refs.Store(1)
	return b
}

// Group makes one Buffer, counted once, that stands for several: it takes over
// one use of each and gives it back with its own last use. It has no bytes of its own. nil
// Buffers are passed over; if nothing is left it is nil.
func Group(buffers ...*Buffer) *Buffer {
	group := make([]*Buffer, 0, len(buffers))
	for _, b := range buffers {
		if b != nil {
			group = append(group, b)
		}
	}
	switch len(group) {
	case 0:
		return nil
	case 1:
		return group[0]
	}
	b := &Buffer{group: group}
	b.refs.Store(1)
	return b
}

// classOf is the smallest class that holds size.
func classOf(size int) int {
	if size <= 1<<minBits {
		return 0
	}
	top := bits.Len(uint(size-1)) - 1 // 1<<top < size <= 1<<(top+1)
	eighth := (size - 1 - 1<<top) >> (top - 3)
	return (top-minBits)*8 + eighth + 1
}

// classSize is the room of a class.
func classSize(class int) int {
	if class == 0 {
		return 1 << minBits
	}
	top, eighth := minBits+(class-1)/8, (class-1)%8
	return 1<<top + (eighth+1)<<(top-3)
}

// Bytes are the buffer's bytes, to be written only by the one who got it and before it is shared.
func (b *Buffer) Bytes() []byte { return b.data }

// Truncate makes the buffer shorter, or longer up to its capacity.
func (b *Buffer) Truncate(size int) { b.data = b.data[:size] }

// Retain counts one user more.
func (b *Buffer) Retain() {
	if b != nil {
		b.refs.Add(1)
	}
}

// Release counts one user less; the last one gives the bytes back.
func (b *Buffer) Release() {
	if b == nil {
		return
	}
	switch left := b.refs.Add(-1); {
	case left < 0:
		panic("bytepool: a buffer was released once too often")
	case left == 0:
		for i, one := range b.group {
			one.Release()
			b.group[i] = nil
		}
		b.group = b.group[:0]
		if b.data != nil && b.class <= classes {
			pools[b.class].Put(b)
		}
	}
}

// Attach makes other live as long as b: one use of other is given back with b's
// last use. Only for the one who got b, before it is shared.
func (b *Buffer) Attach(other *Buffer) { b.group = append(b.group, other) }
