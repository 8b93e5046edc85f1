package ui_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/oriel-io/oriel/api/ui"
	"github.com/oriel-io/oriel/store"
	"github.com/oriel-io/oriel/store/memory"
	"github.com/oriel-io/oriel/store/storetest"
)

var update = flag.Bool("update", false, "rewrite the golden answers and the examples of the reference page")

// now is five minutes after the data of testdata/input.txtar.
var now = storetest.Epoch.Add(5 * time.Minute)

// live is a process with something to tell.
type live struct{}

func (live) Live() ui.Status {
	return ui.Status{
		Version: "0.1.0", StartedMs: storetest.Epoch.UnixMilli(),
		Listeners: []ui.ListenerStatus{
			{Name: "OTLP gRPC", Protocol: "grpc", Address: "127.0.0.1:4317", Open: true, Items: 25},
			{Name: "Zipkin", Protocol: "http", Address: "127.0.0.1:9411", Error: "address already in use"},
		},
		Received: []ui.SignalStatus{
			{Signal: "traces", Items: 20, PerSecond: 1.5, LastMs: now.UnixMilli() - 900},
			{Signal: "logs", Items: 5, LastMs: now.UnixMilli() - 5000},
			{Signal: "metrics"},
		},
		Dropped: 3, Refused: 1,
	}
}

func (live) Drops() []ui.Drop {
	return []ui.Drop{{Component: "exporters.otlp", Signal: "traces", Reason: "queue full", Items: 3,
		FirstMs: now.UnixMilli() - 60_000, LastMs: now.UnixMilli(), Samples: []string{"00000000000000000000000000006131"}}}
}

// shop is a store with the data of testdata/input.txtar.
func shop(t testing.TB) store.Engine {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/input.txtar")
	if err != nil {
		t.Fatal(err)
	}
	spans, err := storetest.ParseSpans(string(archive.Files[0].Data))
	if err != nil {
		t.Fatal(err)
	}
	logs, err := storetest.ParseLogs(string(archive.Files[1].Data))
	if err != nil {
		t.Fatal(err)
	}
	clock := storetest.Epoch.Add(4 * time.Minute)
	engine := memory.NewAt(func() time.Time { return clock })
	for _, err := range []error{engine.Write(t.Context(), spans), engine.Write(t.Context(), logs)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	clock = now // all traces are quiet
	return engine
}

// handler serves the shop.
func handler(t testing.TB) http.Handler {
	return ui.New(ui.Options{Reader: shop(t), Status: live{}, Now: func() time.Time { return now }, Files: fstest.MapFS{
		"index.html":            {Data: []byte("<!doctype html><title>Oriel</title>")},
		"favicon.svg":           {Data: []byte("<svg/>")},
		"assets/app-1a2b.js":    {Data: []byte("let plain")},
		"assets/app-1a2b.js.br": {Data: []byte("brotli")},
		"assets/app-1a2b.js.gz": {Data: []byte("gzip")},
		".gitkeep":              {Data: []byte{}},
	}})
}

// get asks h. Headers are pairs of name and value.
func get(h http.Handler, target string, headers ...string) *http.Response {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		} else {
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t testing.TB, r *http.Response) []byte {
	t.Helper()
	data, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// into reads a JSON answer with status 200.
func into[T any](t testing.TB, h http.Handler, target string) (v T) {
	t.Helper()
	r := get(h, target)
	data := body(t, r)
	if r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("%s: %s\n%s", target, r.Status, data)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%s: %v", target, err)
	}
	return v
}

var changing = regexp.MustCompile(`"(tookMs|bytesScanned|bytes)": ?[0-9.]+`)

// pretty indents an answer and stills what differs from run to run, or follows
// from the engine's own encoding.
func pretty(t testing.TB, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := json.Indent(&out, data, "", "  "); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	// Lists of numbers stand in one line, or there would be nothing but numbers.
	numbers := regexp.MustCompile(`\[\s+(-?[0-9.e+]+,?\s+)+\]`).ReplaceAllFunc(out.Bytes(), func(list []byte) []byte {
		return bytes.ReplaceAll(bytes.ReplaceAll(regexp.MustCompile(`\s+`).ReplaceAll(list, nil), []byte(","), []byte(", ")), []byte(" ]"), []byte("]"))
	})
	return append(changing.ReplaceAll(bytes.TrimSpace(numbers), []byte(`"$1": 0`)), '\n')
}

// TestGolden compares whole answers with testdata/*.json, which the tests of
// the web UI read as well.
func TestGolden(t *testing.T) {
	const (
		span = "from=1772366400000&to=1772366700000"
		slow = "00000000000000000000000000006132"
	)
	h := handler(t)
	for name, target := range map[string]string{
		"status":         "status",
		"timeline":       "timeline?buckets=10&" + span,
		"map":            "map?" + span,
		"traces":         "traces?" + span,
		"traces-slowest": "traces?sort=slowest&service=reviews&caller=product&limit=1&" + span,
		"heatmap":        "traces/heatmap?columns=10&" + span,
		"trace":          "traces/00000000000000000000000000006131",
		"trace-fault":    "traces/" + slow,
		"trace-shared":   "traces/00000000000000000000000000006133",
		"trace-missing":  "traces/00000000000000000000000000006134",
		"spans":          "traces/" + slow + "/spans?index=3,5",
		"trace-logs":     "traces/" + slow + "/logs",
		"logs":           "logs?limit=3&" + span,
		"services":       "services?" + span,
		"operations":     "operations?service=details&" + span,
		"fields":         "fields?prefix=http&" + span,
		"values":         "values?field=service.version&" + span,
		"drops":          "drops",
		"problem":        "traces?minDuration=soon",
	} {
		t.Run(name, func(t *testing.T) {
			got := pretty(t, body(t, get(h, "/api/v1/"+target)))
			file := "testdata/" + name + ".json"
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s: got\n%s\nwant\n%s", target, got, want)
			}
		})
	}
}
