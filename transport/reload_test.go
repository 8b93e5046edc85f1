package transport

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// load calls until stopped, from several goroutines, and counts what came of it.
type load struct {
	done sync.WaitGroup

	mu     sync.Mutex // guards the rest
	made   sync.Cond  // when a call was made
	calls  int
	failed []error
	owners map[string]bool // who answered
	ended  bool
}

func startLoad(clients int, call func() (owner string, err error)) *load {
	l := &load{owners: map[string]bool{}}
	l.made.L = &l.mu
	for range clients {
		l.done.Go(func() {
			for ended := false; !ended; {
				owner, err := call()
				l.mu.Lock()
				l.calls++
				l.owners[owner] = true
				if err != nil {
					l.failed = append(l.failed, err)
				}
				ended = l.ended
				l.made.Broadcast()
				l.mu.Unlock()
			}
		})
	}
	return l
}

// more waits until so many further calls were made.
func (l *load) more(calls int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for want := l.calls + calls; l.calls < want; {
		l.made.Wait()
	}
}

// end stops the load; no call may have failed, and each owner must have answered some.
func (l *load) end(t *testing.T, name string, owners int) {
	t.Helper()
	l.mu.Lock()
	l.ended = true
	l.mu.Unlock()
	l.done.Wait()
	t.Logf("%s: %d calls to %d owners, %d failed", name, l.calls, owners, len(l.failed))
	if len(l.failed) > 0 {
		t.Errorf("%s: %d of %d calls failed, the first with %v", name, len(l.failed), l.calls, l.failed[0])
	}
	for i := range owners {
		if !l.owners[fmt.Sprintf("owner %d", i)] {
			t.Errorf("%s: owner %d answered nothing", name, i)
		}
	}
}

// Reloads swap owners, and servers whose settings changed, under load. No call may
// fail, and no client tries one again.
func TestReload(t *testing.T) {
	t.Parallel()
	const swaps, clients = 30, 4
	answerHTTP := func(owner string) map[string]http.Handler {
		return map[string]http.Handler{"/": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, err := ReadBody(r); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			io.WriteString(w, owner)
		})}
	}
	answerGRPC := func(owner string) map[string]UnaryMethod {
		return map[string]UnaryMethod{echoMethod: func(context.Context, *Request) ([]byte, error) { return []byte(owner), nil }}
	}
	s := NewServers(nil)
	httpConfig, grpcConfig := HTTPConfig{Endpoint: "127.0.0.1:0"}, GRPCConfig{Endpoint: "127.0.0.1:0"}
	open := func(owner string) []*Listener {
		h, err := s.ListenHTTP(owner, httpConfig, answerHTTP(owner))
		if err != nil {
			t.Fatal(err)
		}
		g, err := s.ListenGRPC(owner, grpcConfig, answerGRPC(owner))
		if err != nil {
			t.Fatal(err)
		}
		httpConfig.Endpoint, grpcConfig.Endpoint = h.Addr().String(), g.Addr().String()
		return []*Listener{h, g}
	}
	listeners := open("owner 0")
	url, target := "http://"+httpConfig.Endpoint+"/", grpcConfig.Endpoint

	body := bytes.Repeat([]byte("x"), 10_000)
	httpClient := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	overHTTP := startLoad(clients, func() (string, error) {
		resp, err := httpClient.Post(url, "text/plain", bytes.NewReader(body))
		if err != nil {
			return "", err
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if resp.StatusCode != 200 {
			err = fmt.Errorf("%s: %s", resp.Status, text)
		}
		return string(text), err
	})
	conn, err := grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	overGRPC := startLoad(clients, func() (string, error) {
		var reply []byte
		err := conn.Invoke(context.Background(), echoMethod, body, &reply, grpc.ForceCodecV2(bytesCodec{}))
		return string(reply), err
	})
	for i := range swaps {
		overHTTP.more(20)
		overGRPC.more(20)
		s.BeginReload()
		for _, l := range listeners {
			if err := l.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if i%3 == 2 { // other settings: new servers on the same sockets
			httpConfig.IdleTimeout = time.Minute + time.Duration(i)*time.Second
			grpcConfig.MaxRecvMsgSizeMiB = 4 + i
		}
		listeners = open(fmt.Sprintf("owner %d", i+1))
		s.EndReload()
	}
	overHTTP.more(20)
	overGRPC.more(20)
	overHTTP.end(t, "HTTP", swaps+1)
	overGRPC.end(t, "gRPC", swaps+1)
	httpClient.CloseIdleConnections()
	conn.Close()
	for _, l := range listeners {
		if err := l.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if _, err := net.Dial("tcp", httpConfig.Endpoint); err == nil {
		t.Error("the HTTP socket is still open at the end")
	}
}

// A place may change its protocol, and what nobody takes over is closed; requests that wait there are refused.
func TestReloadElsewhere(t *testing.T) {
	t.Parallel()
	s := NewServers(nil)
	l := mustListen(t, s, "receivers.a", "127.0.0.1:0", map[string]http.Handler{"/": text("a")})
	endpoint := l.Addr().String()
	gone := mustListen(t, s, "receivers.b", "127.0.0.1:0", map[string]http.Handler{"/": text("b")})
	s.BeginReload()
	for _, l := range []*Listener{l, gone} {
		if err := l.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.States()) != 0 {
		t.Errorf("parked servers are listed: %+v", s.States())
	}
	waiting := make(chan int, 1)
	go func() {
		client := http.Client{Timeout: 10 * time.Second} // another test may be given the port meanwhile
		resp, err := client.Get("http://" + gone.Addr().String())
		if err != nil {
			waiting <- 0
			return
		}
		resp.Body.Close()
		waiting <- resp.StatusCode
	}()
	g, err := s.ListenGRPC("receivers.c", GRPCConfig{Endpoint: endpoint}, map[string]UnaryMethod{echoMethod: echo})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.ListenHTTP("receivers.d", HTTPConfig{Endpoint: endpoint}, nil); err == nil || !strings.Contains(err.Error(), "receivers.c listens there already, with grpc") {
		t.Errorf("a second owner: %v", err)
	}
	s.EndReload()
	if status := <-waiting; status != http.StatusServiceUnavailable && status != 0 {
		t.Errorf("a request at a place that is gone: %d, want 503 or no connection", status)
	}
	if reply, err := dial(t, g, "none").Call(t.Context(), echoMethod, []byte("x"), nil); err != nil || string(reply) != "x" {
		t.Errorf("the new protocol at the old place: %q, %v", reply, err)
	}
	if err := g.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
