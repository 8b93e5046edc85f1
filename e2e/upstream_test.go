//go:build e2e

package e2e

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.yaml.in/yaml/v3"
)

func upstreamPath(t *testing.T) string { return cached(t, "tools-go", "upstream/otelcol") }

// The same configuration, the same input: what Oriel writes is what the upstream collector writes.
func TestUpstreamOutput(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/upstream/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no configurations: %v", err)
	}
	upstream := upstreamPath(t)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want, got := outputOf(t, upstream, "upstream", text), outputOf(t, orielBin, "oriel", text)
			for _, signal := range signalsOf(text) {
				if want[signal] != got[signal] {
					t.Errorf("%s: Oriel wrote\n%s\nupstream\n%s", signal, got[signal], want[signal])
				}
			}
		})
	}
}

// signalsOf are the signals of a configuration's pipelines: all three, unless a comment says which.
func signalsOf(text []byte) []string {
	if m := regexp.MustCompile(`(?m)^# signals: (.*)$`).FindSubmatch(text); m != nil {
		return strings.Fields(string(m[1]))
	}
	return []string{"traces", "logs", "metrics"}
}

// outputOf runs a program with these processors between OTLP and a file, sends it the telemetry
// in testdata/upstream, and returns what it has written, by signal, in an order of its own.
func outputOf(t *testing.T, program, name string, processors []byte) map[string]string {
	t.Helper()
	var parsed struct{ Processors yaml.Node }
	if err := yaml.Unmarshal(processors, &parsed); err != nil {
		t.Fatal(err)
	}
	var names []string
	for i := 0; i < len(parsed.Processors.Content); i += 2 {
		names = append(names, parsed.Processors.Content[i].Value)
	}
	http, dir := freePort(t), t.TempDir()
	text := string(processors) + fmt.Sprintf(`
receivers:
  otlp: {protocols: {http: {endpoint: %s}}}
exporters:
  file: {path: %s, flush_interval: 100ms}
service:
  telemetry: {metrics: {level: none}}
  pipelines:
`, http, filepath.Join(dir, "out.json"))
	for _, signal := range signalsOf(processors) {
		text += fmt.Sprintf("    %s: {receivers: [otlp], processors: [%s], exporters: [file]}\n", signal, strings.Join(names, ", "))
	}
	path := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := run(t, name, program, "--config", path)
	p.awaitPort(http)
	for _, signal := range signalsOf(processors) {
		body, err := os.ReadFile("testdata/upstream/" + signal + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if answer, text := post(t, "http://"+http+"/v1/"+signal, "application/json", body); answer.StatusCode != 200 {
			t.Fatalf("%s answered %s to %s: %s", name, answer.Status, signal, text)
		}
	}
	if code := p.terminate(20 * time.Second); code != 0 {
		t.Fatalf("exit code %d of %s", code, name)
	}
	written, err := os.ReadFile(filepath.Join(dir, "out.json"))
	if err != nil {
		t.Fatal(err)
	}
	return canonical(t, written)
}

// canonical brings all lines of a signal together and sorts what has no order: resources, scopes, items.
func canonical(t *testing.T, lines []byte) map[string]string {
	t.Helper()
	items := map[string][]string{}
	for line := range bytes.Lines(lines) {
		switch {
		case bytes.HasPrefix(line, []byte(`{"resourceSpans"`)):
			items["traces"] = append(items["traces"], spansOf(t, line)...)
		case bytes.HasPrefix(line, []byte(`{"resourceLogs"`)):
			items["logs"] = append(items["logs"], recordsOf(t, line)...)
		case bytes.HasPrefix(line, []byte(`{"resourceMetrics"`)):
			items["metrics"] = append(items["metrics"], metricsOf(t, line)...)
		default:
			t.Fatalf("a line of no signal: %s", line)
		}
	}
	out := map[string]string{}
	for signal, list := range items {
		slices.SortFunc(list, cmp.Compare)
		out[signal] = strings.Join(list, "\n")
	}
	return out
}

// spansOf is each span with its resource and scope, as JSON with sorted attributes.
func spansOf(t *testing.T, line []byte) (out []string) {
	data, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(line)
	if err != nil {
		t.Fatalf("%v in %s", err, line)
	}
	for _, r := range data.ResourceSpans().All() {
		for _, s := range r.ScopeSpans().All() {
			for _, span := range s.Spans().All() {
				one := ptrace.NewTraces()
				to := one.ResourceSpans().AppendEmpty()
				r.Resource().CopyTo(to.Resource())
				scope := to.ScopeSpans().AppendEmpty()
				s.Scope().CopyTo(scope.Scope())
				span.CopyTo(scope.Spans().AppendEmpty())
				text, err := (&ptrace.JSONMarshaler{}).MarshalTraces(one)
				out = append(out, sorted(t, text, err))
			}
		}
	}
	return out
}

func recordsOf(t *testing.T, line []byte) (out []string) {
	data, err := (&plog.JSONUnmarshaler{}).UnmarshalLogs(line)
	if err != nil {
		t.Fatalf("%v in %s", err, line)
	}
	for _, r := range data.ResourceLogs().All() {
		for _, s := range r.ScopeLogs().All() {
			for _, record := range s.LogRecords().All() {
				one := plog.NewLogs()
				to := one.ResourceLogs().AppendEmpty()
				r.Resource().CopyTo(to.Resource())
				scope := to.ScopeLogs().AppendEmpty()
				s.Scope().CopyTo(scope.Scope())
				record.CopyTo(scope.LogRecords().AppendEmpty())
				text, err := (&plog.JSONMarshaler{}).MarshalLogs(one)
				out = append(out, sorted(t, text, err))
			}
		}
	}
	return out
}

// metricsOf is each metric with its resource and scope; a batch processor may cut a metric, so points are told apart.
func metricsOf(t *testing.T, line []byte) (out []string) {
	data, err := (&pmetric.JSONUnmarshaler{}).UnmarshalMetrics(line)
	if err != nil {
		t.Fatalf("%v in %s", err, line)
	}
	for _, r := range data.ResourceMetrics().All() {
		for _, s := range r.ScopeMetrics().All() {
			for _, metric := range s.Metrics().All() {
				one := pmetric.NewMetrics()
				to := one.ResourceMetrics().AppendEmpty()
				r.Resource().CopyTo(to.Resource())
				scope := to.ScopeMetrics().AppendEmpty()
				s.Scope().CopyTo(scope.Scope())
				metric.CopyTo(scope.Metrics().AppendEmpty())
				text, err := (&pmetric.JSONMarshaler{}).MarshalMetrics(one)
				out = append(out, sorted(t, text, err))
			}
		}
	}
	return out
}
