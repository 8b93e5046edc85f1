package otlp

// Merge makes one batch of several of the same signal, in their order: in
// protobuf, messages that stand one behind the other are one message. nil
// batches are passed over; of a single one Merge returns that one, of none nil.
// Equal resources are not brought together.
func Merge(batches ...*Batch) *Batch {
	var one *Batch
	count, size, items := 0, 0, 0
	for _, b := range batches {
		if b == nil {
			continue
		}
		if one != nil && one.signal != b.signal {
			panic("otlp.Merge: " + one.signal.String() + " and " + b.signal.String() + " do not mix")
		}
		one = b
		count++
		size += len(b.data)
		items += b.items
	}
	if count <= 1 {
		return one
	}
	data := make([]byte, 0, size)
	for _, b := range batches {
		if b != nil {
			data = append(data, b.data...)
		}
	}
	return trusted(one.signal, data, items)
}
