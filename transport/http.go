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
	"sync"
	"time"
)

// httpServer is one socket with the routes of all its owners.
type httpServer struct {
	servers  *Servers
	place    string
	settings httpSettings
	socket   net.Listener
	certs    certificates
	server   *http.Server
	routes   *current[http.Handler] // replaced as a whole when owners come and go
	owners   []*httpOwner           // guarded by Servers.mu
	serving  chan struct{}          // closed when nothing is accepted any more
	ending   chan struct{}          // closed when the server is to end
	earlier  sync.WaitGroup         // servers that this one replaced and that still end
}

// httpSettings are those that belong to the server rather than to one owner.
type httpSettings struct {
	secure, keepAlives                           bool
	readHeaderTimeout, writeTimeout, idleTimeout time.Duration
	maxConnections                               int
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
		mine.routes[pattern] = mine.gate.wrap(s.serveBodies(handler, cfg), server)
	}
	for _, pattern := range cfg.CORS.preflights(routes) {
		mine.routes[pattern] = s.serveBodies(http.NotFoundHandler(), cfg)
	}
	mux, err := buildMux(append(slices.Clip(server.owners), mine))
	if err != nil {
		if len(server.owners) == 0 && !s.reloading {
			delete(s.servers, server.place)
			server.retire(nil)
		}
		return nil, s.failed(owner, "http", cfg.Endpoint, err)
	}
	server.owners = append(server.owners, mine)
	server.routes.set(&mux)

	l := &Listener{owner: owner, protocol: "http", endpoint: cfg.Endpoint, addr: server.socket.Addr()}
	l.close = func(ctx context.Context) error { return server.leave(ctx, l, mine) }
	s.listeners = append(s.listeners, l)
	return l, nil
}

// httpServerAt finds the shared server at an address or opens it. The caller holds mu.
func (s *Servers) httpServerAt(cfg HTTPConfig) (*httpServer, error) {
	place := placeFor(cfg.Transport, cfg.Endpoint)
	found := s.servers[place]
	shared, isHTTP := found.(*httpServer)
	switch {
	case found == nil || found.owner() == "": // below
	case !isHTTP:
		return nil, fmt.Errorf("%s listens there already, with %s", found.owner(), found.protocol())
	case shared.settings.secure != (cfg.TLS != nil):
		return nil, fmt.Errorf("%s shares this address and only one of the two uses TLS", shared.owner())
	default:
		return shared, nil
	}
	settings := cfg.settings()
	var certs *tls.Config
	if cfg.TLS != nil {
		var err error
		if certs, err = cfg.TLS.Load(s.log, "h2", "http/1.1"); err != nil {
			return nil, err
		}
	}
	if isHTTP && shared.settings == settings {
		shared.certs.now.Store(certs)
		return shared, nil
	}
	socket, old, err := s.socketAt(place, cfg.Transport, cfg.Endpoint, cfg.SocketPermissions)
	if err != nil {
		return nil, err
	}
	server := &httpServer{
		servers: s, place: placeOf(socket.Addr()), settings: settings, socket: socket, routes: newCurrent[http.Handler](),
		serving: make(chan struct{}), ending: make(chan struct{}),
	}
	server.certs.now.Store(certs)
	s.servers[server.place] = server
	server.serve()
	if old != nil {
		old.retire(server)
	}
	return server, nil
}

func (c *HTTPConfig) settings() httpSettings {
	return httpSettings{
		secure: c.TLS != nil, keepAlives: c.KeepAlivesEnabled == nil || *c.KeepAlivesEnabled, readHeaderTimeout: c.ReadHeaderTimeout,
		writeTimeout: c.WriteTimeout, idleTimeout: c.IdleTimeout, maxConnections: c.MaxConnections,
	}
}

// serve begins to accept connections.
func (h *httpServer) serve() {
	h.server = &http.Server{
		Handler:           h,
		ReadHeaderTimeout: h.settings.readHeaderTimeout,
		WriteTimeout:      h.settings.writeTimeout,
		IdleTimeout:       h.settings.idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ConnContext:       withHTTPConn,
		ErrorLog:          slog.NewLogLogger(h.servers.log.Handler(), slog.LevelDebug),
	}
	h.server.SetKeepAlivesEnabled(h.settings.keepAlives)
	var accepting net.Listener = newLimitListener(h.socket, h.settings.maxConnections, 0)
	if h.settings.secure {
		accepting = tls.NewListener(accepting, h.certs.config("h2", "http/1.1"))
	}
	go func() {
		defer close(h.serving)
		if err := h.server.Serve(accepting); !isClosed(err) {
			h.servers.log.Error("the HTTP server ended", "address", h.place, "error", err)
		}
	}()
}

// ServeHTTP hands a request to the owners of now.
func (h *httpServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	from := httpConn(r.Context())
	if r.ContentLength == 0 { // with a body, it is proof when that is here; see body.load
		from.prove()
	}
	if routes, err := h.routes.get(r.Context()); err == nil {
		(*routes).ServeHTTP(w, r)
	}
	from.prove()
	from.answered(r.Context().Err() == nil)
}

func (h *httpServer) owner() string {
	if len(h.owners) == 0 {
		return ""
	}
	return h.owners[0].name
}

func (h *httpServer) protocol() string { return "http" }

func (h *httpServer) raw() net.Listener { return h.socket }

// leave takes one owner's routes away, and closes or parks the server behind the last one.
func (h *httpServer) leave(ctx context.Context, l *Listener, mine *httpOwner) error {
	s := h.servers
	s.mu.Lock()
	h.owners = slices.DeleteFunc(h.owners, func(o *httpOwner) bool { return o == mine })
	last := len(h.owners) == 0 && !s.reloading
	if last {
		delete(s.servers, h.place) // a new owner must open a new socket
	} else if len(h.owners) == 0 {
		h.routes.set(nil)
	} else if mux, err := buildMux(h.owners); err == nil { // a subset of routes that did not conflict
		h.routes.set(&mux)
	}
	s.forget(l)
	s.mu.Unlock()

	if !last {
		return mine.gate.close(ctx)
	}
	close(h.ending)
	return errors.Join(h.shutdown(ctx), waitAll(ctx, &h.earlier))
}

// shutdown waits for running requests, until ctx ends.
func (h *httpServer) shutdown(ctx context.Context) error {
	err := h.server.Shutdown(ctx)
	if err != nil {
		h.server.Close()
	}
	return err
}

// retire implements server. A client may be about to send on a connection that is
// idle, so connections are not closed at once: the answer to the next request on each says that it is the last one.
func (h *httpServer) retire(next server) {
	h.socket.Close()
	successor, ok := next.(*httpServer)
	if !ok {
		var routes http.Handler = http.HandlerFunc(refuseClosing)
		h.routes.set(&routes)
		go h.drain()
		return
	}
	var routes http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
		successor.ServeHTTP(w, r)
	})
	h.routes.set(&routes)
	successor.earlier.Go(func() {
		select {
		case <-successor.ending:
		case <-time.After(retireTimeout):
		}
		h.drain()
	})
}

// drain ends a server that accepts nothing any more, and with it those that it replaced.
func (h *httpServer) drain() {
	close(h.ending)
	ctx, cancel := context.WithTimeout(context.Background(), retireTimeout)
	defer cancel()
	select {
	case <-h.serving: // so that what was accepted is served
	case <-ctx.Done():
	}
	// What is cut off after the timeout had all the time that there is.
	_ = h.shutdown(ctx)
	h.earlier.Wait()
}

func refuseClosing(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Retry-After", "1")
	http.Error(w, "shutting down", http.StatusServiceUnavailable)
}
