//go:build e2e

package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	coltrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc"
)

const proxiedConfig = `
receivers:
  otlp: {protocols: {grpc: {endpoint: GRPC}}}
exporters:
  otlp: {endpoint: "grpc.backend.invalid:4317", tls: {insecure: true}}
  otlphttp: {endpoint: "http://http.backend.invalid:4318"}
service:
  telemetry: {metrics: {level: none}}
  pipelines:
    traces: {receivers: [otlp], exporters: [otlp, otlphttp]}
`

// Exporters go through the proxies that the environment names: gRPC with CONNECT, HTTP as such.
func TestProxiesOfTheEnvironment(t *testing.T) {
	t.Parallel()
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	arrived, backend := &counting{times: map[string]int{}}, grpc.NewServer()
	coltrace.RegisterTraceServiceServer(backend, arrived)
	go backend.Serve(socket)
	defer backend.Stop()

	var mu sync.Mutex
	asked := map[string]bool{}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked[r.Method+" "+r.URL.String()] = true
		mu.Unlock()
		if r.Method == http.MethodConnect {
			tunnel(t, w, socket.Addr().String())
		}
	}))
	defer proxy.Close()

	in := freePort(t)
	path := filepath.Join(t.TempDir(), "proxied.yaml")
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(proxiedConfig, "GRPC", in)), 0o600); err != nil {
		t.Fatal(err)
	}
	c := runIn(t, "", []string{"HTTP_PROXY=" + proxy.URL, "HTTPS_PROXY=" + proxy.URL}, "collector", orielBin, "--config", path)
	c.awaitPort(in)
	ids, err := newSender(t, in).send(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, 10*time.Second, func() error {
		arrived.mu.Lock()
		defer arrived.mu.Unlock()
		mu.Lock()
		defer mu.Unlock()
		if arrived.times[ids[0]] == 0 || !asked["POST http://http.backend.invalid:4318/v1/traces"] {
			return fmt.Errorf("the proxy was asked for %v, the backend got %v", asked, arrived.times)
		}
		return nil
	})
}

// tunnel connects the client of a CONNECT request with an address.
func tunnel(t *testing.T, w http.ResponseWriter, address string) {
	to, err := net.Dial("tcp", address)
	if err != nil {
		t.Error(err)
		return
	}
	from, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		t.Error(err)
		return
	}
	io.WriteString(from, "HTTP/1.1 200 Connection established\r\n\r\n")
	go func() {
		defer to.Close()
		io.Copy(to, from)
	}()
	go func() {
		defer from.Close()
		io.Copy(from, to)
	}()
}
