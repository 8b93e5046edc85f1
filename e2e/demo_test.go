//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// demoEdges are some calls that the map of the demo must show.
var demoEdges = []string{
	"gateway -> auth", "gateway -> productpage", "productpage -> reviews", "productpage -> details",
	"reviews -> ratings", "details -> catalog-db", "ratings -> ratings-db", "payments -> api.cardpay.example",
}

// `oriel` and `oriel demo`: within a minute the map shows that reviews v3 fails,
// the slowest traces are listed, and one opens with its logs.
func TestDemo(t *testing.T) {
	t.Parallel()
	o := start(t)
	demo := run(t, "oriel demo", orielBin, "demo", "--endpoint", o.grpc)
	began := time.Now()
	eventually(t, time.Minute, func() error { return checkRedNode(o) })
	t.Logf("red after %s", time.Since(began).Round(time.Second))

	var slowest traceList
	eventually(t, 10*time.Second, func() (err error) {
		slowest, err = o.traces("service=reviews&version=v3&sort=slowest&limit=5")
		if err == nil && (len(slowest.Traces) == 0 || slowest.Traces[0].DurationNs < int64(time.Second)) {
			err = fmt.Errorf("no slow traces of reviews v3: %+v", slowest)
		}
		return err
	})
	faulty, err := o.traces("service=reviews&version=v3&status=fault&limit=1")
	if err != nil || len(faulty.Traces) != 1 {
		t.Fatalf("no faulty trace of reviews v3: %+v, %v", faulty, err)
	}
	var tr traceAnswer
	eventually(t, 10*time.Second, func() (err error) { // each service sends once a second
		tr, err = o.trace(faulty.Traces[0].TraceID)
		if err == nil && (len(tr.Columns.Critical) == 0 || tr.Missing != 0) {
			err = fmt.Errorf("trace %s: critical path %v, %d missing parents", tr.TraceID, tr.Columns.Critical, tr.Missing)
		}
		return err
	})
	var logs logList
	eventually(t, 10*time.Second, func() error {
		if err := o.ask("/api/v1/traces/"+tr.TraceID+"/logs", &logs); err != nil {
			return err
		}
		for _, l := range logs.Logs {
			if l.Service == "reviews" && l.Version == "v3" && l.Severity == "error" {
				return nil
			}
		}
		return fmt.Errorf("no error of reviews v3 among the logs of %s: %+v", tr.TraceID, logs)
	})
	if code := demo.terminate(15 * time.Second); code != 0 {
		t.Errorf("exit code %d of the demo", code)
	}
}

func checkRedNode(o *oriel) error {
	m, err := o.serviceMap()
	if err != nil {
		return err
	}
	edges := m.edges()
	for _, e := range demoEdges {
		if edges[e] == 0 {
			return fmt.Errorf("no edge %s in %v", e, edges)
		}
	}
	kinds := map[string]string{}
	for _, n := range m.Nodes {
		kinds[n.Name] = n.Kind
	}
	for name, kind := range map[string]string{"ratings-db": "database", "order-events": "queue", "api.cardpay.example": "external"} {
		if kinds[name] != kind {
			return fmt.Errorf("%s is %q, want %q", name, kinds[name], kind)
		}
	}
	for _, v := range m.service("reviews").Versions {
		if v.Version == "v3" && v.Stats.Fault > 0 {
			return nil
		}
	}
	return fmt.Errorf("no fault in reviews v3: %+v", m.service("reviews").Versions)
}

// The walk through the UI, in Chromium. It sends the traces that it walks along itself.
func TestUI(t *testing.T) {
	web, err := filepath.Abs("../web")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(web, "node_modules")); err != nil {
		missing(t, "no node_modules in web: run `make web`")
	}
	chromium := os.Getenv("CHROMIUM")
	if chromium == "" {
		chromium = onPath(t, "chromium")
	}
	o := start(t)
	walk := exec.CommandContext(t.Context(), onPath(t, "npm"), "run", "e2e")
	walk.Dir = web
	walk.Env = append(os.Environ(), "ORIEL_URL=http://"+o.ui, "CHROMIUM="+chromium)
	if out, err := walk.CombinedOutput(); err != nil {
		t.Errorf("npm run e2e: %v\n%s", err, out)
	} else {
		t.Logf("%s", out)
	}
}
