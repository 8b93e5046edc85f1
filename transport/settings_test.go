package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/oriel-io/oriel/config"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
)

// overUnix is a client of the HTTP server at a unix socket.
func overUnix(path string) *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}}}
}

// Both protocols listen on unix sockets, with the mode that is asked for, also where a killed process left its socket.
func TestUnixSocket(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := NewServers(nil)
	web, rpc := filepath.Join(dir, "http.sock"), filepath.Join(dir, "grpc.sock")
	stale, err := net.Listen("unix", web)
	if err != nil {
		t.Fatal(err)
	}
	stale.(*net.UnixListener).SetUnlinkOnClose(false)
	stale.Close()

	h, err := s.ListenHTTP("receivers.test", HTTPConfig{Endpoint: web, Transport: "unix", SocketPermissions: "0660"}, map[string]http.Handler{"/": text("http")})
	if err != nil {
		t.Fatal(err)
	}
	g, err := s.ListenGRPC("receivers.test", GRPCConfig{Endpoint: rpc, Transport: "unix"}, map[string]UnaryMethod{echoMethod: echo})
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(web); err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("mode of the socket: %v, %v; want 0660", info.Mode(), err)
	}
	resp, err := overUnix(web).Get("http://unix/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got, _ := io.ReadAll(resp.Body); string(got) != "http" {
		t.Errorf("over HTTP: %q", got)
	}
	conn, err := grpc.NewClient("unix://"+rpc, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var reply []byte
	if err := conn.Invoke(t.Context(), echoMethod, []byte("grpc"), &reply, grpc.ForceCodecV2(bytesCodec{})); err != nil || string(reply) != "grpc" {
		t.Errorf("over gRPC: %q, %v", reply, err)
	}
	if _, err := NewServers(nil).ListenHTTP("other", HTTPConfig{Endpoint: web, Transport: "unix"}, nil); err == nil || !strings.Contains(err.Error(), "the path is in use") {
		t.Errorf("a path in use: %v", err)
	}
	if _, err := s.ListenGRPC("other", GRPCConfig{Endpoint: web, Transport: "unix"}, nil); err == nil || !strings.Contains(err.Error(), "receivers.test listens there already, with http") {
		t.Errorf("a path of our own: %v", err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("keep"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ListenHTTP("other", HTTPConfig{Endpoint: file, Transport: "unix"}, nil); err == nil {
		t.Error("a file that is no socket was taken away")
	}
	for _, l := range []*Listener{h, g} {
		if err := l.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	for _, path := range []string{web, rpc} {
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is still there: %v", path, err)
		}
	}
}

// A reload hands a unix socket over; its file stays, and goes with the last owner.
func TestUnixSocketReload(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s")
	s := NewServers(nil)
	cfg := HTTPConfig{Endpoint: path, Transport: "unix"}
	for i := range 3 {
		l, err := s.ListenHTTP("a", cfg, map[string]http.Handler{"/": text(fmt.Sprint(i))})
		if err != nil {
			t.Fatal(err)
		}
		s.EndReload()
		resp, err := overUnix(path).Get("http://unix/")
		if err != nil {
			t.Fatal(err)
		}
		got, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if string(got) != fmt.Sprint(i) {
			t.Errorf("got %q, want %d", got, i)
		}
		cfg.MaxConnections = 100 + i // a new server on the old socket
		if i < 2 {
			s.BeginReload()
		}
		if err := l.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file is still there: %v", err)
	}
}

// Wildcards are one place, however they are written.
func TestSharedWildcard(t *testing.T) {
	t.Parallel()
	s := NewServers(nil)
	a := mustListen(t, s, "a", "0.0.0.0:0", map[string]http.Handler{"/a": text("a")})
	_, port, _ := net.SplitHostPort(a.Addr().String())
	for _, endpoint := range []string{"0.0.0.0:" + port, ":" + port, "[::]:" + port} {
		l := mustListen(t, s, "b", endpoint, map[string]http.Handler{"/b": text("b")})
		if status, body := get(t, "http://127.0.0.1:"+port+"/b"); status != 200 || body != "b" {
			t.Errorf("%s: got %d %q", endpoint, status, body)
		}
		l.Close(t.Context())
	}
}

func TestMetadata(t *testing.T) {
	t.Parallel()
	for _, include := range []bool{true, false} {
		var got *Request
		s := NewServers(nil)
		h, err := s.ListenHTTP("a", HTTPConfig{Endpoint: "127.0.0.1:0", IncludeMetadata: include}, map[string]http.Handler{
			"/": http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				var err error
				if got, err = ReadRequest(r); err != nil {
					t.Error(err)
				}
			})})
		if err != nil {
			t.Fatal(err)
		}
		g, err := s.ListenGRPC("a", GRPCConfig{Endpoint: "127.0.0.1:0", IncludeMetadata: include}, map[string]UnaryMethod{
			echoMethod: func(_ context.Context, request *Request) ([]byte, error) { got = request; return nil, nil }})
		if err != nil {
			t.Fatal(err)
		}
		check := func(protocol string) {
			t.Helper()
			if got == nil || !strings.HasPrefix(got.Peer, "127.0.0.1:") {
				t.Fatalf("%s: the request is %+v", protocol, got)
			}
			want := map[string][]string{"x-tenant": {"blue", "green"}, "x-forwarded-for": {"10.1.2.3, 10.4.5.6"}}
			for key, values := range want {
				if !include {
					values = nil
				}
				if !slices.Equal(got.Metadata[key], values) {
					t.Errorf("%s, include_metadata %t: %s is %q, want %q", protocol, include, key, got.Metadata[key], values)
				}
			}
			if include && len(got.Metadata["host"]) != 1 {
				t.Errorf("%s: host is %q", protocol, got.Metadata["host"])
			}
		}
		req, _ := http.NewRequest("POST", "http://"+h.Addr().String()+"/", strings.NewReader("x"))
		req.Header = http.Header{"X-Tenant": {"blue", "green"}, "X-Forwarded-For": {"10.1.2.3, 10.4.5.6"}}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		check("HTTP")
		ctx := metadata.AppendToOutgoingContext(t.Context(), "X-Tenant", "blue", "x-tenant", "green", "x-forwarded-for", "10.1.2.3, 10.4.5.6")
		if _, err := dial(t, g, "none").Call(ctx, echoMethod, nil, nil); err != nil {
			t.Fatal(err)
		}
		check("gRPC")
		h.Close(t.Context())
		g.Close(t.Context())
	}
}

// A browser asks before it sends JSON to another origin, and reads the answer only if it may.
func TestCORS(t *testing.T) {
	t.Parallel()
	s := NewServers(nil)
	cfg := HTTPConfig{Endpoint: "127.0.0.1:0", ResponseHeaders: Headers{"X-From": "oriel"}, CORS: &CORSConfig{
		AllowedOrigins: []string{"https://app.example", "https://*.wild.example"}, AllowedHeaders: []string{"X-Tenant"}, ExposedHeaders: []string{"X-From"}, MaxAge: 7200}}
	l, err := s.ListenHTTP("a", cfg, map[string]http.Handler{"/v1/traces": text("taken"), "POST /api/v2/spans": text("taken")})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close(t.Context())
	for _, c := range []struct {
		origin, ask         string // ask: headers that the page wants to send
		allow, allowHeaders string
	}{
		{"https://app.example", "content-type", "https://app.example", "content-type"},
		{"https://app.example", "content-type,x-tenant", "https://app.example", "content-type,x-tenant"},
		{"https://a.wild.example", "content-type", "https://a.wild.example", "content-type"},
		{"https://app.example", "x-other", "", ""},
		{"https://evil.example", "content-type", "", ""},
	} {
		for _, path := range []string{"/v1/traces", "/api/v2/spans"} {
			req, _ := http.NewRequest("OPTIONS", "http://"+l.Addr().String()+path, nil)
			req.Header = http.Header{"Origin": {c.origin}, "Access-Control-Request-Method": {"POST"}, "Access-Control-Request-Headers": {c.ask}}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			h := resp.Header
			if resp.StatusCode != 204 || h.Get("Access-Control-Allow-Origin") != c.allow || h.Get("Access-Control-Allow-Headers") != c.allowHeaders ||
				c.allow != "" && h.Get("Access-Control-Max-Age") != "7200" || h.Get("X-From") != "oriel" {
				t.Errorf("%s asks at %s for %s: %d %v", c.origin, path, c.ask, resp.StatusCode, h)
			}
			req, _ = http.NewRequest("POST", "http://"+l.Addr().String()+path, strings.NewReader("x"))
			req.Header.Set("Origin", c.origin)
			if resp, err = http.DefaultClient.Do(req); err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			want := c.origin
			if strings.Contains(want, "evil") {
				want = ""
			}
			if resp.StatusCode != 200 || resp.Header.Get("Access-Control-Allow-Origin") != want || want != "" && resp.Header.Get("Access-Control-Expose-Headers") != "X-From" {
				t.Errorf("%s posts to %s: %d %v", c.origin, path, resp.StatusCode, resp.Header)
			}
		}
	}
}

// Each coding is taken by its name, unless compression_algorithms leaves it out.
func TestCompressionAlgorithms(t *testing.T) {
	t.Parallel()
	want := bytes.Repeat([]byte("oriel "), 10_000)
	bodies := map[string][]byte{"": want}
	maps.Copy(bodies, encodedAll(t, want))
	for _, only := range [][]string{nil, {"", "gzip"}, {"zstd"}} {
		s := NewServers(nil)
		l, err := s.ListenHTTP("a", HTTPConfig{Endpoint: "127.0.0.1:0", CompressionAlgorithms: only}, map[string]http.Handler{
			"/": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) })})
		if err != nil {
			t.Fatal(err)
		}
		for encoding, body := range bodies {
			wantStatus := 200
			if only != nil && !slices.Contains(only, encoding) {
				wantStatus = http.StatusUnsupportedMediaType
			}
			resp, text := post(t, "http://"+l.Addr().String()+"/", encoding, bytes.NewReader(body))
			if resp.StatusCode != wantStatus || wantStatus == 200 && text != string(want) {
				t.Errorf("%q where %q are taken: got %d, %d bytes", encoding, only, resp.StatusCode, len(text))
			}
		}
		l.Close(t.Context())
	}
}

func TestServerConfigProblems(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]config.Validator{
		`transport: "udp" is not supported`:                       &HTTPConfig{Transport: "udp"},
		`endpoint: "/run/otlp.sock" is not host:port`:             &GRPCConfig{Endpoint: "/run/otlp.sock"},
		"transport: unix":                                         &GRPCConfig{Endpoint: "/run/otlp.sock"},
		`socket_permissions: "rw" is not a mode`:                  &GRPCConfig{Transport: "unix", SocketPermissions: "rw"},
		"socket_permissions: only a unix socket":                  &HTTPConfig{SocketPermissions: "0660"},
		`compression_algorithms[1]: "br" is not known`:            &HTTPConfig{CompressionAlgorithms: []string{"gzip", "br"}},
		"allowed_origins: is empty, so that allowed_headers":      &CORSConfig{AllowedHeaders: []string{"a"}},
		"max_age: is negative":                                    &CORSConfig{MaxAge: -1},
		"read_buffer_size: is negative":                           &GRPCConfig{ReadBufferSize: -1},
		`endpoint: "127.0.0.1:70000" has no port from 0 to 65535`: &GRPCConfig{Endpoint: "127.0.0.1:70000"},
	} {
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
	for _, c := range []config.Validator{
		&HTTPConfig{Endpoint: "localhost:http"}, &GRPCConfig{Endpoint: "/run/otlp.sock", Transport: "unix", SocketPermissions: "0660"}, &HTTPConfig{MaxRequestBodySize: -1},
	} {
		if err := c.Validate(); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
