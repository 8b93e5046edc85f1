// Package transport owns sockets: listeners with their mux, TLS, limits and
// compression, and the clients of exporters. Receivers and APIs register
// handlers; two of them may share one address (the Zipkin receiver and the
// Zipkin query API both answer on 9411).
//
// Begin with Servers. ListenHTTP is in http.go, ListenGRPC in grpc.go, ListenUDP in udp.go; what a
// request may cost is in request.go.
package transport

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"

	"github.com/oriel-io/oriel/internal/budget"
)

// Servers opens listeners on demand and shares them between owners.
type Servers struct {
	log      *slog.Logger
	memory   *budget.Budget // nil: nothing is counted
	inflater inflater
	patience patience

	mu        sync.Mutex        // guards the rest
	servers   map[string]server // by their place
	listeners []*Listener       // open ones, and those that could not be opened
	reloading bool              // between BeginReload and EndReload

	parkedUDP map[string]*net.UDPConn // sockets without owner during a reload, by their place
}

// NewServers makes the registry; no socket is opened.
func NewServers(log *slog.Logger) *Servers {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Servers{log: log, inflater: newInflater(), patience: usualPatience, servers: map[string]server{}, parkedUDP: map[string]*net.UDPConn{}}
}

// SetMemory has requests admitted by the bytes that they hold, as they came and
// inflated, until they are answered. To be called before the first Listen.
func (s *Servers) SetMemory(memory *budget.Budget) { s.memory = memory }

// Listener is an owner's share of a server.
type Listener struct {
	owner, protocol string
	endpoint        string
	addr            net.Addr // nil if it could not be opened
	err             error
	name            atomic.Pointer[string]
	items, refused  atomic.Int64

	closeOnce sync.Once
	closed    error
	close     func(ctx context.Context) error
}

// Addr is the address that is listened on, with the real port.
func (l *Listener) Addr() net.Addr { return l.addr }

// Named sets what people call the listener ("OTLP gRPC"); without it, the owner.
func (l *Listener) Named(name string) *Listener {
	l.name.Store(&name)
	return l
}

// Received counts items that were taken in, for the status page.
func (l *Listener) Received(items int) { l.items.Add(int64(items)) }

// Refused counts items, or a request whose items are not known, that were answered with an error.
func (l *Listener) Refused(items int) { l.refused.Add(int64(max(1, items))) }

// Close takes the owner's routes away, waits for their requests to end, and
// closes the socket if no other owner is left. When ctx ends first, what still
// runs is cut off and ctx's error returned. May be called twice.
func (l *Listener) Close(ctx context.Context) error {
	l.closeOnce.Do(func() {
		if l.close != nil {
			l.closed = l.close(ctx)
		}
	})
	return l.closed
}

// State is what the status page shows of a listener.
type State struct {
	Name     string // what people call it
	Owner    string // receivers.otlp
	Protocol string // http, grpc, udp
	Address  string // host:port
	Open     bool
	Error    string // why it is not open
	Items    int64  // taken in
	Refused  int64  // answered with an error
}

// States lists all listeners in the order in which they were asked for, those that could not
// be opened included.
func (s *Servers) States() []State {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]State, len(s.listeners))
	for i, l := range s.listeners {
		out[i] = State{
			Name: l.owner, Owner: l.owner, Protocol: l.protocol, Address: l.endpoint,
			Open: l.addr != nil, Items: l.items.Load(), Refused: l.refused.Load(),
		}
		if name := l.name.Load(); name != nil {
			out[i].Name = *name
		}
		if l.addr != nil {
			out[i].Address = l.addr.String()
		}
		if l.err != nil {
			out[i].Error = l.err.Error()
		}
	}
	return out
}

// failed records a listener that could not be opened; the caller of Listen
// says for whom it was. The caller of failed holds mu.
func (s *Servers) failed(owner, protocol, endpoint string, err error) error {
	err = fmt.Errorf("listen on %s: %w", endpoint, err)
	s.listeners = append(s.listeners, &Listener{owner: owner, protocol: protocol, endpoint: endpoint, err: err})
	return err
}

// forget takes a listener out of the list. The caller holds mu.
func (s *Servers) forget(l *Listener) {
	for i, other := range s.listeners {
		if other == l {
			s.listeners = append(s.listeners[:i:i], s.listeners[i+1:]...)
			return
		}
	}
}
