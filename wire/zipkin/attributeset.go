package zipkin

import (
	"bytes"
	"slices"

	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/protoscan"
)

// attributeSet writes attributes as they come, as fields 9 of a Span message.
// Of a repeated key it keeps the last one.
//
// Up to fewKeys, a set of 64 bits finds nearly all keys new, and a repeated one is cut
// out of the bytes at once. A span with more is odd or hostile: then a map knows where
// each key is, and what is to be left out is cut out at the end, all at once.
type attributeSet struct {
	buf   []byte
	count int
	seen  uint64
	at    map[string]int // where the key's attribute begins, of more than fewKeys
	dead  []int          // where attributes begin that came again
}

const fewKeys = 64

func (a *attributeSet) reset() {
	a.buf, a.count, a.seen, a.at, a.dead = a.buf[:0], 0, 0, nil, nil
}

func (a *attributeSet) put(key, text []byte, kind otlp.ValueKind) {
	if a.count++; a.count > fewKeys {
		a.putMany(key)
	} else {
		bit := keyBit(key)
		if a.seen&bit != 0 {
			a.remove(key)
		}
		a.seen |= bit
	}
	if kind == otlp.String {
		a.buf = appendText(a.buf, fieldAttributes, key, text)
	} else {
		a.buf = otlp.AppendAttr(a.buf, fieldAttributes, key, typedValue(text, kind))
	}
}

func (a *attributeSet) putMany(key []byte) {
	if a.at == nil {
		a.at = make(map[string]int, 4*fewKeys)
		a.each(func(k []byte, from, _ int) { a.at[string(k)] = from })
	}
	if from, again := a.at[string(key)]; again {
		a.dead = append(a.dead, from)
	}
	a.at[string(key)] = len(a.buf)
}

// remove cuts an attribute out, if it is there.
func (a *attributeSet) remove(key []byte) {
	from, to := 0, 0
	a.each(func(k []byte, f, t int) {
		if bytes.Equal(k, key) {
			from, to = f, t
		}
	})
	a.buf = slices.Delete(a.buf, from, to)
}

// each walks over the attributes: key, and from where to where.
func (a *attributeSet) each(f func(key []byte, from, to int)) {
	for from := 0; from < len(a.buf); {
		attribute, err := protoscan.Next(a.buf[from:])
		if err != nil {
			panic("zipkin: an attribute of our own is malformed: " + err.Error())
		}
		key, err := protoscan.Next(attribute.Body)
		if err != nil {
			panic("zipkin: an attribute of our own has no key: " + err.Error())
		}
		f(key.Body, from, from+attribute.Size)
		from += attribute.Size
	}
}

// appendTo appends the attributes to a span.
func (a *attributeSet) appendTo(b []byte) []byte {
	if len(a.dead) == 0 {
		return append(b, a.buf...)
	}
	slices.Sort(a.dead)
	a.each(func(_ []byte, from, to int) {
		if len(a.dead) > 0 && a.dead[0] == from {
			a.dead = a.dead[1:]
		} else {
			b = append(b, a.buf[from:to]...)
		}
	})
	return b
}

// keyBit is one of 64 bits, spread well enough over the keys of one span that
// most of them meet no other.
func keyBit(key []byte) uint64 {
	n := len(key)
	if n == 0 {
		return 1
	}
	return 1 << ((n*7 + int(key[0])*3 + int(key[n-1])*5 + int(key[n/2])*11) & 63)
}
