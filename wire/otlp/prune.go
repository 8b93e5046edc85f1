package otlp

import "github.com/oriel-io/oriel/wire/protoscan"

// Prune keeps, shortens and drops items: visit returns the item itself, or a
// changed message of the same kind in its place, or false to drop it. A changed
// message is copied before the next call. The outcome is b itself if all items are kept
// as they are, nil if none is left; see Split for what is left out of new batches.
func Prune(b *Batch, visit func(g Group, s Scope, item []byte) (kept []byte, keep bool)) *Batch {
	return PruneInto(b, nil, visit)
}

// PruneInto is Prune for a caller that has room: if a new batch is made, alloc is
// asked for at least so many bytes, which the batch then has.
func PruneInto(b *Batch, alloc func(size int) []byte, visit func(g Group, s Scope, item []byte) (kept []byte, keep bool)) *Batch {
	w := newRewrite(b, 1)
	defer w.release()
	w.alloc = alloc
	w.walk(func(g Group, s Scope, item []byte, at piece) {
		kept, keep := visit(g, s, item)
		switch {
		case !keep:
		case len(kept) == len(item) && (len(item) == 0 || &kept[0] == &item[0]):
			w.keep(0, at, b.countItem(item))
		default:
			at = w.replace(func(out []byte) []byte { return append(out, kept...) })
			w.keep(0, at, b.countItem(kept))
		}
	})
	return w.batches()[0]
}

// DropFields leaves away those messages in the repeated field num of msg that
// drop says, and says how many stay. It returns msg itself if all do, and otherwise
// appends what stays to out. num is below 16.
func DropFields(out, msg []byte, num uint32, drop func(body []byte) bool) (left []byte, kept int) {
	if _, _, isAny := nextLen(msg, num); !isAny {
		return msg, 0
	}
	changed := false
	copied := 0 // bytes of msg that are dealt with
	for at := 0; at < len(msg); {
		size := fieldSize(msg[at:])
		if fieldNum(msg[at:]) != num {
			at += size
			continue
		}
		body, _, isOne := nextLen(msg[at:at+size], num)
		switch {
		case !isOne:
		case drop(body):
			changed = true
			out = append(out, msg[copied:at]...)
			copied = at + size
		default:
			kept++
		}
		at += size
	}
	if !changed {
		return msg, kept
	}
	return append(out, msg[copied:]...), kept
}

// ReplaceField appends msg with one field num, which comes last, in place of all that it had.
func ReplaceField(out, msg []byte, num uint32, body []byte) []byte {
	return protoscan.AppendBytes(appendOthers(out, msg, num, num), num, body)
}
