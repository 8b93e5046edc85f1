//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// gatewayConfig forwards what it is sent.
const gatewayConfig = `
receivers:
  otlp: {protocols: {grpc: {endpoint: GRPC}, http: {endpoint: HTTP}}}
processors:
  batch: {send_batch_size: 500, timeout: 100ms}
exporters:
  otlp:
    endpoint: BACKEND
    compression: gzip
    tls: {insecure: true}
    retry_on_failure: {initial_interval: 200ms, max_interval: 1s}
service:
  telemetry: {metrics: {level: none}}
  pipelines:
    traces: {receivers: [otlp], processors: [batch], exporters: [otlp]}
`

// A gateway takes spans while its backend is away, and delivers all of them when it comes, and once more after it went.
func TestGateway(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	backend := ports{freePort(t), freePort(t), freePort(t), freePort(t)}
	grpc := freePort(t)
	path := filepath.Join(t.TempDir(), "gateway.yaml")
	text := strings.NewReplacer("GRPC", grpc, "HTTP", freePort(t), "BACKEND", backend.grpc).Replace(gatewayConfig)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	gateway := run(t, "gateway", orielBin, "--config", path)
	s := newSender(t, grpc)

	var sent []string
	sendSome := func() {
		t.Helper()
		for range 30 {
			eventually(t, 20*time.Second, func() error {
				ids, err := s.send(t.Context(), 10)
				if err == nil {
					sent = append(sent, ids...)
				}
				return err
			})
		}
	}
	sendSome()
	for range 2 {
		o := &oriel{process: run(t, "backend", orielBin, startArgs(t, backend, data)...), ports: backend, data: data}
		o.awaitReady()
		eventually(t, 30*time.Second, func() error {
			_, err := o.trace(sent[len(sent)-1])
			return err
		})
		eventually(t, 30*time.Second, func() error { return o.keeps(len(sent)) })
		checkKept(t, o, sent)
		if code := o.terminate(20 * time.Second); code != 0 {
			t.Errorf("exit code %d of the backend", code)
		}
		sendSome()
	}
	o := &oriel{process: run(t, "backend", orielBin, startArgs(t, backend, data)...), ports: backend, data: data}
	o.awaitReady()
	if code := gateway.terminate(20 * time.Second); code != 0 {
		t.Errorf("exit code %d of the gateway", code)
	}
	checkKept(t, o, sent) // SIGTERM has drained the gateway's queue
}
