package app

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestHealthcheck(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1") // is not asked
	mux := http.NewServeMux()
	mux.HandleFunc("/well", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"status":"Server available"}`) })
	mux.HandleFunc("/ill", func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "store: disk full", http.StatusServiceUnavailable)
	})
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/well", http.StatusFound) })
	mux.HandleFunc("/silent", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	gone := httptest.NewServer(nil)
	gone.Close()
	for url, want := range map[string]struct {
		code int
		text string
	}{
		server.URL + "/well":   {exitOK, `200 OK {"status":"Server available"}`},
		server.URL + "/ill":    {exitError, "503 Service Unavailable store: disk full"},
		server.URL + "/moved":  {exitError, "302 Found"},
		server.URL + "/silent": {exitError, "no answer within 50ms"},
		gone.URL:               {exitError, "connection refused"},
	} {
		var out bytes.Buffer
		args := []string{"healthcheck", "--url", url}
		if strings.HasSuffix(url, "/silent") {
			args = append(args, "--timeout", "50ms")
		}
		if code := Main(args, &out, &out); code != want.code || !strings.Contains(out.String(), want.text) {
			t.Errorf("%s: exit code %d, %s\nwant %d, %s", url, code, out.String(), want.code, want.text)
		}
	}
}
