package otlp

import "fmt"

// Split distributes the items of b over n batches: key says which, from 0 to
// n-1, a negative one drops the item. An item is a Span, LogRecord or Metric
// message. Each group's Resource and each scope is written once a part; parts
// without items are nil, and if all items go to one part that part is b itself.
// Groups and scopes without items, and fields of the request that OTLP does not
// define, are left out of new batches.
//
// Cost: one scan of the outer levels and one copy of the bytes; attributes are
// not looked at.
func Split(b *Batch, n int, key func(g Group, s Scope, item []byte) int) []*Batch {
	w := newRewrite(b, n)
	defer w.release()
	w.walk(func(g Group, s Scope, item []byte, at piece) {
		number := key(g, s, item)
		if number < 0 {
			return
		}
		if number >= n {
			panic(fmt.Sprintf("otlp.Split: key %d of %d parts", number, n))
		}
		w.keep(number, at, b.countItem(item))
	})
	return w.batches()
}

// Filter keeps the items that keep approves of: b itself if it keeps all, nil
// if it keeps none.
func Filter(b *Batch, keep func(g Group, s Scope, item []byte) bool) *Batch {
	return Split(b, 1, func(g Group, s Scope, item []byte) int {
		if keep(g, s, item) {
			return 0
		}
		return -1
	})[0]
}

// countItem is how many items a message of the batch's kind stands for.
func (b *Batch) countItem(item []byte) int {
	if b.signal == Metrics {
		return Metric(item).PointCount()
	}
	return 1
}
