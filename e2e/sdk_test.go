//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"testing"
	"time"
)

const sdkTraces = 50

// OpenTelemetry's SDKs over all protocols, through a collector: every trace and its log record are
// found in the store, with all that was set, and the metrics add up.
func TestSDKs(t *testing.T) {
	t.Parallel()
	o := start(t)
	collector := startForward(t, o)
	python := func(t *testing.T) []string { return []string{pythonPath(t), "python/client.py"} }
	for _, c := range []struct {
		language, protocol string
		command            func(t *testing.T) []string
	}{
		{"python", "grpc", python},
		{"python", "http", python},
		{"node", "grpc", nodeClient},
		{"node", "http", nodeClient},
		{"node", "json", nodeClient},
	} {
		t.Run(c.language+"/"+c.protocol, func(t *testing.T) {
			t.Parallel()
			address := collector.grpc
			if c.protocol != "grpc" {
				address = collector.http
			}
			command := append(c.command(t), c.protocol, address, strconv.Itoa(sdkTraces))
			ids := runClient(t, command)
			checkSDK(t, o, c.language+"-"+c.protocol, ids)
			collector.checkMetrics(c.language+"-"+c.protocol, sdkTraces)
		})
	}
	for _, protocol := range []string{"grpc", "http"} {
		t.Run("go/"+protocol, func(t *testing.T) {
			t.Parallel()
			ids := sendFromGo(t, protocol, collector)
			checkSDK(t, o, "go-"+protocol, ids)
			collector.checkMetrics("go-"+protocol, sdkTraces)
		})
		t.Run("java/"+protocol, func(t *testing.T) {
			t.Parallel()
			ids := runJavaAgent(t, protocol, collector)
			checkJavaAgent(t, o, collector, "java-"+protocol, ids)
		})
	}
}

func nodeClient(t *testing.T) []string {
	if out, err := exec.Command(onPath(t, "node"), "--check", "node/client.js").CombinedOutput(); err != nil {
		t.Fatalf("node: %v\n%s", err, out)
	}
	if _, err := exec.Command("test", "-e", "node/node_modules/@opentelemetry/sdk-node").Output(); err != nil {
		missing(t, "no Node SDK in e2e/node/node_modules: run `make tools-node`")
	}
	return []string{onPath(t, "node"), "node/client.js"}
}

// runClient runs a program that prints the ids of its traces.
func runClient(t *testing.T, command []string) (ids []string) {
	t.Helper()
	return runClientEnv(t, nil, command)
}

func runClientEnv(t *testing.T, env, command []string) (ids []string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.Output()
	if err != nil {
		var text []byte
		if exit, ok := err.(*exec.ExitError); ok {
			text = exit.Stderr
		}
		t.Fatalf("%v: %v\n%s", command, err, text)
	}
	if err := json.Unmarshal(out, &ids); err != nil || len(ids) != sdkTraces {
		t.Fatalf("%v printed %q: %v", command, out, err)
	}
	return ids
}

func checkSDK(t *testing.T, o *oriel, service string, ids []string) {
	t.Helper()
	var list traceList
	eventually(t, 20*time.Second, func() (err error) {
		if list, err = o.traces("service=" + service + "&limit=200"); err == nil && len(list.Traces) != sdkTraces {
			err = fmt.Errorf("%s: %d traces, want %d", service, len(list.Traces), sdkTraces)
		}
		return err
	})
	for _, tr := range list.Traces {
		if !slices.Contains(ids, tr.TraceID) || tr.Spans != 2 || tr.Status != "fault" {
			t.Errorf("trace %+v is not one of those that %s sent, with 2 spans and a fault", tr, service)
		}
	}
	id := ids[7]
	tr, err := o.trace(id)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(tr.Names, []string{"GET /basket", "SELECT baskets"}) || !slices.Equal(tr.Columns.Kind, []int{kindServer, kindClient}) || !slices.Equal(tr.Columns.Parent, []int{-1, 0}) {
		t.Errorf("%s: names %v, kinds %v, parents %v", id, tr.Names, tr.Columns.Kind, tr.Columns.Parent)
	}
	if tr.Services[0].Name != service || tr.Services[0].Version != "1.2.3" {
		t.Errorf("%s: services %v", id, tr.Services)
	}
	checkSDKDetails(t, o, id)

	var logs logList
	eventually(t, 10*time.Second, func() error {
		if err := o.ask("/api/v1/traces/"+id+"/logs", &logs); err != nil {
			return err
		}
		if len(logs.Logs) != 1 {
			return fmt.Errorf("%s: %d log records, want 1", id, len(logs.Logs))
		}
		return nil
	})
	if l := logs.Logs[0]; l.Body != "basket 7 is slow" || l.Severity != "warn" || l.Service != service || l.SpanID != tr.Columns.SpanID[0] {
		t.Errorf("log record %+v", l)
	}
}

// checkSDKDetails looks at attributes of all types, the event and the exception.
func checkSDKDetails(t *testing.T, o *oriel, id string) {
	t.Helper()
	var details struct {
		Spans []struct {
			StatusMessage, Scope string
			Attributes           []struct{ Key, Value, Type string }
			Events               []struct{ Name string }
		}
	}
	if err := o.ask("/api/v1/traces/"+id+"/spans?index=0,1", &details); err != nil {
		t.Fatal(err)
	}
	if len(details.Spans) != 2 {
		t.Fatalf("%d spans, want 2", len(details.Spans))
	}
	have := map[string]string{}
	for _, a := range details.Spans[0].Attributes {
		have[a.Key] = a.Type + " " + a.Value
	}
	for key, want := range map[string]string{
		"basket.items": "int 7", "basket.price": "double 12.5", "basket.gift": "bool true", "basket.tags": `json ["a","ü","b"]`,
		"http.route": "string /basket",
	} {
		if have[key] != want {
			t.Errorf("%s is %q, want %q", key, have[key], want)
		}
	}
	if e := details.Spans[0].Events; len(e) != 1 || e[0].Name != "looked up" {
		t.Errorf("events of the server span: %v", e)
	}
	if e := details.Spans[1].Events; len(e) != 1 || e[0].Name != "exception" {
		t.Errorf("events of the client span: %v", e)
	}
	if m := details.Spans[1].StatusMessage; m != "no answer" {
		t.Errorf("status message %q", m)
	}
	if s := details.Spans[0].Scope; s != "e2e" && s != "e2e 0.1" {
		t.Errorf("scope %q", s)
	}
}
