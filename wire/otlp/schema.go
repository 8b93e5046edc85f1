package otlp

import (
	"strings"

	"github.com/oriel-io/oriel/wire/protoscan"
)

// The rules, beyond being protobuf, that a request must keep. Upstream's decoder
// takes the same requests but for those marked with *.
//
//   - Known fields have the wire type of their declaration; repeated numbers
//     may be packed or not.
//   - Trace ids have 16 bytes and span ids 8, or none.
//   - * A message field that is not repeated, an id and the data of a metric are
//     set once. Protobuf would have every reader merge the parts or take the last;
//     no encoder writes them, and readers that differ are a way to hide things.
//   - * Attribute values nest at most 64 levels deep.
//   - * Unknown fields hold no groups, and no varint overflows 64 bits.
//   - Text need not be UTF-8 (see the package comment), kinds and status codes
//     need not be known, and unknown fields are passed through unread.

// maxDepth bounds nested AnyValues; nothing real nests beyond ten.
const maxDepth = 64

// A message describes the known fields of one protobuf message, indexed by
// field number. Unknown fields are passed through.
type message struct {
	name     string
	isAttr   bool // KeyValue
	fields   [20]field
	order    []*field      // the known ones as JSON lists them
	shortcut [256]shortcut // by the tag's byte, see verifier.walk
}

type field struct {
	num    uint32
	name   string // as in the .proto file: trace_id
	json   string // as in JSON: traceId
	wire   uint8  // wire type wanted
	text   textForm
	known  bool
	id     int              // 16 or 8: the length an id must have unless empty
	sub    *message         // of a Len field that is a message
	list   bool             // repeated
	count  bool             // each one is an item
	packed bool             // repeated number: packed (Len) or single (wire)
	nests  bool             // one more level of values
	once   bool             // at most one of group may be set, and only once
	group  uint32           // bits of the fields of which one can hold: itself, or those of its oneof
	keep   bool             // zero is not the same as not set: part of a oneof, or optional
	enum   map[string]int32 // numbers by name
}

// textForm is how JSON writes a field.
type textForm uint8

const (
	formMessage textForm = iota
	formText
	formBase64
	formHex
	formBool
	formEnum
	formUint32
	formSint32 // zigzag
	formInt64
	formUint64
	formDouble
)

// set describes a field. Called in the order in which JSON lists them.
func (m *message) set(num uint32, name string, f field) {
	f.num, f.name, f.json, f.known = num, name, lowerCamel(name), true
	f.group = 1 << num
	m.fields[num] = f
	m.order = append(m.order, &m.fields[num])
}

// oneof says that one of these fields can be set.
func (m *message) oneof(nums ...uint32) {
	var group uint32
	for _, num := range nums {
		group |= 1 << num
	}
	for _, num := range nums {
		m.fields[num].group, m.fields[num].keep = group, true
	}
}

// optional says that zero is not the same as not set.
func (m *message) optional(nums ...uint32) {
	for _, num := range nums {
		m.fields[num].keep = true
	}
}

// lowerCamel makes traceId of trace_id.
func lowerCamel(name string) string {
	words := strings.Split(name, "_")
	for i, w := range words[1:] {
		words[i+1] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, "")
}

// shortcut is how walk may check a field without looking at its description.
type shortcut uint8

const (
	shortNone shortcut = iota
	shortVarint
	shortFixed64
	shortBytes // text or bytes, no message
	shortID16
	shortID8
	shortAttr // KeyValue
)

// learn fills in the short cuts, once the fields are set.
func (m *message) learn() {
	for num, f := range m.fields[:16] {
		if !f.known {
			continue
		}
		var s shortcut
		switch {
		case f.sub != nil && f.sub.isAttr:
			s = shortAttr
		case f.id == 16:
			s = shortID16
		case f.id == 8:
			s = shortID8
		case f.sub != nil || f.once:
			s = shortNone
		case f.wire == protoscan.Len:
			s = shortBytes
		case f.wire == protoscan.I64:
			s = shortFixed64
		case f.wire == protoscan.Varint:
			s = shortVarint
		}
		m.shortcut[num<<3|int(f.wire)] = s
	}
}
