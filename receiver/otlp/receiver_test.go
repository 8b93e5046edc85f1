package otlp

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/internal/bytepool"
	"github.com/oriel-io/oriel/transport"
	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/protoscan"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// sink keeps batches and answers as a test says.
type sink struct {
	mu      sync.Mutex
	batches []*otlp.Batch
	answer  func(ctx context.Context) error
}

func (s *sink) Consume(ctx context.Context, batch *otlp.Batch) error {
	s.mu.Lock()
	s.batches = append(s.batches, batch)
	s.mu.Unlock()
	if s.answer != nil {
		return s.answer(ctx)
	}
	return nil
}

func (s *sink) taken() []*otlp.Batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.batches
}

// rig is a receiver of traces that listens on free ports.
type rig struct {
	sink       *sink
	servers    *transport.Servers
	grpc, http string
}

func start(t *testing.T, answer func(ctx context.Context) error) *rig {
	t.Helper()
	return startSignals(t, component.SignalsOf(otlp.Traces), answer)
}

func startSignals(t *testing.T, signals component.Signals, answer func(ctx context.Context) error) *rig {
	t.Helper()
	r := &rig{sink: &sink{answer: answer}, servers: transport.NewServers(nil)}
	cfg := Config{Protocols{GRPC: &GRPC{}, HTTP: &HTTP{}}}
	cfg.Protocols.GRPC.SetDefaults()
	cfg.Protocols.HTTP.SetDefaults()
	cfg.Protocols.GRPC.Endpoint, cfg.Protocols.HTTP.Endpoint = "127.0.0.1:0", "127.0.0.1:0"
	made, err := Factory.New(cfg, component.Settings{
		ID: component.ID{Type: "otlp"}, Log: slog.New(slog.DiscardHandler), Servers: r.servers, Signals: signals,
	}, r.sink)
	if err != nil {
		t.Fatal(err)
	}
	if err := made.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		made.Shutdown(ctx)
	})
	for _, s := range r.servers.States() {
		switch s.Name {
		case "OTLP gRPC":
			r.grpc = s.Address
		case "OTLP HTTP":
			r.http = s.Address
		}
	}
	return r
}

// request is what an SDK would send: three spans.
func request(t testing.TB) []byte {
	t.Helper()
	traces := ptrace.NewTraces()
	scope := traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty()
	for i := range byte(3) {
		span := scope.Spans().AppendEmpty()
		span.SetTraceID([16]byte{1, 2, i})
		span.SetSpanID([8]byte{3, i})
		span.SetName("GET /")
	}
	body, err := ptraceotlp.NewExportRequestFromTraces(traces).MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func gzipped(data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(data)
	w.Close()
	return b.Bytes()
}

func deflated(data []byte) []byte {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	w.Write(data)
	w.Close()
	return b.Bytes()
}

// nested is a span with an attribute of arrays in arrays. It is written from
// its end, because each length stands before what it counts.
func nested(levels int) []byte {
	buf := make([]byte, 32+10*levels)
	at := len(buf)
	wrap := func(field byte) {
		header := binary.AppendUvarint([]byte{field<<3 | 2}, uint64(len(buf)-at))
		at -= len(header)
		copy(buf[at:], header)
	}
	for range levels {
		wrap(1) // ArrayValue.values
		wrap(5) // AnyValue.array_value
	}
	for _, field := range []byte{2, 9, 2, 2, 1} { // KeyValue.value, Span.attributes, spans, scope_spans, resource_spans
		wrap(field)
	}
	return buf[at:]
}

func (r *rig) post(t *testing.T, path, contentType, encoding string, body io.Reader) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "POST", "http://"+r.http+path, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	if encoding != "" {
		req.Header.Set("Content-Encoding", encoding)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

func TestHTTP(t *testing.T) {
	t.Parallel()
	valid := request(t)
	busy := func(err error) func(context.Context) error { return func(context.Context) error { return err } }
	down := errors.New("the backend is away")
	for name, c := range map[string]struct {
		path, contentType, encoding string
		body                        []byte
		answer                      func(context.Context) error
		status                      int
		code                        codes.Code // of the google.rpc.Status in the body
		text                        string     // part of the body
		retryAfter                  string
		batches                     int
	}{
		"valid":                  {body: valid, status: 200, batches: 1},
		"valid, with parameters": {contentType: "Application/X-Protobuf; charset=utf-8", body: valid, status: 200, batches: 1},
		"gzip":                   {encoding: "gzip", body: gzipped(valid), status: 200, batches: 1},
		"empty":                  {status: 200},
		"a resource, no span":    {body: protoscan.AppendBytes(nil, 1, ""), status: 200},
		"text":                   {contentType: "text/plain", body: valid, status: 415, text: `"text/plain" is not OTLP`},
		"no content type":        {contentType: "-", body: valid, status: 415},
		"unknown encoding":       {encoding: "br", body: valid, status: 415, text: "Content-Encoding"},
		"malformed":              {body: []byte("not protobuf at all"), status: 400, code: codes.InvalidArgument, text: "invalid OTLP traces request at byte"},
		"truncated":              {body: valid[:len(valid)-3], status: 400, code: codes.InvalidArgument},
		"wrong id length":        {body: bytes.Replace(valid, append([]byte{0x0a, 16}, 1, 2), append([]byte{0x0a, 15}, 1, 2), 1), status: 400, code: codes.InvalidArgument},
		"100,000 levels deep":    {body: nested(100_000), status: 400, code: codes.InvalidArgument, text: "levels deep"},
		"not gzip":               {encoding: "gzip", body: valid, status: 400, code: codes.InvalidArgument},
		"cut gzip":               {encoding: "gzip", body: gzipped(valid)[:40], status: 400, code: codes.InvalidArgument},
		"too large":              {body: make([]byte, 21<<20), status: 413, code: codes.InvalidArgument, text: "max_request_body_size"},
		"a 1 GiB bomb":           {encoding: "gzip", body: bytes.Repeat(gzipped(make([]byte, 64<<20)), 16), status: 413, code: codes.InvalidArgument},
		"no pipeline":            {path: "/v1/logs", body: nil, status: 404, code: codes.Unimplemented, text: "service.pipelines.logs.receivers"},
		"unknown path":           {path: "/v1/spans", body: valid, status: 404},
		"throttled":              {body: valid, answer: busy(component.Throttled(down, 2500*time.Millisecond)), status: 429, code: codes.ResourceExhausted, text: "away", retryAfter: "3", batches: 1},
		"throttled, no delay":    {body: valid, answer: busy(component.Throttled(down, 0)), status: 429, code: codes.ResourceExhausted, retryAfter: "1", batches: 1},
		"failing":                {body: valid, answer: busy(down), status: 503, code: codes.Unavailable, text: "away", retryAfter: "1", batches: 1},
		"permanent":              {body: valid, answer: busy(component.Permanent(down)), status: 500, code: codes.Internal, text: "away", batches: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := start(t, c.answer)
			path, contentType := "/v1/traces", "application/x-protobuf"
			if c.path != "" {
				path = c.path
			}
			if c.contentType != "" {
				contentType = strings.Trim(c.contentType, "-")
			}
			resp, text := r.post(t, path, contentType, c.encoding, io.MultiReader(bytes.NewReader(c.body))) // chunked, as Envoy sends it
			if resp.StatusCode != c.status || !strings.Contains(text, c.text) || resp.Header.Get("Retry-After") != c.retryAfter {
				t.Errorf("got %d %q, Retry-After %q", resp.StatusCode, text, resp.Header.Get("Retry-After"))
			}
			if c.status == 200 && (text != "" || resp.Header.Get("Content-Type") != "application/x-protobuf") {
				t.Errorf("success is not an empty protobuf body: %q %v", text, resp.Header)
			}
			if c.code != 0 {
				var st spb.Status
				if err := proto.Unmarshal([]byte(text), &st); err != nil || codes.Code(st.Code) != c.code || st.Message == "" {
					t.Errorf("the body is not a google.rpc.Status with %s: %v %v", c.code, &st, err)
				}
			}
			if got := len(r.sink.taken()); got != c.batches {
				t.Errorf("%d batches, want %d", got, c.batches)
			}
			states := map[string]transport.State{}
			for _, s := range r.servers.States() {
				states[s.Name] = s
			}
			switch s := states["OTLP HTTP"]; {
			case c.status == 200 && int(s.Items) != 3*c.batches, c.status != 200 && path != "/v1/spans" && name != "unknown encoding" && s.Refused == 0:
				t.Errorf("the listener counted %+v", s)
			}
		})
	}
}

// A batch carries the compressed form that it came in, and its sender.
func TestHandedOn(t *testing.T) {
	t.Parallel()
	valid := request(t)
	var client *component.Client
	r := start(t, func(ctx context.Context) error {
		client = component.ClientFrom(ctx)
		return nil
	})
	check := func(protocol string, want string) {
		t.Helper()
		taken := r.sink.taken()
		encoding, data := taken[len(taken)-1].Encoded()
		if encoding != want {
			t.Errorf("%s: encoding %q, want %q", protocol, encoding, want)
		}
		if z, err := gzip.NewReader(bytes.NewReader(data)); encoding == "gzip" {
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(z); err != nil || !bytes.Equal(got, valid) {
				t.Errorf("%s: the compressed form is not that of the batch: %v", protocol, err)
			}
		}
		if client == nil || !strings.HasPrefix(client.Address, "127.0.0.1:") || client.Metadata != nil {
			t.Errorf("%s: the sender is %+v", protocol, client)
		}
	}
	r.post(t, "/v1/traces", protobufFormat.contentType, "gzip", bytes.NewReader(gzipped(valid)))
	check("HTTP", "gzip")
	r.post(t, "/v1/traces", protobufFormat.contentType, "", bytes.NewReader(valid))
	check("HTTP", "")
	r.post(t, "/v1/traces", protobufFormat.contentType, "deflate", bytes.NewReader(deflated(valid)))
	check("HTTP", "")
	for _, compressor := range []string{"gzip", "zstd", "identity"} {
		if err := r.export(t, t.Context(), otlp.Traces, valid, grpc.UseCompressor(compressor)); err != nil {
			t.Fatal(err)
		}
		check("gRPC", map[string]string{"gzip": "gzip"}[compressor])
	}
}

func TestHTTPMethod(t *testing.T) {
	t.Parallel()
	r := start(t, nil)
	resp, err := http.Get("http://" + r.http + "/v1/traces")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusMethodNotAllowed || resp.Header.Get("Allow") != "POST" {
		t.Errorf("got %d, Allow %q", resp.StatusCode, resp.Header.Get("Allow"))
	}
}

// raw is a codec that sends bytes as they are.
type raw struct{ encoding.Codec }

func (raw) Name() string                  { return "proto" }
func (raw) Marshal(v any) ([]byte, error) { return v.([]byte), nil }
func (raw) Unmarshal(b []byte, v any) error {
	*v.(*[]byte) = append([]byte(nil), b...)
	return nil
}

func (r *rig) export(t *testing.T, ctx context.Context, signal otlp.Signal, body []byte, options ...grpc.CallOption) error {
	t.Helper()
	conn, err := grpc.NewClient(r.grpc, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var reply []byte
	err = conn.Invoke(ctx, grpcMethods[signal], body, &reply, append(options, grpc.ForceCodec(raw{}))...)
	if err == nil && len(reply) != 0 {
		t.Errorf("reply %x, want an empty message", reply)
	}
	return err
}

func TestGRPC(t *testing.T) {
	t.Parallel()
	valid := request(t)
	down := errors.New("the backend is away")
	for name, c := range map[string]struct {
		signal  otlp.Signal
		body    []byte
		options []grpc.CallOption
		answer  error
		code    codes.Code
		delay   time.Duration // in RetryInfo
		batches int
	}{
		"valid":        {body: valid, batches: 1},
		"gzip":         {body: valid, options: []grpc.CallOption{grpc.UseCompressor("gzip")}, batches: 1},
		"empty":        {},
		"malformed":    {body: []byte("not protobuf at all"), code: codes.InvalidArgument},
		"truncated":    {body: valid[:len(valid)-1], code: codes.InvalidArgument},
		"deep":         {body: nested(100_000), code: codes.InvalidArgument},
		"too large":    {body: make([]byte, 5<<20), code: codes.ResourceExhausted},
		"bomb":         {body: make([]byte, 256<<20), options: []grpc.CallOption{grpc.UseCompressor("gzip")}, code: codes.ResourceExhausted},
		"no pipeline":  {signal: otlp.Metrics, body: valid, code: codes.Unimplemented},
		"throttled":    {body: valid, answer: component.Throttled(down, 7*time.Second), code: codes.ResourceExhausted, delay: 7 * time.Second, batches: 1},
		"failing":      {body: valid, answer: down, code: codes.Unavailable, delay: time.Second, batches: 1},
		"permanent":    {body: valid, answer: component.Permanent(down), code: codes.Internal, batches: 1},
		"other signal": {signal: otlp.Logs, code: codes.Unimplemented},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := start(t, func(context.Context) error { return c.answer })
			if c.signal == 0 {
				c.signal = otlp.Traces
			}
			err := r.export(t, t.Context(), c.signal, c.body, c.options...)
			if status.Code(err) != c.code {
				t.Errorf("got %v, want %s", err, c.code)
			}
			var delay time.Duration
			for _, d := range status.Convert(err).Details() {
				if info, ok := d.(*errdetails.RetryInfo); ok {
					delay = info.RetryDelay.AsDuration()
				}
			}
			if delay != c.delay {
				t.Errorf("RetryInfo %s, want %s", delay, c.delay)
			}
			taken := r.sink.taken()
			if len(taken) != c.batches {
				t.Fatalf("%d batches, want %d", len(taken), c.batches)
			}
			if c.batches > 0 && (!bytes.Equal(taken[0].Bytes(), c.body) || taken[0].Items() != 3) {
				t.Errorf("the batch is not the bytes that were sent: %d items, %d bytes", taken[0].Items(), taken[0].Size())
			}
		})
	}
}

// A client that gives up ends the pipeline's work for it.
func TestGRPCCancelled(t *testing.T) {
	t.Parallel()
	entered, left := make(chan struct{}), make(chan error, 1)
	r := start(t, func(ctx context.Context) error {
		close(entered)
		<-ctx.Done()
		left <- ctx.Err()
		return ctx.Err()
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-entered; cancel() }()
	if err := r.export(t, ctx, otlp.Traces, request(t)); status.Code(err) != codes.Canceled {
		t.Errorf("client: %v", err)
	}
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("pipeline: %v", err)
	}
}

// Upstream's forms of the block, and what is wrong with others.
func TestConfig(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"protocols: {grpc: , http: }":                                                   "",
		"protocols: {grpc: {endpoint: '127.0.0.2:4317'}}":                               "",
		"protocols: {http: {traces_url_path: /in, tls: {cert_file: a, key_file: b}}}":   "",
		"protocols: {grpc: {keepalive: {server_parameters: {max_connection_age: 1m}}}}": "",
		"":                                    "no protocol is given",
		"protocols:":                          "no protocol is given",
		"protocols: {grpc: {endpoint: 4317}}": `"4317" is not host:port`,
		"protocols: {http: {cors: {a: b}}}":   "cors.a: the key is not known here",
		"protocols: {grpc: {max_recv_msg_size_mib: -1}}": "max_recv_msg_size_mib",
		"protocols: {http: {tls: {}}}":                   "needs a certificate",
		"protocols: {http: {traces_url_path: in out}}":   `"in out" is not a path`,
		"protocols: {htpp: }":                            "the key is not known here",
	} {
		doc, problems := config.Load(config.Lookup{}, config.Source{Name: "c.yaml", Text: []byte("receivers:\n  otlp: {" + text + "}\n")})
		cfg := Factory.Default()
		problems = append(problems, doc.Blocks[0].Decode(&cfg)...)
		if got := problems.Error(); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s:\n got %s\nwant %s", text, got, want)
		}
	}
}

func BenchmarkTake(b *testing.B) {
	r := &receiver{signals: component.SignalsOf(otlp.Traces), grpc: &discard{}}
	l := &transport.Listener{}
	message := request(b)
	body := bytepool.Get(len(message))
	copy(body.Bytes(), message)
	b.ReportAllocs()
	b.SetBytes(int64(len(message)))
	for b.Loop() {
		if err := r.take(context.Background(), l, r.grpc, otlp.Traces, &transport.Request{Body: body}, readProtobuf); err != nil {
			b.Fatal(err)
		}
	}
}

type discard struct{}

func (*discard) Consume(context.Context, *otlp.Batch) error { return nil }
