package otlp

import (
	"bytes"
	"sync"
)

// Merge makes one batch of several of the same signal, in their order: in
// protobuf, messages that stand one behind the other are one message. nil
// batches are passed over; of a single one Merge returns that one, of none nil.
// Equal resources are not brought together. The bytes stay where they are until
// somebody asks for them in one piece, so what they are lent from must live as long as the new batch.
func Merge(batches ...*Batch) *Batch {
	var one *Batch
	together := &joined{pieces: make([][]byte, 0, len(batches))}
	count, items := 0, 0
	for _, b := range batches {
		if b == nil {
			continue
		}
		if one != nil && one.signal != b.signal {
			panic("otlp.Merge: " + one.signal.String() + " and " + b.signal.String() + " do not mix")
		}
		one = b
		together.pieces = b.Pieces(together.pieces)
		together.size += b.Size()
		items += b.items
		count++
	}
	if count <= 1 {
		return one
	}
	return &Batch{signal: one.signal, items: items, joined: together}
}

// joined is the bytes of a merged batch.
type joined struct {
	pieces [][]byte
	size   int

	once  sync.Once
	whole []byte // pieces in one, once asked for
}

func (j *joined) bytes() []byte {
	j.once.Do(func() { j.whole = bytes.Join(j.pieces, nil) }) // Join does not clear what it is going to write
	return j.whole
}
