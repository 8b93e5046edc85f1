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
			if msg[0] == tag {
				x.look(msg[2:size:size])
			}
			msg = msg[size:]
			continue
		}
		f, err := protoscan.Next(msg)
		if err != nil {
			return
		}
		if f.Num == num && f.Type == protoscan.Len {
			x.look(f.Body)
		}
		msg = msg[f.Size:]
	}
}

// look takes an attribute if it is asked for. Of a key that comes twice, the first one counts.
func (x *attrIndex) look(kv []byte) {
	key := plainKey(kv)
	if key == nil {
		key, _ = otlp.ReadAttr(kv)
	}
	if len(key) < 63 && x.lengths&(1<<len(key)) == 0 {
		return
	}
	for i, want := range x.keys {
		if string(key) == want && x.found&(1<<i) == 0 {
			x.found |= 1 << i
			_, x.values[i] = otlp.ReadAttr(kv)
			return
		}
	}
}

// plainKey is the key of an attribute in the forms that encoders write, key
// before value or value before key; nil if it takes more to find it.
func plainKey(kv []byte) []byte {
	if len(kv) < 2 || kv[1] >= 0x80 {
		return nil
	}
	end := 2 + int(kv[1])
	switch {
	case end > len(kv):
	case kv[0] == 0x0a && (end == len(kv) || kv[end] == 0x12):
		return kv[2:end]
	case kv[0] == 0x12 && len(kv)-end >= 2 && kv[end] == 0x0a && kv[end+1] < 0x80 && end+2+int(kv[end+1]) == len(kv):
		return kv[end+2:]
	}
	return nil
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
