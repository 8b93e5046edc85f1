package servicegraph

import (
	"encoding/binary"

	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/semconv"
)

// AppendState encodes the spans that wait, so that a restart does not tear
// traces apart. Rows that were not cut are not part of it: Cut first. The frame is that
// of rows (encode.go); the body:
//
//	nodes
//	traces    uvarint n, n times: 16 bytes id, varint first, varint last (arrival), spans
//	spans     uvarint n, n times: 8 bytes id, 8 bytes parent, uvarints start, nanos, varint minute,
//	          uvarints node, peer + 1; byte kind | category << 3 | proxy << 5 | messaging << 6
func (b *Builder) AppendState(out []byte) []byte {
	start := len(out)
	e := encoder{b: append(out, stateMagic, formatVersion)}
	list := make([]Node, len(b.nodes.list))
	for i, info := range b.nodes.list {
		list[i] = info.Node
	}
	e.nodes(list)
	e.uint(uint64(len(b.waiting.byID)))
	var spans []record
	for t := b.waiting.head; t != none; t = b.waiting.traces[t].next {
		trace := &b.waiting.traces[t]
		e.b = append(e.b, trace.id[:]...)
		e.b = binary.AppendVarint(e.b, trace.first)
		e.b = binary.AppendVarint(e.b, trace.last)
		spans = b.waiting.list(t, spans[:0])
		e.uint(uint64(len(spans)))
		for i := range spans {
			e.record(&spans[i])
		}
	}
	return appendSum(e.b, start)
}

func (e *encoder) record(r *record) {
	e.b = binary.BigEndian.AppendUint64(e.b, r.id)
	e.b = binary.BigEndian.AppendUint64(e.b, r.parent)
	e.uint(r.start)
	e.uint(r.nanos)
	e.b = binary.AppendVarint(e.b, int64(r.minute))
	e.uint(uint64(r.node))
	e.uint(uint64(r.peer + 1))
	bits := byte(r.kind) | byte(r.category)<<3
	if r.proxy {
		bits |= 1 << 5
	}
	if r.messaging {
		bits |= 1 << 6
	}
	e.b = append(e.b, bits)
}

// Restore adds the spans that AppendState wrote to those that wait, as if they
// arrived when they did.
//
// Errors: ErrDamaged; the builder is then as it was before.
func (b *Builder) Restore(state []byte) error {
	d, err := open(state, stateMagic)
	if err != nil {
		return err
	}
	list := d.nodes()
	type savedTrace struct {
		id          otlp.TraceID
		first, last int64
		spans       []record
	}
	traces := make([]savedTrace, 0, d.count(19))
	for range cap(traces) {
		var t savedTrace
		copy(t.id[:], d.bytes(16))
		t.first, t.last = d.int(), d.int()
		t.spans = make([]record, 0, d.count(22))
		for range cap(t.spans) {
			t.spans = append(t.spans, d.record(list))
		}
		traces = append(traces, t)
	}
	if err := d.end(); err != nil {
		return err
	}
	numbers := make([]int32, len(list))
	for i, node := range list {
		numbers[i] = b.nodes.number(node)
	}
	for _, t := range traces {
		for _, r := range t.spans {
			r.node = numbers[r.node]
			if r.peer != none {
				r.peer = numbers[r.peer]
			}
			if b.waiting.spans >= b.opts.MaxPending {
				b.counters.Early += uint64(b.settleOldest(t.last))
			}
			at := b.waiting.add(t.id, r, t.last)
			b.waiting.traces[at].first = min(t.first, b.waiting.traces[at].first)
		}
	}
	return nil
}

func (d *decoder) int() int64 {
	v, n := binary.Varint(d.b)
	if n <= 0 {
		d.fail("bad number")
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) id() uint64 {
	if b := d.bytes(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (d *decoder) record(list []Node) record {
	r := record{id: d.id(), parent: d.id(), start: d.uint(), nanos: d.uint()}
	minute := d.int()
	r.minute = int32(minute)
	node, peer := d.uint(), d.uint()
	bits := d.byte()
	r.kind, r.category = otlp.Kind(bits&7), semconv.Category(bits>>3&3)
	r.proxy, r.messaging = bits>>5&1 != 0, bits>>6&1 != 0
	switch {
	case d.err != nil:
	case node >= uint64(len(list)) || list[node].Kind != Service:
		d.fail("unknown service")
	case peer > uint64(len(list)) || peer > 0 && list[peer-1].Kind <= Client:
		d.fail("unknown peer")
	case int64(r.minute) != minute || minute < 0 || r.kind > otlp.KindConsumer || bits>>7 != 0:
		d.fail("bad span")
	}
	r.node, r.peer = int32(node), int32(peer)-1
	return r
}
