package otlp

import "github.com/oriel-io/oriel/wire/protoscan"

// Chunk cuts b into batches of at most maxItems items each, all but the last
// full, in the order of b. It cuts inside a metric where it must: the pieces
// repeat all of the metric but its data points. If b is small enough, or
// maxItems is not positive, it is b alone.
func Chunk(b *Batch, maxItems int) []*Batch {
	if maxItems <= 0 || b.items <= maxItems {
		return []*Batch{b}
	}
	w := newRewrite(b, (b.items+maxItems-1)/maxItems)
	defer w.release()
	done := 0 // items in earlier messages
	w.walk(func(_ Group, _ Scope, item []byte, at piece) {
		count := b.countItem(item)
		room := maxItems - done%maxItems
		if count <= room {
			// A metric without points at the very end belongs to the last chunk.
			w.keep(min(done/maxItems, len(w.parts)-1), at, count)
			done += count
			return
		}
		rest := pointsOf(item)
		for count > 0 {
			take := min(count, maxItems-done%maxItems)
			w.keep(done/maxItems, w.replace(func(out []byte) []byte { return rest.appendMetric(out, item, take) }), take)
			count -= take
			done += take
		}
	})
	return w.batches()
}

// points are the data points of a metric that were not taken yet.
type points struct {
	data uint32 // field of the metric that holds them
	head []byte // its body without the points
	rest []byte // its body from the next point on
}

func pointsOf(m Metric) points {
	num, body := m.data()
	return points{num, appendOthers(nil, body, 1, 1), body}
}

// appendMetric appends the metric's message with the next n points only.
func (p *points) appendMetric(out, metric []byte, n int) []byte {
	out = appendOthers(out, metric, p.data, p.data)
	out, mark := protoscan.Open(out, p.data)
	out = append(out, p.head...)
	for range n {
		body, rest, found := nextLen(p.rest, 1)
		if !found {
			break
		}
		out = protoscan.AppendBytes(out, 1, body)
		p.rest = rest
	}
	return protoscan.Close(out, mark)
}
