//go:build e2e

package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// collector is the binary at work with a configuration.
type collector struct {
	*process
	grpc, http string
	metrics    string // file of JSON lines that its metrics go to
}

// forwardConfig sends traces and logs on to a backend, and writes metrics into a file.
const forwardConfig = `
receivers:
  otlp: {protocols: {grpc: {endpoint: GRPC}, http: {endpoint: HTTP}}}
exporters:
  otlp: {endpoint: BACKEND, tls: {insecure: true}}
  file: {path: FILE, flush_interval: 100ms}
service:
  telemetry: {metrics: {level: none}}
  pipelines:
    traces: {receivers: [otlp], exporters: [otlp]}
    logs: {receivers: [otlp], exporters: [otlp]}
    metrics: {receivers: [otlp], exporters: [file]}
`

// startForward runs a collector before an all-in-one.
func startForward(t *testing.T, backend *oriel) *collector {
	t.Helper()
	c := &collector{grpc: freePort(t), http: freePort(t), metrics: filepath.Join(t.TempDir(), "metrics.json")}
	text := strings.NewReplacer("GRPC", c.grpc, "HTTP", c.http, "BACKEND", backend.grpc, "FILE", c.metrics).Replace(forwardConfig)
	c.process = runConfig(t, "collector", text)
	for _, address := range []string{c.grpc, c.http} {
		c.awaitPort(address)
	}
	return c
}

// runConfig runs the binary with a configuration.
func runConfig(t *testing.T, name, text string, args ...string) *process {
	t.Helper()
	path := filepath.Join(t.TempDir(), name+".yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return run(t, name, orielBin, append([]string{"--config", path}, args...)...)
}

// awaitPort waits until the process listens.
func (p *process) awaitPort(address string) {
	p.t.Helper()
	eventually(p.t, 20*time.Second, func() error {
		if !p.running() {
			p.t.Fatalf("%s ended with %v:\n%s", p.name, p.err, p.log.tail(4000))
		}
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return err
		}
		return conn.Close()
	})
}

// metricLine is one line of the file exporter, as far as the tests look at it.
type metricLine struct {
	ResourceMetrics []struct {
		Resource     struct{ Attributes []jsonAttribute }
		ScopeMetrics []struct {
			Metrics []struct {
				Name      string
				Sum       struct{ DataPoints []jsonPoint }
				Histogram struct{ DataPoints []jsonPoint }
				Gauge     struct{ DataPoints []jsonPoint }
			}
		}
	}
}

type jsonAttribute struct {
	Key   string
	Value struct{ StringValue string }
}

type jsonPoint struct {
	AsInt    string
	AsDouble float64
	Count    string
	Sum      float64
}

// readMetrics reads what a file exporter has written.
func readMetrics(path string) (lines []metricLine, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, 16<<20)
	for scanner.Scan() {
		var line metricLine
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
			return nil, fmt.Errorf("%s: %q: %w", path, scanner.Text(), err)
		}
		lines = append(lines, line)
	}
	return lines, scanner.Err()
}

// points are all data points of a service's metric.
func points(lines []metricLine, service, metric string) (out []jsonPoint) {
	for _, line := range lines {
		for _, r := range line.ResourceMetrics {
			if !hasService(r.Resource.Attributes, service) {
				continue
			}
			for _, s := range r.ScopeMetrics {
				for _, m := range s.Metrics {
					if m.Name == metric {
						out = append(out, m.Sum.DataPoints...)
						out = append(out, m.Histogram.DataPoints...)
						out = append(out, m.Gauge.DataPoints...)
					}
				}
			}
		}
	}
	return out
}

func hasService(attributes []jsonAttribute, service string) bool {
	for _, a := range attributes {
		if a.Key == "service.name" && a.Value.StringValue == service {
			return true
		}
	}
	return false
}

// checkMetrics waits until the service's last counter and histogram say that it has seen so many baskets.
func (c *collector) checkMetrics(service string, count int) {
	c.t.Helper()
	eventually(c.t, 20*time.Second, func() error {
		lines, err := readMetrics(c.metrics)
		if err != nil {
			return err
		}
		seen, price := points(lines, service, "baskets.seen"), points(lines, service, "basket.price")
		if len(seen) == 0 || len(price) == 0 {
			return fmt.Errorf("%s: %d points of the counter, %d of the histogram", service, len(seen), len(price))
		}
		last, lastPrice := seen[len(seen)-1], price[len(price)-1]
		total := last.AsDouble // Node counts in doubles
		if last.AsInt != "" {
			if total, err = strconv.ParseFloat(last.AsInt, 64); err != nil {
				return err
			}
		}
		if total != float64(count) || lastPrice.Count != strconv.Itoa(count) || lastPrice.Sum != 12.5*float64(count) {
			return fmt.Errorf("%s: counter %+v, histogram %+v, want %d", service, last, lastPrice, count)
		}
		return nil
	})
}

// scrape reads a Prometheus page.
func scrape(t *testing.T, address string) (string, error) {
	t.Helper()
	answer, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	var b strings.Builder
	_, err = bufio.NewReader(answer.Body).WriteTo(&b)
	return b.String(), err
}
