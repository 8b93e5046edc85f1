//go:build e2e

package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// The same spans of the same Envoys into Oriel and into zipkin-server: every
// trace that one has, the other has, span for span; and where zipkin-server
// is misled by spans that all say CLIENT, Oriel is not.
func TestZipkinServer(t *testing.T) {
	t.Parallel()
	jar := zipkinServerPath(t)
	zipkin := freePort(t)
	_, port, err := net.SplitHostPort(zipkin)
	if err != nil {
		t.Fatal(err)
	}
	run(t, "zipkin-server", onPath(t, "java"), "-Xmx300m", "-Darmeria.ports[0].ip=127.0.0.1", "-Darmeria.ports[0].port="+port,
		"-Darmeria.ports[0].protocols[0]=http", "-Dzipkin.self-tracing.enabled=false", "-jar", jar)
	o := start(t)
	eventually(t, 90*time.Second, func() error {
		var health struct{ Status string }
		return getJSON("http://"+zipkin+"/health", &health)
	})

	m := startMesh(t, meshOptions{tracer: "zipkin", collector: both(t, o.zipkin, zipkin)})
	m.visit(visits, "somebody")
	m.visit(testerVisits, "tester")
	checkBookinfo(t, o)
	compareTraces(t, o, zipkin)
	compareLinks(t, o, zipkin)
}

// both is a server that hands each request to two others and answers what the first answered.
func both(t *testing.T, first, second string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		for _, to := range []string{second, first} {
			answer, err := http.Post("http://"+to+r.URL.Path, r.Header.Get("Content-Type"), strings.NewReader(string(body)))
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadGateway)
				return
			}
			answer.Body.Close()
			if to == first || answer.StatusCode >= 300 {
				w.WriteHeader(answer.StatusCode)
				return
			}
		}
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

// compareTraces holds the spans of both against each other: name, service, parent, times and kind.
func compareTraces(t *testing.T, o *oriel, zipkin string) {
	t.Helper()
	query := url.Values{"serviceName": {"productpage.default"}, "limit": {"1000"}, "lookback": {"3600000"}}
	var theirs [][]zipkinSpan
	if err := getJSON("http://"+zipkin+"/api/v2/traces?"+query.Encode(), &theirs); err != nil {
		t.Fatal(err)
	}
	query.Set("serviceName", "productpage")
	ours, err := o.zipkinTraces(query)
	if err != nil {
		t.Fatal(err)
	}
	if len(ours) != len(theirs) {
		t.Errorf("%d traces, zipkin-server has %d", len(ours), len(theirs))
	}
	line := func(s zipkinSpan) string {
		return fmt.Sprintf("%s %s %s parent=%s at %d for %d, cluster %s", shortName(s.LocalEndpoint.ServiceName), strings.ToLower(s.Name), s.Kind, s.ParentID, s.Timestamp, s.Duration, s.Tags["upstream_cluster"])
	}
	have := map[string]string{}
	for _, trace := range ours {
		for _, s := range trace {
			have[s.TraceID+" "+s.ID] = line(s)
		}
	}
	different := 0
	for _, trace := range theirs {
		for _, s := range trace {
			if got, want := have[s.TraceID+" "+s.ID], line(s); got != want {
				if different++; different <= 5 {
					t.Errorf("span %s:\n  have %s\n  want %s", s.ID, got, want)
				}
			}
		}
	}
	if different > 5 {
		t.Errorf("%d spans differ", different)
	}
}

// compareLinks holds the dependencies of both, by Zipkin's API, against each other.
func compareLinks(t *testing.T, o *oriel, zipkin string) {
	t.Helper()
	path := fmt.Sprintf("/api/v2/dependencies?endTs=%d&lookback=3600000", time.Now().UnixMilli())
	links := func(address string) map[string]int {
		var list []struct {
			Parent, Child string
			CallCount     int
		}
		if err := getJSON("http://"+address+path, &list); err != nil {
			t.Fatal(err)
		}
		out := map[string]int{}
		for _, l := range list {
			out[shortName(l.Parent)+" -> "+shortName(l.Child)] = l.CallCount
		}
		return out
	}
	ours, theirs := links(o.zipkin), links(zipkin)
	for link, n := range theirs {
		if ours[link] != n {
			t.Errorf("%s: %d calls, zipkin-server has %d", link, ours[link], n)
		}
	}
	for link, n := range ours {
		if theirs[link] == 0 {
			t.Errorf("%s: %d calls, zipkin-server has none", link, n)
		}
	}
}

// shortName is a service without its namespace, which Zipkin has in one with
// the name ("productpage.default") and Oriel has apart.
func shortName(service string) string { return strings.TrimSuffix(service, ".default") }
