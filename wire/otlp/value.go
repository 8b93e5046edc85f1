package otlp

import (
	"encoding/binary"
	"iter"
	"math"

	"github.com/oriel-io/oriel/wire/protoscan"
)

// Attrs are key-value pairs in place: the repeated field num of msg.
type Attrs struct {
	msg []byte
	num uint32
}

// Get finds the first attribute with the key.
func (a Attrs) Get(key string) (Value, bool) {
	kv, rest, found := nextLen(a.msg, a.num)
	for found {
		// The usual forms tell by the length of the key whether a closer look is worth while.
		if n := keySize(kv); n < 0 || n == len(key) {
			if k, v := readAttr(kv); string(k) == key {
				return v, true
			}
		}
		kv, rest, found = nextLen(rest, a.num)
	}
	return Value{}, false
}

// All iterates over keys and values in the order of the message.
func (a Attrs) All() iter.Seq2[[]byte, Value] {
	return func(yield func([]byte, Value) bool) {
		kv, rest, found := nextLen(a.msg, a.num)
		for found && yield(readAttr(kv)) {
			kv, rest, found = nextLen(rest, a.num)
		}
	}
}

// keySize is the length of the key in the body of a KeyValue, -1 if it takes more to find out.
func keySize(kv []byte) int {
	if len(kv) < 2 || kv[1] >= 0x80 {
		return -1
	}
	if kv[0] == 0x0a {
		return int(kv[1])
	}
	if at := 2 + int(kv[1]); kv[0] == 0x12 && at+1 < len(kv) && kv[at] == 0x0a && kv[at+1] < 0x80 && at+2+int(kv[at+1]) == len(kv) {
		return int(kv[at+1])
	}
	return -1
}

// readAttr reads the body of a KeyValue. The first lines read the form that
// isPlainAttr describes, with texts below 128 bytes and whole numbers, in the order in
// which SDKs write it; and texts in that of upstream collectors, the value first.
func readAttr(kv []byte) (key []byte, v Value) {
	if len(kv) > 5 && kv[1] < 0x80 {
		at := 2 + int(kv[1])
		switch {
		case kv[0] == 0x0a && at+4 <= len(kv):
			value := kv[at:]
			if value[0] == 0x12 && int(value[1]) == len(value)-2 {
				if value[2] == 0x0a && int(value[3]) == len(value)-4 {
					return kv[2:at:at], Value{Kind: String, body: value[4:]}
				}
				if n, size := binary.Uvarint(value[3:]); value[2] == 0x18 && size == len(value)-3 {
					return kv[2:at:at], Value{Kind: Int, num: n}
				}
			}
		case kv[0] == 0x12 && at+2 <= len(kv) && kv[2] == 0x0a && int(kv[3])+4 == at:
			if kv[at] == 0x0a && kv[at+1] < 0x80 && at+2+int(kv[at+1]) == len(kv) {
				return kv[at+2:], Value{Kind: String, body: kv[4:at:at]}
			}
		}
	}
	return readAnyAttr(kv)
}

func readAnyAttr(kv []byte) (key []byte, v Value) {
	for len(kv) > 0 {
		f, err := protoscan.Next(kv)
		if err != nil {
			return key, v
		}
		switch f.Num {
		case 1:
			key = f.Body
		case 2:
			v = parseValue(f.Body)
		}
		kv = kv[f.Size:]
	}
	return key, v
}

// ValueKind says which field of an AnyValue is set.
type ValueKind uint8

const (
	Empty ValueKind = iota
	String
	Bool
	Int
	Double
	Array
	Map
	Bytes
)

// Value is an AnyValue, in place.
type Value struct {
	Kind ValueKind
	num  uint64
	body []byte
}

func parseValue(msg []byte) (v Value) {
	for len(msg) > 0 {
		f, err := protoscan.Next(msg)
		if err != nil {
			return v
		}
		if f.Num >= 1 && f.Num <= 7 { // the field numbers are the kinds; the last one wins, as in any oneof
			v = Value{Kind: ValueKind(f.Num), num: f.Int, body: f.Body}
		}
		msg = msg[f.Size:]
	}
	return v
}

// StringValue, BytesValue, BoolValue, IntValue and DoubleValue make values for editing and building.
func StringValue[T string | []byte](s T) Value { return Value{Kind: String, body: []byte(s)} }

// BytesValue does not copy b.
func BytesValue(b []byte) Value { return Value{Kind: Bytes, body: b} }

func BoolValue(x bool) Value {
	v := Value{Kind: Bool}
	if x {
		v.num = 1
	}
	return v
}

func IntValue(x int64) Value { return Value{Kind: Int, num: uint64(x)} }

func DoubleValue(x float64) Value { return Value{Kind: Double, num: math.Float64bits(x)} }

// ArrayValue makes an Array; the values are copied.
func ArrayValue(values ...Value) Value {
	v := Value{Kind: Array}
	for _, element := range values {
		v.body = protoscan.AppendBytes(v.body, 1, element.append(nil))
	}
	return v
}

// Text is the bytes of a String value, nil for any other kind. It aliases the batch.
func (v Value) Text() []byte {
	if v.Kind != String {
		return nil
	}
	if v.body == nil {
		return []byte{}
	}
	return v.body
}

// Raw is the bytes of a Bytes value, nil for any other kind.
func (v Value) Raw() []byte {
	if v.Kind != Bytes {
		return nil
	}
	return v.body
}

// Bool is the value of a Bool.
func (v Value) Bool() bool { return v.num != 0 }

// Int is the value of an Int.
func (v Value) Int() int64 { return int64(v.num) }

// Double is the value of a Double.
func (v Value) Double() float64 { return math.Float64frombits(v.num) }

// Elements iterates over the values of an Array.
func (v Value) Elements() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		if v.Kind != Array {
			return
		}
		for msg := range repeated[[]byte](v.body, 1) {
			if !yield(parseValue(msg)) {
				return
			}
		}
	}
}

// Entries are the pairs of a Map.
func (v Value) Entries() Attrs {
	if v.Kind != Map {
		return Attrs{}
	}
	return Attrs{v.body, 1}
}
