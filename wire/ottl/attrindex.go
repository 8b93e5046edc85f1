package ottl

import (
	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/protoscan"
)

// attrIndex are the attributes of an item, or of its part, that conditions ask
// for. All of them are looked up when the first one is asked for: one way through the
// attributes for all conditions.
type attrIndex struct {
	keys    []string
	lengths uint64 // bits of the lengths of the keys, as far as they are below 63

	at     uint64 // Env.entered of what the rest is about
	found  uint64 // bits of the keys that are there
	values []otlp.Value
}

// maxKeys is how many keys an index has; further ones are looked up one by one.
const maxKeys = 64

func newAttrIndex(keys []string) attrIndex {
	x := attrIndex{keys: keys, values: make([]otlp.Value, len(keys))}
	for _, key := range keys {
		x.lengths |= 1 << min(len(key), 63)
	}
	return x
}

// get is the value of a key. The attributes are the repeated field num of msg.
func (x *attrIndex) get(at uint64, msg []byte, num uint32, key int) (otlp.Value, bool) {
	if x.at != at {
		x.at = at
		x.read(msg, num)
	}
	if x.found&(1<<key) == 0 {
		return otlp.Value{}, false
	}
	return x.values[key], true
}

func (x *attrIndex) read(msg []byte, num uint32) {
	x.found = 0
	all := uint64(1)<<len(x.keys) - 1
	tag := byte(num<<3 | uint32(protoscan.Len))
	for len(msg) > 1 && x.found != all {
		// What nearly all fields are: one byte of tag, and of length or value.
		size := 0
		switch typ := msg[0] & 7; {
		case msg[0] >= 0x80 || msg[1] >= 0x80 && typ != protoscan.I64:
		case typ == protoscan.Len:
			size = 2 + int(msg[1])
		case typ == protoscan.I64:
			size = 9
		case typ == protoscan.Varint:
			size = 2
		}
		if size > 0 && size <= len(msg) {
			if msg[0] == tag && x.mayWant(msg[2:size]) {
				x.take(msg[2:size:size])
			}
			msg = msg[size:]
			continue
		}
		f, err := protoscan.Next(msg)
		if err != nil {
			return
		}
		if f.Num == num && f.Type == protoscan.Len {
			x.take(f.Body)
		}
		msg = msg[f.Size:]
	}
}

// mayWant says by the length of its key whether an attribute may be one that is asked for.
func (x *attrIndex) mayWant(kv []byte) bool {
	if len(kv) < 2 || kv[1] >= 0x80 {
		return true
	}
	key := kv
	if kv[0] == 0x12 { // the value comes first
		if key = kv[min(2+int(kv[1]), len(kv)):]; len(key) < 2 || 2+int(key[1]) != len(key) {
			return true
		}
	}
	return key[0] != 0x0a || key[1] >= 63 || x.lengths&(1<<key[1]) != 0
}

// take keeps the attribute if it is asked for. Of a key that comes twice, the first one counts.
func (x *attrIndex) take(kv []byte) {
	key, v := otlp.ReadAttr(kv)
	for i, want := range x.keys {
		if string(key) == want && x.found&(1<<i) == 0 {
			x.found |= 1 << i
			x.values[i] = v
			return
		}
	}
}

// number is the place of a key in a list, which it is added to; -1 if there is no room.
func number(list *[]string, key string) int {
	for i, other := range *list {
		if other == key {
			return i
		}
	}
	if len(*list) == maxKeys {
		return -1
	}
	*list = append(*list, key)
	return len(*list) - 1
}
