package otlp

import "bytes"

// Merge makes one batch of several of the same signal, in their order: in
// protobuf, messages that stand one behind the other are one message. nil
// batches are passed over; of a single one Merge returns that one, of none nil.
// Equal resources are not brought together.
func Merge(batches ...*Batch) *Batch {
	var one *Batch
	parts := make([][]byte, 0, len(batches))
	items := 0
	for _, b := range batches {
		if b == nil {
			continue
		}
		if one != nil && one.signal != b.signal {
			panic("otlp.Merge: " + one.signal.String() + " and " + b.signal.String() + " do not mix")
		}
		one = b
		parts = append(parts, b.data)
		items += b.items
	}
	if len(parts) <= 1 {
		return one
	}
	return trusted(one.signal, bytes.Join(parts, nil), items) // Join does not clear what it is going to write
}
