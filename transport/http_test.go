package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

func text(s string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, s) })
}

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

func mustListen(t *testing.T, s *Servers, owner, endpoint string, routes map[string]http.Handler) *Listener {
	t.Helper()
	l, err := s.ListenHTTP(owner, HTTPConfig{Endpoint: endpoint}, routes)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close(context.Background()) })
	return l
}

// Two owners share one address, and the socket lives until the last one leaves.
func TestSharedAddress(t *testing.T) {
	t.Parallel()
	s := NewServers(nil)
	a := mustListen(t, s, "receivers.zipkin", "127.0.0.1:0", map[string]http.Handler{"POST /api/v2/spans": text("write")})
	addr := a.Addr().String()
	b := mustListen(t, s, "api.zipkin", addr, map[string]http.Handler{"GET /api/v2/traces": text("read")})

	if status, body := get(t, "http://"+addr+"/api/v2/traces"); status != 200 || body != "read" {
		t.Errorf("got %d %q, want 200 read", status, body)
	}
	if status, _ := get(t, "http://"+addr+"/api/v2/spans"); status != http.StatusMethodNotAllowed {
		t.Errorf("GET of a POST route: got %d, want 405", status)
	}
	if err := a.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if status, _ := get(t, "http://"+addr+"/api/v2/spans"); status != http.StatusNotFound {
		t.Errorf("route of an owner that left: got %d, want 404", status)
	}
	if status, _ := get(t, "http://"+addr+"/api/v2/traces"); status != 200 {
		t.Errorf("route of the owner that stays: got %d, want 200", status)
	}
	if err := b.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := net.Dial("tcp", addr); err == nil {
		t.Error("the socket is still open after the last owner left")
	}
	if got := s.States(); len(got) != 0 {
		t.Errorf("states after all left: %v", got)
	}
}

func TestConflictNamesTheOwner(t *testing.T) {
	t.Parallel()
	s := NewServers(nil)
	a := mustListen(t, s, "receivers.zipkin", "127.0.0.1:0", map[string]http.Handler{"POST /api/v2/spans": text("")})
	_, err := s.ListenHTTP("receivers.zipkin/b", HTTPConfig{Endpoint: a.Addr().String()}, map[string]http.Handler{"/api/v2/spans": text(""), "POST /api/v2/spans": text("")})
	if err == nil || !strings.Contains(err.Error(), "receivers.zipkin at the same address") || !strings.HasPrefix(err.Error(), "listen on 127.0.0.1:") {
		t.Errorf("got %v", err)
	}
	states := s.States()
	if len(states) != 2 || states[1].Open || states[1].Error == "" || states[1].Owner != "receivers.zipkin/b" {
		t.Errorf("a listener that failed is not in the list: %+v", states)
	}
}

func TestPortInUseNamesTheProcess(t *testing.T) {
	t.Parallel()
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	_, err = NewServers(nil).ListenHTTP("receivers.otlp", HTTPConfig{Endpoint: other.Addr().String()}, nil)
	if err == nil || !strings.Contains(err.Error(), other.Addr().String()) || !strings.Contains(err.Error(), "transport.test (pid ") {
		t.Errorf("got %v; want the address and this process", err)
	}
}

// Close waits for a request that runs, and gives up when its context ends.
func TestCloseWaits(t *testing.T) {
	t.Parallel()
	s := NewServers(nil)
	entered, release := make(chan struct{}), make(chan struct{})
	slow := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { close(entered); <-release })
	l := mustListen(t, s, "a", "127.0.0.1:0", map[string]http.Handler{"/slow": slow})
	mustListen(t, s, "b", l.Addr().String(), map[string]http.Handler{"/": text("")})
	answered := make(chan error, 1)
	go func() {
		resp, err := http.Get("http://" + l.Addr().String() + "/slow")
		if err == nil {
			resp.Body.Close()
		}
		answered <- err
	}()
	<-entered
	expired, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Close(expired); !errors.Is(err, context.Canceled) {
		t.Errorf("close with a request inside: got %v, want context.Canceled", err)
	}
	close(release)
	if err := <-answered; err != nil {
		t.Errorf("the request that ran was cut off: %v", err)
	}
}

// A body that inflates beyond the limit is refused after the limit, for every codec.
func TestBombs(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	zeros := make([]byte, 64<<20)
	for encoding, bomb := range map[string][]byte{"": zeros, "gzip": gzipped(zeros), "zstd": zstdEncoded(t, zeros)} {
		t.Run("encoding "+encoding, func(t *testing.T) {
			t.Parallel()
			s := NewServers(nil)
			read := make(chan error, 1)
			l, err := s.ListenHTTP("a", HTTPConfig{Endpoint: "127.0.0.1:0", MaxRequestBodySize: limit}, map[string]http.Handler{
				"/": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					data, err := ReadBody(r)
					if err == nil {
						err = fmt.Errorf("read %d bytes", len(data.Bytes()))
					}
					status, text := BodyStatus(err)
					http.Error(w, text, status)
					read <- err
				})})
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close(t.Context())
			req, _ := http.NewRequestWithContext(t.Context(), "POST", "http://"+l.Addr().String()+"/", bytes.NewReader(bomb))
			if encoding != "" {
				req.Header.Set("Content-Encoding", encoding)
			}
			// The server may close while the client still writes, so the client's view is not what counts.
			if resp, err := http.DefaultClient.Do(req); err == nil {
				if resp.StatusCode != http.StatusRequestEntityTooLarge {
					t.Errorf("got status %d, want 413", resp.StatusCode)
				}
				resp.Body.Close()
			}
			var tooLarge *http.MaxBytesError
			if err := <-read; !errors.As(err, &tooLarge) || tooLarge.Limit != limit {
				t.Errorf("the handler read: %v, want a MaxBytesError", err)
			}
		})
	}
}

func TestInflate(t *testing.T) {
	t.Parallel()
	s := NewServers(nil)
	l := mustListen(t, s, "a", "127.0.0.1:0", map[string]http.Handler{
		"/": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			data, err := ReadBody(r)
			if err != nil {
				status, text := BodyStatus(err)
				http.Error(w, text, status)
				return
			}
			w.Write(data.Bytes())
			data.Release()
		})})
	long := bytes.Repeat([]byte("oriel "), 700_000)
	for name, c := range map[string]struct {
		encoding string
		body     []byte
		status   int
		want     string
	}{
		"plain":      {"", []byte("hello"), 200, "hello"},
		"long":       {"", long, 200, string(long)},
		"gzip":       {"gzip", gzipped([]byte("hello")), 200, "hello"},
		"gzip, long": {"GZIP", gzipped(long), 200, string(long)},
		"zstd":       {"zstd", zstdEncoded(t, []byte("hello")), 200, "hello"},
		"not gzip":   {"gzip", []byte("hello hello hello"), 400, "read body: decompress: at byte 0: no gzip header\n"},
		"cut gzip":   {"gzip", gzipped(long)[:100], 400, "read body: decompress: at byte 100: the data ends too early\n"},
		"unknown":    {"br", []byte("hello"), 415, "Content-Encoding \"br\" is not taken here; send one of gzip, zstd, zlib, snappy, deflate, lz4, x-snappy-framed\n"},
		"empty":      {"", nil, 200, ""},
		"identity":   {"identity", []byte("x"), 200, "x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req, _ := http.NewRequestWithContext(t.Context(), "POST", "http://"+l.Addr().String()+"/", bytes.NewReader(c.body))
			if c.encoding != "" {
				req.Header.Set("Content-Encoding", c.encoding)
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			got, err := io.ReadAll(resp.Body)
			if err != nil || resp.StatusCode != c.status || string(got) != c.want {
				t.Errorf("got %d, %d bytes %.80q (%v); want %d %.80q", resp.StatusCode, len(got), got, err, c.status, c.want)
			}
		})
	}
}

func gzipped(data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(data)
	w.Close()
	return b.Bytes()
}

func zstdEncoded(t *testing.T, data []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll(data, nil)
}
