package zipkin

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jaegertracing/jaeger-idl/thrift-gen/zipkincore"
	zipkinthrift "github.com/open-telemetry/opentelemetry-collector-contrib/pkg/translator/zipkin/zipkinthriftconverter"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/translator/zipkin/zipkinv1"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/translator/zipkin/zipkinv2"
	zipkinmodel "github.com/openzipkin/zipkin-go/model"
	"github.com/openzipkin/zipkin-go/proto/zipkin_proto3"
	"pgregory.net/rapid"

	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/protoscan"
)

// asProto writes a JSON body with Zipkin's own library.
func asProto(t interface {
	Helper()
	Fatal(...any)
}, body []byte) []byte {
	t.Helper()
	var spans []*zipkinmodel.SpanModel
	if err := json.Unmarshal(body, &spans); err != nil {
		t.Fatal(err)
	}
	out, err := zipkin_proto3.SpanSerializer{}.Serialize(spans)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Any span means the same in protobuf as in JSON, and as for upstream.
func TestProtoSameAsUpstream(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body, err := json.Marshal(rapid.SliceOfN(rapid.Custom(drawSpan), 1, 6).Draw(t, "spans"))
		if err != nil {
			t.Fatal(err)
		}
		msg := asProto(t, body)
		opts := Options{Format: Proto, ParseStringTags: rapid.Bool().Draw(t, "parse"), Debug: rapid.Bool().Draw(t, "debug")}
		td, err := zipkinv2.NewProtobufTracesUnmarshaler(opts.Debug, opts.ParseStringTags).UnmarshalTraces(msg)
		if err != nil {
			t.Fatalf("upstream refuses %s: %v", body, err)
		}
		got := ours(t, msg, opts)
		for i := range got {
			if opts.Debug && got[i].Attributes[keyDebug] != true {
				t.Fatal("the mark of X-B3-Flags: 1 is missing")
			}
			delete(got[i].Attributes, keyShared)
			delete(got[i].Attributes, keyDebug)
		}
		slices.SortFunc(got, func(a, b flat) int { return strings.Compare(a.key(), b.key()) })
		if diff := cmp.Diff(flatten(td), got); diff != "" {
			t.Fatalf("%s\nupstream -, ours +:\n%s", body, diff)
		}
	})
}

func TestProtoSamples(t *testing.T) {
	for _, name := range []string{"sample1", "sample2", "sample3", "sample4", "zipkin_v2_single"} {
		body := sample(t, name)
		if diff := cmp.Diff(ours(t, body, Options{}), ours(t, asProto(t, body), Options{Format: Proto})); diff != "" {
			t.Errorf("%s: JSON -, protobuf +:\n%s", name, diff)
		}
	}
}

// What JSON cannot say: short trace ids, marks, endpoints in pieces.
func TestProtoOfOurOwn(t *testing.T) {
	local := protoscan.AppendBytes(nil, 1, "a")
	span := protoscan.AppendBytes(nil, 1, "\x00\x00\x00\x00\x00\x00\x00\x07")
	span = protoscan.AppendBytes(span, 3, "12345678")
	span = protoscan.AppendBytes(span, 8, local)
	span = protoscan.AppendBytes(span, 8, protoscan.AppendBytes(nil, 2, "\x0a\x00\x00\x01"))
	span = protoscan.AppendBytes(span, 9, protoscan.AppendBytes(nil, 3, "odd"))
	span = protoscan.AppendBytes(span, 10, protoscan.AppendBytes(nil, 2, "when?"))
	span = protoscan.AppendBytes(span, 11, protoscan.AppendBytes(nil, 1, "key alone"))
	span = protoscan.AppendVarint(protoscan.AppendVarint(span, 12, 1), 13, 1)
	span = protoscan.AppendBytes(span, 99, "unknown")
	got := ours(t, protoscan.AppendBytes(nil, 1, span), Options{Format: Proto})
	want := []flat{{
		Resource: map[string]any{"service.name": "a"},
		Attributes: map[string]any{"key alone": "", "net.host.ip": "10.0.0.1", "net.peer.ip": "?6f6464",
			keyShared: true, keyDebug: true, keyAbsentStart: true},
		Scope: "@", Trace: "00000000000000000000000000000007", ID: "3132333435363738", Kind: "Unspecified", Status: "Unset ",
		Events: []string{"0when?map[] 0"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}

func TestFormatErrors(t *testing.T) {
	id := protoscan.AppendBytes(nil, 3, "12345678")
	traced := protoscan.AppendBytes(id, 1, "1234567812345678")
	span := func(fields ...[]byte) []byte {
		return protoscan.AppendBytes(protoscan.AppendBytes(nil, 1, traced), 1, bytes.Join(fields, nil))
	}
	for want, c := range map[string]struct {
		format Format
		body   []byte
	}{
		"[1]: traceId is missing or zero (byte 30)":                                                 {Proto, span(id)},
		"[1].traceId: want 8 or 16 bytes, got 2 (byte 30)":                                          {Proto, span(protoscan.AppendBytes(nil, 1, "ab"))},
		"[1].parentId: want 8 bytes, got 1 (byte 30)":                                               {Proto, span(protoscan.AppendBytes(nil, 2, "a"))},
		"[1].timestamp: 9223372036854776 microseconds is too much; want at most 9223372036854775 (": {Proto, span(protoscan.AppendFixed64(nil, 6, 9223372036854776))},
		"[1].annotations[0]: protobuf: message ends inside a field (byte 30)":                       {Proto, span(protoscan.AppendBytes(nil, 10, "\x12\x05a"))},
		"[1].localEndpoint: protobuf: message ends inside a field (byte 30)":                        {Proto, span(protoscan.AppendBytes(nil, 8, "\x12\x05a"))},
		"protobuf: message ends inside a field (byte 0)":                                            {Proto, []byte("\x0a\x05ab")},
		"the message ends where a byte should be (byte 0)":                                          {ThriftV1, nil},
		"1 elements, but 0 bytes are left (byte 5)":                                                 {ThriftV1, []byte("\x0c\x00\x00\x00\x01")},
		"[0]: traceId is missing or zero (byte 5)":                                                  {ThriftV1, []byte("\x0c\x00\x00\x00\x01\x00")},
		"[0]: an i64 takes 8 bytes, but 1 are left (byte 8)":                                        {ThriftV1, []byte("\x0c\x00\x00\x00\x01\x0a\x00\x01\x00")},
	} {
		_, err := ToOTLP(c.body, Options{Format: c.format})
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// stated undoes the stated differences of version 1, on both sides.
func stated(upstream, ours []flat) {
	for i := range upstream {
		for _, key := range []string{"ipv4", "ipv6", "port"} {
			delete(upstream[i].Resource, key)
		}
	}
	for i := range ours {
		for _, key := range []string{"net.host.ip", "net.host.port", keyShared, keyDebug} {
			delete(ours[i].Attributes, key)
		}
		if len(ours[i].Resource) == 0 {
			ours[i].Resource["service.name"] = "unknown-service"
		}
	}
	for _, side := range [][]flat{upstream, ours} {
		slices.SortFunc(side, func(a, b flat) int { return strings.Compare(a.key(), b.key()) })
	}
}

// asThrift writes spans with Thrift's own library.
func asThrift(t interface {
	Helper()
	Fatal(...any)
}, spans []*zipkincore.Span) []byte {
	t.Helper()
	body, err := zipkinthrift.SerializeThrift(context.Background(), spans)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func thriftSample(t testing.TB, name string) []byte {
	t.Helper()
	var spans []*zipkincore.Span
	if err := json.Unmarshal(sample(t, name), &spans); err != nil {
		t.Fatal(err)
	}
	return asThrift(t, spans)
}

func TestThriftSamples(t *testing.T) {
	for _, name := range []string{"zipkin_v1_thrift_single_batch", "zipkin_v1_thrift_local_component"} {
		body := thriftSample(t, name)
		td, err := zipkinv1.NewThriftTracesUnmarshaler().UnmarshalTraces(body)
		if err != nil {
			t.Fatal(err)
		}
		want, got := flatten(td), ours(t, body, Options{Format: ThriftV1})
		for i := range got {
			delete(got[i].Attributes, keyAbsentStart) // upstream has the mark in JSON only
		}
		stated(want, got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: upstream -, ours +:\n%s", name, diff)
		}
	}
}

// Any one-sided span that none of the stated differences touches becomes the same.
func TestThriftSameAsUpstream(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := asThrift(t, rapid.SliceOfN(rapid.Custom(drawThrift), 0, 5).Draw(t, "spans"))
		td, err := zipkinv1.NewThriftTracesUnmarshaler().UnmarshalTraces(body)
		if err != nil {
			t.Fatal(err)
		}
		want, got := flatten(td), ours(t, body, Options{Format: ThriftV1, ParseStringTags: rapid.Bool().Draw(t, "parse")})
		stated(want, got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%x\nupstream -, ours +:\n%s", body, diff)
		}
	})
}

func drawThrift(t *rapid.T) *zipkincore.Span {
	text := rapid.StringOfN(rapid.RuneFrom([]rune("abZ01 .é☃")), 1, 12, -1)
	s := zipkincore.NewSpan()
	s.TraceID, s.ID, s.Name = rapid.Int64Min(1).Draw(t, "trace"), rapid.Int64Max(-1).Draw(t, "id"), text.Draw(t, "name")
	if rapid.Bool().Draw(t, "128 bits") {
		high := rapid.Int64().Draw(t, "high")
		s.TraceIDHigh = &high
	}
	if rapid.Bool().Draw(t, "child") {
		parent := rapid.Int64Min(1).Draw(t, "parent")
		s.ParentID = &parent
	}
	start, duration := rapid.Int64Range(1, 4e15).Draw(t, "start"), rapid.Int64Range(1, 1e12).Draw(t, "duration")
	s.Timestamp, s.Duration = &start, &duration
	host := &zipkincore.Endpoint{ServiceName: text.Draw(t, "service"), Ipv4: rapid.Int32().Draw(t, "ip"), Port: rapid.Int16().Draw(t, "port")}
	if rapid.Bool().Draw(t, "IPv6") {
		host.Ipv6 = net6
	}
	first := rapid.SampledFrom([]string{"cs", "sr", "ms", "mr"}).Draw(t, "kind")
	s.Annotations = []*zipkincore.Annotation{{Timestamp: start, Value: first, Host: host}}
	for range rapid.IntRange(0, 3).Draw(t, "events") {
		s.Annotations = append(s.Annotations, &zipkincore.Annotation{Timestamp: start + 5, Value: text.Draw(t, "event"), Host: host})
	}
	for i := range rapid.IntRange(0, 4).Draw(t, "tags") {
		b := &zipkincore.BinaryAnnotation{Key: fmt.Sprint("k", i, text.Draw(t, "key")), Host: host}
		b.AnnotationType, b.Value = drawThriftValue(t)
		s.BinaryAnnotations = append(s.BinaryAnnotations, b)
	}
	for key, value := range map[string]string{
		"http.status_code": rapid.SampledFrom([]string{"", "200", "404", "500", "x"}).Draw(t, "http"), "lc": rapid.SampledFrom([]string{"", "grpc"}).Draw(t, "lc"),
	} {
		if value != "" {
			s.BinaryAnnotations = append(s.BinaryAnnotations, &zipkincore.BinaryAnnotation{Key: key, Value: []byte(value), AnnotationType: zipkincore.AnnotationType_STRING, Host: host})
		}
	}
	return s
}

var net6 = []byte{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}

// drawThriftValue draws a value. Negative integers are a stated difference.
func drawThriftValue(t *rapid.T) (zipkincore.AnnotationType, []byte) {
	n := rapid.Int64Range(0, math.MaxInt64).Draw(t, "n")
	switch typ := zipkincore.AnnotationType(rapid.IntRange(0, 6).Draw(t, "type")); typ {
	case zipkincore.AnnotationType_BOOL:
		return typ, []byte{byte(n & 1)}
	case zipkincore.AnnotationType_I16:
		return typ, binary.BigEndian.AppendUint16(nil, uint16(n&0x7fff))
	case zipkincore.AnnotationType_I32:
		return typ, binary.BigEndian.AppendUint32(nil, uint32(n&0x7fffffff))
	case zipkincore.AnnotationType_I64:
		return typ, binary.BigEndian.AppendUint64(nil, uint64(n))
	case zipkincore.AnnotationType_DOUBLE:
		return typ, binary.BigEndian.AppendUint64(nil, math.Float64bits(rapid.Float64().Draw(t, "double")))
	default:
		return typ, []byte(rapid.String().Draw(t, "text"))
	}
}

// Two halves, addresses, negative and odd values: what upstream has not.
func TestThriftOfOurOwn(t *testing.T) {
	a, b := &zipkincore.Endpoint{ServiceName: "a", Port: -1}, &zipkincore.Endpoint{ServiceName: "b"}
	s := zipkincore.NewSpan()
	s.TraceID, s.ID, s.Debug = 7, 8, true
	for i, value := range []string{"cs", "sr", "ss", "cr"} {
		host := a
		if value[0] == 's' {
			host = b
		}
		s.Annotations = append(s.Annotations, &zipkincore.Annotation{Timestamp: int64(10 * (i + 1)), Value: value, Host: host})
	}
	s.BinaryAnnotations = []*zipkincore.BinaryAnnotation{
		{Key: "sa", Value: []byte{1}, AnnotationType: zipkincore.AnnotationType_BOOL, Host: b},
		{Key: "neg", Value: []byte{0xff, 0xff}, AnnotationType: zipkincore.AnnotationType_I16, Host: a},
		{Key: "odd", Value: []byte{0xff, 0xff}, AnnotationType: zipkincore.AnnotationType_I64, Host: a},
	}
	got := ours(t, asThrift(t, []*zipkincore.Span{s}), Options{Format: ThriftV1})
	half := flat{Scope: "@", Trace: "00000000000000000000000000000007", ID: "0000000000000008", Status: "Unset "}
	client, server := half, half
	client.Resource, client.Kind, client.Start, client.End = map[string]any{"service.name": "a"}, "Client", 10_000, 40_000
	client.Attributes = map[string]any{keyDebug: true, "net.host.port": int64(65535), "peer.service": "b", "neg": int64(-1), "odd": "//8="}
	server.Resource, server.Kind, server.Start, server.End = map[string]any{"service.name": "b"}, "Server", 20_000, 30_000
	server.Attributes = map[string]any{keyDebug: true, keyShared: true}
	if diff := cmp.Diff([]flat{client, server}, got); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}

// FuzzFormats: whatever bytes of protobuf or Thrift are taken become valid OTLP, that the way
// back makes JSON of. Upstream refuses what we refuse, but for what the package comment states.
func FuzzFormats(f *testing.F) {
	for _, name := range []string{"sample1", "sample2", "zipkin_v2_single"} {
		f.Add(asProto(f, sample(f, name)), false)
	}
	for _, name := range []string{"zipkin_v1_thrift_single_batch", "zipkin_v1_thrift_local_component"} {
		f.Add(thriftSample(f, name), true)
	}
	f.Fuzz(func(t *testing.T, body []byte, thrift bool) {
		opts := Options{Format: Proto}
		upstream := zipkinv2.NewProtobufTracesUnmarshaler(false, false)
		if thrift {
			opts.Format, upstream = ThriftV1, zipkinv1.NewThriftTracesUnmarshaler()
		}
		batch, err := ToOTLP(body, opts)
		if err != nil {
			text := err.Error()
			for _, ours := range []string{"missing or zero", "microseconds", "year 2262", "a list of elements", "malformed field"} { // the last one: groups
				if strings.Contains(text, ours) {
					return
				}
			}
			if td, err := upstream.UnmarshalTraces(body); err == nil {
				t.Fatalf("%v; upstream reads %d spans", text, td.SpanCount())
			}
			return
		}
		if verified, err := otlp.New(otlp.Traces, batch.Bytes()); err != nil || verified.Items() != batch.Items() {
			t.Fatalf("the batch of %d spans is invalid: %v", batch.Items(), err)
		}
		backAgain(t, batch)
	})
}
