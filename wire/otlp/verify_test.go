package otlp

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/oriel-io/oriel/wire/protoscan"
)

func TestSampleRequestsAreValid(t *testing.T) {
	for signal, want := range map[Signal]int{Traces: 4, Logs: 3, Metrics: 14} {
		b := valid(t, signal, sampleRequest(t, signal))
		if b.Items() != want || b.Signal() != signal {
			t.Errorf("%s: %d items, want %d", b.Signal(), b.Items(), want)
		}
	}
}

// TestTruncatedAtEveryByte: a request that ends early is refused, unless it
// ends between two groups.
func TestTruncatedAtEveryByte(t *testing.T) {
	for _, signal := range []Signal{Traces, Logs, Metrics} {
		data := sampleRequest(t, signal)
		whole := map[int]bool{0: true}
		for at := 0; at < len(data); {
			f, err := protoscan.Next(data[at:])
			if err != nil {
				t.Fatal(err)
			}
			at += f.Size
			whole[at] = true
		}
		for n := range data {
			_, err := New(signal, data[:n:n])
			if whole[n] != (err == nil) {
				t.Fatalf("%s: the first %d bytes: %v", signal, n, err)
			}
			if err != nil && !errors.Is(err, protoscan.ErrTruncated) {
				t.Fatalf("%s: the first %d bytes: %v, want ErrTruncated", signal, n, err)
			}
		}
	}
}

// wrap puts an item into a request with one empty resource.
func wrap(item []byte) []byte {
	return protoscan.AppendBytes(nil, 1, protoscan.AppendBytes(nil, 2, protoscan.AppendBytes(nil, 2, item)))
}

func TestInvalid(t *testing.T) {
	id := func(num uint32, n int) []byte { return protoscan.AppendBytes(nil, num, make([]byte, n)) }
	span := protoscan.AppendBytes(nil, 5, "GET /")
	for _, c := range []struct {
		name   string
		signal Signal
		item   []byte
		offset int // in the item
		what   string
	}{
		{"trace id too short", Traces, append(span, id(1, 15)...), 7, "Span.trace_id is 15 bytes long, want 16 or none"},
		{"trace id of 8 bytes", Traces, append(span, id(1, 8)...), 7, "Span.trace_id is 8 bytes long, want 16 or none"},
		{"span id too long", Traces, append(span, id(2, 16)...), 7, "Span.span_id is 16 bytes long, want 8 or none"},
		{"parent id too long", Traces, id(4, 9), 0, "Span.parent_span_id is 9 bytes long, want 8 or none"},
		{"link's trace id", Traces, append(span, protoscan.AppendBytes(nil, 13, id(1, 4))...), 9, "Link.trace_id is 4 bytes long, want 16 or none"},
		{"log's span id", Logs, id(10, 7), 0, "LogRecord.span_id is 7 bytes long, want 8 or none"},
		{"exemplar's span id", Metrics, protoscan.AppendBytes(nil, 5, protoscan.AppendBytes(nil, 1, protoscan.AppendBytes(nil, 5, id(4, 1)))), 6, "Exemplar.span_id is 1 bytes long, want 8 or none"},
		{"two trace ids", Traces, append(id(1, 16), id(1, 16)...), 18, "Span.trace_id is set, but it or an alternative was set before"},
		{"two statuses", Traces, append(id(15, 0), id(15, 0)...), 2, "Span.status is set, but it or an alternative was set before"},
		{"two kinds of data", Metrics, append(id(5, 0), id(7, 0)...), 2, "Metric.sum is set, but it or an alternative was set before"},
		{"name as a number", Traces, protoscan.AppendVarint(nil, 5, 3), 0, "Span.name has wire type 0, want 2"},
		{"time as a varint", Traces, append(span, protoscan.AppendVarint(nil, 7, 3)...), 7, "Span.start_time_unix_nano has wire type 0, want 1"},
		{"key as a number", Traces, protoscan.AppendBytes(nil, 9, protoscan.AppendVarint(nil, 1, 3)), 2, "KeyValue.key has wire type 0, want 2"},
		{"group", Traces, append(span, 0x7b, 0x7c), 7, "Span: protobuf: malformed field"},
		{"attribute ends early", Traces, append(span, 0x4a, 0x04, 0x0a, 0x09, 'a', 'b'), 9, "KeyValue: protobuf: message ends inside a field"},
		{"value ends early", Traces, []byte{0x4a, 0x07, 0x0a, 0x01, 'a', 0x12, 0x02, 0x0a, 0x05}, 7, "AnyValue: protobuf: message ends inside a field"},
		{"half a number in a packed list", Metrics, protoscan.AppendBytes(nil, 9, protoscan.AppendBytes(nil, 1, id(6, 12))), 4, "HistogramDataPoint.bucket_counts is not a list of packed numbers"},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := wrap(c.item)
			_, err := New(c.signal, data)
			var invalid *InvalidError
			if !errors.As(err, &invalid) {
				t.Fatalf("got %v", err)
			}
			if want := len(data) - len(c.item) + c.offset; invalid.Offset != want || invalid.What != c.what {
				t.Errorf("got %d %q\nwant %d %q", invalid.Offset, invalid.What, want, c.what)
			}
			if !strings.Contains(err.Error(), "invalid OTLP "+c.signal.String()+" request at byte ") {
				t.Errorf("text: %v", err)
			}
			stepwise := verifier{signal: c.signal, stepwise: true}
			if _, slow := stepwise.request(data); slow == nil || slow.Error() != err.Error() {
				t.Errorf("without short cuts: %v", slow)
			}
		})
	}
	if _, err := New(Signal(9), nil); err == nil {
		t.Error("an unknown signal was taken")
	}
}

func TestNestedValues(t *testing.T) {
	nest := func(levels int) []byte {
		value := protoscan.AppendBytes(nil, 1, "x")
		for i := range levels - 1 {
			if i%2 == 0 {
				value = protoscan.AppendBytes(nil, 5, protoscan.AppendBytes(nil, 1, value))
			} else {
				pair := protoscan.AppendBytes(protoscan.AppendBytes(nil, 1, "k"), 2, value)
				value = protoscan.AppendBytes(nil, 6, protoscan.AppendBytes(nil, 1, pair))
			}
		}
		return wrap(protoscan.AppendBytes(nil, 9, protoscan.AppendBytes(nil, 2, value)))
	}
	if b, err := New(Traces, nest(maxDepth)); err != nil {
		t.Errorf("%d levels: %v", maxDepth, err)
	} else if text := collect(b)[0].Attrs().AppendJSON(nil); !bytes.Contains(text, []byte(`"x"`)) {
		t.Errorf("the innermost value is missing: %s", text)
	}
	if _, err := New(Traces, nest(maxDepth+1)); err == nil {
		t.Errorf("%d levels were taken", maxDepth+1)
	}
}

// TestHostileNesting builds 100,000 levels from the inside out and wants them
// refused at once.
func TestHostileNesting(t *testing.T) {
	const levels = 100_000
	// Written backwards, so that building it is linear.
	var reversed []byte
	put := func(tag byte) {
		length := protoscan.AppendVarint(nil, 1, uint64(len(reversed)))[1:]
		for i := len(length) - 1; i >= 0; i-- {
			reversed = append(reversed, length[i])
		}
		reversed = append(reversed, tag)
	}
	for range levels {
		put(0x0a) // ArrayValue.values
		put(0x2a) // AnyValue.array_value
	}
	for _, tag := range []byte{0x12, 0x4a, 0x12, 0x12, 0x0a} { // KeyValue.value, Span.attributes, spans, scope_spans, resource_spans
		put(tag)
	}
	data := make([]byte, 0, len(reversed))
	for i := len(reversed) - 1; i >= 0; i-- {
		data = append(data, reversed[i])
	}
	began := time.Now()
	_, err := New(Traces, data)
	var invalid *InvalidError
	if !errors.As(err, &invalid) || !strings.Contains(invalid.What, "64 levels deep") {
		t.Errorf("got %v", err)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("took %v", took)
	}
}

// TestNewAllocatesOnlyTheBatch also covers reading.
func TestNewAllocatesOnlyTheBatch(t *testing.T) {
	data := envoyBatch(50)
	var b *Batch
	if n := testing.AllocsPerRun(20, func() { b, _ = New(Traces, data) }); n != 1 {
		t.Errorf("New: %v allocations, want 1", n)
	}
	n := testing.AllocsPerRun(20, func() {
		sumSpans(b, func(s Span) (n int) {
			f := s.Fields()
			for k, v := range s.Attrs().All() {
				n += len(k) + len(v.Text())
			}
			return n + len(f.Name)
		})
	})
	if n != 0 {
		t.Errorf("reading: %v allocations, want none", n)
	}
}
