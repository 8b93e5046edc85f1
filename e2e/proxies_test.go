//go:build e2e

package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

const traefikStatic = `
entryPoints: {web: {address: "TRAEFIK"}}
providers: {file: {filename: "DYNAMIC"}}
experimental: {otlpLogs: true}
accessLog: {otlp: {http: {endpoint: "http://COLLECTOR/v1/logs"}}}
metrics: {otlp: {pushInterval: 1s, http: {endpoint: "http://COLLECTOR/v1/metrics"}}}
tracing: {otlp: {http: {endpoint: "http://COLLECTOR/v1/traces"}}}
`

const traefikDynamic = `
http:
  routers: {all: {rule: "PathPrefix(` + "`/`" + `)", service: caddy, entryPoints: [web]}}
  services: {caddy: {loadBalancer: {servers: [{url: "http://CADDY"}]}}}
`

const caddyfile = `{
	admin off
	auto_https off
	persist_config off
}
http://CADDY {
	tracing {
		span caddy
	}
	respond "hello"
}
`

// Traefik before Caddy, both with their own OTLP exporters: each request is one trace with spans of
// both, with Traefik's access log, and Traefik's metrics arrive.
func TestProxies(t *testing.T) {
	t.Parallel()
	o := start(t)
	c := startForward(t, o)
	dir, traefik, caddy := t.TempDir(), freePort(t), freePort(t)
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		text = strings.NewReplacer("TRAEFIK", traefik, "CADDY", caddy, "COLLECTOR", c.http, "DYNAMIC", filepath.Join(dir, "dynamic.yaml")).Replace(text)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("dynamic.yaml", traefikDynamic)
	env := []string{
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://" + c.http, "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", "OTEL_SERVICE_NAME=caddy",
		"OTEL_BSP_SCHEDULE_DELAY=500", "XDG_DATA_HOME=" + dir, "XDG_CONFIG_HOME=" + dir,
	}
	behind := runIn(t, dir, env, "caddy", cached(t, "tools-python", "venv/bin/caddy"), "run", "--adapter", "caddyfile", "--config", write("Caddyfile", caddyfile))
	behind.awaitPort(caddy)
	front := runIn(t, dir, []string{"OTEL_BSP_SCHEDULE_DELAY=500"}, "traefik", cached(t, "tools-python", "venv/bin/traefik"), "--configFile", write("static.yaml", traefikStatic))
	front.awaitPort(traefik)

	const visits = 20
	eventually(t, 20*time.Second, func() error {
		answer, err := http.Get("http://" + traefik + "/warm")
		if err == nil {
			answer.Body.Close()
			if answer.StatusCode != http.StatusOK {
				err = fmt.Errorf("traefik answers %s", answer.Status)
			}
		}
		return err
	})
	for range visits {
		answer, err := http.Get("http://" + traefik + "/visit")
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
	}
	var list traceList
	eventually(t, 30*time.Second, func() (err error) {
		list, err = o.traces("service=caddy&limit=100")
		if err == nil && len(list.Traces) <= visits {
			err = fmt.Errorf("%d traces, want more than %d", len(list.Traces), visits)
		}
		return err
	})
	eventually(t, 20*time.Second, func() error {
		tr, err := o.trace(list.Traces[0].TraceID)
		if err != nil {
			return err
		}
		var services []string
		for _, s := range tr.Services {
			services = append(services, s.Name)
		}
		if !slices.Contains(services, "traefik") || !slices.Contains(services, "caddy") {
			return fmt.Errorf("services of a trace: %v", services)
		}
		return nil
	})
	eventually(t, 30*time.Second, func() error {
		var status statusAnswer
		if err := o.ask("/api/v1/status", &status); err != nil {
			return err
		}
		if status.Store.Logs < visits {
			return fmt.Errorf("%d access log records", status.Store.Logs)
		}
		lines, err := readMetrics(c.metrics)
		if err == nil && len(points(lines, "traefik", "traefik_entrypoint_requests_total")) == 0 {
			err = fmt.Errorf("no metrics of Traefik in %d lines", len(lines))
		}
		return err
	})
}

// telemetrygen, upstream's load maker, over both protocols and for all signals: everything that it says it sent is there.
func TestTelemetrygen(t *testing.T) {
	t.Parallel()
	program := cached(t, "tools-go", "bin/telemetrygen-*")
	const count = 500
	for _, protocol := range []string{"grpc", "http"} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			o := start(t)
			c := startForward(t, o)
			send := func(signal string, args ...string) {
				t.Helper()
				address := c.grpc
				args = append([]string{signal, "--otlp-insecure", "--rate", "0", "--workers", "2", "--service", "generated"}, args...)
				if protocol == "http" {
					address, args = c.http, append(args, "--otlp-http")
				}
				p := run(t, "telemetrygen", program, append(args, "--otlp-endpoint", address)...)
				select {
				case <-p.done:
				case <-time.After(60 * time.Second):
					t.Fatal("telemetrygen does not end")
				}
				if p.err != nil {
					t.Fatalf("telemetrygen: %v\n%s", p.err, p.log.tail(2000))
				}
			}
			send("traces", "--traces", strconv.Itoa(count))
			send("logs", "--logs", strconv.Itoa(count))
			send("metrics", "--metrics", strconv.Itoa(count), "--metric-type", "Sum")
			eventually(t, 30*time.Second, func() error {
				var status statusAnswer
				if err := o.ask("/api/v1/status", &status); err != nil {
					return err
				}
				lines, err := readMetrics(c.metrics)
				if err != nil {
					return err
				}
				// Two workers, and two spans a trace.
				if got := len(points(lines, "generated", "gen")); status.Store.Spans != 4*count || status.Store.Logs != 2*count || got != 2*count {
					return fmt.Errorf("%d spans, %d log records, %d points", status.Store.Spans, status.Store.Logs, got)
				}
				return nil
			})
		})
	}
}
