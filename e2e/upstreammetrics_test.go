//go:build e2e

package e2e

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// observedConfig is a collector whose own metrics are compared.
const observedConfig = `
receivers:
  otlp: {protocols: {grpc: {endpoint: GRPC}, http: {endpoint: HTTP}}}
processors:
  memory_limiter: {check_interval: 1s, limit_mib: 500}
  attributes: {actions: [{key: a, value: b, action: insert}]}
  batch: {timeout: 100ms}
exporters:
  otlp: {endpoint: BACKEND, tls: {insecure: true}}
service:
  telemetry:
    metrics: {level: detailed, readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: PORT}}}}]}
  pipelines:
    traces: {receivers: [otlp], processors: [memory_limiter, attributes, batch], exporters: [otlp]}
    logs: {receivers: [otlp], processors: [memory_limiter, attributes, batch], exporters: [otlp]}
    metrics: {receivers: [otlp], processors: [memory_limiter, attributes, batch], exporters: [otlp]}
`

// unlike are upstream's metrics that Oriel does not have, by the reason; docs/reference/metrics.md says more.
var unlike = map[string]string{
	"http_server_request_body_size_bytes": byLibraries, "http_server_request_duration_seconds": byLibraries, "http_server_response_body_size_bytes": byLibraries,
	"rpc_client_duration_milliseconds": byLibraries, "rpc_client_request_size_bytes": byLibraries, "rpc_client_requests_per_rpc": byLibraries,
	"rpc_client_response_size_bytes": byLibraries, "rpc_client_responses_per_rpc": byLibraries,
	"rpc_server_duration_milliseconds": byLibraries, "rpc_server_request_size_bytes": byLibraries, "rpc_server_requests_per_rpc": byLibraries,
	"rpc_server_response_size_bytes": byLibraries, "rpc_server_responses_per_rpc": byLibraries,
	"promhttp_metric_handler_errors_total": byLibraries,
}

const byLibraries = "a library makes it that upstream uses, and Oriel does not"

// What a dashboard for the upstream collector asks for is there: every metric that upstream shows for
// the same configuration and input, with the same type and the same labels.
func TestUpstreamMetrics(t *testing.T) {
	t.Parallel()
	want, got := observed(t, upstreamPath(t), "upstream"), observed(t, orielBin, "oriel")
	for _, name := range slices.Sorted(maps.Keys(want)) {
		switch reason, ok := unlike[name]; {
		case ok && got[name] == "":
			t.Logf("%s is not there: %s", name, reason)
		case ok:
			t.Errorf("%s is there, and said to be missing", name)
		case got[name] != want[name]:
			t.Errorf("%s is\n %s, want\n %s", name, cmp.Or(got[name], "missing"), want[name])
		}
	}
}

// observed is the metrics of a collector under a little load: by name, their type and the sets of label names.
func observed(t *testing.T, program, name string) map[string]string {
	t.Helper()
	o := start(t)
	grpc, http, own := freePort(t), freePort(t), freePort(t)
	text := strings.NewReplacer("GRPC", grpc, "HTTP", http, "BACKEND", o.grpc, "PORT", own[strings.LastIndex(own, ":")+1:]).Replace(observedConfig)
	path := t.TempDir() + "/config.yaml"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := run(t, name, program, "--config", path)
	p.awaitPort(http)
	for _, signal := range []string{"traces", "logs"} {
		body, err := os.ReadFile("testdata/upstream/" + signal + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if answer, text := post(t, "http://"+http+"/v1/"+signal, "application/json", body); answer.StatusCode != 200 {
			t.Fatalf("%s answered %s: %s", name, answer.Status, text)
		}
	}
	s := newSender(t, grpc)
	if _, err := s.send(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	var page string
	eventually(t, 20*time.Second, func() (err error) {
		page, err = scrape(t, own)
		if err == nil && !regexp.MustCompile(`otelcol_exporter_sent_log_records_total\{[^}]*\} [1-9]`).MatchString(page) {
			err = fmt.Errorf("nothing was sent yet:\n%s", page)
		}
		return err
	})
	return families(page)
}

var (
	typeLine   = regexp.MustCompile(`^# TYPE (\S+) (\S+)`)
	sampleLine = regexp.MustCompile(`^([a-zA-Z_:]+?)(?:_bucket|_sum|_count)?(?:\{(.*)\})? \S+$`)
	labelName  = regexp.MustCompile(`([a-zA-Z_]+)="(?:[^"\\]|\\.)*"`)
)

// families reads a page of Prometheus' text format.
func families(page string) map[string]string {
	out, labels := map[string]string{}, map[string]map[string]bool{}
	var current string
	for line := range strings.Lines(page) {
		line = strings.TrimSpace(line)
		if m := typeLine.FindStringSubmatch(line); m != nil {
			current = m[1]
			out[current], labels[current] = m[2], map[string]bool{}
		} else if m := sampleLine.FindStringSubmatch(line); m != nil && strings.HasPrefix(line, current) {
			var names []string
			for _, l := range labelName.FindAllStringSubmatch(m[2], -1) {
				if l[1] != "le" {
					names = append(names, l[1])
				}
			}
			slices.Sort(names)
			labels[current][strings.Join(names, ",")] = true
		}
	}
	for name := range out {
		out[name] += " " + strings.Join(slices.Sorted(maps.Keys(labels[name])), " | ")
	}
	return out
}
