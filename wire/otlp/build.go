package otlp

import (
	"encoding/binary"

	"github.com/oriel-io/oriel/wire/protoscan"
)

// Builder collects encoded items under their resource and scope and makes one
// batch of them. Items with the same resource bytes share one group, so that a
// resource is written once. It keeps its buffers from batch to batch: used again, it
// allocates little more than the batch itself. Not safe for concurrent use.
type Builder struct {
	signal Signal
	count  int
	buf    []byte // resources, scopes and items, in the order in which they came
	items  []builderItem
	groups []builderGroup
	byKey  map[string]int // index of the group
	key    []byte
}

// builderItem is field 2 of a scope group, ready to copy: buf[start:end].
type builderItem struct{ start, end, next int }

// builderGroup is one resource with one scope, and the chain of its items.
type builderGroup struct {
	resource, scope, body int // buf[resource:scope] and buf[scope:body]
	first, last           int // items
	size                  int // bytes of the items
}

// NewBuilder makes an empty builder for one signal.
func NewBuilder(signal Signal) *Builder {
	return &Builder{signal: signal, byKey: map[string]int{}}
}

// Add appends one encoded item (the body of a Span, LogRecord or Metric
// message) that stands for count items. resource and scope are encoded
// Resource and InstrumentationScope messages, possibly empty. All three are copied.
// Precondition: they are well-formed; Add does not verify.
func (b *Builder) Add(resource, scope, item []byte, count int) {
	b.key = append(binary.AppendUvarint(b.key[:0], uint64(len(resource))), resource...)
	b.key = append(b.key, scope...)
	index, found := b.byKey[string(b.key)]
	if !found {
		index = len(b.groups)
		b.byKey[string(b.key)] = index
		at := len(b.buf)
		b.buf = append(append(b.buf, resource...), scope...)
		b.groups = append(b.groups, builderGroup{at, at + len(resource), len(b.buf), -1, -1, 0})
	}
	start := len(b.buf)
	b.buf = protoscan.AppendBytes(b.buf, 2, item)
	b.items = append(b.items, builderItem{start, len(b.buf), -1})
	g, last := &b.groups[index], len(b.items)-1
	if g.first < 0 {
		g.first = last
	} else {
		b.items[g.last].next = last
	}
	g.last = last
	g.size += len(b.buf) - start
	b.count += count
}

// Items is how many items were added since the last Batch.
func (b *Builder) Items() int { return b.count }

// Batch makes the batch and empties the builder.
func (b *Builder) Batch() *Batch {
	size := len(b.buf)
	for range b.groups {
		size += 5 * (1 + binary.MaxVarintLen32) // tags and lengths of the five messages around the items
	}
	out := make([]byte, 0, size)
	for _, g := range b.groups {
		resource, scope := b.buf[g.resource:g.scope], b.buf[g.scope:g.body]
		inner := protoscan.SizeLen(1, len(scope)) + g.size
		out = protoscan.AppendTag(out, 1, protoscan.Len)
		out = binary.AppendUvarint(out, uint64(protoscan.SizeLen(1, len(resource))+protoscan.SizeLen(2, inner)))
		out = protoscan.AppendBytes(out, 1, resource)
		out = protoscan.AppendTag(out, 2, protoscan.Len)
		out = binary.AppendUvarint(out, uint64(inner))
		out = protoscan.AppendBytes(out, 1, scope)
		for i := g.first; i >= 0; i = b.items[i].next {
			out = append(out, b.buf[b.items[i].start:b.items[i].end]...)
		}
	}
	batch := trusted(b.signal, out, b.count)
	b.Reset()
	return batch
}

// Reset throws away what was added.
func (b *Builder) Reset() {
	b.buf, b.items, b.groups, b.count = b.buf[:0], b.items[:0], b.groups[:0], 0
	clear(b.byKey)
}

// Retained is how many bytes of buffers the builder holds on to.
func (b *Builder) Retained() int { return cap(b.buf) }

// AppendAttr appends a KeyValue as field num.
func AppendAttr[K string | []byte](b []byte, num uint32, key K, v Value) []byte {
	b, mark := protoscan.Open(b, num)
	b = protoscan.AppendBytes(b, 1, key)
	b, inner := protoscan.Open(b, 2)
	b = v.append(b)
	return protoscan.Close(protoscan.Close(b, inner), mark)
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
