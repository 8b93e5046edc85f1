package zipkin

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/jaegertracing/jaeger-idl/thrift-gen/zipkincore"
	"github.com/openzipkin/zipkin-go"
	"github.com/openzipkin/zipkin-go/model"
	"github.com/openzipkin/zipkin-go/proto/zipkin_proto3"
	"github.com/openzipkin/zipkin-go/reporter"
	httpreporter "github.com/openzipkin/zipkin-go/reporter/http"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/transport"
	"github.com/oriel-io/oriel/wire/otlp"
)

// sink keeps what it is given, or refuses it.
type sink struct {
	batches chan *otlp.Batch
	err     error
}

func (s *sink) Consume(_ context.Context, batch *otlp.Batch) error {
	if s.err == nil {
		s.batches <- batch
	}
	return s.err
}

// start runs a receiver and returns its URL, its servers and its sink.
func start(t *testing.T, change func(*Config), refuse error) (string, *transport.Servers, *sink) {
	t.Helper()
	cfg := Factory.Default()
	cfg.Endpoint = "127.0.0.1:0"
	if change != nil {
		change(&cfg)
	}
	next := &sink{batches: make(chan *otlp.Batch, 100), err: refuse}
	servers := transport.NewServers(nil)
	set := component.Settings{ID: component.ID{Type: "zipkin"}, Log: slog.New(slog.DiscardHandler), Signals: Factory.Signals, Servers: servers}
	r, err := Factory.NewReceiver(&cfg, set, next)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return "http://" + servers.States()[0].Address, servers, next
}

func post(t *testing.T, url string, body io.Reader, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(text)
}

const (
	oneSpan = `[{"traceId":"5af7183fb1d4cf5f","id":"6b221d5bc9e6496c","name":"get","timestamp":1472470996199000,"duration":207000,"localEndpoint":{"serviceName":"frontend"},"tags":{"n":"1"}}]`
	// As version 1 it is a server span of 10 us, as version 2 one with two events.
	coreSpan = `[{"traceId":"1","id":"2","annotations":[{"timestamp":10,"value":"sr"},{"timestamp":20,"value":"ss"}]}]`
)

func packed(t *testing.T, text string, open func(io.Writer) io.WriteCloser) io.Reader {
	t.Helper()
	var b bytes.Buffer
	w := open(&b)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}

func gzipped(t *testing.T, text string) io.Reader {
	return packed(t, text, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })
}

func zlibbed(t *testing.T, text string) io.Reader {
	return packed(t, text, func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) })
}

// Whatever path, encoding and transfer, the span arrives and the answer is 202.
func TestAccepts(t *testing.T) {
	url, servers, next := start(t, nil, nil)
	for name, send := range map[string]func() (*http.Response, string){
		"plain":     func() (*http.Response, string) { return post(t, url+"/api/v2/spans", strings.NewReader(oneSpan)) },
		"any path":  func() (*http.Response, string) { return post(t, url+"/", strings.NewReader(oneSpan)) },
		"version 1": func() (*http.Response, string) { return post(t, url+"/api/v1/spans", strings.NewReader(oneSpan)) },
		"typed": func() (*http.Response, string) {
			return post(t, url+"/api/v2/spans", strings.NewReader(oneSpan), "Content-Type", "application/json; charset=utf-8")
		},
		"chunked": func() (*http.Response, string) {
			return post(t, url+"/api/v2/spans", io.MultiReader(strings.NewReader(oneSpan[:40]), strings.NewReader(oneSpan[40:])))
		},
		"gzip": func() (*http.Response, string) {
			return post(t, url+"/api/v2/spans", gzipped(t, oneSpan), "Content-Encoding", "gzip")
		},
		"deflate": func() (*http.Response, string) {
			return post(t, url+"/api/v2/spans", zlibbed(t, oneSpan), "Content-Encoding", "deflate")
		},
		"zlib": func() (*http.Response, string) {
			return post(t, url+"/api/v2/spans", zlibbed(t, oneSpan), "Content-Encoding", "zlib")
		},
	} {
		answer, text := send()
		if answer.StatusCode != http.StatusAccepted || text != "" {
			t.Fatalf("%s: got %s %q, want 202 and no text", name, answer.Status, text)
		}
		batch := <-next.batches
		for g := range batch.Groups() {
			if got := string(g.Resource().ServiceName()); got != "frontend" {
				t.Errorf("%s: service %q, want frontend", name, got)
			}
		}
		if batch.Items() != 1 {
			t.Errorf("%s: %d spans, want 1", name, batch.Items())
		}
	}
	if s := servers.States()[0]; s.Items != 8 || s.Refused != 0 || s.Name != "Zipkin" {
		t.Errorf("status page shows %+v, want 8 items", s)
	}
}

func TestVersionByPath(t *testing.T) {
	url, _, next := start(t, nil, nil)
	for path, want := range map[string]otlp.Kind{"/api/v1/spans": otlp.KindServer, "/proxy/api/v1/spans/": otlp.KindServer, "/api/v2/spans": otlp.KindUnspecified} {
		post(t, url+path, strings.NewReader(coreSpan))
		if got := kind(<-next.batches); got != want {
			t.Errorf("%s: kind %d, want %d", path, got, want)
		}
	}
}

func kind(b *otlp.Batch) (k otlp.Kind) {
	for g := range b.Groups() {
		for s := range g.Scopes() {
			for span := range s.Spans() {
				k = span.Fields().Kind
			}
		}
	}
	return k
}

func TestParseStringTags(t *testing.T) {
	for _, parse := range []bool{false, true} {
		url, _, next := start(t, func(c *Config) { c.ParseStringTags = parse }, nil)
		post(t, url+"/api/v2/spans", strings.NewReader(oneSpan))
		for g := range (<-next.batches).Groups() {
			for s := range g.Scopes() {
				for span := range s.Spans() {
					if v, _ := span.Attrs().Get("n"); (v.Kind == otlp.Int) != parse {
						t.Errorf("parse_string_tags %v: the tag is of kind %d", parse, v.Kind)
					}
				}
			}
		}
	}
}

// The reporter of Zipkin's own library, in both of its formats.
func TestReporter(t *testing.T) {
	url, _, next := start(t, nil, nil)
	for name, serializer := range map[string]reporter.SpanSerializer{"JSON": reporter.JSONSerializer{}, "protobuf": zipkin_proto3.SpanSerializer{}} {
		out := httpreporter.NewReporter(url+"/api/v2/spans", httpreporter.Serializer(serializer))
		local, err := zipkin.NewEndpoint("frontend", "10.0.0.1:80")
		if err != nil {
			t.Fatal(err)
		}
		tracer, err := zipkin.NewTracer(out, zipkin.WithLocalEndpoint(local), zipkin.WithTraceID128Bit(true))
		if err != nil {
			t.Fatal(err)
		}
		span := tracer.StartSpan("get", zipkin.Kind(model.Server), zipkin.Tags(map[string]string{"user": "ada"}))
		span.Finish()
		if err := out.Close(); err != nil {
			t.Fatal(err)
		}
		batch := <-next.batches
		for g := range batch.Groups() {
			for s := range g.Scopes() {
				for got := range s.Spans() {
					f := got.Fields()
					user, _ := got.Attrs().Get("user")
					if string(g.Resource().ServiceName()) != "frontend" || f.Kind != otlp.KindServer || string(f.Name) != "get" || string(user.Text()) != "ada" ||
						fmt.Sprintf("%x", f.TraceID) != span.Context().TraceID.String() || fmt.Sprintf("%x", f.SpanID) != span.Context().ID.String() {
						t.Errorf("%s: got %+v", name, f)
					}
				}
			}
		}
		if batch.Items() != 1 {
			t.Errorf("%s: %d spans, want 1", name, batch.Items())
		}
	}
}

// Thrift as Brave's older reporters send it. What calls itself Thrift or protobuf and is JSON is read as what it is where the
// path cannot have the former, as upstream does.
func TestFormats(t *testing.T) {
	url, _, next := start(t, nil, nil)
	list := thrift.NewTMemoryBuffer()
	p := thrift.NewTBinaryProtocolConf(list, nil)
	when, host := int64(10), &zipkincore.Endpoint{ServiceName: "frontend"}
	span := &zipkincore.Span{TraceID: 1, ID: 2, Name: "get", Timestamp: &when, Annotations: []*zipkincore.Annotation{{Timestamp: 10, Value: "sr", Host: host}}}
	if err := errors.Join(p.WriteListBegin(t.Context(), thrift.STRUCT, 1), span.Write(t.Context(), p)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ path, kind, body string }{
		"Thrift":               {"/api/v1/spans", "application/x-thrift", list.String()},
		"Thrift, other name":   {"/api/v1/spans", "application/vnd.apache.thrift.binary", list.String()},
		"JSON as Thrift":       {"/api/v2/spans", "application/x-thrift", oneSpan},
		"JSON as protobuf":     {"/api/v1/spans", "application/x-protobuf", oneSpan},
		"JSON as nobody knows": {"/api/v1/spans", "text/plain", oneSpan},
	} {
		if answer, text := post(t, url+c.path, strings.NewReader(c.body), "Content-Type", c.kind, "X-B3-Flags", "1"); answer.StatusCode != http.StatusAccepted {
			t.Fatalf("%s: got %s %s, want 202", name, answer.Status, text)
		}
		batch := <-next.batches
		for g := range batch.Groups() {
			for s := range g.Scopes() {
				for got := range s.Spans() {
					debug, _ := got.Attrs().Get("zipkin.debug")
					if string(got.Fields().Name) != "get" || string(g.Resource().ServiceName()) != "frontend" || !debug.Bool() {
						t.Errorf("%s: got %+v, debug %v", name, got.Fields(), debug.Bool())
					}
				}
			}
		}
	}
}

// An empty array is fine and nothing to hand on.
func TestEmpty(t *testing.T) {
	url, _, next := start(t, nil, errors.New("nobody should ask"))
	if answer, text := post(t, url+"/api/v2/spans", strings.NewReader(" [] ")); answer.StatusCode != http.StatusAccepted {
		t.Errorf("got %s %s, want 202", answer.Status, text)
	}
	if len(next.batches) > 0 {
		t.Error("an empty batch was handed on")
	}
}

func TestRefuses(t *testing.T) {
	url, servers, next := start(t, func(c *Config) { c.MaxRequestBodySize = 1000 }, nil)
	large := `[{"name":"` + strings.Repeat("a", 2000) + `"}]`
	for _, test := range []struct {
		name    string
		body    io.Reader
		headers []string
		status  int
		text    string
	}{
		{"no JSON", strings.NewReader("hello"), nil, 400, "cannot read the spans: want an array, got 'h' (byte 0)\n"},
		{"nothing", strings.NewReader(""), nil, 400, "cannot read the spans: want an array, got the end of the text (byte 0)\n"},
		{"bad span", strings.NewReader(`[{"traceId":"1","id":"2"},{"traceId":"1","id":"3","duration":"long"}]`), nil, 400,
			"cannot read the spans: [1].duration: want a number, got \"long\" (byte 61)\n"},
		{"deep", strings.NewReader(`[{"x":` + strings.Repeat("[", 900)), nil, 400, "cannot read the spans: [0].x: nested more than 512 levels deep (byte 516)\n"},
		{"large", strings.NewReader(large), nil, 413, "the body is larger than 1000 bytes (after decompression); send less at once or raise max_request_body_size\n"},
		{"bomb", gzipped(t, large), []string{"Content-Encoding", "gzip"}, 413, "the body is larger than 1000 bytes (after decompression); send less at once or raise max_request_body_size\n"},
		{"not gzip", strings.NewReader(oneSpan), []string{"Content-Encoding", "gzip"}, 400, "read body: decompress: at byte 0: no gzip header\n"},
		{"protobuf that is none", strings.NewReader(oneSpan), []string{"Content-Type", "application/x-protobuf"}, 400, "cannot read the spans: protobuf: malformed field (byte 0)\n"},
		{"thrift", strings.NewReader("\x0c\x00"), []string{"Content-Type", "application/x-thrift"}, 400,
			"cannot read the spans: want an array, got '\\f' (byte 0); Thrift is version 1: send it to /api/v1/spans\n"},
	} {
		answer, text := post(t, url+"/api/v2/spans", test.body, test.headers...)
		if answer.StatusCode != test.status || text != test.text {
			t.Errorf("%s:\n got %d %q\nwant %d %q", test.name, answer.StatusCode, text, test.status, test.text)
		}
	}
	if s := servers.States()[0]; s.Refused != 9 || s.Items != 0 || len(next.batches) > 0 {
		t.Errorf("status page shows %+v, want 9 refused", s)
	}
	answer, err := http.Get(url + "/api/v2/spans")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusMethodNotAllowed || answer.Header.Get("Allow") != "POST" {
		t.Errorf("GET: got %s, Allow %q", answer.Status, answer.Header.Get("Allow"))
	}
}

// The pipeline's answer decides what the client is told.
func TestPipelineErrors(t *testing.T) {
	for _, test := range []struct {
		err    error
		status int
		retry  string
	}{
		{component.Permanent(errors.New("no")), 400, ""},
		{errors.New("later"), 503, "1"},
		{component.Throttled(errors.New("full"), 0), 429, "1"},
		{component.Throttled(errors.New("full"), 2500*time.Millisecond), 429, "3"},
	} {
		url, servers, _ := start(t, nil, test.err)
		answer, text := post(t, url+"/api/v2/spans", strings.NewReader(oneSpan))
		if answer.StatusCode != test.status || answer.Header.Get("Retry-After") != test.retry || text != test.err.Error()+"\n" {
			t.Errorf("%v: got %d, Retry-After %q, %q; want %d, %q", test.err, answer.StatusCode, answer.Header.Get("Retry-After"), text, test.status, test.retry)
		}
		if s := servers.States()[0]; s.Refused != 1 {
			t.Errorf("%v: status page shows %+v, want 1 refused", test.err, s)
		}
	}
}

// Shutdown may come without Start, and the query API may share the address.
func TestSharesItsAddress(t *testing.T) {
	url, servers, next := start(t, nil, nil)
	api, err := servers.ListenHTTP("api.zipkin", transport.HTTPConfig{Endpoint: strings.TrimPrefix(url, "http://")}, map[string]http.Handler{
		"GET /api/v2/spans": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "names") }),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer api.Close(t.Context())
	answer, err := http.Get(url + "/api/v2/spans")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if text, _ := io.ReadAll(answer.Body); string(text) != "names" {
		t.Errorf("the query API answers %q", text)
	}
	if answer, _ := post(t, url+"/api/v2/spans", strings.NewReader(oneSpan)); answer.StatusCode != http.StatusAccepted || len(next.batches) != 1 {
		t.Errorf("the receiver answers %s", answer.Status)
	}
	idle, err := Factory.NewReceiver(Factory.NewConfig(), component.Settings{Servers: servers}, next)
	if err != nil {
		t.Fatal(err)
	}
	if err := idle.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}
