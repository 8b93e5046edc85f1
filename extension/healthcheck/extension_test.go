package healthcheck

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/selfmon"
	"github.com/oriel-io/oriel/transport"
)

// open starts an extension on a free port.
func open(t *testing.T, health *selfmon.Health, edit func(*Config)) (url string) {
	t.Helper()
	cfg := Factory.Default()
	cfg.Endpoint = "127.0.0.1:0"
	if edit != nil {
		edit(&cfg)
	}
	servers := transport.NewServers(nil)
	made, err := newExtension(cfg, component.Settings{ID: component.ID{Type: "health_check"}, Servers: servers, Process: &component.Process{Health: health}})
	if err != nil {
		t.Fatal(err)
	}
	if err := made.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := made.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return "http://" + servers.States()[0].Address
}

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	health := selfmon.NewHealth()
	url := open(t, health, nil)
	// Upstream's words, before it is ready.
	if status, body := get(t, url); status != 503 || body != `{"status":"Server not available","upSince":"0001-01-01T00:00:00Z","uptime":""}` {
		t.Errorf("before: %d %s", status, body)
	}
	exporter := health.Part("exporters.otlp")
	health.SetReady()
	exporter.Report(selfmon.Degraded, "the server is away")
	status, text := get(t, url+"/any/path")
	var answer struct{ Status, UpSince, Uptime string }
	if err := json.Unmarshal([]byte(text), &answer); err != nil || status != 200 || answer.Status != "Server available" {
		t.Errorf("ready: %d %s %v", status, text, err)
	}
	if since, err := time.Parse(time.RFC3339Nano, answer.UpSince); err != nil || time.Since(since) > time.Minute {
		t.Errorf("upSince: %s", answer.UpSince)
	}
	if d, err := time.ParseDuration(answer.Uptime); err != nil || d <= 0 {
		t.Errorf("uptime: %s", answer.Uptime)
	}
	for path, want := range map[string]string{
		"/livez": "ok", "/readyz": "ready",
		"/readyz?verbose": `"components":[{"name":"exporters.otlp","status":"degraded","reason":"the server is away","since":`,
	} {
		if status, body := get(t, url+path); status != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: %d %s, want %s", path, status, body, want)
		}
	}
	exporter.Report(selfmon.Failed, "gone")
	for path, want := range map[string]string{"/": "Server not available", "/readyz": "not ready: exporters.otlp has failed: gone"} {
		if status, body := get(t, url+path); status != 503 || !strings.Contains(body, want) {
			t.Errorf("failed, %s: %d %s, want %s", path, status, body, want)
		}
	}
	exporter.Report(selfmon.Running, "")
	health.SetNotReady("shutting down")
	if status, body := get(t, url+"/readyz"); status != 503 || body != "not ready: shutting down\n" {
		t.Errorf("shutting down: %d %s", status, body)
	}
	if status, _ := get(t, url+"/livez"); status != 200 {
		t.Errorf("/livez while shutting down: %d, want 200: it drains", status)
	}
}

func TestOwnTextAndPath(t *testing.T) {
	t.Parallel()
	health := selfmon.NewHealth()
	url := open(t, health, func(c *Config) { c.Path, c.ResponseBody = "/health/status", &ResponseBody{"I'm good", "I'm bad!"} })
	if status, body := get(t, url+"/health/status"); status != 503 || body != "I'm bad!" {
		t.Errorf("%d %s", status, body)
	}
	health.SetReady()
	if status, body := get(t, url+"/health/status"); status != 200 || body != "I'm good" {
		t.Errorf("%d %s", status, body)
	}
	if status, _ := get(t, url+"/"); status != 404 {
		t.Errorf("another path: %d, want 404", status)
	}
	url = open(t, health, func(c *Config) { c.Path = "/readyz" })
	if status, body := get(t, url+"/readyz"); status != 200 || !strings.Contains(body, "Server available") {
		t.Errorf("the path of the configuration: %d %s", status, body)
	}
}
