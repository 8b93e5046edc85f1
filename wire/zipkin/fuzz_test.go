package zipkin

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	zipkinmodel "github.com/openzipkin/zipkin-go/model"
	"github.com/openzipkin/zipkin-go/proto/zipkin_proto3"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"google.golang.org/protobuf/proto"

	"github.com/oriel-io/oriel/wire/otlp"
)

func seeds(f *testing.F) {
	names, err := filepath.Glob("testdata/upstream/*.json")
	if err != nil || len(names) == 0 {
		f.Fatal("no samples", err)
	}
	for _, name := range names {
		body, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body, true, false)
		f.Add(body, false, true)
	}
	for _, body := range []string{
		`[]`, `[null]`, ` [ {"traceId":"1","id":"2"} ] `,
		`[{"traceId":"1","id":"2","parentId":"2","timestamp":"12.5","duration":1e3,"shared":true,"tags":{"a":"1","a":"2","b":null,"c":true,"error":""}}]`,
		`[{"traceId":"1","id":"2","annotations":[{"timestamp":5,"value":"e|{\"a\":[1,{\"b\":null}]}|3"}],"tags":{"otlp.link.3":"00112233445566778899aabbccddeeff|0123456789abcdef||{}|0","otel.status_code":"OK"}}]`,
		`[{"traceId":"1","id":"2","annotations":[{"timestamp":1,"value":"cs","endpoint":{"serviceName":"a"}},{"timestamp":2,"value":"sr","endpoint":{"serviceName":"b"}},{"timestamp":3,"value":"ss"},{"timestamp":4,"value":"cr"}],"binaryAnnotations":[{"key":"sa","value":true,"endpoint":{"ipv4":"1.2.3.4"}},{"key":"n","value":"7","type":"I64"}]}]`,
		`[{"traceId":"","id":"g"}]`, `{"traceId":1}`, `[{"traceId":"1","id":"2","duration":{}}]`,
	} {
		f.Add([]byte(body), true, false)
		f.Add([]byte(body), false, true)
	}
}

// FuzzToOTLP: what is taken is valid OTLP and survives the way back; what is
// refused is refused with a place inside of the body. encoding/json is asked
// whether the body is JSON at all.
func FuzzToOTLP(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, body []byte, v1, parse bool) {
		before := string(body)
		opts := Options{ParseStringTags: parse}
		if v1 {
			opts.Format = JSONV1
		}
		batch, err := ToOTLP(body, opts)
		if string(body) != before {
			t.Fatal("the body was changed")
		}
		if err != nil {
			var bad *Error
			if !errors.As(err, &bad) || bad.Offset < 0 || bad.Offset > len(body) || bad.What == "" {
				t.Fatalf("error %#v does not say what and where", err)
			}
			return
		}
		if !json.Valid(body) {
			t.Fatalf("%q is not JSON and was taken", body)
		}
		if verified, err := otlp.New(otlp.Traces, batch.Bytes()); err != nil || verified.Items() != batch.Items() {
			t.Fatalf("the batch of %d spans is invalid: %v", batch.Items(), err)
		}
		if max := 16*len(body) + 64<<10; batch.Size() > max {
			t.Fatalf("%d bytes became %d", len(body), batch.Size())
		}
		backAgain(t, batch)
	})
}

// backAgain holds AppendJSON to ToOTLP: the JSON of a batch makes a batch that
// makes the same JSON.
func backAgain(t *testing.T, batch *otlp.Batch) {
	t.Helper()
	first := AppendJSON(nil, batch)
	if !json.Valid(first) {
		t.Fatalf("AppendJSON wrote %s", first)
	}
	sameInProto(t, batch, first)
	again, err := ToOTLP(first, Options{})
	if err != nil {
		t.Fatalf("ToOTLP refuses what AppendJSON wrote: %v\n%s", err, first)
	}
	second := AppendJSON(nil, again)
	var a, b []any
	if json.Unmarshal(first, &a) != nil || json.Unmarshal(second, &b) != nil {
		t.Fatalf("not JSON arrays:\n%s\n%s", first, second)
	}
	sortSpans(a)
	sortSpans(b)
	if diff := cmp.Diff(a, b); diff != "" {
		t.Fatalf("%s\nbecame\n%s\n%s", first, second, diff)
	}
}

// sortSpans forgets the order, as spans of one resource move together.
func sortSpans(spans []any) {
	text := func(v any) string { b, _ := json.Marshal(v); return string(b) }
	slices.SortFunc(spans, func(a, b any) int { return strings.Compare(text(a), text(b)) })
}

// FuzzFromOTLP: any valid batch of anybody becomes JSON that ToOTLP takes, and protobuf that Zipkin's own library
// reads as the same spans.
func FuzzFromOTLP(f *testing.F) {
	f.Add(ptraceSample(f))
	f.Fuzz(func(t *testing.T, data []byte) {
		batch, err := otlp.New(otlp.Traces, data)
		if err != nil {
			return
		}
		text := AppendJSON(nil, batch)
		var spans []map[string]any
		if err := json.Unmarshal(text, &spans); err != nil || len(spans) != batch.Items() {
			t.Fatalf("%d spans became %s: %v", batch.Items(), text, err)
		}
		sameInProto(t, batch, text)
	})
}

// sameInProto holds the protobuf of a batch to its JSON, both read by Zipkin's own library.
func sameInProto(t *testing.T, batch *otlp.Batch, text []byte) {
	t.Helper()
	var want []*zipkinmodel.SpanModel
	wantErr := json.Unmarshal(text, &want)
	body := FromOTLP(nil, batch, WriteOptions{Format: Proto})
	got, err := zipkin_proto3.ParseSpans(body, false)
	var list zipkin_proto3.ListOfSpans
	if proto.Unmarshal(body, &list) != nil || len(list.Spans) != batch.Items() {
		t.Fatalf("%d spans became protobuf that cannot be read: %v", batch.Items(), err)
	}
	if wantErr != nil || err != nil {
		return // ids that are missing
	}
	for i := range want {
		plainModel(want[i])
		plainModel(got[i])
		got[i].Debug = list.Spans[i].Debug // ParseSpans takes it from a header alone
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("JSON -, protobuf +:\n%s", diff)
	}
}

// plainModel takes away what the library reads differently in the two formats though it means the same.
func plainModel(s *zipkinmodel.SpanModel) {
	s.Err = nil
	if s.Timestamp = s.Timestamp.UTC(); s.Timestamp.Equal(time.Unix(0, 0)) {
		s.Timestamp = time.Time{}
	}
	if s.Kind == "SPAN_KIND_UNSPECIFIED" {
		s.Kind = ""
	}
	for i, a := range s.Annotations {
		s.Annotations[i].Timestamp = a.Timestamp.UTC()
	}
	for _, e := range []*zipkinmodel.Endpoint{s.LocalEndpoint, s.RemoteEndpoint} {
		if e != nil {
			e.IPv4, e.IPv6 = e.IPv4.To16(), e.IPv6.To16()
		}
	}
}

func ptraceSample(f *testing.F) []byte {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", "a")
	ss := rs.ScopeSpans().AppendEmpty()
	ss.Scope().SetName("lib")
	ss.Scope().Attributes().PutBool("b", true)
	s := ss.Spans().AppendEmpty()
	s.SetTraceID([16]byte{1})
	s.SetSpanID([8]byte{2})
	s.SetEndTimestamp(1500)
	s.Attributes().PutDouble("d", 1e300)
	s.Attributes().PutEmptyBytes("bytes").FromRaw([]byte{1, 2, 255})
	s.Attributes().PutEmptySlice("list").AppendEmpty().SetInt(-1)
	s.Attributes().PutEmptyMap("map").PutEmpty("nothing")
	s.Events().AppendEmpty().Attributes().PutStr("k", "v")
	s.Links().AppendEmpty().Attributes().PutStr("k", "v")
	s.Status().SetCode(ptrace.StatusCodeError)
	data, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
	if err != nil {
		f.Fatal(err)
	}
	return data
}

// Memory is bounded by the size of the body, also where each span is a resource
// of its own. The bound counts what is thrown away while buffers grow; the
// most that is alive at once is about a third of it.
func TestAllocationIsBounded(t *testing.T) {
	for name, one := range map[string]string{
		"short spans":    `{"traceId":"1","id":"1"}`,
		"many services":  `{"traceId":"1","id":"1","localEndpoint":{"serviceName":"%"}}`,
		"escapes":        `{"traceId":"1","id":"1","name":"\u00e9%","tags":{"\u00e9":"\u00e9\u00e9\u00e9\u00e9"}}`,
		"links":          `{"traceId":"1","id":"1","tags":{"otlp.link.0":"00112233445566778899aabbccddeeff|0123456789abcdef||{\"a\":1}|0"}}`,
		"structured":     `{"traceId":"1","id":"1","annotations":[{"timestamp":1,"value":"|{\"a\":[[[[[[[[]]]]]]]]}|0"}]}`,
		"long addresses": `{"traceId":"1","id":"1","localEndpoint":{"ipv6":"1:2:3:4:5:6:7:8"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			var body strings.Builder
			for i := range 20_000 {
				body.WriteString(map[bool]string{true: "[", false: ","}[i == 0])
				body.WriteString(strings.ReplaceAll(one, "%", string(rune('a'+i%26))+string(rune('a'+i/26%26))+string(rune('a'+i/676))))
			}
			body.WriteString("]")
			text := []byte(body.String())
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			batch, err := ToOTLP(text, Options{})
			runtime.ReadMemStats(&after)
			if err != nil || batch.Items() != 20_000 {
				t.Fatal(batch, err)
			}
			if got, most := after.TotalAlloc-before.TotalAlloc, uint64(32*len(text)+64<<10); got > most {
				t.Errorf("%d bytes of text made %d bytes of garbage, want at most %d", len(text), got, most)
			}
		})
	}
}
