package transport

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// A reload takes all listeners down and opens others, often at the same places. In
// between, servers that lost their last owner are parked: they keep their connections and take
// new ones, and requests wait for the next owner. One that comes with the same settings
// takes the server over and nobody notices; with other settings it gets a new
// server on the same socket, and the old one sends its clients there.

// server is one socket that is served, with HTTP or gRPC.
type server interface {
	// owner names who listens, "" if the server is parked.
	owner() string
	protocol() string
	raw() net.Listener
	// retire ends a parked server without cutting anything off: its connections end after what runs
	// on them. Requests that wait go on at next; if it is nil, or of the other protocol, they are refused.
	retire(next server)
}

// BeginReload has servers parked, rather than closed, when their last owner leaves.
func (s *Servers) BeginReload() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reloading = true
}

// EndReload closes the servers that nobody took over.
func (s *Servers) EndReload() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reloading = false
	for place, server := range s.servers {
		if server.owner() == "" {
			delete(s.servers, place)
			server.retire(nil)
		}
	}
	for place, socket := range s.parkedUDP {
		delete(s.parkedUDP, place)
		socket.Close()
	}
}

// socketAt opens the socket for a new server. old is the parked server that had it before, if there is one.
// The caller holds mu.
func (s *Servers) socketAt(place, network, endpoint, permissions string) (socket net.Listener, old server, err error) {
	if old = s.servers[place]; old != nil {
		socket, err = duplicate(old.raw())
		return socket, old, err
	}
	socket, err = listen(network, endpoint, permissions)
	return socket, nil, err
}

// retireTimeout is how long a server that was replaced lets requests run.
const retireTimeout = 30 * time.Second

// waitAll waits for servers that end, until ctx does; each has a bound of its own.
func waitAll(ctx context.Context, ending *sync.WaitGroup) error {
	done := make(chan struct{})
	go func() { ending.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// current is what answers requests. For the moment of a reload it is nothing,
// and requests wait.
type current[T any] struct{ now atomic.Pointer[moment[T]] }

type moment[T any] struct {
	value *T
	over  chan struct{} // closed when there is a later one
}

func newCurrent[T any]() *current[T] {
	c := new(current[T])
	c.now.Store(&moment[T]{over: make(chan struct{})})
	return c
}

// set replaces what answers; nil makes requests wait. Not to be called concurrently.
func (c *current[T]) set(value *T) {
	before := c.now.Swap(&moment[T]{value, make(chan struct{})})
	close(before.over)
}

// get waits until there is something, or ctx ends.
func (c *current[T]) get(ctx context.Context) (*T, error) {
	for {
		now := c.now.Load()
		if now.value != nil {
			return now.value, nil
		}
		select {
		case <-now.over:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// certificates are the TLS settings of a server, which the next owner may bring anew.
type certificates struct{ now atomic.Pointer[tls.Config] }

// config is what a listener is made with.
func (c *certificates) config(protocols ...string) *tls.Config {
	return &tls.Config{
		NextProtos: protocols,
		GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			now := c.now.Load()
			if now.GetConfigForClient != nil {
				return now.GetConfigForClient(hello)
			}
			return now, nil
		},
	}
}
