package ui_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
)

// FuzzAddress: whatever the address, the answer is JSON with a fitting status.
func FuzzAddress(f *testing.F) {
	f.Add("traces", "service=a&attr=b%3Dc&minDuration=1s&after=eyJzIjoyfQ")
	f.Add("traces", "caller=product&limit=2&sort=slowest"+shopRange)
	f.Add("traces/heatmap", "columns=2000&from=0&to=7258118400000")
	f.Add("timeline", "from=0&to=7258118400000&buckets=1")
	f.Add("traces/1-2-3", "")
	f.Add("traces/0000000000006131/spans", "index=0,1,-1")
	f.Add("values", "field=service.version&prefix=v")
	f.Add("logs", "after=eyJhIjoiTVE9PSIsInMiOjF9")
	h := handler(f)
	f.Fuzz(func(t *testing.T, path, query string) {
		r := httptest.NewRequest(http.MethodGet, "/api/v1/", nil)
		r.URL.Path += path
		r.URL.RawQuery = query
		if path == "status/stream" {
			return // does not end
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		switch w.Code {
		case 200, 400, 404, 422:
			if !json.Valid(w.Body.Bytes()) {
				t.Fatalf("%q?%q: %d with %q", path, query, w.Code, w.Body)
			}
		case 301, 307: // net/http mends a path such as a//b
		default:
			t.Fatalf("%q?%q: %d with %q", path, query, w.Code, w.Body)
		}
	})
}
