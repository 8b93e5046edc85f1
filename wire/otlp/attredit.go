package otlp

import (
	"bytes"
	"iter"
	"math/bits"
	"slices"

	"github.com/oriel-io/oriel/wire/protoscan"
)

// AttrEdit collects changes to the attributes of one resource, scope, span or
// log record. Reads see the changes made so far. It copies the values that it
// is given; it must not be used after the callback that it was handed to.
type AttrEdit struct {
	attrs  Attrs // before
	ops    []attrOp
	opBits uint64 // KeyBits of all keys in ops, and of some that were
	values []byte // copies of new values

	// index is what attrs holds, made when a second key is asked for: one way
	// through a span then answers for all.
	index     []indexed
	indexBits uint64
	indexed   bool // all of them have the usual header, so that the fields are known too
	asked     int
}

// indexed is where an attribute stands in the message: the body of its KeyValue. Without
// pointers, so that filling the index costs little.
type indexed struct {
	from, to int32
	bit      uint8 // which KeyBit the key has
}

// attrOp is the outcome of all changes to one key.
type attrOp struct {
	key     string
	value   Value
	delete  bool
	written bool
}

func (e *AttrEdit) reset(attrs Attrs) {
	e.attrs = attrs
	e.ops, e.values, e.opBits = e.ops[:0], e.values[:0], 0
	e.asked = 0
}

// before finds an attribute as it was before all changes.
func (e *AttrEdit) before(key string) (Value, bool) {
	switch e.asked++; e.asked {
	case 1:
		return e.attrs.Get(key)
	case 2:
		e.fillIndex()
	}
	bit := KeyBit(key)
	if e.indexBits&bit == 0 {
		return Value{}, false
	}
	number := uint8(bits.TrailingZeros64(bit))
	for _, at := range e.index {
		if at.bit != number {
			continue
		}
		if k, v := readAttr(e.attrs.msg[at.from:at.to]); string(k) == key {
			return v, true
		}
	}
	return Value{}, false
}

// WillAsk says that several keys will be asked for, so that the first question already
// makes what the second would.
func (e *AttrEdit) WillAsk() {
	if e.asked == 0 {
		e.asked = 2
		e.fillIndex()
	}
}

// fillIndex makes the index in one way through the message.
func (e *AttrEdit) fillIndex() {
	e.index, e.indexBits, e.indexed = e.index[:0], 0, true
	kv, rest, found := nextLen(e.attrs.msg, e.attrs.num)
	for found {
		end := len(e.attrs.msg) - len(rest)
		bit := KeyBit(attrKey(kv))
		e.index = append(e.index, indexed{int32(end - len(kv)), int32(end), uint8(bits.TrailingZeros64(bit))})
		e.indexBits |= bit
		e.indexed = e.indexed && isPlainHeader(e.attrs.msg, end-len(kv), len(kv), byte(e.attrs.num<<3|uint32(protoscan.Len)))
		kv, rest, found = nextLen(rest, e.attrs.num)
	}
}

// plainHeader is the size of the tag and the length of an attribute of n bytes, as encoders write them.
func plainHeader(n int) int {
	if n < 1<<7 {
		return 2
	}
	return 3
}

// isPlainHeader says whether that is what stands before the n bytes from there on in msg.
func isPlainHeader(msg []byte, from, n int, tag byte) bool {
	at := from - plainHeader(n)
	switch {
	case at < 0 || msg[at] != tag:
		return false
	case n < 1<<7:
		return msg[at+1] == byte(n)
	}
	return n < 1<<14 && msg[at+1] == byte(n&0x7f|0x80) && msg[at+2] == byte(n>>7)
}

// spliceIndexed is splice where the index knows the places, and no other field changes.
func (e *AttrEdit) spliceIndexed(out, msg []byte) []byte {
	copied := 0
	for _, at := range e.index {
		if e.opBits>>at.bit&1 == 0 {
			continue
		}
		kv := msg[at.from:at.to]
		if op := findOp(e.ops, attrKey(kv)); op != nil {
			out = op.append(append(out, msg[copied:int(at.from)-plainHeader(len(kv))]...), e.attrs.num)
			copied = int(at.to)
		}
	}
	out = append(out, msg[copied:]...)
	for i := range e.ops {
		out = e.ops[i].append(out, e.attrs.num)
	}
	return out
}

// attrKey is the key of a KeyValue.
func attrKey(kv []byte) []byte {
	if len(kv) > 1 && kv[0] == 0x0a && kv[1] < 0x80 && 2+int(kv[1]) <= len(kv) {
		// Nothing but the value may follow, or the key could come again.
		if at := 2 + int(kv[1]); at+1 < len(kv) && kv[at] == 0x12 && kv[at+1] < 0x80 && at+2+int(kv[at+1]) == len(kv) {
			return kv[2:at:at]
		}
	}
	key, _ := readAttr(kv)
	return key
}

func (e *AttrEdit) changed() bool { return len(e.ops) > 0 }

// Get finds an attribute.
func (e *AttrEdit) Get(key string) (Value, bool) {
	if e.opBits&KeyBit(key) != 0 {
		if op := findOp(e.ops, key); op != nil {
			return op.value, !op.delete
		}
	}
	return e.before(key)
}

// Text is the text of an attribute, nil if it is absent or no text.
func (e *AttrEdit) Text(key string) []byte {
	v, _ := e.Get(key)
	return v.Text()
}

// All iterates over the attributes. Changing them meanwhile does not change what it yields.
func (e *AttrEdit) All() iter.Seq2[[]byte, Value] {
	ops := slices.Clone(e.ops)
	return func(yield func([]byte, Value) bool) {
		for k, v := range e.attrs.All() {
			if findOp(ops, k) == nil && !yield(k, v) {
				return
			}
		}
		for i := range ops {
			if op := &ops[i]; !op.delete && !yield([]byte(op.key), op.value) {
				return
			}
		}
	}
}

// Set inserts the attribute or gives it a new value.
func (e *AttrEdit) Set(key string, v Value) {
	if v.body != nil {
		from := len(e.values)
		e.values = append(e.values, v.body...)
		v.body = e.values[from:len(e.values):len(e.values)]
	}
	e.put(attrOp{key: key, value: v})
}

// Insert sets the attribute if it is absent.
func (e *AttrEdit) Insert(key string, v Value) {
	if _, found := e.Get(key); !found {
		e.Set(key, v)
	}
}

// Update sets the attribute if it is present.
func (e *AttrEdit) Update(key string, v Value) {
	if _, found := e.Get(key); found {
		e.Set(key, v)
	}
}

// Delete removes the attribute.
func (e *AttrEdit) Delete(key string) { e.put(attrOp{key: key, delete: true}) }

// put notes the outcome for a key, unless it is what was there before all changes.
func (e *AttrEdit) put(op attrOp) {
	if e.opBits&KeyBit(op.key) != 0 {
		e.ops = slices.DeleteFunc(e.ops, func(old attrOp) bool { return old.key == op.key })
	}
	before, found := e.before(op.key)
	if op.delete && !found || !op.delete && found && before.equal(op.value) {
		return
	}
	e.ops = append(e.ops, op)
	e.opBits |= KeyBit(op.key)
}

func findOp[K string | []byte](ops []attrOp, key K) *attrOp {
	for i := range ops {
		if ops[i].key == string(key) {
			return &ops[i]
		}
	}
	return nil
}

func (v Value) equal(other Value) bool {
	return v.Kind == other.Kind && v.num == other.num && bytes.Equal(v.body, other.body)
}

// fieldEdit replaces all occurrences of one field that is not repeated.
type fieldEdit struct {
	num     uint32
	encoded []byte // tag and value
	written bool
}

// splice appends msg with its attributes edited and the fields replaced: in
// the place of the old ones, or at the end. Everything else is copied as it is.
// Attributes are the repeated field attrs.attrs.num of msg.
func splice(out, msg []byte, attrs *AttrEdit, fields []fieldEdit) []byte {
	if attrs.asked > 1 && attrs.indexed && len(fields) == 0 && len(msg) > 0 && len(msg) == len(attrs.attrs.msg) && &msg[0] == &attrs.attrs.msg[0] {
		return attrs.spliceIndexed(out, msg)
	}
	num := attrs.attrs.num
	whole, copied := msg, 0 // whole[:copied] is dealt with
	for len(msg) > 0 {
		size := fieldSize(msg)
		from := len(whole) - len(msg)
		switch n := fieldNum(msg); {
		case n == num && attrs.changed():
			key := attrKey(first(msg[:size], num))
			if attrs.opBits&KeyBit(key) == 0 {
				break
			}
			if op := findOp(attrs.ops, key); op != nil {
				out = op.append(append(out, whole[copied:from]...), num)
				copied = from + size
			}
		case len(fields) > 0:
			if edit := findField(fields, n); edit != nil {
				out = edit.append(append(out, whole[copied:from]...))
				copied = from + size
			}
		}
		msg = msg[size:]
	}
	out = append(out, whole[copied:]...)
	for i := range attrs.ops {
		out = attrs.ops[i].append(out, num)
	}
	for i := range fields {
		out = fields[i].append(out)
	}
	return out
}

// append writes the attribute the first time that it is called.
func (op *attrOp) append(out []byte, num uint32) []byte {
	if op.written || op.delete {
		return out
	}
	op.written = true
	return AppendAttr(out, num, op.key, op.value)
}

func (f *fieldEdit) append(out []byte) []byte {
	if f.written {
		return out
	}
	f.written = true
	return append(out, f.encoded...)
}

func findField(fields []fieldEdit, num uint32) *fieldEdit {
	for i := range fields {
		if fields[i].num == num {
			return &fields[i]
		}
	}
	return nil
}
