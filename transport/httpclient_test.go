package transport

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/internal/bytepool"
	"github.com/oriel-io/oriel/internal/certtest"
	"github.com/pierrec/lz4/v4"
)

// inflaters are the libraries of the other side, by Content-Encoding.
var inflaters = map[string]func(r io.Reader) (io.Reader, error){
	"":                func(r io.Reader) (io.Reader, error) { return r, nil },
	"gzip":            func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
	"zlib":            func(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) },
	"deflate":         func(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) },
	"zstd":            func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) },
	"x-snappy-framed": func(r io.Reader) (io.Reader, error) { return snappy.NewReader(r), nil },
	"lz4":             func(r io.Reader) (io.Reader, error) { return lz4.NewReader(r), nil },
	"snappy": func(r io.Reader) (io.Reader, error) {
		block, err := io.ReadAll(r)
		if err != nil {
			return nil, err
		}
		out, err := snappy.Decode(nil, block)
		return bytes.NewReader(out), err
	},
}

// arrival is what a server saw.
type arrival struct {
	*http.Request
	wire, body []byte
}

// receiving is a server that with status 200 and tells what it got.
func receiving(t *testing.T) (*httptest.Server, func() arrival) {
	t.Helper()
	got := make(chan arrival, 1)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		wire, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		in, err := inflaters[r.Header.Get("Content-Encoding")](bytes.NewReader(wire))
		if err != nil {
			t.Error(err)
			return
		}
		body, err := io.ReadAll(in)
		if err != nil {
			t.Error(err)
		}
		got <- arrival{r, wire, body}
		w.Write([]byte("thanks"))
	}))
	t.Cleanup(s.Close)
	return s, func() arrival { return <-got }
}

func newHTTPClient(t *testing.T, cfg HTTPClientConfig) *HTTPClient {
	t.Helper()
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	c, err := cfg.NewClient(nil, "oriel/test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func lend(t testing.TB, content []byte) (*bytepool.Buffer, []byte) {
	t.Helper()
	b := bytepool.Get(len(content))
	copy(b.Bytes(), content)
	return b, b.Bytes()
}

// telemetry is bytes that compress about as well as spans do.
func telemetry() []byte {
	var b bytes.Buffer
	for i := range 20_000 {
		b.WriteString("GET /cart/")
		b.WriteByte(byte(i * 7919 >> 5))
		b.WriteByte(byte(i * 104729 >> 9))
	}
	return b.Bytes()
}

// Each compression is undone by its own library, at each level.
func TestPostCompressed(t *testing.T) {
	t.Parallel()
	server, got := receiving(t)
	for _, c := range []struct {
		compression string
		level       int
	}{
		{"none", 0}, {"", 0}, {"gzip", 0}, {"gzip", -1}, {"gzip", -2}, {"gzip", 9}, {"zlib", 0}, {"deflate", 6},
		{"zstd", 0}, {"zstd", 11}, {"snappy", 0}, {"x-snappy-framed", 0}, {"lz4", 0},
	} {
		client := newHTTPClient(t, HTTPClientConfig{Compression: c.compression, CompressionParams: CompressionParams{c.level}})
		for _, want := range [][]byte{telemetry(), []byte("x"), {}, telemetry()} {
			lender, body := lend(t, want)
			answer, err := client.Post(t.Context(), HTTPRequest{URL: server.URL + "/v1/traces", ContentType: "application/x-protobuf", Body: [][]byte{body[:len(body)/3], body[len(body)/3:]}, Lender: lender})
			if err != nil || answer.Status != 200 || string(answer.Body) != "thanks" {
				t.Fatalf("%s %d: %+v (%v)", c.compression, c.level, answer, err)
			}
			lender.Release()
			r := got()
			if !bytes.Equal(r.body, want) {
				t.Errorf("%s %d: %d bytes arrived, %d were sent", c.compression, c.level, len(r.body), len(want))
			}
			if r.ContentLength != int64(len(r.wire)) || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/x-protobuf" || r.Header.Get("User-Agent") != "oriel/test" {
				t.Errorf("%s: %s %v, %d bytes", c.compression, r.URL, r.Header, r.ContentLength)
			}
			if c.compression != "" && c.compression != "none" && len(want) > 1000 && len(r.wire) > len(want)*9/10 {
				t.Errorf("%s %d: %d of %d bytes", c.compression, c.level, len(r.wire), len(want))
			}
		}
	}
}

// A body that came compressed goes out with the bytes it came in, if the server is to get that compression.
func TestPostPassesEncodedThrough(t *testing.T) {
	t.Parallel()
	server, got := receiving(t)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Comment = "as it came"
	z.Write(telemetry())
	z.Close()
	for compression, passes := range map[string]bool{"gzip": true, "zstd": false, "none": false} {
		client := newHTTPClient(t, HTTPClientConfig{Compression: compression})
		_, err := client.Post(t.Context(), HTTPRequest{URL: server.URL, Body: [][]byte{telemetry()}, Encoding: "gzip", Encoded: packed.Bytes()})
		if err != nil {
			t.Fatal(err)
		}
		r := got()
		if bytes.Equal(r.wire, packed.Bytes()) != passes || !bytes.Equal(r.body, telemetry()) {
			t.Errorf("%s: %d bytes on the wire, %d inflated", compression, len(r.wire), len(r.body))
		}
	}
}

func TestPostHeaders(t *testing.T) {
	t.Parallel()
	server, got := receiving(t)
	client := newHTTPClient(t, HTTPClientConfig{Headers: Headers{"x-tenant": "blue", "host": "otlp.example", "user-agent": "mine", "Content-Type": "text/plain"}})
	if _, err := client.Post(t.Context(), HTTPRequest{URL: server.URL, ContentType: "application/json", Body: [][]byte{[]byte("{}")}}); err != nil {
		t.Fatal(err)
	}
	r := got()
	if r.Header.Get("X-Tenant") != "blue" || r.Host != "otlp.example" || r.Header.Get("User-Agent") != "mine" || r.Header.Get("Content-Type") != "text/plain" {
		t.Errorf("%s %v", r.Host, r.Header)
	}
}

// A redirect is followed with the body, but neither to another host nor as a GET.
func TestRedirects(t *testing.T) {
	t.Parallel()
	server, got := receiving(t)
	for name, c := range map[string]struct {
		status, want int
		to           string
	}{
		"to another path": {http.StatusTemporaryRedirect, 200, "/v1/traces"},
		"as a GET":        {http.StatusFound, http.StatusFound, "/v1/traces"},
		"to another host": {http.StatusPermanentRedirect, http.StatusPermanentRedirect, strings.Replace(server.URL, "127.0.0.1", "localhost", 1)},
	} {
		t.Run(name, func(t *testing.T) {
			mux := http.NewServeMux()
			mux.Handle("/v1/traces", server.Config.Handler)
			mux.Handle("/", http.RedirectHandler(c.to, c.status))
			front := httptest.NewServer(mux)
			defer front.Close()
			answer, err := newHTTPClient(t, HTTPClientConfig{}).Post(t.Context(), HTTPRequest{URL: front.URL, Body: [][]byte{[]byte("spans")}})
			if err != nil || answer.Status != c.want {
				t.Fatalf("%+v (%v)", answer, err)
			}
			if c.want == 200 {
				if r := got(); string(r.body) != "spans" {
					t.Errorf("the body became %q", r.body)
				}
			}
		})
	}
}

func TestProxy(t *testing.T) {
	t.Parallel()
	var asked atomic.Value
	proxy := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked.Store(r.URL.String()) }))
	defer proxy.Close()
	client := newHTTPClient(t, HTTPClientConfig{ProxyURL: proxy.URL})
	if _, err := client.Post(t.Context(), HTTPRequest{URL: "http://gateway.invalid:4318/v1/logs"}); err != nil {
		t.Fatal(err)
	}
	if asked.Load() != "http://gateway.invalid:4318/v1/logs" {
		t.Errorf("the proxy was asked for %v", asked.Load())
	}
}

func TestCookies(t *testing.T) {
	t.Parallel()
	for name, cookies := range map[string]*CookiesConfig{"kept": {}, "forgotten": nil} {
		var seen []string
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen = append(seen, r.Header.Get("Cookie"))
			http.SetCookie(w, &http.Cookie{Name: "backend", Value: "7"})
		}))
		client := newHTTPClient(t, HTTPClientConfig{Cookies: cookies})
		for range 2 {
			if _, err := client.Post(t.Context(), HTTPRequest{URL: server.URL}); err != nil {
				t.Fatal(err)
			}
		}
		server.Close()
		if want := map[string]string{"kept": "backend=7"}[name]; seen[1] != want {
			t.Errorf("%s: %q", name, seen)
		}
	}
}

// What a server sends back is bounded, in its body and in its header.
func TestHostileAnswers(t *testing.T) {
	t.Parallel()
	endless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 1<<20)); err != nil {
				return
			}
		}
	}))
	defer endless.Close()
	answer, err := newHTTPClient(t, HTTPClientConfig{}).Post(t.Context(), HTTPRequest{URL: endless.URL})
	if err != nil || len(answer.Body) != maxResponseBytes {
		t.Errorf("%d bytes of an endless answer (%v)", len(answer.Body), err)
	}
	header := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 200<<10)) }))
	defer header.Close()
	if _, err := newHTTPClient(t, HTTPClientConfig{}).Post(t.Context(), HTTPRequest{URL: header.URL}); err == nil {
		t.Error("a header of 200 KiB was taken")
	}
}

// A server that answers before it has read, and a client that gives up, may both leave a body that is
// still being read: its bytes are not lent to anybody else as long.
func TestBodiesAreGivenBack(t *testing.T) {
	t.Parallel()
	done := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			<-done
		}
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	defer server.Close()
	defer close(done)
	client := newHTTPClient(t, HTTPClientConfig{WriteBufferSize: 4 << 10})
	for i := range 20 {
		lender, body := lend(t, make([]byte, 2<<20))
		path, ctx, cancel := "/", t.Context(), func() {}
		if i%2 == 1 {
			path = "/slow"
			ctx, cancel = context.WithTimeout(ctx, 5*time.Millisecond)
		}
		_, err := client.Post(ctx, HTTPRequest{URL: server.URL + path, Body: [][]byte{body[:len(body)/3], body[len(body)/3:]}, Lender: lender})
		cancel()
		if path == "/slow" && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		lender.Release() // the race detector sees who still reads what the next round writes
	}
}

func TestLentBody(t *testing.T) {
	t.Parallel()
	lender, content := lend(t, []byte("spans"))
	body := newLentBody([][]byte{content[:2], nil, content[2:]}, lender)
	lender.Release()
	if got, err := io.ReadAll(body); string(got) != "spans" || err != nil {
		t.Errorf("%q %v", got, err)
	}
	body.Close()
	body.Close()
	if _, err := body.Read(make([]byte, 1)); !errors.Is(err, http.ErrBodyReadAfterClose) {
		t.Errorf("read after Close: %v", err)
	}
	defer func() {
		if recover() == nil {
			t.Error("the bytes were not given back")
		}
	}()
	lender.Release()
}

// Requests one after the other share a connection, and one that the server closes in place of an
// answer is replaced at once.
func TestStaleConnection(t *testing.T) {
	t.Parallel()
	var conns, requests atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		if requests.Add(1) == 20 {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			conn.Close()
		}
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			conns.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	client := newHTTPClient(t, DefaultHTTPClient())
	for range 30 {
		if _, err := client.Post(t.Context(), HTTPRequest{URL: server.URL, Body: [][]byte{[]byte("spans")}}); err != nil {
			t.Fatal(err)
		}
	}
	if conns.Load() != 2 || requests.Load() != 31 {
		t.Errorf("%d connections and %d requests, want 2 and 31", conns.Load(), requests.Load())
	}
}

// HTTPS speaks HTTP/2 where it may, and follows a new authority.
func TestHTTPSReload(t *testing.T) {
	t.Parallel()
	p, next := newPKI(t, time.Now().Add(time.Hour)), newPKI(t, time.Now().Add(time.Hour))
	s := NewServers(slog.New(slog.DiscardHandler))
	serve := func(p pki) string {
		cfg := p.server()
		cfg.ClientCAFile = p.ca
		l, err := s.ListenHTTP("receivers.test", HTTPConfig{Endpoint: "127.0.0.1:0", TLS: cfg}, map[string]http.Handler{
			"/": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Proto) }),
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close(t.Context()) })
		return "https://" + l.Addr().String()
	}
	dir := t.TempDir()
	install := func(p pki) TLSConfig {
		return TLSConfig{
			CAFile: certtest.Write(t, dir, "ca.crt", p.PEM), CertFile: certtest.Write(t, dir, "client.crt", []byte(read(t, p.clientCert))),
			KeyFile: certtest.Write(t, dir, "client.key", []byte(read(t, p.clientKey))), ReloadInterval: time.Nanosecond,
		}
	}
	cfg := DefaultHTTPClient()
	cfg.TLS.TLSConfig = install(p)
	client := newHTTPClient(t, cfg)
	one, two := serve(p), serve(next)
	post := func(url string) string {
		answer, err := client.Post(t.Context(), HTTPRequest{URL: url, Body: [][]byte{[]byte("spans")}})
		if err != nil {
			return err.Error()
		}
		return string(answer.Body)
	}
	if got := post(one); got != "HTTP/2.0" {
		t.Errorf("the first server: %s", got)
	}
	if got := post(two); !strings.Contains(got, "unknown authority") {
		t.Errorf("a server of another authority: %s", got)
	}
	install(next)
	if got := post(two); got != "HTTP/2.0" {
		t.Errorf("with the new authority: %s", got)
	}
	if got := post(one); !strings.Contains(got, "unknown authority") {
		t.Errorf("the first server with the new authority: %s", got)
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for text, want := range map[string]time.Duration{
			"30": 30 * time.Second, "0": 0, " 5 ": 5 * time.Second, "": -1, "-3": -1, "soon": -1, "99999999999999999999": -1, "1.5": -1,
			time.Now().Add(time.Minute).UTC().Format(http.TimeFormat):  time.Minute,
			time.Now().Add(-time.Minute).UTC().Format(http.TimeFormat): 0,
		} {
			r := HTTPResponse{Header: http.Header{"Retry-After": {text}}}
			if wait, ok := r.RetryAfter(); ok != (want >= 0) || ok && wait != want {
				t.Errorf("%q: %s %t, want %s", text, wait, ok, want)
			}
		}
	})
}

func TestHTTPClientProblems(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change     func(*HTTPClientConfig)
		where, fix string
	}{
		"no scheme":            {func(c *HTTPClientConfig) { c.Endpoint = "gateway:4318" }, "endpoint", "endpoint: http://gateway:4318  # or https://"},
		"another scheme":       {func(c *HTTPClientConfig) { c.Endpoint = "grpc://user:secret@gateway:4318" }, "endpoint", "endpoint: http://gateway.example:4318"},
		"no host":              {func(c *HTTPClientConfig) { c.Endpoint = "http:///v1/traces" }, "endpoint", "endpoint: http://gateway.example:4318"},
		"proxy":                {func(c *HTTPClientConfig) { c.ProxyURL = "proxy:3128" }, "proxy_url", "proxy_url: http://proxy.example:3128"},
		"unknown compression":  {func(c *HTTPClientConfig) { c.Compression = "brotli" }, "compression", "compression: gzip  # or deflate, gzip, lz4, snappy, x-snappy-framed, zlib, zstd, none"},
		"a level out of range": {func(c *HTTPClientConfig) { c.Compression, c.CompressionParams.Level = "gzip", 10 }, "compression_params.level", "level: 1  # to 9"},
		"a level of none":      {func(c *HTTPClientConfig) { c.Compression, c.CompressionParams.Level = "lz4", 3 }, "compression_params.level", "level: 0"},
		"negative":             {func(c *HTTPClientConfig) { c.IdleConnTimeout = -1 }, "idle_conn_timeout", "idle_conn_timeout: 0"},
	} {
		cfg := DefaultHTTPClient()
		if err := cfg.Validate(); err != nil {
			t.Fatal(err)
		}
		c.change(&cfg)
		p, ok := errors.AsType[*config.Problem](cfg.Validate())
		if !ok || p.Where != c.where || p.Fix != c.fix || strings.Contains(p.What, "secret") {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

func BenchmarkSqueeze(b *testing.B) {
	body := telemetry()
	for _, name := range []string{"gzip", "zstd", "snappy", "lz4", "zlib"} {
		b.Run(name, func(b *testing.B) {
			squeeze := newSqueeze(name, 0)
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				out, err := squeeze([][]byte{body})
				if err != nil {
					b.Fatal(err)
				}
				out.Release()
			}
		})
	}
}
