package config

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// configServer answers with configurations, good and bad.
func configServer(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/good", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("receivers: {sample: {endpoint: a:1}}\n"))
	})
	mux.HandleFunc("/name", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("gateway\n")) })
	mux.HandleFunc("/bad", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("{endpont: a:1}")) })
	mux.HandleFunc("/long", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(bytes.Repeat([]byte("# long\n"), maxBytes))
	})
	mux.HandleFunc("/never", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

func TestFetch(t *testing.T) {
	t.Parallel()
	base := configServer(t)
	got, err := ours([]string{base + "/good", "yaml:receivers: {sample: {names: [\"${" + base + "/name}\"]}}"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want, err := upstream([]string{base + "/good"})
	if err != nil {
		t.Fatal(err)
	}
	want["receivers"].(map[string]any)["sample"].(map[string]any)["names"] = []any{"gateway"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestFetchProblems has the errors of a server; what an URL may hide is in none.
func TestFetchProblems(t *testing.T) {
	t.Parallel()
	base := configServer(t)
	hidden := strings.Replace(base, "http://", "http://me:swordfish@", 1)
	for path, want := range map[string]string{
		"/none?key=swordfish": "/none: the server answered 404 Not Found",
		"/long?key=swordfish": "/long: is longer than the 4194304 bytes that a configuration may have",
	} {
		if _, err := fetch(hidden+path, time.Minute); err == nil || err.Error() != base+want {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
	if _, err := fetch(hidden+"/never", 20*time.Millisecond); err == nil || err.Error() != base+"/never: no answer within 20ms" {
		t.Errorf("a silent server: %v", err)
	}
	gone := httptest.NewServer(nil)
	gone.Close()
	if _, err := fetch(gone.URL+"/?key=swordfish", time.Minute); err == nil || strings.Contains(err.Error(), "swordfish") {
		t.Errorf("a closed port: %v", err)
	}
	text := "receivers: {sample: {limits: \"${" + base + "/bad?key=swordfish}\", endpoint: \"${" + base + "/none?key=swordfish}\"}}"
	doc, problems := Load(OSLookup(), Source{Name: "c.yaml", Text: []byte(text)})
	if doc == nil {
		t.Fatal(problems)
	}
	problems = append(problems, doc.Blocks[0].Decode(&sample{})...)
	if got := problems.Error(); strings.Contains(got, "swordfish") || !strings.Contains(got, base+"/bad:1:2 receivers.sample.limits.endpont: the key is not known here") {
		t.Error(got)
	}
}
