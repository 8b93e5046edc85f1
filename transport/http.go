package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync/atomic"

	"golang.org/x/net/netutil"
)

// httpServer is one socket with the routes of all its owners.
type httpServer struct {
	address string // resolved, the key in Servers.shared
	socket  net.Listener
	server  *http.Server
	secure  bool
	mux     atomic.Pointer[http.ServeMux] // replaced as a whole when owners come and go

	owners []*httpOwner // guarded by Servers.mu
}

// httpOwner is one owner's routes.
type httpOwner struct {
	name   string
	routes map[string]http.Handler
	gate   *gate
}

// ListenHTTP adds routes (net/http.ServeMux patterns) to the server at
// cfg.Endpoint and opens it if it is not open yet. Owner is the name in the
// errors of others and in the status page, for example "receivers.zipkin". A pattern that another owner
// has is an error that names that owner; so is a port that is in use.
//
// Handlers read a body that is inflated already, bounded by cfg and by the memory
// that SetMemory allows; see ReadRequest.
func (s *Servers) ListenHTTP(owner string, cfg HTTPConfig, routes map[string]http.Handler) (*Listener, error) {
	cfg = cfg.withDefaults()
	s.mu.Lock()
	defer s.mu.Unlock()

	server, err := s.httpServerAt(cfg)
	if err != nil {
		return nil, s.failed(owner, "http", cfg.Endpoint, err)
	}
	mine := &httpOwner{name: owner, routes: map[string]http.Handler{}, gate: newGate()}
	for pattern, handler := range routes {
		mine.routes[pattern] = mine.gate.wrap(s.serveBodies(handler, cfg))
	}
	mux, err := buildMux(append(slices.Clip(server.owners), mine))
	if err != nil {
		if len(server.owners) == 0 {
			s.close(server)
		}
		return nil, s.failed(owner, "http", cfg.Endpoint, err)
	}
	server.owners = append(server.owners, mine)
	server.mux.Store(mux)

	l := &Listener{owner: owner, protocol: "http", endpoint: cfg.Endpoint, addr: server.socket.Addr()}
	l.close = func(ctx context.Context) error { return s.leave(ctx, l, server, mine) }
	s.listeners = append(s.listeners, l)
	return l, nil
}

// httpServerAt finds the shared server at an address or opens it. The caller holds mu.
func (s *Servers) httpServerAt(cfg HTTPConfig) (*httpServer, error) {
	address := resolve(cfg.Endpoint)
	if found := s.shared[address]; found != nil {
		if found.secure != (cfg.TLS != nil) {
			return nil, fmt.Errorf("%s shares this address and only one of the two uses TLS", found.owners[0].name)
		}
		return found, nil
	}
	for _, l := range s.listeners {
		if l.addr != nil && l.protocol != "http" && l.addr.String() == address {
			return nil, fmt.Errorf("%s listens there already, with %s", l.owner, l.protocol)
		}
	}
	var tlsConfig *tls.Config
	if cfg.TLS != nil {
		loaded, err := cfg.TLS.Load(s.log, "h2", "http/1.1")
		if err != nil {
			return nil, err
		}
		tlsConfig = loaded
	}
	socket, err := listen(cfg.Endpoint)
	if err != nil {
		return nil, err
	}
	limited := netutil.LimitListener(socket, cfg.MaxConnections)
	if tlsConfig != nil {
		limited = tls.NewListener(limited, tlsConfig)
	}
	server := &httpServer{address: socket.Addr().String(), socket: limited, secure: tlsConfig != nil}
	server.mux.Store(http.NewServeMux())
	server.server = &http.Server{
		Handler:           http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { server.mux.Load().ServeHTTP(w, r) }),
		ReadHeaderTimeout: cfg.ReadHeaderTimeout,
		WriteTimeout:      cfg.WriteTimeout,
		IdleTimeout:       cfg.IdleTimeout,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	if keep := cfg.KeepAlivesEnabled; keep != nil {
		server.server.SetKeepAlivesEnabled(*keep)
	}
	s.shared[server.address] = server
	go func() {
		if err := server.server.Serve(limited); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("the HTTP server ended", "address", server.address, "error", err)
		}
	}()
	return server, nil
}

// leave takes one owner's routes away, and closes the server behind the last one.
func (s *Servers) leave(ctx context.Context, l *Listener, server *httpServer, mine *httpOwner) error {
	s.mu.Lock()
	server.owners = slices.DeleteFunc(server.owners, func(o *httpOwner) bool { return o == mine })
	last := len(server.owners) == 0
	if last {
		delete(s.shared, server.address) // a new owner must open a new socket
	} else if mux, err := buildMux(server.owners); err == nil { // a subset of routes that did not conflict
		server.mux.Store(mux)
	}
	s.forget(l)
	s.mu.Unlock()

	if last {
		err := server.server.Shutdown(ctx)
		if err != nil {
			server.server.Close()
		}
		return err
	}
	return mine.gate.close(ctx)
}

// close gives up a server that has no owner. The caller holds mu.
func (s *Servers) close(server *httpServer) {
	delete(s.shared, server.address)
	server.server.Close()
}

// buildMux makes one mux of all owners' routes; two patterns that conflict are an error that names both owners.
func buildMux(owners []*httpOwner) (*http.ServeMux, error) {
	mux := http.NewServeMux()
	for i, owner := range owners {
		for pattern, handler := range owner.routes {
			if err := addRoute(mux, pattern, handler); err != nil {
				for _, other := range owners[:i] {
					for taken, h := range other.routes {
						pair := http.NewServeMux()
						if addRoute(pair, taken, h) == nil && addRoute(pair, pattern, handler) != nil {
							return nil, fmt.Errorf("the path %q conflicts with %q of %s at the same address", pattern, taken, other.name)
						}
					}
				}
				return nil, err
			}
		}
	}
	return mux, nil
}

// addRoute turns the mux's panic about a bad or conflicting pattern into an error.
func addRoute(mux *http.ServeMux, pattern string, handler http.Handler) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	mux.Handle(pattern, handler)
	return nil
}

// resolve makes localhost:80 and 127.0.0.1:80 one key. Port 0 is never shared.
func resolve(endpoint string) string {
	addr, err := net.ResolveTCPAddr("tcp", endpoint)
	if err != nil || addr.Port == 0 {
		return ""
	}
	return addr.String()
}
