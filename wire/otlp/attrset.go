package otlp

import (
	"bytes"
	"slices"

	"github.com/oriel-io/oriel/wire/protoscan"
)

// AttrSet collects attributes for a message that is being written. Of a repeated
// key it keeps the last value. Reset comes before the first use; used again, it allocates nothing.
//
// Up to fewKeys, a set of 64 bits finds nearly all keys new, and a repeated one is cut
// out of the bytes at once. A message with more is odd or hostile: then a map knows where
// each key is, and what is to be left out is cut out at the end, all at once.
type AttrSet struct {
	num   uint32
	buf   []byte
	count int
	seen  uint64
	at    map[string]int // where the key's attribute begins, of more than fewKeys
	dead  []int          // where attributes begin that came again
}

const fewKeys = 64

// Reset empties the set. The attributes will be fields num.
func (a *AttrSet) Reset(num uint32) {
	a.num = num
	a.buf, a.count, a.seen, a.at, a.dead = a.buf[:0], 0, 0, nil, nil
}

// Release lets go of more than room bytes that the set would keep for the next message.
func (a *AttrSet) Release(room int) {
	if a.Reset(0); cap(a.buf) > room {
		a.buf = nil
	}
}

// Set adds an attribute.
func (a *AttrSet) Set(key []byte, v Value) {
	a.replace(key)
	a.buf = AppendAttr(a.buf, a.num, key, v)
}

// SetText is Set for a text.
func (a *AttrSet) SetText(key, text []byte) {
	a.replace(key)
	a.buf = AppendTextAttr(a.buf, a.num, key, text)
}

// Empty says whether nothing was added.
func (a *AttrSet) Empty() bool { return a.count == 0 }

// Has says whether the key is in the set.
func (a *AttrSet) Has(key []byte) bool {
	if a.at != nil {
		_, found := a.at[string(key)]
		return found
	}
	if a.seen&KeyBit(key) == 0 {
		return false
	}
	found := false
	a.each(func(k []byte, _, _ int) { found = found || bytes.Equal(k, key) })
	return found
}

// replace makes room for a key that is about to be added.
func (a *AttrSet) replace(key []byte) {
	if a.count++; a.count > fewKeys {
		a.replaceMany(key)
		return
	}
	bit := KeyBit(key)
	if a.seen&bit != 0 {
		a.remove(key)
	}
	a.seen |= bit
}

func (a *AttrSet) replaceMany(key []byte) {
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
func (a *AttrSet) remove(key []byte) {
	from, to := 0, 0
	a.each(func(k []byte, f, t int) {
		if bytes.Equal(k, key) {
			from, to = f, t
		}
	})
	a.buf = slices.Delete(a.buf, from, to)
}

// each walks over the attributes: key, and from where to where.
func (a *AttrSet) each(f func(key []byte, from, to int)) {
	for from := 0; from < len(a.buf); {
		attribute, err := protoscan.Next(a.buf[from:])
		if err != nil {
			panic("otlp: an attribute of our own is malformed: " + err.Error())
		}
		key, err := protoscan.Next(attribute.Body)
		if err != nil {
			panic("otlp: an attribute of our own has no key: " + err.Error())
		}
		f(key.Body, from, from+attribute.Size)
		from += attribute.Size
	}
}

// AppendTo appends the attributes to a message.
func (a *AttrSet) AppendTo(b []byte) []byte {
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

// KeyBit is one of 64 bits, spread well enough over the keys of one span that
// most of them meet no other.
func KeyBit[K string | []byte](key K) uint64 {
	n := len(key)
	if n == 0 {
		return 1
	}
	return 1 << ((n*7 + int(key[0])*3 + int(key[n-1])*5 + int(key[n/2])*11) & 63)
}
