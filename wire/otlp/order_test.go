package otlp

import (
	"bytes"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/oriel-io/oriel/wire/protoscan"
)

// TestOrderOfKeyAndValue holds the quick ways through attributes to the slow ones:
// for both orders in which encoders write key and value, and for each of their
// bytes replaced by others.
func TestOrderOfKeyAndValue(t *testing.T) {
	t.Parallel()
	for _, keySize := range []int{0, 1, 10, 127, 128} {
		for _, value := range []Value{
			StringValue(""), StringValue("x"), StringValue(strings.Repeat("y", 123)), StringValue(strings.Repeat("y", 126)), StringValue(strings.Repeat("z", 300)),
			IntValue(-1), IntValue(5), BoolValue(true), DoubleValue(1.5), ValueOf(Bytes, []byte{1}), {},
		} {
			key := protoscan.AppendBytes(nil, 1, strings.Repeat("k", keySize))
			body := protoscan.AppendBytes(nil, 2, value.append(nil))
			for _, kv := range [][]byte{append(bytes.Clone(key), body...), append(bytes.Clone(body), key...)} {
				sameAttr(t, kv)
				attrs := AttrsIn(protoscan.AppendBytes(nil, 9, kv), 9)
				if got, found := attrs.Get(strings.Repeat("k", keySize)); !found || !got.equal(value) {
					t.Errorf("%x: got %v, want %v", kv, got, value)
				}
				for i := range min(len(kv), 12) {
					for _, b := range []byte{0, 1, 2, 0x0a, 0x12, 0x18, 0x7f, 0x80, 0xff} {
						broken := bytes.Clone(kv)
						broken[i] = b
						sameAttr(t, broken)
						broken[len(kv)-1-i], broken[i] = b, kv[i]
						sameAttr(t, broken)
					}
				}
			}
		}
	}
}

func sameAttr(t *testing.T, kv []byte) {
	t.Helper()
	span := protoscan.AppendBytes(nil, 9, kv)
	data := protoscan.AppendBytes(nil, 1, protoscan.AppendBytes(nil, 2, protoscan.AppendBytes(nil, 2, span)))
	stepwise := verifier{signal: Traces, stepwise: true}
	_, slow := stepwise.request(data)
	_, quick := verify(Traces, data)
	if (slow == nil) != (quick == nil) {
		t.Fatalf("%x: %v, want %v", kv, quick, slow)
	}
	if slow != nil {
		return
	}
	key, v := readAttr(kv)
	wantKey, want := readAnyAttr(kv)
	if !bytes.Equal(key, wantKey) || !v.equal(want) {
		t.Fatalf("%x: %q %v, want %q %v", kv, key, v, wantKey, want)
	}
}

// BenchmarkNewFromCollector is BenchmarkNew for what an upstream collector sends:
// the same spans, with the fields in their order.
func BenchmarkNewFromCollector(b *testing.B) {
	td, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(envoyBatch(benchSpans))
	if err != nil {
		b.Fatal(err)
	}
	data, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := New(Traces, data); err != nil {
			b.Fatal(err)
		}
	}
	perSpan(b)
}
