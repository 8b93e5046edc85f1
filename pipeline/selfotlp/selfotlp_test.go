package selfotlp

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/selfmon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// server is an OTLP server made of the reference library.
type server struct {
	traces  chan ptrace.Traces
	logs    chan plog.Logs
	metrics chan pmetric.Metrics

	mu      sync.Mutex // guards the rest
	failing error
	tokens  []string // of the header x-token
}

func newServer() *server {
	return &server{traces: make(chan ptrace.Traces, 100), logs: make(chan plog.Logs, 100), metrics: make(chan pmetric.Metrics, 100)}
}

func (s *server) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failing = err
}

func (s *server) take(token []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens = append(s.tokens, token...)
	return s.failing
}

type traceServer struct {
	ptraceotlp.UnimplementedGRPCServer
	*server
}

func (s *traceServer) Export(ctx context.Context, r ptraceotlp.ExportRequest) (ptraceotlp.ExportResponse, error) {
	if err := s.take(metadata.ValueFromIncomingContext(ctx, "x-token")); err != nil {
		return ptraceotlp.NewExportResponse(), err
	}
	s.traces <- r.Traces()
	return ptraceotlp.NewExportResponse(), nil
}

type logServer struct {
	plogotlp.UnimplementedGRPCServer
	*server
}

func (s *logServer) Export(ctx context.Context, r plogotlp.ExportRequest) (plogotlp.ExportResponse, error) {
	if err := s.take(metadata.ValueFromIncomingContext(ctx, "x-token")); err != nil {
		return plogotlp.NewExportResponse(), err
	}
	s.logs <- r.Logs()
	return plogotlp.NewExportResponse(), nil
}

type metricServer struct {
	pmetricotlp.UnimplementedGRPCServer
	*server
}

func (s *metricServer) Export(ctx context.Context, r pmetricotlp.ExportRequest) (pmetricotlp.ExportResponse, error) {
	if err := s.take(metadata.ValueFromIncomingContext(ctx, "x-token")); err != nil {
		return pmetricotlp.NewExportResponse(), err
	}
	s.metrics <- r.Metrics()
	return pmetricotlp.NewExportResponse(), nil
}

func (s *server) grpc(t *testing.T) (url string) {
	t.Helper()
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := grpc.NewServer()
	ptraceotlp.RegisterGRPCServer(g, &traceServer{server: s})
	plogotlp.RegisterGRPCServer(g, &logServer{server: s})
	pmetricotlp.RegisterGRPCServer(g, &metricServer{server: s})
	go g.Serve(socket)
	t.Cleanup(g.Stop)
	return "http://" + socket.Addr().String()
}

func (s *server) http(t *testing.T) (url string) {
	t.Helper()
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := io.Reader(r.Body)
		if r.Header.Get("Content-Encoding") == "gzip" {
			unzipped, err := gzip.NewReader(r.Body)
			if err != nil {
				t.Error(err)
				return
			}
			body = unzipped
		}
		text, err := io.ReadAll(body)
		if err != nil {
			t.Error(err)
		}
		if err := s.take(r.Header.Values("x-token")); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		switch r.URL.Path {
		case "/v1/traces":
			request := ptraceotlp.NewExportRequest()
			err = request.UnmarshalProto(text)
			s.traces <- request.Traces()
		case "/v1/logs":
			request := plogotlp.NewExportRequest()
			err = request.UnmarshalProto(text)
			s.logs <- request.Logs()
		case "/v1/metrics":
			request := pmetricotlp.NewExportRequest()
			err = request.UnmarshalProto(text)
			s.metrics <- request.Metrics()
		default:
			t.Errorf("a request for %s", r.URL.Path)
		}
		if err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(h.Close)
	return h.URL
}

// telemetry reads service.telemetry.
func telemetry(t *testing.T, text string) *config.Telemetry {
	t.Helper()
	doc, problems := config.Load(config.Lookup{}, config.Source{Name: "c.yaml", Text: []byte("service:\n  telemetry:\n" + text)})
	if len(problems.Fatal()) > 0 {
		t.Fatal(problems)
	}
	return &doc.Telemetry
}

func options(r *selfmon.Registry) Options {
	return Options{
		Resource: []string{"service.name", "oriel", "site", "a"}, Version: "1.2", Started: time.Now().Add(-time.Minute), Level: selfmon.LevelDetailed,
		Registry: func() *selfmon.Registry { return r }, Log: slog.New(slog.DiscardHandler),
	}
}

const sendAll = `
    logs: {processors: [{batch: {schedule_delay: 10, exporter: {otlp: {protocol: %[1]s, endpoint: "%[2]s", compression: gzip, headers: [{name: x-token, value: secret}]}}}}]}
    traces: {processors: [{simple: {exporter: {otlp: {protocol: %[1]s, endpoint: "%[2]s", headers_list: "x-token=sec%%72et"}}}}]}
    metrics: {readers: [{periodic: {interval: 10, exporter: {otlp: {protocol: %[1]s, endpoint: "%[2]s"}}}}]}
`

func TestAllIsSent(t *testing.T) {
	t.Parallel()
	for protocol, open := range map[string]func(*server, *testing.T) string{"grpc": (*server).grpc, "http/protobuf": (*server).http} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			s := newServer()
			registry := selfmon.NewRegistry()
			e, err := New(telemetry(t, fmt.Sprintf(sendAll, protocol, open(s, t))), options(registry))
			if err != nil {
				t.Fatal(err)
			}
			registry.Scope("receiver", "otlp").Counter("otelcol_receiver_accepted_spans", "Spans.").Add(7)
			registry.Scope().Gauge("otelcol_process_memory_rss", "", func() float64 { return 1e6 })
			registry.Scope().CounterFunc("otelcol_process_uptime", "", func() float64 { return 2 })
			registry.Scope().Histogram("otelcol_exporter_queue_batch_send_size", "", []float64{1, 10}, "exporter", "x").Observe(3)
			e.Start()
			tracer := selfmon.NewTracer()
			e.Trace(tracer)
			ctx, parent := tracer.Start(t.Context(), "a/scope", "receiver/otlp/TraceDataReceived")
			parent.Set("transport", "grpc")
			parent.SetInt("accepted_spans", 7)
			slog.New(e.LogHandlers()[0]).With("component", "x").WithGroup("g").WarnContext(ctx, "hello", "n", 3, slog.Group("h", "d", time.Second))
			_, child := tracer.Start(ctx, "a/scope", "exporter/otlp/traces")
			child.End(errors.New("away"))
			parent.End(nil)

			checkSpans(t, s)
			checkLog(t, <-s.logs)
			checkMetrics(t, <-s.metrics)
			if err := e.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			for _, token := range s.tokens {
				if token != "secret" {
					t.Errorf("the header was %q", token)
				}
			}
			if len(s.tokens) == 0 {
				t.Error("the headers were not sent")
			}
		})
	}
}

// checkSpans takes two spans, which may come in one batch or two.
func checkSpans(t *testing.T, s *server) {
	t.Helper()
	byName := map[string]ptrace.Span{}
	for len(byName) < 2 {
		for _, group := range (<-s.traces).ResourceSpans().All() {
			if got := fmt.Sprint(group.Resource().Attributes().AsRaw()); got != "map[service.name:oriel site:a]" {
				t.Errorf("resource %s", got)
			}
			for _, scope := range group.ScopeSpans().All() {
				if scope.Scope().Name() != "a/scope" || scope.Scope().Version() != "1.2" {
					t.Errorf("scope %s %s", scope.Scope().Name(), scope.Scope().Version())
				}
				for _, span := range scope.Spans().All() {
					byName[span.Name()] = span
				}
			}
		}
	}
	parent, child := byName["receiver/otlp/TraceDataReceived"], byName["exporter/otlp/traces"]
	if child.ParentSpanID() != parent.SpanID() || child.TraceID() != parent.TraceID() || parent.TraceID().IsEmpty() {
		t.Error("the spans are not of one trace")
	}
	if got := fmt.Sprint(parent.Attributes().AsRaw()); got != "map[accepted_spans:7 transport:grpc]" || parent.Kind() != ptrace.SpanKindInternal {
		t.Errorf("the parent has %s, kind %s", got, parent.Kind())
	}
	if child.Status().Code() != ptrace.StatusCodeError || child.Status().Message() != "away" || child.EndTimestamp() < child.StartTimestamp() {
		t.Errorf("the child: %s %q", child.Status().Code(), child.Status().Message())
	}
}

func checkLog(t *testing.T, got plog.Logs) {
	t.Helper()
	group := got.ResourceLogs().At(0)
	record := group.ScopeLogs().At(0).LogRecords().At(0)
	if record.Body().Str() != "hello" || record.SeverityNumber() != plog.SeverityNumberWarn || record.SeverityText() != "WARN" || record.TraceID().IsEmpty() {
		t.Errorf("the entry: %s %s %s %s", record.Body().AsString(), record.SeverityNumber(), record.SeverityText(), record.TraceID())
	}
	if got := fmt.Sprint(record.Attributes().AsRaw()); got != "map[component:x g.h.d:1s g.n:3]" {
		t.Errorf("attributes %s", got)
	}
	if got := group.ScopeLogs().At(0).Scope().Name(); got != logScope {
		t.Errorf("scope %s", got)
	}
}

func checkMetrics(t *testing.T, got pmetric.Metrics) {
	t.Helper()
	byName := map[string]pmetric.Metric{}
	for _, scope := range got.ResourceMetrics().At(0).ScopeMetrics().All() {
		for _, metric := range scope.Metrics().All() {
			byName[metric.Name()] = metric
			if !strings.HasPrefix(scope.Scope().Name(), "go.opentelemetry.io/collector/") {
				t.Errorf("%s is of scope %s", metric.Name(), scope.Scope().Name())
			}
		}
	}
	sum := byName["otelcol_receiver_accepted_spans"].Sum()
	point := sum.DataPoints().At(0)
	if !sum.IsMonotonic() || sum.AggregationTemporality() != pmetric.AggregationTemporalityCumulative || point.IntValue() != 7 ||
		fmt.Sprint(point.Attributes().AsRaw()) != "map[receiver:otlp]" || point.StartTimestamp() >= point.Timestamp() || point.StartTimestamp() == 0 {
		t.Errorf("the counter: %v %d %v", sum.AggregationTemporality(), point.IntValue(), point.Attributes().AsRaw())
	}
	if m := byName["otelcol_receiver_accepted_spans"]; m.Unit() != "{spans}" || m.Description() != "Spans." {
		t.Errorf("the counter is of %s: %s", m.Unit(), m.Description())
	}
	if m := byName["otelcol_process_memory_rss"]; m.Unit() != "By" || m.Gauge().DataPoints().At(0).IntValue() != 1e6 {
		t.Errorf("the gauge: %s %d", m.Unit(), m.Gauge().DataPoints().At(0).IntValue())
	}
	if m := byName["otelcol_process_uptime"]; m.Unit() != "s" || m.Sum().DataPoints().At(0).DoubleValue() != 2 {
		t.Errorf("seconds: %s %g", m.Unit(), m.Sum().DataPoints().At(0).DoubleValue())
	}
	h := byName["otelcol_exporter_queue_batch_send_size"].Histogram().DataPoints().At(0)
	if h.Count() != 1 || h.Sum() != 3 || fmt.Sprint(h.BucketCounts().AsRaw()) != "[0 1 0]" || fmt.Sprint(h.ExplicitBounds().AsRaw()) != "[1 10]" ||
		fmt.Sprint(h.Attributes().AsRaw()) != "map[exporter:x]" {
		t.Errorf("the histogram: %d %g %v %v", h.Count(), h.Sum(), h.BucketCounts().AsRaw(), h.ExplicitBounds().AsRaw())
	}
}

// What a server refuses for a while is sent again; what finds no room meanwhile is counted; what it refuses for ever is not tried again.
func TestServerAway(t *testing.T) {
	t.Parallel()
	s := newServer()
	registry := selfmon.NewRegistry()
	cfg := telemetry(t, fmt.Sprintf(`
    logs: {processors: [{batch: {schedule_delay: 5, max_queue_size: 10, max_export_batch_size: 10, exporter: {otlp: {protocol: grpc, endpoint: "%s"}}}}]}
`, s.grpc(t)))
	e, err := New(cfg, options(registry))
	if err != nil {
		t.Fatal(err)
	}
	s.fail(status.Error(codes.Unavailable, "later"))
	log := slog.New(e.LogHandlers()[0])
	for range 25 {
		log.Info("hello")
	}
	log.With("component", ownComponent+"logs").Warn("own telemetry was not sent") // must not feed itself
	if got := registry.Sum("oriel_own_telemetry_dropped_items"); got != 15 {
		t.Errorf("%g dropped, want 15", got)
	}
	e.Start()
	s.fail(nil)
	if got := (<-s.logs).LogRecordCount(); got != 10 {
		t.Errorf("%d entries came, want 10", got)
	}
	s.fail(status.Error(codes.InvalidArgument, "never"))
	log.Info("hello")
	await(t, func() bool { return registry.Sum("oriel_own_telemetry_dropped_items") == 16 })
	s.fail(status.Error(codes.Unavailable, "later"))
	log.Info("hello")
	if err := e.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if got := registry.Sum("oriel_own_telemetry_dropped_items"); got != 17 {
		t.Errorf("%g dropped after shutdown, want 17", got)
	}
}

func await(t *testing.T, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !done(); time.Sleep(time.Millisecond) { // a server answers over a socket
		if time.Now().After(deadline) {
			t.Fatal("it did not happen")
		}
	}
}

// Without configuration nothing is sent and nothing costs.
func TestNothing(t *testing.T) {
	t.Parallel()
	e, err := New(telemetry(t, "    logs: {level: info}"), options(selfmon.NewRegistry()))
	if err != nil {
		t.Fatal(err)
	}
	tracer := selfmon.NewTracer()
	e.Trace(tracer)
	e.Start()
	if tracer.On() || len(e.LogHandlers()) != 0 {
		t.Error("something is sent")
	}
	if err := e.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	cfg := telemetry(t, `    traces: {processors: [{batch: {exporter: {otlp: {protocol: grpc, endpoint: "https://x:1", certificate: /nowhere}}}}]}`)
	if _, err := New(cfg, options(selfmon.NewRegistry())); err == nil || !strings.Contains(err.Error(), "service.telemetry.traces.processors[0]: ") {
		t.Errorf("a certificate that is not there: %v", err)
	}
}
