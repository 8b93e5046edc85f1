package app

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
)

type logBackend struct {
	plogotlp.UnimplementedGRPCServer
	got chan plog.Logs
}

func (b *logBackend) Export(_ context.Context, r plogotlp.ExportRequest) (plogotlp.ExportResponse, error) {
	b.got <- r.Logs()
	return plogotlp.NewExportResponse(), nil
}

type metricBackend struct {
	pmetricotlp.UnimplementedGRPCServer
	got chan pmetric.Metrics
}

func (b *metricBackend) Export(_ context.Context, r pmetricotlp.ExportRequest) (pmetricotlp.ExportResponse, error) {
	b.got <- r.Metrics()
	return pmetricotlp.NewExportResponse(), nil
}

// The process says of itself what it is asked to: log to a file and by OTLP, spans, metrics to two kinds of readers.
func TestOwnTelemetry(t *testing.T) {
	t.Parallel()
	spans, logs, metrics := &backend{got: make(chan ptrace.Traces, 100)}, &logBackend{got: make(chan plog.Logs, 100)}, &metricBackend{got: make(chan pmetric.Metrics, 100)}
	socket := listenFree(t)
	server := grpc.NewServer()
	ptraceotlp.RegisterGRPCServer(server, spans)
	plogotlp.RegisterGRPCServer(server, logs)
	pmetricotlp.RegisterGRPCServer(server, metrics)
	go server.Serve(socket)
	t.Cleanup(server.Stop)
	destination := serve(t, &backend{got: make(chan ptrace.Traces, 100)})

	file := filepath.Join(t.TempDir(), "oriel.log")
	p := start(t, fmt.Sprintf(`
receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:0"}}}}
processors: {batch: {timeout: 10ms}}
exporters: {otlp: {endpoint: %[1]q, tls: {insecure: true}}}
extensions: {zpages: {endpoint: "127.0.0.1:0"}}
service:
  extensions: [zpages]
  telemetry:
    resource: {service.name: mine, service.version: null, team: a}
    logs:
      output_paths: [stderr, %[3]q]
      initial_fields: {site: x}
      processors: [{batch: {schedule_delay: 10, exporter: {otlp: {protocol: grpc, endpoint: "http://%[2]s"}}}}]
    traces: {processors: [{batch: {schedule_delay: 10, exporter: {otlp: {protocol: grpc, endpoint: "http://%[2]s"}}}}]}
    metrics:
      readers:
        - periodic: {interval: 20, exporter: {otlp: {protocol: grpc, endpoint: "http://%[2]s"}}}
        - pull: {exporter: {prometheus: {host: 127.0.0.1, port: 0}}}
        - pull: {exporter: {prometheus: {host: 127.0.0.1, port: 0, without_units: true, without_type_suffix: true, without_scope_info: true}}}
  pipelines: {traces: {receivers: [otlp], processors: [batch], exporters: [otlp]}}
`, destination, socket.Addr(), file))
	at := p.addresses()
	if err := send(t, at["OTLP gRPC"], traces("reviews", 3)); err != nil {
		t.Fatal(err)
	}

	group := (<-logs.got).ResourceLogs().At(0)
	if attributes := group.Resource().Attributes().AsRaw(); attributes["service.name"] != "mine" || attributes["team"] != "a" || attributes["service.version"] != nil || attributes["service.instance.id"] == "" {
		t.Errorf("resource %v", attributes)
	}
	names := map[string]bool{}
	for !names["receiver/otlp/TraceDataReceived"] || !names["exporter/otlp/traces"] {
		for _, group := range (<-spans.got).ResourceSpans().All() {
			for _, scope := range group.ScopeSpans().All() {
				for _, span := range scope.Spans().All() {
					names[span.Name()] = true
				}
			}
		}
	}
	for found := false; !found; {
		for _, scope := range (<-metrics.got).ResourceMetrics().At(0).ScopeMetrics().All() {
			for _, metric := range scope.Metrics().All() {
				found = found || metric.Name() == "otelcol_exporter_sent_spans" && metric.Sum().DataPoints().At(0).IntValue() == 3
			}
		}
	}
	if page := pageOf(t, "http://"+at["zpages"]+"/debug/tracez"); !strings.Contains(page, "receiver/otlp/TraceDataReceived") {
		t.Errorf("tracez:\n%s", page)
	}
	if code := p.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d", code)
	}
	text, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(text), `"msg":"shutting down","site":"x"`) {
		t.Errorf("the file: %v\n%s", err, text)
	}
	last := ""
	for len(logs.got) > 0 {
		for _, scope := range (<-logs.got).ResourceLogs().At(0).ScopeLogs().All() {
			for _, record := range scope.LogRecords().All() {
				last = record.Body().Str()
			}
		}
	}
	if last != "shutting down" {
		t.Errorf("the last entry that came by OTLP: %q", last)
	}
}

// Probes on the UI's port.
func TestProbes(t *testing.T) {
	t.Parallel()
	config := AllInOne
	for _, port := range []string{"4317", "4318", "9411"} {
		config = strings.ReplaceAll(config, "127.0.0.1:"+port, "127.0.0.1:0")
	}
	p := start(t, config, "--data", t.TempDir(), "--ui", "127.0.0.1:0")
	at := p.addresses()
	for path, want := range map[string]string{"/livez": "ok", "/readyz": "ready", "/readyz?verbose": `{"name":"receivers.otlp","status":"running"`} {
		answer, err := http.Get("http://" + at["UI and APIs"] + path)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if text := pageOf(t, "http://"+at["UI and APIs"]+path); answer.StatusCode != 200 || !strings.Contains(text, want) {
			t.Errorf("%s: %d %s", path, answer.StatusCode, text)
		}
	}
}
