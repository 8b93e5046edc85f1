//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// allInOne is what `oriel` runs without arguments, with the addresses of a test.
const allInOne = `
receivers:
  otlp:
    protocols:
      grpc: {endpoint: GRPC}
      http: {endpoint: HTTP}
  zipkin: {endpoint: ZIPKIN}
processors:
  upstreamcluster:
exporters:
  store:
service:
  telemetry: {metrics: {level: none}}
  pipelines:
    traces: {receivers: [otlp, zipkin], processors: [upstreamcluster], exporters: [store]}
    logs: {receivers: [otlp], exporters: [store]}
`

// startArgs are the arguments of an all-in-one on the addresses and the data folder.
func startArgs(t *testing.T, p ports, data string) []string {
	t.Helper()
	text := strings.NewReplacer("GRPC", p.grpc, "HTTP", p.http, "ZIPKIN", p.zipkin).Replace(allInOne)
	path := filepath.Join(t.TempDir(), "oriel.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"--config", path, "--data", data, "--ui", p.ui}
}
