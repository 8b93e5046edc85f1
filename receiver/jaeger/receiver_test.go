package jaeger

import (
	"bytes"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/jaegertracing/jaeger-idl/model/v1"
	"github.com/jaegertracing/jaeger-idl/proto-gen/api_v2"
	"github.com/jaegertracing/jaeger-idl/thrift-gen/agent"
	thriftgen "github.com/jaegertracing/jaeger-idl/thrift-gen/jaeger"
	"github.com/opentracing/opentracing-go/ext"
	client "github.com/uber/jaeger-client-go"
	clienttransport "github.com/uber/jaeger-client-go/transport"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/selfmon"
	"github.com/oriel-io/oriel/transport"
	"github.com/oriel-io/oriel/wire/otlp"
)

// sink keeps what it is given, or refuses it.
type sink struct {
	batches chan *otlp.Batch
	senders chan *component.Client
	err     error
}

func (s *sink) Consume(ctx context.Context, batch *otlp.Batch) error {
	if s.err == nil {
		s.batches <- batch
		s.senders <- component.ClientFrom(ctx)
	}
	return s.err
}

// rig is a receiver on free ports.
type rig struct {
	*sink
	servers                     *transport.Servers
	metrics                     *selfmon.Registry
	dropped                     chan string // reasons
	grpc, http, compact, binary string      // addresses
}

func start(t *testing.T, refuse error) *rig {
	t.Helper()
	r := &rig{
		sink:    &sink{batches: make(chan *otlp.Batch, 100), senders: make(chan *component.Client, 100), err: refuse},
		servers: transport.NewServers(nil), metrics: selfmon.NewRegistry(), dropped: make(chan string, 100),
	}
	cfg := Config{Protocols: Protocols{GRPC: &GRPC{}, ThriftHTTP: &HTTP{}, ThriftCompact: &Compact{}, ThriftBinary: &Binary{}}}
	p := &cfg.Protocols
	p.GRPC.SetDefaults()
	p.ThriftHTTP.SetDefaults()
	p.ThriftCompact.SetDefaults()
	p.ThriftBinary.SetDefaults()
	p.GRPC.Endpoint, p.ThriftHTTP.Endpoint, p.ThriftCompact.Endpoint, p.ThriftBinary.Endpoint = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	p.ThriftHTTP.IncludeMetadata = true
	set := component.Settings{
		ID: component.ID{Type: "jaeger"}, Log: slog.New(slog.DiscardHandler), Signals: Factory.Signals, Servers: r.servers, Metrics: r.metrics.Scope(),
		Drop: func(batch *otlp.Batch, reason string) { r.dropped <- fmt.Sprint(batch.Items(), " ", reason) },
	}
	made, err := Factory.New(cfg, set, r.sink)
	if err != nil {
		t.Fatal(err)
	}
	if err := made.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := made.Shutdown(ctx); err != nil {
			t.Error(err)
		}
	})
	for _, s := range r.servers.States() {
		switch s.Name {
		case "Jaeger gRPC":
			r.grpc = s.Address
		case "Jaeger HTTP":
			r.http = "http://" + s.Address + "/api/traces"
		case "Jaeger compact UDP":
			r.compact = s.Address
		case "Jaeger binary UDP":
			r.binary = s.Address
		}
	}
	return r
}

func (r *rig) state(t *testing.T, name string) transport.State {
	t.Helper()
	for _, s := range r.servers.States() {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("no listener is called %s", name)
	return transport.State{}
}

// next is the one span of the next batch, as text.
func (r *rig) next(t *testing.T) string {
	t.Helper()
	batch := <-r.batches
	<-r.senders
	for g := range batch.Groups() {
		for s := range g.Scopes() {
			for span := range s.Spans() {
				f := span.Fields()
				user, _ := span.Attrs().Get("user")
				return fmt.Sprintf("%d %s %s %d user=%s %x/%x", batch.Items(), g.Resource().ServiceName(), f.Name, f.Kind, user.Text(), f.TraceID, f.SpanID)
			}
		}
	}
	return "nothing"
}

// Jaeger's own Go client, over UDP and HTTP.
func TestClient(t *testing.T) {
	t.Parallel()
	r := start(t, nil)
	udp, err := client.NewUDPTransport(r.compact, 0)
	if err != nil {
		t.Fatal(err)
	}
	for name, out := range map[string]client.Transport{"UDP": udp, "HTTP": clienttransport.NewHTTPTransport(r.http+"?format=jaeger.thrift", clienttransport.HTTPBatchSize(1))} {
		tracer, closer := client.NewTracer("frontend", client.NewConstSampler(true), client.NewRemoteReporter(out), client.TracerOptions.Gen128Bit(true))
		span := tracer.StartSpan("get", ext.SpanKindRPCServer)
		span.SetTag("user", "ada")
		span.LogKV("event", "retry")
		span.Finish()
		if err := closer.Close(); err != nil {
			t.Fatal(err)
		}
		id := span.Context().(client.SpanContext)
		want := fmt.Sprintf("1 frontend get 2 user=ada %016x%016x/%016x", id.TraceID().High, id.TraceID().Low, uint64(id.SpanID()))
		if got := r.next(t); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	if s := r.state(t, "Jaeger compact UDP"); s.Items != 1 || s.Refused != 0 {
		t.Errorf("status page shows %+v", s)
	}
}

func thriftBatch() *thriftgen.Batch {
	user := "ada"
	return &thriftgen.Batch{Process: &thriftgen.Process{ServiceName: "frontend"}, Spans: []*thriftgen.Span{{
		TraceIdLow: 1, SpanId: 2, OperationName: "get", StartTime: 10, Duration: 5, Tags: []*thriftgen.Tag{{Key: "user", VType: thriftgen.TagType_STRING, VStr: &user}},
	}}}
}

func thriftBody(t *testing.T) []byte {
	t.Helper()
	body, err := thrift.NewTSerializer().Write(t.Context(), thriftBatch())
	if err != nil {
		t.Fatal(err)
	}
	return body
}

const thriftSpan = "1 frontend get 0 user=ada 00000000000000000000000000000001/0000000000000002"

// emitBatch as the agent's clients call it in the binary protocol.
func emitBatch(t *testing.T, address string, p func(thrift.TTransport) thrift.TProtocol) {
	t.Helper()
	buffer := thrift.NewTMemoryBuffer()
	out := p(buffer)
	if err := agent.NewAgentClient(thrift.NewTStandardClient(out, out)).EmitBatch(t.Context(), thriftBatch()); err != nil {
		t.Fatal(err)
	}
	send(t, address, buffer.Bytes())
}

func send(t *testing.T, address string, datagram []byte) {
	t.Helper()
	conn, err := net.Dial("udp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write(datagram); err != nil {
		t.Fatal(err)
	}
}

func binary(out thrift.TTransport) thrift.TProtocol { return thrift.NewTBinaryProtocolConf(out, nil) }

func TestBinaryUDP(t *testing.T) {
	t.Parallel()
	r := start(t, nil)
	emitBatch(t, r.binary, binary)
	if got := r.next(t); got != thriftSpan {
		t.Errorf("got %s", got)
	}
}

// A datagram that cannot be read is counted; one that the pipeline refuses is lost and recorded as such.
func TestUDPRefused(t *testing.T) {
	t.Parallel()
	r := start(t, errors.New("full"))
	send(t, r.binary, []byte("hello"))
	emitBatch(t, r.binary, binary)
	if reason := <-r.dropped; reason != "1 the pipeline refused it, and a sender over UDP is not told" {
		t.Errorf("dropped: %s", reason)
	}
	for deadline := time.Now().Add(10 * time.Second); r.state(t, "Jaeger binary UDP").Refused != 2; {
		if time.Now().After(deadline) {
			t.Fatalf("status page shows %+v", r.state(t, "Jaeger binary UDP"))
		}
	}
	var text strings.Builder
	if err := r.metrics.WriteText(&text, selfmon.View{WithoutUnits: true, WithoutTypeSuffix: true, WithoutScopeInfo: true}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`oriel_receiver_invalid_requests 1`, `oriel_receiver_dropped_datagrams{reason="queue full",transport="udp_thrift_compact"} 0`,
		`oriel_receiver_dropped_datagrams{reason="socket buffer full",transport="udp_thrift_binary"} 0`,
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("metrics lack %s:\n%s", want, text.String())
		}
	}
}

func TestGRPC(t *testing.T) {
	t.Parallel()
	batch := model.Batch{Process: &model.Process{ServiceName: "frontend"}, Spans: []*model.Span{{
		TraceID: model.NewTraceID(0, 1), SpanID: 2, OperationName: "get", StartTime: time.Unix(0, 10_000), Tags: []model.KeyValue{model.String("user", "ada")},
	}}}
	busy := errors.New("busy")
	for name, c := range map[string]struct {
		batch  model.Batch
		refuse error
		code   codes.Code
		retry  time.Duration
		spans  string
	}{
		"taken":     {batch: batch, spans: thriftSpan},
		"empty":     {},
		"throttled": {batch: batch, refuse: component.Throttled(busy, 3*time.Second), code: codes.ResourceExhausted, retry: 3 * time.Second},
		"failed":    {batch: batch, refuse: busy, code: codes.Unavailable, retry: time.Second},
		"permanent": {batch: batch, refuse: component.Permanent(busy), code: codes.Internal},
	} {
		r := start(t, c.refuse)
		conn, err := grpc.NewClient(r.grpc, grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			t.Fatal(err)
		}
		_, err = api_v2.NewCollectorServiceClient(conn).PostSpans(t.Context(), &api_v2.PostSpansRequest{Batch: c.batch})
		conn.Close()
		var retry time.Duration
		for _, d := range status.Convert(err).Details() {
			if info, ok := d.(*errdetails.RetryInfo); ok {
				retry = info.RetryDelay.AsDuration()
			}
		}
		if status.Code(err) != c.code || retry != c.retry {
			t.Errorf("%s: got %v, retry after %s", name, err, retry)
		}
		if c.spans != "" {
			if got := r.next(t); got != c.spans {
				t.Errorf("%s: got %s", name, got)
			}
		}
	}
	r := start(t, nil)
	conn, err := grpc.NewClient(r.grpc, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	odd := &model.Process{ServiceName: "a message of another type"}
	if err := conn.Invoke(t.Context(), postSpans, odd, &api_v2.PostSpansResponse{}); status.Code(err) != codes.InvalidArgument || !strings.Contains(err.Error(), "cannot read the spans") {
		t.Errorf("got %v", err)
	}
}

func TestHTTP(t *testing.T) {
	t.Parallel()
	body := thriftBody(t)
	var deflated bytes.Buffer
	z := zlib.NewWriter(&deflated)
	if _, err := z.Write(body); err != nil {
		t.Fatal(err)
	}
	z.Close()
	busy := errors.New("busy")
	for name, c := range map[string]struct {
		method, kind, encoding string
		body                   []byte
		refuse                 error
		status                 int
		text, retry            string
	}{
		"taken":               {body: body, status: 202},
		"other type":          {kind: "application/vnd.apache.thrift.binary; charset=utf-8", body: body, status: 202},
		"deflate":             {encoding: "deflate", body: deflated.Bytes(), status: 202},
		"no spans":            {body: []byte("\x0c\x00\x01\x0b\x00\x01\x00\x00\x00\x01a\x00\x0f\x00\x02\x0c\x00\x00\x00\x00\x00"), status: 202},
		"JSON":                {kind: "application/json", body: []byte("{}"), status: 400, text: `unsupported content type: "application/json"; send application/x-thrift`},
		"no type":             {kind: "-", body: body, status: 400, text: `unsupported content type: ""`},
		"malformed":           {body: body[:12], status: 400, text: "cannot read the spans: a text takes 8 bytes, but 2 are left (byte 10)"},
		"GET":                 {method: http.MethodGet, status: 405},
		"throttled":           {body: body, refuse: component.Throttled(busy, 2500*time.Millisecond), status: 429, text: "busy", retry: "3"},
		"failed":              {body: body, refuse: busy, status: 503, text: "busy", retry: "1"},
		"permanently refused": {body: body, refuse: component.Permanent(busy), status: 500, text: "busy"},
	} {
		r := start(t, c.refuse)
		if c.method == "" {
			c.method = http.MethodPost
		}
		req, err := http.NewRequestWithContext(t.Context(), c.method, r.http+"?format=jaeger.thrift", bytes.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		switch c.kind {
		case "":
			req.Header.Set("Content-Type", "application/x-thrift")
		case "-":
		default:
			req.Header.Set("Content-Type", c.kind)
		}
		if c.encoding != "" {
			req.Header.Set("Content-Encoding", c.encoding)
		}
		req.Header.Set("X-Tenant", "blue")
		answer, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		if answer.StatusCode != c.status || !strings.HasPrefix(string(text), c.text) || answer.Header.Get("Retry-After") != c.retry {
			t.Errorf("%s: got %d %q, Retry-After %q", name, answer.StatusCode, text, answer.Header.Get("Retry-After"))
		}
		if c.status == 202 && name != "no spans" {
			if sender := <-r.senders; sender == nil || sender.Address == "" || sender.Get("x-tenant")[0] != "blue" {
				t.Errorf("%s: sender %+v", name, sender)
			}
			r.senders <- nil
			if got := r.next(t); got != thriftSpan {
				t.Errorf("%s: got %s", name, got)
			}
		}
		if refused := r.state(t, "Jaeger HTTP").Refused > 0; refused != (c.status >= 400 && c.status != 405) {
			t.Errorf("%s: status page shows %+v", name, r.state(t, "Jaeger HTTP"))
		}
	}
}

// Upstream's forms of the block, and what is wrong with others.
func TestConfig(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"protocols: {grpc: , thrift_http: , thrift_compact: , thrift_binary: }":                                                                           "",
		"protocols: {thrift_binary: {endpoint: '0.0.0.0:6832', queue_size: 5_000, max_packet_size: 131_072, workers: 50, socket_buffer_size: 8_388_608}}": "",
		"protocols: {grpc: {endpoint: '0.0.0.0:14250', tls: {cert_file: a, key_file: b}}}":                                                                "",
		"":           "no protocol is given",
		"protocols:": "no protocol is given",
		"protocols: {thrift_compact: {endpoint: 6831}}":        `"6831" is not host:port`,
		"protocols: {thrift_compact: {queue_size: 0}}":         "queue_size: 0 is less than 1",
		"protocols: {thrift_compact: {max_packet_size: 0}}":    "max_packet_size: 0 is less than 1",
		"protocols: {thrift_binary: {workers: -1}}":            "workers: -1 is less than 1",
		"protocols: {thrift_binary: {socket_buffer_size: -1}}": "socket_buffer_size: -1 is negative",
		"protocols: {thrift_htpp: }":                           "the key is not known here",
		"protocols: {grpc: }, remote_sampling: {endpoint: a}":  "remote_sampling: is not supported yet",
	} {
		doc, problems := config.Load(config.Lookup{}, config.Source{Name: "c.yaml", Text: []byte("receivers:\n  jaeger: {" + text + "}\n")})
		cfg := Factory.Default()
		problems = append(problems, doc.Blocks[0].Decode(&cfg)...)
		if got := problems.Error(); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s:\n got %s\nwant %s", text, got, want)
		}
	}
}
