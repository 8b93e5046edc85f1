package imds

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// serve answers as the documentation says: a token is needed, and one that is not known is refused.
func serve(t *testing.T, handle func(w http.ResponseWriter, r *http.Request)) (url string, tokens *atomic.Int32) {
	t.Helper()
	tokens = new(atomic.Int32)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut && r.URL.Path == "/latest/api/token" {
			if r.Header.Get("X-aws-ec2-metadata-token-ttl-seconds") != "21600" {
				w.WriteHeader(http.StatusBadRequest)
			}
			fmt.Fprintf(w, "token-%d", tokens.Add(1))
			return
		}
		handle(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, tokens
}

func TestTokenIsKeptAndRenewed(t *testing.T) {
	t.Parallel()
	var valid atomic.Value
	valid.Store("token-1")
	url, tokens := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-aws-ec2-metadata-token") != valid.Load() {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprintln(w, "i-1")
	})
	c := New(Options{Endpoint: url})
	for range 3 {
		if id, err := c.Metadata(t.Context(), "instance-id"); err != nil || id != "i-1" {
			t.Fatalf("got %q, %v", id, err)
		}
	}
	if tokens.Load() != 1 {
		t.Errorf("%d tokens for three questions", tokens.Load())
	}
	valid.Store("token-2") // the service has forgotten the first
	if id, err := c.Metadata(t.Context(), "instance-id"); err != nil || id != "i-1" {
		t.Errorf("after the token has expired: %q, %v", id, err)
	}
}

// TestOlderService has no tokens.
func TestOlderService(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		fmt.Fprint(w, "i-1")
	}))
	t.Cleanup(server.Close)
	if id, err := New(Options{Endpoint: server.URL + "/"}).Metadata(t.Context(), "instance-id"); err != nil || id != "i-1" {
		t.Errorf("got %q, %v", id, err)
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/latest/meta-data/busy":
			asked.Add(1)
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/latest/meta-data/long":
			fmt.Fprint(w, strings.Repeat("x", maxAnswer+1))
		case "/latest/dynamic/instance-identity/document":
			fmt.Fprint(w, "<html>")
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	})
	c := New(Options{Endpoint: url, Attempts: 2, MaxBackoff: time.Millisecond})
	if _, err := c.Metadata(t.Context(), "busy"); err == nil || asked.Load() != 2 {
		t.Errorf("busy: asked %d times, %v", asked.Load(), err)
	}
	if _, err := c.Metadata(t.Context(), "long"); err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("long: %v", err)
	}
	if _, err := c.Metadata(t.Context(), "none"); !IsNotFound(err) {
		t.Errorf("none: %v", err)
	}
	if _, err := c.Identity(t.Context()); err == nil || !strings.Contains(err.Error(), "identity document") {
		t.Errorf("identity: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Metadata(ctx, "busy"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestEnvironment(t *testing.T) {
	t.Parallel()
	endpoint := func(vars map[string]string) string {
		return New(Options{Env: func(name string) string { return vars[name] }}).endpoint
	}
	if got := endpoint(nil); got != "http://169.254.169.254" {
		t.Errorf("by default %s", got)
	}
	if got := endpoint(map[string]string{"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "IPv6"}); got != "http://[fd00:ec2::254]" {
		t.Errorf("IPv6: %s", got)
	}
	if got := endpoint(map[string]string{"AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1/"}); got != "http://127.0.0.1:1" {
		t.Errorf("named: %s", got)
	}
	c := New(Options{Env: func(string) string { return "true" }})
	if _, err := c.Metadata(t.Context(), "instance-id"); !errors.Is(err, ErrDisabled) {
		t.Errorf("disabled: %v", err)
	}
}
