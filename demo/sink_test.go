package demo

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	collogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	coltrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	logs "go.opentelemetry.io/proto/otlp/logs/v1"
	traces "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// sink is an OTLP/gRPC endpoint that keeps all it is sent.
type sink struct {
	coltrace.UnimplementedTraceServiceServer
	address string
	changed chan struct{} // gets a token after each request

	mu    sync.Mutex
	spans map[string]*span // by span id; guarded by mu
	logs  []*logs.LogRecord
}

// span is one received span with what the tests ask of its resource.
type span struct {
	*traces.Span
	service, version string
}

type logRecord = logs.LogRecord

// logSink is the logs service of a sink: one type cannot have two methods Export.
type logSink struct {
	collogs.UnimplementedLogsServiceServer
	*sink
}

func startSink(t *testing.T) *sink {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &sink{address: listener.Addr().String(), changed: make(chan struct{}, 1), spans: map[string]*span{}}
	server := grpc.NewServer()
	coltrace.RegisterTraceServiceServer(server, s)
	collogs.RegisterLogsServiceServer(server, logSink{sink: s})
	go server.Serve(listener)
	t.Cleanup(server.Stop)
	return s
}

func (s *sink) Export(_ context.Context, r *coltrace.ExportTraceServiceRequest) (*coltrace.ExportTraceServiceResponse, error) {
	s.mu.Lock()
	for _, rs := range r.ResourceSpans {
		attrs := rs.Resource.Attributes
		for _, ss := range rs.ScopeSpans {
			for _, sp := range ss.Spans {
				s.spans[string(sp.SpanId)] = &span{sp, text(attrs, "service.name"), text(attrs, "service.version")}
			}
		}
	}
	s.mu.Unlock()
	s.wake()
	return &coltrace.ExportTraceServiceResponse{}, nil
}

func (l logSink) Export(_ context.Context, r *collogs.ExportLogsServiceRequest) (*collogs.ExportLogsServiceResponse, error) {
	l.mu.Lock()
	for _, rl := range r.ResourceLogs {
		for _, sl := range rl.ScopeLogs {
			l.sink.logs = append(l.sink.logs, sl.LogRecords...)
		}
	}
	l.mu.Unlock()
	l.wake()
	return &collogs.ExportLogsServiceResponse{}, nil
}

func (s *sink) wake() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// await returns when what is missing, as found by the function, is nothing.
func (s *sink) await(t *testing.T, limit time.Duration, missing func() string) {
	t.Helper()
	timeout := time.After(limit)
	for {
		s.mu.Lock()
		left := missing()
		s.mu.Unlock()
		if left == "" {
			return
		}
		select {
		case <-s.changed:
		case <-timeout:
			t.Fatalf("after %s still missing: %s", limit, left)
		}
	}
}

func outletTo(t *testing.T, s *sink) outlet {
	t.Helper()
	conn, err := grpc.NewClient(s.address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return outlet{conn: conn, report: func(err error) { t.Errorf("export: %v", err) }}
}

func text(attrs []*common.KeyValue, key string) string {
	for _, kv := range attrs {
		if kv.Key == key {
			return kv.Value.GetStringValue()
		}
	}
	return ""
}

func number(attrs []*common.KeyValue, key string) int64 {
	for _, kv := range attrs {
		if kv.Key == key {
			return kv.Value.GetIntValue()
		}
	}
	return 0
}
