package otlp

import "github.com/oriel-io/oriel/wire/protoscan"

// EditPoints calls edit for each data point of a metrics batch, with the
// attributes of the point, and returns a batch with the changes: b itself if
// there are none. See EditSpans.
func EditPoints(b *Batch, edit func(g Group, s Scope, m Metric, e *AttrEdit)) *Batch {
	var e AttrEdit
	var data []byte
	w := newRewrite(b, 1)
	defer w.release()
	w.walk(func(g Group, s Scope, item []byte, at piece) {
		num, body := Metric(item).data()
		changed := false
		data = data[:0]
		for rest := body; len(rest) > 0; {
			size := fieldSize(rest)
			if fieldNum(rest) != 1 {
				data = append(data, rest[:size]...)
				rest = rest[size:]
				continue
			}
			point := first(rest[:size], 1)
			e.reset(Attrs{point, pointAttrs(num)})
			edit(g, s, item, &e)
			if e.changed() {
				changed = true
				var mark int
				data, mark = protoscan.Open(data, 1)
				data = protoscan.Close(splice(data, point, &e, nil), mark)
			} else {
				data = append(data, rest[:size]...)
			}
			rest = rest[size:]
		}
		if changed {
			at = w.replace(func(out []byte) []byte {
				return protoscan.AppendBytes(appendOthers(out, item, num, num), num, data)
			})
		}
		w.keep(0, at, b.countItem(item))
	})
	if made := w.batches()[0]; made != nil {
		return made
	}
	return b
}
