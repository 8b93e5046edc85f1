package otlp

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/internal/bytepool"
	"github.com/oriel-io/oriel/transport"
	"github.com/oriel-io/oriel/wire/otlp"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// manySpans is a request of spans as an instrumented service makes them, about 550 bytes each.
func manySpans(b *testing.B, count int) []byte {
	traces := ptrace.NewTraces()
	group := traces.ResourceSpans().AppendEmpty()
	group.Resource().Attributes().PutStr("service.name", "checkout")
	spans := group.ScopeSpans().AppendEmpty().Spans()
	for i := range count {
		span := spans.AppendEmpty()
		span.SetTraceID([16]byte{1, byte(i * 31), byte(i * 17), byte(i >> 8), 7, byte(i * 91), 9})
		span.SetSpanID([8]byte{2, byte(i * 13), byte(i >> 4), byte(i * 57)})
		span.SetParentSpanID([8]byte{2, byte(i * 11), 3, byte(i)})
		span.SetName("POST /api/v1/orders/{id}/items")
		span.SetKind(ptrace.SpanKindServer)
		span.SetStartTimestamp(pcommon.Timestamp(1_700_000_000_000_000_000 + i*1_234_567))
		span.SetEndTimestamp(pcommon.Timestamp(1_700_000_000_005_000_000 + i*1_334_567))
		for k, v := range map[string]string{
			"http.request.method": "POST", "url.path": fmt.Sprintf("/api/v1/orders/%d/items", i*7919), "server.address": "orders.shop.svc.cluster.local",
			"user_agent.original": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36", "client.address": fmt.Sprintf("10.1.%d.%d", i%256, i*7%256),
			"session.id": fmt.Sprintf("%016x", i*0x9e3779b9), "net.transport": "tcp", "thread.name": "worker-17",
		} {
			span.Attributes().PutStr(k, v)
		}
		span.Attributes().PutInt("http.response.status_code", 200)
	}
	body, err := ptraceotlp.NewExportRequestFromTraces(traces).MarshalProto()
	if err != nil {
		b.Fatal(err)
	}
	return body
}

// asItIs is a legacy compressor for messages that are compressed already.
type asItIs struct{}

func (asItIs) Type() string                         { return "gzip" }
func (asItIs) Do(w io.Writer, message []byte) error { _, err := w.Write(message); return err }

// BenchmarkReceive is the way of a request from the socket to the pipeline, with a client
// that sends bytes which were made before. cpu-us/op is of the whole process: the client's and the kernel's work too.
func BenchmarkReceive(b *testing.B) {
	for _, spans := range []int{100, 1000} {
		plain := manySpans(b, spans)
		for _, c := range []struct {
			encoding string
			body     []byte
		}{{"identity", plain}, {"gzip", gzipped(plain)}} {
			for protocol, dial := range map[string]func(b *testing.B, address, encoding string) func(body []byte) error{"gRPC": benchGRPC, "HTTP": benchHTTP} {
				b.Run(fmt.Sprintf("%s/%s/%d", protocol, c.encoding, spans), func(b *testing.B) {
					send := dial(b, benchServer(b, protocol), c.encoding)
					b.ReportAllocs()
					b.SetBytes(int64(len(plain)))
					before := processCPU()
					for b.Loop() {
						if err := send(c.body); err != nil {
							b.Fatal(err)
						}
					}
					b.ReportMetric(float64((processCPU()-before).Microseconds())/float64(b.N), "cpu-us/op")
				})
			}
		}
	}
}

func processCPU() time.Duration {
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &used) != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// benchServer starts a receiver that forgets what it takes, and returns its address.
func benchServer(b *testing.B, protocol string) string {
	servers := transport.NewServers(nil)
	cfg := Config{Protocols{GRPC: &GRPC{}, HTTP: &HTTP{}}}
	cfg.Protocols.GRPC.SetDefaults()
	cfg.Protocols.HTTP.SetDefaults()
	cfg.Protocols.GRPC.Endpoint, cfg.Protocols.HTTP.Endpoint = "127.0.0.1:0", "127.0.0.1:0"
	made, err := Factory.New(cfg, component.Settings{
		ID: component.ID{Type: "otlp"}, Log: slog.New(slog.DiscardHandler), Servers: servers, Signals: component.SignalsOf(otlp.Traces),
	}, &borrower{})
	if err != nil {
		b.Fatal(err)
	}
	if err := made.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { made.Shutdown(context.Background()) })
	for _, s := range servers.States() {
		if s.Name == "OTLP "+protocol {
			return s.Address
		}
	}
	b.Fatal("no such listener")
	return ""
}

func benchGRPC(b *testing.B, address, encoding string) func(body []byte) error {
	options := []grpc.DialOption{grpc.WithTransportCredentials(insecure.NewCredentials())}
	if encoding == "gzip" {
		//lint:ignore SA1019 a compressor of today would compress
		options = append(options, grpc.WithCompressor(asItIs{}))
	}
	conn, err := grpc.NewClient(address, options...)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	return func(body []byte) error {
		var reply []byte
		return conn.Invoke(context.Background(), grpcMethods[otlp.Traces], body, &reply, grpc.ForceCodec(raw{}))
	}
}

func benchHTTP(b *testing.B, address, encoding string) func(body []byte) error {
	return func(body []byte) error {
		req, err := http.NewRequest("POST", "http://"+address+"/v1/traces", bytes.NewReader(body))
		if err != nil {
			return err
		}
		req.Header.Set("Content-Type", "application/x-protobuf")
		if encoding == "gzip" {
			req.Header.Set("Content-Encoding", encoding)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		resp.Body.Close()
		if resp.StatusCode != 200 {
			return fmt.Errorf("answered with %s", resp.Status)
		}
		return nil
	}
}

// borrower is a pipeline that gives buffers back, as a forwarding one does.
type borrower struct{ discard }

func (*borrower) ConsumeBorrowed(context.Context, *otlp.Batch, *bytepool.Buffer) error { return nil }
