package ui_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/oriel-io/oriel/api/ui"
	"github.com/oriel-io/oriel/store"
	"github.com/oriel-io/oriel/store/memory"
	"github.com/oriel-io/oriel/store/plan"
	"github.com/oriel-io/oriel/store/storetest"
	"github.com/oriel-io/oriel/wire/otlp"
)

// problem reads an error answer.
func problem(t *testing.T, r *http.Response) (p ui.Problem) {
	t.Helper()
	data := body(t, r)
	if r.Header.Get("Content-Type") != "application/problem+json" {
		t.Fatalf("%s %s: %s", r.Status, r.Header.Get("Content-Type"), data)
	}
	if err := json.Unmarshal(data, &p); err != nil {
		t.Fatal(err)
	}
	if p.Status != r.StatusCode || p.Title == "" {
		t.Errorf("%s: %+v", r.Status, p)
	}
	return p
}

func TestParametersAreStrict(t *testing.T) {
	h := handler(t)
	for target, want := range map[string]struct {
		status      int
		field, what string
	}{
		"status?x=1":                                 {400, "x", "there are none"},
		"status/stream?x=1":                          {400, "x", ""},
		"drops?from=1":                               {400, "from", ""},
		"map?from=1&to=2&step=3":                     {400, "step", "from"},
		"map?from=soon":                              {400, "from", `"soon"`},
		"map?from=1&from=2":                          {400, "from", "2 times"},
		"map?from=5&to=5":                            {400, "from", "not before"},
		"map?to=99999999999999999":                   {400, "to", ""},
		"timeline?buckets=0":                         {400, "buckets", "from 1"},
		"traces?sort=fastest":                        {400, "sort", "newest, slowest"},
		"traces?limit=1000":                          {400, "limit", "500"},
		"traces?limit=-1":                            {400, "limit", ""},
		"traces?after=%21":                           {400, "after", ""},
		"traces?after=eyJhIjoibm9uc2Vuc2U9In0":       {400, "after", ""},
		"traces?caller=x&after=eyJhIjoiYWFhYSJ9":     {400, "after", "does not continue"},
		"traces?minDuration=-1s":                     {400, "minDuration", ""},
		"traces?maxDuration=5":                       {400, "maxDuration", `"5"`},
		"traces?status=ok,bad":                       {400, "status", `"bad"`},
		"traces?root=yes":                            {400, "root", ""},
		"traces?attr=novalue":                        {400, "attr", "key=value"},
		"traces?services=x":                          {400, "services", "service, version"},
		"traces?service=" + strings.Repeat("x", 9e3): {400, "service", "9000"},
		"traces/heatmap?columns=x":                   {400, "columns", ""},
		"traces/heatmap?limit=5":                     {400, "limit", ""},
		"traces/123":                                 {400, "id", `"123"`},
		"traces/123?x=1":                             {400, "id", ""},
		"traces/1-2-3/logs":                          {400, "id", ""},
		"traces/" + strings.Repeat("f", 32):          {404, "", strings.Repeat("f", 32)},
		"traces/0000000000006131/spans?index=8":      {400, "index", "8 spans"},
		"traces/0000000000006131/spans?index=1,,2":   {400, "index", `""`},
		"traces/0000000000006131/spans":              {400, "index", ""},
		"logs?limit=9999999":                         {400, "limit", ""},
		"values":                                     {400, "field", "missing"},
		"values?field=x&limit=0":                     {400, "limit", ""},
		"operations?service=x&bad=1":                 {400, "bad", ""},
		"nothing":                                    {404, "", ""},
		"traces/a/b/c":                               {404, "", ""},
	} {
		p := problem(t, get(h, "/api/v1/"+target))
		if p.Status != want.status || p.Field != want.field || !strings.Contains(p.Detail, want.what) {
			t.Errorf("%.60s: got %+v, want %+v", target, p, want)
		}
	}
}

func TestOnlyGet(t *testing.T) {
	h := handler(t)
	for _, target := range []string{"/api/v1/status", "/"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, target, nil))
		if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("POST %s: %d, Allow %q", target, w.Code, w.Header().Get("Allow"))
		}
	}
}

func TestHeadersOfAllAnswers(t *testing.T) {
	h := handler(t)
	for _, target := range []string{"/", "/api/v1/map", "/api/v1/bad", "/assets/app-1a2b.js"} {
		r := get(h, target, "Origin", "https://evil.example")
		if csp := r.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'self'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy %q", target, csp)
		}
		for name := range r.Header {
			if strings.HasPrefix(name, "Access-Control-") {
				t.Errorf("%s: %s lets foreign pages in", target, name)
			}
		}
	}
}

func TestLargeAnswersAreCompressed(t *testing.T) {
	h := handler(t)
	const target = "/api/v1/map?from=1772366400000&to=1772366700000"
	plain := body(t, get(h, target))
	r := get(h, target, "Accept-Encoding", "br, gzip;q=0.5")
	if r.Header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("encoding %q", r.Header.Get("Content-Encoding"))
	}
	unzip, err := gzip.NewReader(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(unzip)
	if err != nil || string(pretty(t, data)) != string(pretty(t, plain)) {
		t.Errorf("%v: not the same answer", err)
	}
	for accept, target := range map[string]string{"gzip;q=0": target, "gzip": "/api/v1/drops"} {
		if r := get(h, target, "Accept-Encoding", accept); r.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s with %s: compressed", target, accept)
		}
	}
}

func TestAnswersThatTheClientHas(t *testing.T) {
	h := handler(t)
	for _, target := range []string{"/api/v1/traces/0000000000006131", "/", "/assets/app-1a2b.js"} {
		etag := get(h, target).Header.Get("ETag")
		if r := get(h, target, "If-None-Match", `"other", `+etag); etag == "" || r.StatusCode != http.StatusNotModified || len(body(t, r)) > 0 {
			t.Errorf("%s: tag %q, then %s", target, etag, r.Status)
		}
		if r := get(h, target, "If-None-Match", `"other"`); r.StatusCode != http.StatusOK {
			t.Errorf("%s with another tag: %s", target, r.Status)
		}
	}
}

func TestFiles(t *testing.T) {
	h := handler(t)
	const index = "<!doctype html><title>Oriel</title>"
	for _, c := range []struct {
		target, accept string
		status         int
		body, cache    string
		encoding, typ  string
	}{
		{"/", "", 200, index, "no-cache", "", "text/html; charset=utf-8"},
		{"/index.html", "", 200, index, "no-cache", "", "text/html; charset=utf-8"},
		{"/traces?sort=slowest", "", 200, index, "no-cache", "", "text/html; charset=utf-8"},
		{"/favicon.svg", "", 200, "<svg/>", "no-cache", "", "image/svg+xml"},
		{"/assets/app-1a2b.js", "", 200, "let plain", "public, max-age=31536000, immutable", "", "text/javascript; charset=utf-8"},
		{"/assets/app-1a2b.js", "gzip", 200, "gzip", "public, max-age=31536000, immutable", "gzip", "text/javascript; charset=utf-8"},
		{"/assets/app-1a2b.js", "gzip, br", 200, "brotli", "public, max-age=31536000, immutable", "br", "text/javascript; charset=utf-8"},
		{"/assets/app-0000.js", "", 404, "there is no such file\n", "", "", "text/plain; charset=utf-8"},
		{"/assets/page", "", 404, "there is no such file\n", "", "", "text/plain; charset=utf-8"},
		{"/.gitkeep", "", 404, "there is no such file\n", "", "", "text/plain; charset=utf-8"},
		{"/assets/app-1a2b.js.br", "", 404, "there is no such file\n", "", "", "text/plain; charset=utf-8"},
		{"/%2e%2e/%2e%2e/etc/passwd", "", 404, "there is no such file\n", "", "", "text/plain; charset=utf-8"},
	} {
		r := get(h, c.target, "Accept-Encoding", c.accept)
		if got := string(body(t, r)); r.StatusCode != c.status || got != c.body || r.Header.Get("Cache-Control") != c.cache ||
			r.Header.Get("Content-Encoding") != c.encoding || r.Header.Get("Content-Type") != c.typ {
			t.Errorf("%s: %s %v %q", c.target, r.Status, r.Header, got)
		}
	}
}

func TestWithoutFiles(t *testing.T) {
	for _, files := range []fstest.MapFS{nil, {".gitkeep": {}}} {
		o := ui.Options{Reader: memory.New()}
		if files != nil {
			o.Files = files
		}
		h := ui.New(o)
		if r := get(h, "/traces"); r.StatusCode != 200 || !strings.Contains(string(body(t, r)), "make build") {
			t.Errorf("%s: the page does not say how to build the UI", r.Status)
		}
		if r := get(h, "/assets/x.js"); r.StatusCode != 404 {
			t.Errorf("a file of a UI that is not there: %s", r.Status)
		}
		if s := into[ui.Status](t, h, "/api/v1/status"); s.Listeners == nil || s.Store.Spans != 0 {
			t.Errorf("status of an empty process: %+v", s)
		}
	}
}

func TestHostsOnLoopback(t *testing.T) {
	serve := func(t *testing.T, local, host string, hosts ...string) int {
		r := httptest.NewRequest(http.MethodGet, "/api/v1/status", nil)
		r.Host = host
		addr, err := net.ResolveTCPAddr("tcp", local)
		if err != nil {
			t.Fatal(err)
		}
		r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, addr))
		w := httptest.NewRecorder()
		ui.New(ui.Options{Reader: memory.New(), Hosts: hosts}).ServeHTTP(w, r)
		return w.Code
	}
	for _, host := range []string{"localhost:8420", "LOCALHOST", "127.0.0.1:8420", "127.1.2.3", "[::1]:8420", "oriel.localhost:1", "localhost."} {
		if code := serve(t, "127.0.0.1:8420", host); code != 200 {
			t.Errorf("%s on loopback: %d", host, code)
		}
	}
	for _, host := range []string{"evil.example:8420", "evil.example", "", "localhost.evil.example", "10.0.0.7", "[fe80::1]:8420"} {
		for _, local := range []string{"127.0.0.1:8420", "[::1]:8420"} {
			if code := serve(t, local, host); code != http.StatusMisdirectedRequest {
				t.Errorf("%q on %s: %d", host, local, code)
			}
		}
		if code := serve(t, "10.0.0.7:8420", host); code != 200 {
			t.Errorf("%q on an open address: %d", host, code)
		}
	}
	if code := serve(t, "127.0.0.1:8420", "obs.example.com", "obs.example.com"); code != 200 {
		t.Errorf("a host that is allowed: %d", code)
	}
}

// TestStream reads the status from a real server, a second apart.
func TestStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := ui.New(ui.Options{Reader: memory.New(), Status: live{}})
		client, conn := net.Pipe()
		listener := &oneConn{conn: conn, done: make(chan struct{})}
		server := &http.Server{Handler: h, WriteTimeout: 2 * time.Second}
		go func() { _ = server.Serve(listener) }()
		defer server.Close()
		if _, err := io.WriteString(client, "GET /api/v1/status/stream HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		answer, err := http.ReadResponse(bufio.NewReader(client), nil)
		if err != nil || answer.Header.Get("Content-Type") != "text/event-stream" {
			t.Fatalf("%v, %v", answer, err)
		}
		lines := bufio.NewScanner(answer.Body)
		var times []int64
		for len(times) < 4 && lines.Scan() {
			data, ok := strings.CutPrefix(lines.Text(), "data: ")
			if !ok {
				continue
			}
			var s ui.Status
			if err := json.Unmarshal([]byte(data), &s); err != nil {
				t.Fatal(err)
			}
			times = append(times, s.NowMs)
		}
		if len(times) != 4 || times[1]-times[0] != 1000 || times[3]-times[2] != 1000 {
			t.Errorf("events at %v: %v", times, lines.Err())
		}
		client.Close()
	})
}

// oneConn is a listener with one connection.
type oneConn struct {
	conn net.Conn
	done chan struct{}
}

func (l *oneConn) Accept() (net.Conn, error) {
	if c := l.conn; c != nil {
		l.conn = nil
		return c, nil
	}
	<-l.done
	return nil, net.ErrClosed
}
func (l *oneConn) Close() error   { close(l.done); return nil }
func (l *oneConn) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8420} }

// failing is a reader whose queries fail.
type failing struct {
	store.Engine
	err error
}

func (f failing) Query(ctx context.Context, q plan.Query) (*plan.Result, error) { return nil, f.err }

func (f failing) Trace(ctx context.Context, id otlp.TraceID) (*otlp.Batch, error) { return nil, f.err }

func TestFailures(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
	}{
		{errors.New("disk on fire"), 500},
		{plan.ErrTooLarge, 422},
		{context.DeadlineExceeded, 504},
	} {
		h := ui.New(ui.Options{Reader: failing{memory.New(), c.err}, Log: slog.New(slog.DiscardHandler)})
		for _, target := range []string{"traces", "traces?caller=x", "traces/heatmap", "traces/heatmap?caller=x", "traces/0000000000006131", "logs", "operations?service=x"} {
			if p := problem(t, get(h, "/api/v1/"+target)); p.Status != c.status {
				t.Errorf("%s with %v: %+v", target, c.err, p)
			}
		}
	}
}

// TestBigTrace holds the answer of 100,000 spans to its goal, with room for slow machines.
func TestBigTrace(t *testing.T) {
	engine := memory.New()
	b := otlp.NewBuilder(otlp.Traces)
	source := storetest.NewBookinfo(3).Batch(100_000, storetest.Epoch)
	i := 0
	for group := range source.Groups() {
		for scope := range group.Scopes() {
			for span := range scope.Spans() {
				b.Add(group.Resource().Msg, nil, inOneTrace(span, i), 1)
				i++
			}
		}
	}
	if err := engine.Write(t.Context(), b.Batch()); err != nil {
		t.Fatal(err)
	}
	h := ui.New(ui.Options{Reader: engine})
	began := time.Now()
	trace := into[ui.Trace](t, h, "/api/v1/traces/0000000000000001")
	took := time.Since(began)
	if trace.Spans != 100_000 || len(trace.Columns.SpanID) != 100_000 || len(trace.Columns.Critical) == 0 {
		t.Errorf("%d spans, %d missing", trace.Spans, trace.Missing)
	}
	t.Logf("took %s", took)
	if took > 15*time.Second {
		t.Errorf("took %s; the goal is 1s on a quiet machine", took)
	}
}

// inOneTrace gives span i an id of its own in one trace, below span i/4.
func inOneTrace(span otlp.Span, i int) []byte {
	id := func(n int) []byte { return []byte{1, 0, 0, 0, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)} }
	out := append([]byte{0x0a, 16}, make([]byte, 15)...)
	out = append(out, 1)
	out = append(append(out, 0x12, 8), id(i)...)
	if i > 0 {
		out = append(append(out, 0x22, 8), id(i/4)...)
	}
	return append(out, withoutIDs(span)...)
}
