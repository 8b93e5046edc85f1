package zpages

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/selfmon"
	"github.com/oriel-io/oriel/transport"
	"github.com/oriel-io/oriel/wire/otlp"
)

func TestPages(t *testing.T) {
	t.Parallel()
	health := selfmon.NewHealth()
	health.Part("receivers.otlp").Report(selfmon.Running, "")
	health.Part("processors.batch").Report(selfmon.Running, "")
	health.Part("connectors.count").Report(selfmon.Degraded, "<script>alert(1)</script>")
	health.SetReady()
	process := &component.Process{
		Version: "1.2", Started: time.Now(), Health: health, Tracer: selfmon.NewTracer(), Extensions: []string{"zpages/mine"},
		Pipelines: []component.PipelineInfo{{Name: "traces/a", Signal: otlp.Traces, Receivers: []string{"otlp"}, Processors: []string{"batch"}, Exporters: []string{"count"}}},
	}
	cfg := Factory.Default()
	cfg.Endpoint, cfg.Expvar.Enabled = "127.0.0.1:0", true
	servers := transport.NewServers(nil)
	made, err := newExtension(cfg, component.Settings{ID: component.ID{Type: "zpages"}, Servers: servers, Process: process})
	if err != nil {
		t.Fatal(err)
	}
	if err := made.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	url := "http://" + servers.States()[0].Address
	for _, name := range []string{"exporter/<b>otlp</b>/traces", "receiver/otlp/TraceDataReceived"} {
		_, span := process.Tracer.Start(context.Background(), "scope", name)
		span.Set("transport", "<i>grpc")
		span.SetInt("items.sent", 7)
		span.End(errors.New("<u>away"))
	}
	for path, want := range map[string][]string{
		"/debug/":           {"tracez"},
		"/debug/servicez":   {"ready", "1.2", "linux/"},
		"/debug/pipelinez":  {"traces/a", "receivers.otlp", "processors.batch", "connectors.count", "degraded", "&lt;script&gt;alert(1)"},
		"/debug/extensionz": {"zpages/mine"},
		"/debug/featurez":   {"none here"},
		"/debug/tracez":     {"receiver/otlp/TraceDataReceived", "exporter/&lt;b&gt;otlp&lt;/b&gt;/traces", "?zspanname=exporter%2f%3cb%3e"},
		"/debug/tracez?zspanname=receiver/otlp/TraceDataReceived": {"transport=&lt;i&gt;grpc", "items.sent=7", "&lt;u&gt;away"},
		"/debug/style.css": {"border-collapse"},
		"/debug/expvarz":   {"memstats"},
	} {
		answer, err := http.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != 200 {
			t.Errorf("%s: %d %v", path, answer.StatusCode, err)
		}
		for _, part := range want {
			if !strings.Contains(string(text), part) {
				t.Errorf("%s: %q is missing in\n%s", path, part, text)
			}
		}
		if strings.HasSuffix(path, "z") && path != "/debug/expvarz" && !strings.HasSuffix(strings.TrimSpace(string(text)), "</html>") {
			t.Errorf("%s: the page is torn:\n%s", path, text)
		}
	}
	if err := made.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	if process.Tracer.On() {
		t.Error("spans are made for nobody")
	}
}
