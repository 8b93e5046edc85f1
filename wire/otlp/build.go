package otlp

import (
	"encoding/binary"

	"github.com/oriel-io/oriel/wire/protoscan"
)

// Builder collects encoded items under their resource and scope and makes one
// batch of them. Items with the same resource bytes share one group, so that a
// resource is written once. Not safe for concurrent use.
type Builder struct {
	signal Signal
	items  int
	groups []*builderGroup
	byKey  map[string]*builderGroup
	key    []byte
}

// builderGroup is one resource with one scope.
type builderGroup struct {
	resource, scope, items []byte // items: fields 2 of a scope group, ready to copy
}

// NewBuilder makes an empty builder for one signal.
func NewBuilder(signal Signal) *Builder {
	return &Builder{signal: signal, byKey: map[string]*builderGroup{}}
}

// Add appends one encoded item (the body of a Span, LogRecord or Metric
// message) that stands for count items. resource and scope are encoded
// Resource and InstrumentationScope messages, possibly empty. All three are copied.
// Precondition: they are well-formed; Add does not verify.
func (b *Builder) Add(resource, scope, item []byte, count int) {
	b.key = append(binary.AppendUvarint(b.key[:0], uint64(len(resource))), resource...)
	b.key = append(b.key, scope...)
	g := b.byKey[string(b.key)]
	if g == nil {
		g = &builderGroup{resource: append([]byte(nil), resource...), scope: append([]byte(nil), scope...)}
		b.byKey[string(b.key)] = g
		b.groups = append(b.groups, g)
	}
	g.items = protoscan.AppendBytes(g.items, 2, item)
	b.items += count
}

// Items is how many items were added since the last Batch.
func (b *Builder) Items() int { return b.items }

// Batch makes the batch and empties the builder.
func (b *Builder) Batch() *Batch {
	size := 0
	for _, g := range b.groups {
		size += len(g.resource) + len(g.scope) + len(g.items) + 32
	}
	out := make([]byte, 0, size)
	for _, g := range b.groups {
		scope := protoscan.SizeLen(1, len(g.scope)) + len(g.items)
		out = protoscan.AppendTag(out, 1, protoscan.Len)
		out = binary.AppendUvarint(out, uint64(protoscan.SizeLen(1, len(g.resource))+protoscan.SizeLen(2, scope)))
		out = protoscan.AppendBytes(out, 1, g.resource)
		out = protoscan.AppendTag(out, 2, protoscan.Len)
		out = binary.AppendUvarint(out, uint64(scope))
		out = protoscan.AppendBytes(out, 1, g.scope)
		out = append(out, g.items...)
	}
	batch := trusted(b.signal, out, b.items)
	b.groups, b.items = nil, 0
	clear(b.byKey)
	return batch
}

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
