package zipkin

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/translator/zipkin/zipkinv1"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/translator/zipkin/zipkinv2"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"pgregory.net/rapid"
)

// flat is one span with its resource and scope, in a form that two
// translators can be compared in: attributes unordered.
type flat struct {
	Resource, Attributes      map[string]any
	Scope, Trace, ID, Parent  string
	Name, Kind, State, Status string
	Start, End                uint64
	Events, Links             []string
}

func flatten(td ptrace.Traces) (out []flat) {
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, s := range ss.Spans().All() {
				f := flat{
					Resource: rs.Resource().Attributes().AsRaw(), Attributes: s.Attributes().AsRaw(),
					Scope: ss.Scope().Name() + "@" + ss.Scope().Version(),
					Trace: s.TraceID().String(), ID: s.SpanID().String(), Parent: s.ParentSpanID().String(),
					Name: s.Name(), Kind: s.Kind().String(), State: s.TraceState().AsRaw(),
					Status: s.Status().Code().String() + " " + s.Status().Message(),
					Start:  uint64(s.StartTimestamp()), End: uint64(s.EndTimestamp()),
				}
				for _, e := range s.Events().All() {
					f.Events = append(f.Events, fmt.Sprint(uint64(e.Timestamp()), e.Name(), e.Attributes().AsRaw(), e.DroppedAttributesCount()))
				}
				for _, l := range s.Links().All() {
					f.Links = append(f.Links, fmt.Sprint(l.TraceID(), l.SpanID(), l.TraceState().AsRaw(), l.Attributes().AsRaw(), l.DroppedAttributesCount()))
				}
				out = append(out, f)
			}
		}
	}
	slices.SortFunc(out, func(a, b flat) int { return strings.Compare(a.key(), b.key()) })
	return out
}

func (f flat) key() string { // maps print sorted
	return fmt.Sprint(f.Trace, f.ID, f.Kind, f.Start, f.Name, f.Attributes, f.Events, f.Links, f.Resource)
}

func ours(t interface {
	Helper()
	Fatalf(string, ...any)
}, body []byte, opts Options) []flat {
	t.Helper()
	batch, err := ToOTLP(body, opts)
	if err != nil {
		t.Fatalf("ToOTLP refuses what upstream takes: %v\n%s", err, body)
	}
	td, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(batch.Bytes())
	if err != nil {
		t.Fatalf("pdata cannot read the batch: %v\n%s", err, body)
	}
	if td.SpanCount() != batch.Items() {
		t.Fatalf("the batch says it has %d spans and has %d", batch.Items(), td.SpanCount())
	}
	return flatten(td)
}

// The translator of the upstream collector and ours make the same of
// upstream's own version 2 test data.
func TestUpstreamSamplesV2(t *testing.T) {
	for _, name := range []string{"sample1", "sample2", "sample3", "sample4", "zipkin_v2_single"} {
		for _, parse := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/parse_string_tags=%v", name, parse), func(t *testing.T) {
				body := sample(t, name)
				td, err := zipkinv2.NewJSONTracesUnmarshaler(parse).UnmarshalTraces(body)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(flatten(td), ours(t, body, Options{ParseStringTags: parse})); diff != "" {
					t.Errorf("upstream -, ours +:\n%s", diff)
				}
			})
		}
	}
}

// A version 1 span sent to the version 2 path: upstream keeps its name and ids
// only, we keep what it says.
func TestUpstreamSampleOfMixedVersions(t *testing.T) {
	got := ours(t, sample(t, "zipkin_v2_notimestamp"), Options{})
	want := []flat{{
		Resource: map[string]any{"service.name": "baz"},
		Attributes: map[string]any{"http.host": "10.3.32.70", "http.method": "GET", "http.path": "/resource/abc",
			"http.url": "http://10.3.32.70:32059/resource/abc?foo=bar", "net.host.ip": "10.254.85.134", "net.host.port": int64(8080), "zipkin.shared": true},
		Scope: "@", Trace: "000000000000000013c3518297c3b59f", ID: "c698c56b63c5f5cb", Parent: "62a165c66951ced3",
		Name: "http:/parent/resource/abc", Kind: "Server", Status: "Unset ",
		Start: 1615821510040000000, End: 1615821510041000000,
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}

// Version 1, compared after undoing the stated differences: where the endpoint
// goes, the mark of shared spans, and the unknown service.
func TestUpstreamSamplesV1(t *testing.T) {
	bodies := map[string][]byte{"single": sample(t, "zipkin_v1_single_batch"), "local": sample(t, "zipkin_v1_local_component")}
	var batches []json.RawMessage
	if err := json.Unmarshal(sample(t, "zipkin_v1_multiple_batches"), &batches); err != nil {
		t.Fatal(err)
	}
	for i, batch := range batches {
		bodies[fmt.Sprint("batch", i)] = batch
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			td, err := zipkinv1.NewJSONTracesUnmarshaler(false).UnmarshalTraces(body)
			if err != nil {
				t.Fatal(err)
			}
			want, got := flatten(td), ours(t, body, Options{Format: JSONV1})
			for i := range want {
				for _, key := range []string{"ipv4", "ipv6", "port"} {
					delete(want[i].Resource, key)
				}
			}
			for i := range got {
				for _, key := range []string{"net.host.ip", "net.host.port", "zipkin.shared"} {
					delete(got[i].Attributes, key)
				}
				if len(got[i].Resource) == 0 {
					got[i].Resource["service.name"] = "unknown-service"
				}
			}
			slices.SortFunc(got, func(a, b flat) int { return strings.Compare(a.key(), b.key()) })
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("upstream -, ours +:\n%s", diff)
			}
		})
	}
	if _, err := ToOTLP(sample(t, "zipkin_v1_error_batch"), Options{Format: JSONV1}); err == nil ||
		err.Error() != `[1].parentId: want hexadecimal digits, got "BADID" (byte 861)` {
		t.Errorf("zipkin_v1_error_batch: got %v", err)
	}
}

func sample(t testing.TB, name string) []byte {
	t.Helper()
	body, err := os.ReadFile("testdata/upstream/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// Any version 2 span that upstream takes, and that none of the stated
// differences touches, becomes the same OTLP span.
func TestSameAsUpstream(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spans := rapid.SliceOfN(rapid.Custom(drawSpan), 1, 6).Draw(t, "spans")
		body, err := json.Marshal(spans)
		if err != nil {
			t.Fatal(err)
		}
		parse := rapid.Bool().Draw(t, "parse")
		td, err := zipkinv2.NewJSONTracesUnmarshaler(parse).UnmarshalTraces(body)
		if err != nil {
			t.Fatalf("upstream refuses %s: %v", body, err)
		}
		got := ours(t, body, Options{ParseStringTags: parse})
		for i := range got {
			delete(got[i].Attributes, keyShared)
			delete(got[i].Attributes, keyDebug)
		}
		slices.SortFunc(got, func(a, b flat) int { return strings.Compare(a.key(), b.key()) })
		if diff := cmp.Diff(flatten(td), got); diff != "" {
			t.Fatalf("%s\nupstream -, ours +:\n%s", body, diff)
		}
	})
}

func drawSpan(t *rapid.T) map[string]any {
	id := rapid.StringMatching(`[1-9a-f][0-9a-f]{0,15}`)
	text := rapid.StringOfN(rapid.RuneFrom([]rune("abZ01 .é☃\"\\\n")), 1, 12, -1)
	span := map[string]any{"traceId": rapid.StringMatching(`[0-9a-f]{16}[1-9a-f]|[1-9a-f]{1,16}`).Draw(t, "trace"), "id": id.Draw(t, "id")}
	maybe := func(key string, value func() any) {
		if rapid.Bool().Draw(t, "has "+key) {
			span[key] = value()
		}
	}
	start := rapid.Uint64Range(1, 4e15).Draw(t, "start")
	span["timestamp"] = start
	maybe("parentId", func() any { return rapid.OneOf(id, rapid.Just(span["id"].(string))).Draw(t, "parent") })
	maybe("kind", func() any {
		return rapid.SampledFrom([]string{"CLIENT", "SERVER", "PRODUCER", "CONSUMER", "client", "OTHER"}).Draw(t, "kind")
	})
	maybe("name", func() any { return text.Draw(t, "name") })
	maybe("duration", func() any { return rapid.Uint64Range(0, 1e12).Draw(t, "duration") })
	maybe("shared", func() any { return rapid.Bool().Draw(t, "shared") })
	maybe("debug", func() any { return rapid.Bool().Draw(t, "debug") })
	// The host belongs to the service, so that upstream's resource of the first span is right for all of them.
	service := rapid.SampledFrom([]string{"", "frontend", "back end"}).Draw(t, "service")
	local := drawEndpoint(t, service)
	if len(local) > 0 {
		span["localEndpoint"] = local
	}
	maybe("remoteEndpoint", func() any { return drawEndpoint(t, rapid.SampledFrom([]string{"", "db", "ü"}).Draw(t, "peer")) })
	maybe("annotations", func() any {
		return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) map[string]any {
			value := rapid.OneOf(text, rapid.SampledFrom([]string{"cs", "cr", "", `retry|{"n":3,"f":1.5,"s":"x|y","b":true}|7`, `e|{}|0`})).Draw(t, "value")
			return map[string]any{"timestamp": start + rapid.Uint64Range(0, 1000).Draw(t, "after"), "value": value}
		}), 0, 3).Draw(t, "annotations")
	})
	tags := rapid.MapOfN(rapid.OneOf(text, rapid.SampledFrom([]string{
		"http.method", "http.status_code", "error", keyStatusCode, keyStatusText, keyTraceState, "otlp.link.0",
		"net.host.ip", "net.peer.port", "peer.service", "zipkin.shared ", "hosts",
	})), text, 0, 8).Draw(t, "tags")
	for key := range tags {
		switch key {
		case keyStatusCode:
			tags[key] = rapid.SampledFrom([]string{"STATUS_CODE_OK", "STATUS_CODE_ERROR", "STATUS_CODE_UNSET", "Error", "Ok", "what"}).Draw(t, key)
		case "error":
			tags[key] = rapid.SampledFrom([]string{"true", "false", "", "broken"}).Draw(t, key)
		case "otlp.link.0":
			tags[key] = `00112233445566778899aabbccddeeff|0123456789abcdef|a=b|{"k":"v|w","n":1}|2`
		default:
			tags[key] = rapid.OneOf(rapid.Just(tags[key]), rapid.SampledFrom([]string{"12", "-7", "1.25", "-0.5", "true", "1.", ".5", "1e5", "[1]", "--1"})).Draw(t, key)
		}
	}
	if service != "" && rapid.Bool().Draw(t, "has scope") { // upstream ignores the version without a name
		tags["otel.library.name"], tags["otel.library.version"] = "lib", "1"
	}
	if _, has := span["kind"]; !has && rapid.Bool().Draw(t, "internal") {
		tags["span.kind"] = "internal"
	}
	if service != "" {
		maps.Copy(tags, map[string]string{"host.name": "host of " + service, "k8s.pod.name": service})
	}
	span["tags"] = tags
	return span
}

func drawEndpoint(t *rapid.T, service string) map[string]any {
	e := map[string]any{}
	if service != "" {
		e["serviceName"] = service
	}
	if rapid.Bool().Draw(t, "has ipv4") {
		e["ipv4"] = rapid.SampledFrom([]string{"10.0.0.1", "255.255.255.255", "0.0.0.0"}).Draw(t, "ipv4")
	}
	if rapid.Bool().Draw(t, "has ipv6") {
		e["ipv6"] = rapid.SampledFrom([]string{"::1", "2001:DB8::0:1", "7::0.128.128.127"}).Draw(t, "ipv6")
	}
	if rapid.Bool().Draw(t, "has port") {
		e["port"] = rapid.Uint16().Draw(t, "port")
	}
	return e
}
