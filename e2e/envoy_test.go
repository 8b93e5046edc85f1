//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

const (
	visits       = 200
	testerVisits = 10
)

// Envoy's Zipkin tracer as Istio sets it: every span gets the right service,
// kind and parent, and the map the right edges.
func TestEnvoyZipkin(t *testing.T) {
	t.Parallel()
	o := start(t)
	m := startMesh(t, meshOptions{tracer: "zipkin", collector: o.zipkin})
	m.visit(visits, "somebody")
	m.visit(testerVisits, "tester")
	checkBookinfo(t, o)
	checkZipkinSpans(t, o)
	if dropped := m.proxies["productpage-v1"].stat(t, "tracing.zipkin.reports_(dropped|failed)"); dropped != 0 {
		t.Errorf("envoy counts %d reports as dropped or failed", dropped)
	}
}

// Old Istio said CLIENT for every span. The cluster's name says which way the request went.
func TestEnvoyZipkinAllClient(t *testing.T) {
	t.Parallel()
	o := start(t)
	m := startMesh(t, meshOptions{tracer: "zipkin", collector: rewriting(t, o.zipkin, `"kind":"SERVER"`, `"kind":"CLIENT"`), old: true})
	m.visit(visits, "somebody")
	m.visit(testerVisits, "tester")
	checkBookinfo(t, o)
	checkZipkinSpans(t, o)
}

// With shared_span_context, both halves of a call have one span id.
func TestEnvoyZipkinShared(t *testing.T) {
	t.Parallel()
	o := start(t)
	m := startMesh(t, meshOptions{tracer: "zipkin", collector: o.zipkin, shared: true})
	m.visit(visits, "somebody")
	m.visit(testerVisits, "tester")
	checkBookinfo(t, o)
}

// Envoy's OTLP tracer over chunked HTTP takes only 200 for success.
func TestEnvoyOTLP(t *testing.T) {
	t.Parallel()
	o := start(t)
	m := startMesh(t, meshOptions{tracer: "otlp", collector: o.http})
	m.visit(visits, "somebody")
	m.visit(testerVisits, "tester")
	checkBookinfo(t, o)
	page := m.proxies["productpage-v1"]
	if sent := page.stat(t, "cluster.collector.upstream_rq_200"); sent == 0 {
		t.Error("envoy counts no export answered with 200")
	}
	if failed := page.stat(t, "cluster.collector.upstream_rq_(202|4xx|5xx|timeout)") + page.stat(t, "tracing.opentelemetry.spans_dropped"); failed != 0 {
		t.Errorf("envoy counts %d exports as failed or spans as dropped", failed)
	}
}

// checkBookinfo waits for all requests and looks at the map and one trace.
func checkBookinfo(t *testing.T, o *oriel) {
	t.Helper()
	const all = visits + testerVisits
	want := map[string]int{
		"istio-ingressgateway -> productpage": all,
		"productpage -> details":              all,
		"productpage -> reviews":              all,
		"reviews -> ratings":                  visits,
	}
	var m mapAnswer
	eventually(t, 30*time.Second, func() (err error) {
		if m, err = o.serviceMap(); err != nil {
			return err
		}
		have := m.edges()
		for edge, n := range want {
			if have[edge] != n {
				return fmt.Errorf("edge %s: want %d requests, have %v", edge, n, have)
			}
		}
		return nil
	})
	for name, n := range map[string]int{"productpage": all, "details": all, "reviews": all, "ratings": visits} {
		node := m.service(name)
		switch {
		case node == nil:
			t.Errorf("no service %s on the map, but %v", name, m.Nodes)
		case node.Stats.Requests != n:
			t.Errorf("%s served %d requests, want %d", name, node.Stats.Requests, n)
		}
	}
	if reviews := m.service("reviews"); reviews != nil {
		// v3 served a tenth, and failed each fourth of those.
		if f := reviews.Stats.Fault; f < 3 || f > 7 {
			t.Errorf("reviews has %d faults, want about 5", f)
		}
	}
	for edge := range m.edges() {
		if _, ok := want[edge]; !ok && !strings.HasPrefix(edge, "client") && !strings.Contains(edge, "Client") {
			t.Errorf("unexpected edge %s in %+v", edge, m)
		}
	}
	checkFaultyTrace(t, o)
}

// checkFaultyTrace opens a trace in which reviews failed, and finds it whole.
func checkFaultyTrace(t *testing.T, o *oriel) {
	t.Helper()
	list, err := o.traces("service=reviews&status=fault&limit=1")
	if err != nil {
		t.Fatal(err)
	}
	if len(list.Traces) != 1 {
		t.Fatalf("no trace with a fault in reviews: %+v", list)
	}
	tr, err := o.trace(list.Traces[0].TraceID)
	if err != nil {
		t.Fatal(err)
	}
	roots := 0
	for _, parent := range tr.Columns.Parent {
		if parent < 0 {
			roots++
		}
	}
	if roots != 1 || tr.Missing != 0 {
		t.Errorf("trace %s has %d roots and %d missing parents, want 1 and 0", tr.TraceID, roots, tr.Missing)
	}
	for i, parent := range tr.Columns.Parent {
		kind, service := tr.Columns.Kind[i], tr.Services[tr.Columns.Service[i]].Name
		switch {
		case kind != kindServer && kind != kindClient:
			t.Errorf("span %d of %s has kind %d", i, service, kind)
		case kind == kindServer && parent >= 0 && tr.Columns.Kind[parent] != kindClient:
			t.Errorf("the server span of %s hangs below kind %d, want the caller's client span", service, tr.Columns.Kind[parent])
		case kind == kindClient && parent >= 0 && tr.Services[tr.Columns.Service[parent]].Name != service:
			t.Errorf("a client span of %s hangs below a span of %s", service, tr.Services[tr.Columns.Service[parent]].Name)
		}
	}
	if len(tr.Columns.Critical) == 0 {
		t.Error("no critical path")
	}
}

// checkZipkinSpans holds each span's kind against its cluster, and counts the
// versions of reviews, through the Zipkin API.
func checkZipkinSpans(t *testing.T, o *oriel) {
	t.Helper()
	traces, err := o.zipkinTraces(url.Values{"serviceName": {"productpage"}, "limit": {"1000"}, "lookback": {"3600000"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(traces) != visits+testerVisits {
		t.Errorf("the Zipkin API has %d traces of productpage, want %d", len(traces), visits+testerVisits)
	}
	versions := map[string]int{}
	for _, trace := range traces {
		ids := map[string]bool{}
		for _, s := range trace {
			ids[s.ID] = true
		}
		for _, s := range trace {
			cluster, want := s.Tags["upstream_cluster"], "CLIENT"
			if strings.HasPrefix(cluster, "inbound|") {
				want = "SERVER"
			}
			if s.Kind != want || !strings.Contains(cluster, "|9080|") {
				t.Errorf("span %s of %s has kind %s for cluster %q, want %s", s.ID, s.LocalEndpoint.ServiceName, s.Kind, cluster, want)
			}
			if s.ParentID != "" && !ids[s.ParentID] {
				t.Errorf("span %s of %s has the unknown parent %s", s.ID, s.LocalEndpoint.ServiceName, s.ParentID)
			}
			if s.LocalEndpoint.ServiceName == "reviews" && s.Kind == "SERVER" {
				versions[s.Tags["istio.canonical_revision"]]++
			}
		}
	}
	if v := versions; v["v1"] != testerVisits || v["v2"]+v["v3"] != visits || v["v3"] < visits*8/100 || v["v3"] > visits*12/100 {
		t.Errorf("reviews was served by %v, want v1 %d times and v2, v3 as 90 to 10 of %d", v, testerVisits, visits)
	}
}

// rewriting is a server that replaces text in each body and hands it on. It returns its address.
func rewriting(t *testing.T, to, text, by string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		answer, err := http.Post("http://"+to+r.URL.Path, r.Header.Get("Content-Type"), bytes.NewReader(bytes.ReplaceAll(body, []byte(text), []byte(by))))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer answer.Body.Close()
		w.WriteHeader(answer.StatusCode)
		io.Copy(w, answer.Body)
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}
