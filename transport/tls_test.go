package transport

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/internal/certtest"
)

// pki is an authority and what it issued, in files.
type pki struct {
	*certtest.Authority
	ca, serverCert, serverKey, clientCert, clientKey string
}

func newPKI(t *testing.T, expires time.Time) pki {
	t.Helper()
	a, dir := certtest.NewAuthority(t, "test authority"), t.TempDir()
	cert, key := a.Issue(t, "127.0.0.1", expires)
	clientCert, clientKey := a.Issue(t, "agent", time.Now().Add(time.Hour))
	return pki{
		a, certtest.Write(t, dir, "ca.crt", a.PEM), certtest.Write(t, dir, "server.crt", cert), certtest.Write(t, dir, "server.key", key),
		certtest.Write(t, dir, "client.crt", clientCert), certtest.Write(t, dir, "client.key", clientKey),
	}
}

func (p pki) server() *TLSServerConfig {
	return &TLSServerConfig{TLSConfig: TLSConfig{CertFile: p.serverCert, KeyFile: p.serverKey}}
}

func (p pki) client() TLSClientConfig { return TLSClientConfig{TLSConfig: TLSConfig{CAFile: p.ca}} }

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// handshake connects once, sends a byte and has it echoed. err is the client's.
func handshake(t *testing.T, server *TLSServerConfig, client TLSClientConfig) (tls.ConnectionState, error) {
	t.Helper()
	loaded, err := server.Load(nil, "h2")
	if err != nil {
		t.Fatal(err)
	}
	socket, err := tls.Listen("tcp", "127.0.0.1:0", loaded)
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	go func() {
		if conn, err := socket.Accept(); err == nil {
			io.CopyN(conn, conn, 1)
			conn.Close()
		}
	}()
	source, err := client.source(nil)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := tls.Dial("tcp", socket.Addr().String(), source.config())
	if err != nil {
		return tls.ConnectionState{}, err
	}
	defer conn.Close()
	if _, err := conn.Write([]byte{1}); err != nil {
		return tls.ConnectionState{}, err
	}
	// With TLS 1.3 a client learns only here that its certificate was refused.
	if _, err := io.ReadFull(conn, make([]byte, 1)); err != nil {
		return tls.ConnectionState{}, err
	}
	return conn.ConnectionState(), nil
}

// Who is let in, and who says no.
func TestHandshakes(t *testing.T) {
	t.Parallel()
	p, other := newPKI(t, time.Now().Add(time.Hour)), newPKI(t, time.Now().Add(time.Hour))
	expired := newPKI(t, time.Now().Add(-time.Minute))
	asking := func(ca string) *TLSServerConfig {
		s := p.server()
		s.ClientCAFile = ca
		return s
	}
	change := func(c TLSClientConfig, f func(*TLSClientConfig)) TLSClientConfig { f(&c); return c }
	for name, c := range map[string]struct {
		server *TLSServerConfig
		client TLSClientConfig
		err    string // "": it works
	}{
		"trusted":               {p.server(), p.client(), ""},
		"another authority":     {p.server(), other.client(), "unknown authority"},
		"the system's":          {p.server(), TLSClientConfig{}, "unknown authority"},
		"system and own":        {p.server(), change(p.client(), func(c *TLSClientConfig) { c.IncludeSystemCACertsPool = true }), ""},
		"anybody":               {p.server(), TLSClientConfig{InsecureSkipVerify: true}, ""},
		"expired":               {expired.server(), expired.client(), "expired"},
		"another name":          {p.server(), change(p.client(), func(c *TLSClientConfig) { c.ServerName = "gateway.example" }), "wanted to match gateway.example"},
		"no client certificate": {asking(p.ca), p.client(), "certificate required"},
		"client certificate":    {asking(p.ca), change(p.client(), func(c *TLSClientConfig) { c.CertFile, c.KeyFile = p.clientCert, p.clientKey }), ""},
		"another client's":      {asking(p.ca), change(p.client(), func(c *TLSClientConfig) { c.CertFile, c.KeyFile = other.clientCert, other.clientKey }), "unknown certificate authority"},
		"two versions":          {p.server(), change(p.client(), func(c *TLSClientConfig) { c.MaxVersion = "1.2" }), ""},
		"no version in common":  {&TLSServerConfig{TLSConfig: TLSConfig{CertFile: p.serverCert, KeyFile: p.serverKey, MinVersion: "1.3"}}, change(p.client(), func(c *TLSClientConfig) { c.MaxVersion = "1.2" }), "protocol version"},
		"no curve in common":    {&TLSServerConfig{TLSConfig: TLSConfig{CertFile: p.serverCert, KeyFile: p.serverKey, CurvePreferences: []string{"P384"}}}, change(p.client(), func(c *TLSClientConfig) { c.CurvePreferences = []string{"X25519"} }), "handshake failure"},
		"certificates given as text": {&TLSServerConfig{TLSConfig: TLSConfig{CertPEM: config.Secret(read(t, p.serverCert)), KeyPEM: config.Secret(read(t, p.serverKey))}},
			TLSClientConfig{TLSConfig: TLSConfig{CAPEM: string(p.PEM)}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := handshake(t, c.server, c.client)
			switch {
			case c.err == "" && err != nil:
				t.Errorf("refused: %v", err)
			case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
				t.Errorf("got %v, want an error with %q", err, c.err)
			}
		})
	}
}

func TestChosenSuiteAndVersion(t *testing.T) {
	t.Parallel()
	p := newPKI(t, time.Now().Add(time.Hour))
	server := p.server()
	server.MaxVersion, server.CipherSuites = "1.2", []string{"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"}
	state, err := handshake(t, server, p.client())
	if err != nil || state.Version != tls.VersionTLS12 || state.CipherSuite != tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 {
		t.Errorf("version %x, suite %s (%v)", state.Version, tls.CipherSuiteName(state.CipherSuite), err)
	}
}

// logLines is a log that is written by several goroutines.
type logLines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logLines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logLines) has(want string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(l.text.String(), want)
}

// A server takes a new certificate and new authorities for its clients while it serves. Who is
// connected stays so, and files that make no sense change nothing but the log.
func TestServerReload(t *testing.T) {
	t.Parallel()
	p, next := newPKI(t, time.Now().Add(time.Hour)), newPKI(t, time.Now().Add(time.Hour))
	clients := certtest.Write(t, t.TempDir(), "clients.crt", p.PEM)
	cfg := p.server()
	cfg.ClientCAFile, cfg.ReloadInterval = clients, time.Nanosecond
	log := &logLines{}
	s := NewServers(slog.New(slog.NewTextHandler(log, nil)))
	l, err := s.ListenGRPC("receivers.test", GRPCConfig{Endpoint: "127.0.0.1:0", TLS: cfg}, map[string]UnaryMethod{echoMethod: echo})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close(t.Context()) })
	connect := func(trust, own pki) *GRPCClient {
		c := GRPCClientConfig{Endpoint: l.Addr().String(), TLS: trust.client()}
		c.TLS.CertFile, c.TLS.KeyFile = own.clientCert, own.clientKey
		client, err := c.NewClient(nil, "test")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { client.Close() })
		return client
	}
	call := func(c *GRPCClient) error {
		_, err := c.Call(t.Context(), echoMethod, []byte("x"), nil)
		return err
	}
	old := connect(p, p)
	if err := call(old); err != nil {
		t.Fatal(err)
	}

	if err := os.WriteFile(p.serverCert, []byte("half a certi"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := call(connect(p, p)); err != nil {
		t.Errorf("with a broken file: %v", err)
	}
	if !log.has("the old ones stay in force") {
		t.Errorf("the log says nothing of it: %s", log.text.String())
	}

	for _, file := range [][2]string{{next.serverCert, p.serverCert}, {next.serverKey, p.serverKey}, {next.ca, clients}} {
		if err := os.WriteFile(file[1], []byte(read(t, file[0])), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := call(connect(next, next)); err != nil {
		t.Errorf("with the new certificate: %v", err)
	}
	if err := call(connect(p, p)); err == nil {
		t.Error("a client of the old authority was let in")
	}
	if err := call(old); err != nil {
		t.Errorf("the open connection: %v", err)
	}
}

// client_ca_file_reload alone sees a change within a second, and not at each handshake.
func TestClientCAReload(t *testing.T) {
	t.Parallel()
	p, next := newPKI(t, time.Now().Add(time.Hour)), newPKI(t, time.Now().Add(time.Hour))
	synctest.Test(t, func(t *testing.T) {
		cfg := p.server()
		cfg.ClientCAFile, cfg.ClientCAFileReload = certtest.Write(t, t.TempDir(), "clients.crt", p.PEM), true
		loaded, err := cfg.Load(nil)
		if err != nil {
			t.Fatal(err)
		}
		ask := func() *tls.Config {
			now, err := loaded.GetConfigForClient(nil)
			if err != nil {
				t.Fatal(err)
			}
			return now
		}
		before := ask()
		certtest.Write(t, filepath.Dir(cfg.ClientCAFile), "clients.crt", next.PEM)
		if ask() != before {
			t.Error("the file was read at once")
		}
		time.Sleep(time.Second)
		if now := ask(); now.ClientCAs.Equal(before.ClientCAs) {
			t.Error("the change was not seen")
		}
		seen := ask()
		time.Sleep(time.Hour)
		if ask() != seen {
			t.Error("new settings without a change: no session could be resumed")
		}
	})
}

// A client takes a new authority and a new certificate of its own for its next connection.
func TestClientReload(t *testing.T) {
	t.Parallel()
	p, next := newPKI(t, time.Now().Add(time.Hour)), newPKI(t, time.Now().Add(time.Hour))
	serve := func(p pki) net.Addr {
		cfg := p.server()
		cfg.ClientCAFile = p.ca
		l, err := NewServers(nil).ListenGRPC("receivers.test", GRPCConfig{Endpoint: "127.0.0.1:0", TLS: cfg}, map[string]UnaryMethod{echoMethod: echo})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close(t.Context()) })
		return l.Addr()
	}
	for name, want := range map[string]bool{"never": false, "reloading": true} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			files := TLSConfig{
				CAFile:   certtest.Write(t, dir, "ca.crt", p.PEM),
				CertFile: certtest.Write(t, dir, "client.crt", []byte(read(t, p.clientCert))),
				KeyFile:  certtest.Write(t, dir, "client.key", []byte(read(t, p.clientKey))),
			}
			if want {
				files.ReloadInterval = time.Nanosecond
			}
			cfg := GRPCClientConfig{Endpoint: serve(next).String(), TLS: TLSClientConfig{TLSConfig: files}}
			c, err := cfg.NewClient(nil, "test")
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			certtest.Write(t, dir, "ca.crt", next.PEM)
			certtest.Write(t, dir, "client.crt", []byte(read(t, next.clientCert)))
			certtest.Write(t, dir, "client.key", []byte(read(t, next.clientKey)))
			if _, err := c.Call(t.Context(), echoMethod, []byte("x"), nil); (err == nil) != want {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestTLSProblems(t *testing.T) {
	t.Parallel()
	good := TLSConfig{CertFile: "a", KeyFile: "b"}
	for name, c := range map[string]struct {
		change func(*TLSConfig)
		where  string // of the only problem
		note   bool
	}{
		"no key":               {func(c *TLSConfig) { c.KeyFile = "" }, "", false},
		"no certificate":       {func(c *TLSConfig) { c.CertFile = "" }, "", false},
		"file and text":        {func(c *TLSConfig) { c.CertPEM = "x" }, "cert_pem", false},
		"two authorities":      {func(c *TLSConfig) { c.CAFile, c.CAPEM = "x", "y" }, "ca_pem", false},
		"no such version":      {func(c *TLSConfig) { c.MinVersion = "1.4" }, "min_version", false},
		"an old version":       {func(c *TLSConfig) { c.MinVersion = "1.1" }, "min_version", true},
		"none in between":      {func(c *TLSConfig) { c.MinVersion, c.MaxVersion = "1.3", "1.2" }, "max_version", false},
		"no such suite":        {func(c *TLSConfig) { c.CipherSuites = []string{"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA265"} }, "cipher_suites[0]", false},
		"a suite that is weak": {func(c *TLSConfig) { c.CipherSuites = []string{"TLS_RSA_WITH_RC4_128_SHA"} }, "cipher_suites[0]", false},
		"no such curve":        {func(c *TLSConfig) { c.CurvePreferences = []string{"X25519", "P255"} }, "curve_preferences[1]", false},
		"negative":             {func(c *TLSConfig) { c.ReloadInterval = -1 }, "reload_interval", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := good
			if err := cfg.Validate(); err != nil {
				t.Fatal(err)
			}
			c.change(&cfg)
			p, ok := errors.AsType[*config.Problem](cfg.Validate())
			if !ok || p.Where != c.where || p.Note != c.note || p.Fix == "" {
				t.Errorf("got %+v", p)
			}
		})
	}
}
