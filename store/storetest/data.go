package storetest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/protoscan"
)

// data makes random batches from small pools, so that values meet: mixed types
// under one key, missing attributes, equal times, text that is not UTF-8, arrays,
// spans that come twice, traces over several batches. Equal seeds make equal data.
// Numbers add up exactly as floats, so that the order of adding does not show.
type data struct {
	r    *rand.Rand
	last *otlp.Batch
	open []openTrace // that further batches may add to
	seen map[string]bool
}

type openTrace struct {
	id    otlp.TraceID
	spans []otlp.SpanID
}

func newData(seed uint64) *data {
	return &data{r: rand.New(rand.NewPCG(seed, seed)), seen: map[string]bool{}}
}

var dataServices = []string{"front", "back", "cart", "", "Ünï"}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

// batch makes the next batch.
func (d *data) batch() *otlp.Batch {
	switch {
	case d.r.IntN(4) == 0:
		return d.logs()
	case d.last != nil && d.r.IntN(10) == 0:
		return d.last // delivered twice
	}
	b := otlp.NewBuilder(otlp.Traces)
	for range d.r.IntN(60) {
		d.span(b)
	}
	d.last = b.Batch()
	return d.last
}

func (d *data) span(b *otlp.Builder) {
	r := d.r
	if len(d.open) == 0 || r.IntN(5) == 0 {
		var id otlp.TraceID
		for i := range id {
			id[i] = byte(r.Uint32())
		}
		if r.IntN(10) == 0 {
			clear(id[:8])
		}
		d.open = append(d.open, openTrace{id: id})
		if len(d.open) > 6 {
			d.open = d.open[1:]
		}
	}
	t := &d.open[r.IntN(len(d.open))]
	var id, parent otlp.SpanID
	for i := range id {
		id[i] = byte(r.Uint32())
	}
	if len(t.spans) > 0 && r.IntN(8) > 0 {
		parent = t.spans[r.IntN(len(t.spans))]
		if r.IntN(12) == 0 {
			id = t.spans[r.IntN(len(t.spans))] // an id that is shared
		}
	}
	kind := otlp.Kind(r.IntN(6))
	start := uint64(Epoch.UnixNano()) + uint64(r.IntN(600))*uint64(time.Second)/2
	if key := fmt.Sprint(t.id, id, kind, start); d.seen[key] {
		return // rows need an identity of their own
	} else {
		d.seen[key] = true
	}
	t.spans = append(t.spans, id)

	s := protoscan.AppendBytes(nil, 1, t.id[:])
	s = protoscan.AppendBytes(s, 2, id[:])
	if parent != (otlp.SpanID{}) {
		s = protoscan.AppendBytes(s, 4, parent[:])
	}
	s = protoscan.AppendBytes(s, 5, pick(r, "GET /a", "GET /b", "get /A", "query", "", "ſtraße", "bad\xff\xfetext"))
	s = protoscan.AppendVarint(s, 6, uint64(kind))
	s = protoscan.AppendFixed64(s, 7, start)
	s = protoscan.AppendFixed64(s, 8, start+uint64(pick(r, 0, 1, 1000, 1e6, 1.5e6, 2e9, r.IntN(1e9), -5)))
	if r.IntN(4) == 0 {
		status := protoscan.AppendVarint(nil, 3, uint64(r.IntN(3)))
		if r.IntN(2) == 0 {
			status = protoscan.AppendBytes(status, 2, pick(r, "boom", "Timeout"))
		}
		s = protoscan.AppendBytes(s, 15, status)
	}
	if r.IntN(6) == 0 {
		s = protoscan.AppendBytes(s, 3, "vendor=1")
		s = protoscan.AppendFixed32(s, 16, 0x101)
		s = protoscan.AppendVarint(s, 10, 3)
		event := otlp.AppendAttr(protoscan.AppendBytes(protoscan.AppendFixed64(nil, 1, start), 2, "retry"), 3, "n", otlp.IntValue(1))
		s = protoscan.AppendBytes(s, 11, event)
		s = protoscan.AppendBytes(s, 13, protoscan.AppendBytes(nil, 1, t.id[:]))
	}
	b.Add(d.resource(), d.scope(), d.attrs(s, 9), 1)
}

func (d *data) logs() *otlp.Batch {
	r, b := d.r, otlp.NewBuilder(otlp.Logs)
	for range r.IntN(60) {
		at := uint64(Epoch.UnixNano()) + uint64(r.IntN(600))*uint64(time.Second)
		var s []byte
		if r.IntN(5) > 0 {
			s = protoscan.AppendFixed64(s, 1, at)
		}
		s = protoscan.AppendFixed64(s, 11, at+5)
		s = protoscan.AppendVarint(s, 2, uint64(r.IntN(25)))
		if r.IntN(2) == 0 {
			s = protoscan.AppendBytes(s, 3, pick(r, "INFO", "warn"))
		}
		if len(d.open) > 0 && r.IntN(2) == 0 {
			t := d.open[r.IntN(len(d.open))]
			s = protoscan.AppendBytes(s, 9, t.id[:])
			if len(t.spans) > 0 {
				s = protoscan.AppendBytes(s, 10, t.spans[0][:])
			}
		}
		if r.IntN(6) == 0 {
			s = protoscan.AppendBytes(s, 12, pick(r, "login", "logout"))
		}
		if r.IntN(10) > 0 {
			var mark int
			s, mark = protoscan.Open(s, 5)
			s = protoscan.Close(d.anyValue(s), mark)
		}
		b.Add(d.resource(), d.scope(), d.attrs(s, 6), 1)
	}
	return b.Batch()
}

// anyValue appends the body of an AnyValue, mostly text.
func (d *data) anyValue(b []byte) []byte {
	switch d.r.IntN(8) {
	case 0:
		return protoscan.AppendVarint(b, 3, uint64(d.r.IntN(100)))
	case 1:
		array := protoscan.AppendBytes(nil, 1, protoscan.AppendBytes(nil, 1, "a\"\\\n\x01<é"))
		array = protoscan.AppendBytes(array, 1, protoscan.AppendDouble(nil, 4, 0.5))
		array = protoscan.AppendBytes(array, 1, protoscan.AppendBytes(nil, 7, "\x00\xff"))
		return protoscan.AppendBytes(b, 5, array)
	case 2:
		m := otlp.AppendAttr(nil, 1, "user", otlp.StringValue("ann"))
		m = otlp.AppendAttr(m, 1, "ok", otlp.BoolValue(true))
		m = protoscan.AppendBytes(m, 1, protoscan.AppendBytes(nil, 1, "nothing"))
		return protoscan.AppendBytes(b, 6, m)
	}
	return protoscan.AppendBytes(b, 1, pick(d.r, "order placed", "Order failed: timeout", "", "bad\xffbyte", fmt.Sprint("request ", d.r.IntN(50))))
}

func (d *data) resource() (res []byte) {
	r := d.r
	if name := pick(r, dataServices...); name != "" {
		res = otlp.AppendAttr(res, 1, "service.name", otlp.StringValue(name))
	}
	if r.IntN(3) > 0 {
		res = otlp.AppendAttr(res, 1, "service.version", otlp.StringValue(pick(r, "1", "2")))
	}
	if r.IntN(3) == 0 {
		res = otlp.AppendAttr(res, 1, "both", otlp.StringValue("of the resource"))
	}
	if r.IntN(3) == 0 {
		res = otlp.AppendAttr(res, 1, "cpus", otlp.IntValue(int64(r.IntN(3))))
	}
	return res
}

func (d *data) scope() []byte {
	if d.r.IntN(2) == 0 {
		return nil
	}
	return protoscan.AppendBytes(protoscan.AppendBytes(nil, 1, pick(d.r, "lib.a", "lib.b")), 2, "1.0")
}

// attrs appends random attributes as field num.
func (d *data) attrs(s []byte, num uint32) []byte {
	r := d.r
	add := func(key string, v otlp.Value) {
		if r.IntN(2) == 0 {
			s = otlp.AppendAttr(s, num, key, v)
		}
	}
	add("text", otlp.StringValue(pick(r, "a", "b", "B", "", "bad\xff")))
	add("int", otlp.IntValue(int64(pick(r, -3, 0, 1, 7, 500, 503))))
	add("float", otlp.DoubleValue(pick(r, -0.5, 0.25, 1, 7, 1e6)))
	add("bool", otlp.BoolValue(r.IntN(2) == 0))
	add("both", otlp.StringValue(pick(r, "of the item", "of the resource")))
	add("http.status_code", pick(r, otlp.IntValue(200), otlp.IntValue(404), otlp.IntValue(503), otlp.StringValue("503"), otlp.StringValue("429")))
	add("mixed", pick(r, otlp.IntValue(1), otlp.StringValue("1"), otlp.StringValue("1.0"), otlp.StringValue("x"),
		otlp.DoubleValue(1), otlp.DoubleValue(1.5), otlp.BoolValue(true), otlp.DoubleValue(math.NaN())))
	if r.IntN(5) == 0 {
		add("peer.service", otlp.StringValue(pick(r, dataServices...)))
		add("db.system", otlp.StringValue("redis"))
		add("messaging.system", otlp.StringValue("kafka"))
	}
	if r.IntN(8) == 0 {
		kv, mark := protoscan.Open(s, num)
		kv = protoscan.AppendBytes(kv, 1, pick(r, "list", "text2"))
		kv, inner := protoscan.Open(kv, 2)
		s = protoscan.Close(protoscan.Close(d.anyValue(kv), inner), mark)
	}
	if r.IntN(8) == 0 { // many keys, and one that has no value
		s = otlp.AppendAttr(s, num, fmt.Sprint("key", r.IntN(1000)), otlp.IntValue(1))
		s = protoscan.AppendBytes(s, num, protoscan.AppendBytes(nil, 1, "empty"))
	}
	return s
}
