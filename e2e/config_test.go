//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// allInOne is what `oriel` runs without arguments, with the addresses and the data folder of a test.
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
  pipelines:
    traces: {receivers: [otlp, zipkin], processors: [upstreamcluster], exporters: [store]}
    logs: {receivers: [otlp], exporters: [store]}
`

// writeConfig fills allInOne in and returns the path of the file.
func writeConfig(t *testing.T, p ports, data string) string {
	t.Helper()
	text := strings.NewReplacer("GRPC", p.grpc, "HTTP", p.http, "ZIPKIN", p.zipkin, "UI", p.ui, "DATA", data).Replace(allInOne)
	path := filepath.Join(t.TempDir(), "oriel.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// startArgs are the arguments of an all-in-one on the ports and the data folder.
func startArgs(t *testing.T, p ports, data string) []string {
	t.Helper()
	return []string{"--config", writeConfig(t, p, data)}
}
