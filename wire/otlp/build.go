package otlp

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/oriel-io/oriel/wire/protoscan"
)

// Builder collects encoded items under their resource and scope and makes one
// batch of them. Items with the same resource bytes share one group, so that a
// resource is written once. It keeps the room for items from batch to batch, so
// that used again it allocates little more than the batch. Not safe for concurrent use.
type Builder struct {
	signal Signal
	count  int
	buf    []byte        // fields 2 of the scopes, in the order in which they came
	items  []builderItem // which of them follow each other in a scope
	groups []*builderGroup
	last   *builderScope
	byHead map[string]*builderGroup
	head   []byte // scratch
}

// builderGroup is one resource.
type builderGroup struct {
	head   []byte // fields of the group, without its scopes
	scopes []*builderScope
	byHead map[string]*builderScope
}

type builderScope struct {
	group       *builderGroup
	head        []byte // fields of the scope, without its items
	first, last int    // of its items
	size        int    // of all of them
}

// builderItem is buf[start:end], and the number of the next one in its scope, 0 at the last.
type builderItem struct{ start, end, next int }

// NewBuilder makes an empty builder for one signal.
func NewBuilder(signal Signal) *Builder {
	return &Builder{signal: signal, byHead: map[string]*builderGroup{}}
}

// Add appends one encoded item (the body of a Span, LogRecord or Metric
// message) that stands for count items. resource and scope are encoded
// Resource and InstrumentationScope messages, possibly empty. All three are copied.
// Precondition: they are well-formed; Add does not verify.
func (b *Builder) Add(resource, scope, item []byte, count int) {
	b.head = protoscan.AppendBytes(b.head[:0], 1, resource)
	cut := len(b.head)
	b.head = protoscan.AppendBytes(b.head, 1, scope)
	b.add(b.head[:cut], b.head[cut:], item, count)
}

// move adds an item of another batch with everything that its group and scope
// say, but for the edited resource.
func (b *Builder) move(g Group, s Scope, resource *AttrEdit, item []byte) {
	b.head = appendOthers(appendResource(b.head[:0], g, resource), g.Msg, 1, 2)
	cut := len(b.head)
	b.head = appendOthers(b.head, s.Msg, 2, 2)
	b.add(b.head[:cut], b.head[cut:], item, 1)
}

func (b *Builder) add(group, scope, item []byte, count int) {
	s := b.last
	if s == nil || !bytes.Equal(s.head, scope) || !bytes.Equal(s.group.head, group) {
		s = b.scope(group, scope)
		b.last = s
	}
	start, number := len(b.buf), len(b.items)
	b.buf = protoscan.AppendBytes(b.buf, 2, item)
	b.items = append(b.items, builderItem{start: start, end: len(b.buf)})
	if s.size == 0 {
		s.first = number
	} else {
		b.items[s.last].next = number
	}
	s.last = number
	s.size += len(b.buf) - start
	b.count += count
}

// scope finds or makes the scope.
func (b *Builder) scope(group, scope []byte) *builderScope {
	g := b.byHead[string(group)]
	if g == nil {
		g = &builderGroup{head: bytes.Clone(group), byHead: map[string]*builderScope{}}
		b.byHead[string(group)] = g
		b.groups = append(b.groups, g)
	}
	s := g.byHead[string(scope)]
	if s == nil {
		s = &builderScope{group: g, head: bytes.Clone(scope)}
		g.byHead[string(scope)] = s
		g.scopes = append(g.scopes, s)
	}
	return s
}

// Items is how many items were added since the last Batch.
func (b *Builder) Items() int { return b.count }

// Batch makes the batch and empties the builder.
func (b *Builder) Batch() *Batch {
	total := 0
	for _, g := range b.groups {
		total += protoscan.SizeLen(1, g.size())
	}
	out := make([]byte, 0, total)
	for _, g := range b.groups {
		out = binary.AppendUvarint(protoscan.AppendTag(out, 1, protoscan.Len), uint64(g.size()))
		out = append(out, g.head...)
		for _, s := range g.scopes {
			out = binary.AppendUvarint(protoscan.AppendTag(out, 2, protoscan.Len), uint64(len(s.head)+s.size))
			out = append(out, s.head...)
			for i := s.first; ; i = b.items[i].next {
				out = append(out, b.buf[b.items[i].start:b.items[i].end]...)
				if i == s.last {
					break
				}
			}
		}
	}
	batch := trusted(b.signal, out, b.count)
	b.buf, b.items = b.buf[:0], b.items[:0]
	b.groups, b.last, b.count = nil, nil, 0
	clear(b.byHead)
	return batch
}

func (g *builderGroup) size() int {
	size := len(g.head)
	for _, s := range g.scopes {
		size += protoscan.SizeLen(2, len(s.head)+s.size)
	}
	return size
}

// AppendAttr appends a KeyValue as field num.
func AppendAttr[K string | []byte](b []byte, num uint32, key K, v Value) []byte {
	if v.Kind == String && num < 16 {
		return AppendTextAttr(b, num, key, v.body)
	}
	b, mark := protoscan.Open(b, num)
	b = protoscan.AppendBytes(b, 1, key)
	b, inner := protoscan.Open(b, 2)
	b = v.append(b)
	return protoscan.Close(protoscan.Close(b, inner), mark)
}

// AppendTextAttr appends a KeyValue with a text as field num. Most are so short that each length
// is one byte and can be written before what it measures. num is below 16.
func AppendTextAttr[K string | []byte](b []byte, num uint32, key K, text []byte) []byte {
	k, v := len(key), len(text)
	if k+v >= 0x80-6 {
		return appendLongTextAttr(b, num, key, text)
	}
	b = slices.Grow(b, k+v+8)
	n := len(b)
	b = b[:n+k+v+8]
	out := b[n:]
	out[0], out[1] = uint8(num<<3)|protoscan.Len, byte(k+v+6)
	out[2], out[3] = 1<<3|protoscan.Len, byte(k)
	copy(out[4:], key)
	out = out[4+k:]
	out[0], out[1] = 2<<3|protoscan.Len, byte(v+2)
	out[2], out[3] = 1<<3|protoscan.Len, byte(v)
	copy(out[4:], text)
	return b
}

func appendLongTextAttr[K string | []byte](b []byte, num uint32, key K, text []byte) []byte {
	value := protoscan.SizeLen(1, len(text))
	b = protoscan.AppendTag(b, num, protoscan.Len)
	b = binary.AppendUvarint(b, uint64(protoscan.SizeLen(1, len(key))+protoscan.SizeLen(2, value)))
	b = protoscan.AppendBytes(b, 1, key)
	b = protoscan.AppendTag(b, 2, protoscan.Len)
	b = binary.AppendUvarint(b, uint64(value))
	return protoscan.AppendBytes(b, 1, text)
}

// append writes the body of the AnyValue message.
func (v Value) append(b []byte) []byte {
	switch v.Kind {
	case Bool, Int:
		return protoscan.AppendVarint(b, uint32(v.Kind), v.num)
	case Double:
		return protoscan.AppendFixed64(b, uint32(v.Kind), v.num)
	case String, Array, Map, Bytes:
		return protoscan.AppendBytes(b, uint32(v.Kind), v.body)
	}
	return b
}
