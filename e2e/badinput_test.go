//go:build e2e

package e2e

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	coltrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	traces "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

const zipkinBody = `[{"traceId":"00000000000000010000000000000002","id":"0000000000000003","kind":"SERVER","name":"get","timestamp":1700000000000000,"duration":1000,"localEndpoint":{"serviceName":"zipkin-client"}}]`

const (
	protobuf = "application/x-protobuf"
	jsonType = "application/json"
	deep     = 100_000
	bombSize = 256 << 20 // what the bombs inflate to
)

// Broken input gets the answer that its protocol has for it, is counted, and
// hurts nobody else.
func TestBadInput(t *testing.T) {
	t.Parallel()
	o := start(t)
	good := goodRequest(t)
	refusedBefore := o.status().Refused

	cases := []struct {
		name, path, contentType string
		body                    []byte
		encoding                string
		want                    []int
	}{
		{"OTLP truncated", "/v1/traces", protobuf, good[:len(good)-7], "", []int{400}},
		{"OTLP of another kind", "/v1/traces", protobuf, []byte("GET / HTTP/1.1"), "", []int{400}},
		{"OTLP length beyond the end", "/v1/traces", protobuf, []byte{0x0a, 0xff, 0xff, 0xff, 0xff, 0x7f}, "", []int{400}},
		{"OTLP short trace id", "/v1/traces", protobuf, shortID(t), "", []int{400}},
		{"OTLP nested", "/v1/traces", protobuf, nestedValue(), "", []int{400}},
		{"OTLP logs truncated", "/v1/logs", protobuf, []byte{0x0a, 0x05, 0x12}, "", []int{400}},
		{"OTLP as text", "/v1/traces", "text/plain", good, "", []int{415}},
		{"OTLP without type", "/v1/traces", "", good, "", []int{415}},
		{"OTLP gzip that is none", "/v1/traces", protobuf, good, "gzip", []int{400}},
		{"OTLP gzip bomb", "/v1/traces", protobuf, bomb(t), "gzip", []int{400, 413}},
		{"OTLP unknown encoding", "/v1/traces", protobuf, good, "rot13", []int{400, 415}},
		{"OTLP empty", "/v1/traces", protobuf, nil, "", []int{200}},
		{"OTLP good", "/v1/traces", protobuf, good, "", []int{200}},
		{"Zipkin truncated", "/api/v2/spans", jsonType, []byte(zipkinBody[:60]), "", []int{400}},
		{"Zipkin object", "/api/v2/spans", jsonType, []byte(`{"traceId":"1"}`), "", []int{400}},
		{"Zipkin wrong types", "/api/v2/spans", jsonType, []byte(`[{"traceId":17,"id":[],"timestamp":"soon"}]`), "", []int{400}},
		{"Zipkin id that is no hex", "/api/v2/spans", jsonType, []byte(`[{"traceId":"nonsense","id":"1"}]`), "", []int{400}},
		{"Zipkin nested arrays", "/api/v2/spans", jsonType, []byte(strings.Repeat("[", deep)), "", []int{400}},
		{"Zipkin nested objects", "/api/v2/spans", jsonType, []byte(`[{"x":` + strings.Repeat(`{"a":`, deep)), "", []int{400}},
		{"Zipkin gzip bomb", "/api/v2/spans", jsonType, bomb(t), "gzip", []int{400, 413}},
		{"Zipkin empty list", "/api/v2/spans", jsonType, []byte("[]"), "", []int{202}},
		{"Zipkin good", "/api/v2/spans", jsonType, []byte(zipkinBody), "", []int{202}},
	}
	refusals := 0
	for _, c := range cases {
		address := o.http
		if strings.HasPrefix(c.path, "/api") {
			address = o.zipkin
		}
		var headers []string
		if c.encoding != "" {
			headers = []string{"Content-Encoding", c.encoding}
		}
		answer, text := post(t, "http://"+address+c.path, c.contentType, c.body, headers...)
		if !slices.Contains(c.want, answer.StatusCode) {
			t.Errorf("%s: %s %.200q, want %v", c.name, answer.Status, text, c.want)
		}
		if answer.StatusCode < 400 {
			continue
		}
		refusals++
		if text == "" {
			t.Errorf("%s: %s without a word why", c.name, answer.Status)
		}
		if c.contentType == protobuf && c.encoding != "rot13" && answer.Header.Get("Content-Type") != protobuf {
			t.Errorf("%s: the error has the type %q, want the type of the request", c.name, answer.Header.Get("Content-Type"))
		}
	}
	checkHealthy(t, o)
	if n := o.status().Refused - refusedBefore; n < int64(refusals)*8/10 {
		t.Errorf("the status counts %d refusals of %d", n, refusals)
	}
}

// gRPC answers broken messages with INVALID_ARGUMENT and too large ones with RESOURCE_EXHAUSTED.
func TestBadGRPC(t *testing.T) {
	t.Parallel()
	o := start(t)
	s := newSender(t, o.grpc)
	good := goodRequest(t)
	for _, c := range []struct {
		name string
		body []byte
		want codes.Code
	}{
		{"good", good, codes.OK},
		{"empty", nil, codes.OK},
		{"truncated", good[:len(good)-7], codes.InvalidArgument},
		{"short trace id", shortID(t), codes.InvalidArgument},
		{"nested", nestedValue(), codes.InvalidArgument},
		{"too large", make([]byte, 128<<20), codes.ResourceExhausted},
	} {
		err := s.conn.Invoke(t.Context(), coltrace.TraceService_Export_FullMethodName, c.body, new([]byte), grpc.ForceCodecV2(rawCodec{}), grpc.MaxCallSendMsgSize(1<<30))
		if status.Code(err) != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
	if err := s.conn.Invoke(t.Context(), "/no.such.Service/Export", good, new([]byte), grpc.ForceCodecV2(rawCodec{})); status.Code(err) != codes.Unimplemented {
		t.Errorf("unknown service: %v, want UNIMPLEMENTED", err)
	}
	checkHealthy(t, o)
}

// checkHealthy sends a good trace, finds it, and looks at the memory.
func checkHealthy(t *testing.T, o *oriel) {
	t.Helper()
	ids, err := newSender(t, o.grpc).send(t.Context(), 1)
	if err != nil {
		t.Fatalf("a good trace after bad ones: %v", err)
	}
	checkKept(t, o, ids)
	if text := o.log.String(); strings.Contains(text, "panic") || strings.Contains(text, "goroutine ") {
		t.Errorf("the log speaks of a panic:\n%s", o.log.tail(4000))
	}
	if peak := peakMiB(t, o.cmd.Process.Pid); peak > 512 {
		t.Errorf("%d MiB resident at the peak, want at most 512", peak)
	}
}

// peakMiB is the largest resident set of a process since its start.
func peakMiB(t *testing.T, pid int) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Skip(err)
	}
	_, after, _ := strings.Cut(string(text), "VmHWM:")
	kib, err := strconv.Atoi(strings.Fields(after)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kib >> 10
}

func goodRequest(t *testing.T) []byte {
	_, group := newTrace("well-behaved")
	return marshal(t, &coltrace.ExportTraceServiceRequest{ResourceSpans: []*traces.ResourceSpans{group}})
}

func shortID(t *testing.T) []byte {
	_, group := newTrace("well-behaved")
	group.ScopeSpans[0].Spans[1].TraceId = []byte{1, 2, 3}
	return marshal(t, &coltrace.ExportTraceServiceRequest{ResourceSpans: []*traces.ResourceSpans{group}})
}

func marshal(t *testing.T, m proto.Message) []byte {
	t.Helper()
	b, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// nestedValue is a request with a resource attribute of arrays in arrays, written
// from the inside out: the tags are those of the path to AnyValue.array_value.
func nestedValue() []byte {
	// Built back to front in reverse, so that each level costs only its tag and length.
	var reversed []byte
	size := 0
	wrap := func(field byte) {
		head := append([]byte{field<<3 | 2}, binary.AppendUvarint(nil, uint64(size))...)
		for i := len(head) - 1; i >= 0; i-- {
			reversed = append(reversed, head[i])
		}
		size += len(head)
	}
	for range deep {
		wrap(1) // ArrayValue.values
		wrap(5) // AnyValue.array_value
	}
	wrap(2) // KeyValue.value
	wrap(1) // Resource.attributes
	wrap(1) // ResourceSpans.resource
	wrap(1) // resource_spans
	slices.Reverse(reversed)
	return reversed
}

// bomb is a small gzip body that inflates to bombSize.
func bomb(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	zeros := make([]byte, 1<<20)
	for range bombSize / len(zeros) {
		if _, err := w.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// rawCodec sends bytes as they are.
type rawCodec struct{}

func (rawCodec) Name() string { return "proto" }

func (rawCodec) Marshal(v any) (mem.BufferSlice, error) {
	return mem.BufferSlice{mem.SliceBuffer(v.([]byte))}, nil
}

func (rawCodec) Unmarshal(data mem.BufferSlice, v any) error {
	*v.(*[]byte) = data.Materialize()
	return nil
}
