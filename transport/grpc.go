package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"reflect"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
)

// UnaryMethod answers one call: message bytes in, message bytes out. request.Body is
// lent; see bytepool.Buffer. An error should come from package status.
type UnaryMethod func(ctx context.Context, request *Request) (reply []byte, err error)

// grpcServer is one socket with the methods of its owner.
type grpcServer struct {
	servers *Servers
	place   string
	cfg     GRPCConfig
	socket  net.Listener
	certs   certificates
	server  *grpc.Server
	calls   *current[grpcOwner]
	now     *grpcOwner     // nil: parked; guarded by Servers.mu
	serving chan struct{}  // closed when nothing is accepted any more
	earlier sync.WaitGroup // servers that this one replaced and that still end
}

// grpcOwner is who answers calls: methods, or after a reload another server.
type grpcOwner struct {
	listener *Listener
	methods  map[string]UnaryMethod
	gate     *gate
	next     *grpcServer
}

// ListenGRPC opens a gRPC server at cfg.Endpoint with these methods, keyed by
// their full name: "/package.Service/Method". Owner is the name in the
// errors of others and in the status page. Messages that are too large or broken before a method
// sees them are answered by gRPC and counted as refused.
func (s *Servers) ListenGRPC(owner string, cfg GRPCConfig, methods map[string]UnaryMethod) (*Listener, error) {
	cfg = cfg.withDefaults()
	s.mu.Lock()
	defer s.mu.Unlock()
	server, err := s.grpcServerAt(cfg)
	if err != nil {
		return nil, s.failed(owner, "grpc", cfg.Endpoint, err)
	}
	l := &Listener{owner: owner, protocol: "grpc", endpoint: cfg.Endpoint, addr: server.socket.Addr()}
	mine := &grpcOwner{listener: l, methods: methods, gate: newGate()}
	l.close = func(ctx context.Context) error { return server.leave(ctx, mine) }
	s.listeners = append(s.listeners, l)
	server.now = mine
	server.calls.set(mine)
	return l, nil
}

// grpcServerAt opens a server, or takes over one that is parked. The caller holds mu.
func (s *Servers) grpcServerAt(cfg GRPCConfig) (*grpcServer, error) {
	place := placeFor(cfg.Transport, cfg.Endpoint)
	found := s.servers[place]
	if found != nil && found.owner() != "" {
		return nil, fmt.Errorf("%s listens there already, with %s", found.owner(), found.protocol())
	}
	server := &grpcServer{servers: s, cfg: cfg, calls: newCurrent[grpcOwner](), serving: make(chan struct{})}
	if cfg.TLS != nil {
		loaded, err := cfg.TLS.Load(s.log, "h2")
		if err != nil {
			return nil, err
		}
		server.certs.now.Store(loaded)
	}
	if parked, ok := found.(*grpcServer); ok && parked.sameSettings(cfg) {
		parked.certs.now.Store(server.certs.now.Load())
		return parked, nil
	}
	socket, old, err := s.socketAt(place, cfg.Transport, cfg.Endpoint, cfg.SocketPermissions)
	if err != nil {
		return nil, err
	}
	server.socket, server.place = socket, placeOf(socket.Addr())
	s.servers[server.place] = server
	server.serve()
	if old != nil {
		old.retire(server)
	}
	return server, nil
}

// sameSettings says whether cfg asks for what the server was made with. Certificates may differ.
func (g *grpcServer) sameSettings(cfg GRPCConfig) bool {
	have := g.cfg
	if (have.TLS == nil) != (cfg.TLS == nil) {
		return false
	}
	have.TLS, cfg.TLS = nil, nil
	have.Endpoint, cfg.Endpoint = "", "" // different texts may be one place
	return reflect.DeepEqual(have, cfg)
}

// serve begins to accept connections.
func (g *grpcServer) serve() {
	options := append(serverOptions(g.cfg), grpc.UnknownServiceHandler(g.answer), grpc.InTapHandle(g.admit),
		grpc.ConnectionTimeout(g.servers.patience.handshake))
	if g.cfg.TLS != nil {
		options = append(options, grpc.Creds(credentials.NewTLS(g.certs.config("h2"))))
	}
	g.server = grpc.NewServer(options...)
	accepting := newLimitListener(g.socket, g.cfg.MaxConnections, g.servers.patience.firstMessage)
	go func() {
		defer close(g.serving)
		// A connection that was accepted a moment ago would be reset if the server were stopped now.
		defer accepting.untouched.Wait()
		if err := g.server.Serve(accepting); err != nil && !isClosed(err) {
			g.servers.log.Error("the gRPC server ended", "address", g.place, "error", err)
		}
	}()
}

func (g *grpcServer) owner() string {
	if g.now == nil {
		return ""
	}
	return g.now.listener.owner
}

func (g *grpcServer) protocol() string { return "grpc" }

func (g *grpcServer) raw() net.Listener { return g.socket }

// leave takes the owner's methods away, and closes or parks the server.
func (g *grpcServer) leave(ctx context.Context, mine *grpcOwner) error {
	s := g.servers
	s.mu.Lock()
	g.now = nil
	parked := s.reloading
	if parked {
		g.calls.set(nil)
	} else {
		delete(s.servers, g.place)
	}
	s.forget(mine.listener)
	s.mu.Unlock()
	if parked {
		return mine.gate.close(ctx)
	}
	return errors.Join(stopGRPC(ctx, g.server), waitAll(ctx, &g.earlier))
}

// retire implements server. gRPC itself tells clients that a connection ends.
func (g *grpcServer) retire(next server) {
	g.socket.Close()
	successor, _ := next.(*grpcServer)
	g.calls.set(&grpcOwner{next: successor})
	if successor == nil {
		go g.drain()
		return
	}
	successor.earlier.Go(g.drain)
}

// drain ends a server that accepts nothing any more.
func (g *grpcServer) drain() {
	ctx, cancel := context.WithTimeout(context.Background(), retireTimeout)
	defer cancel()
	select {
	case <-g.serving: // so that what was accepted is served
	case <-ctx.Done():
	}
	// What is cut off after the timeout had all the time that there is.
	_ = stopGRPC(ctx, g.server)
	g.earlier.Wait()
}

// stopGRPC waits for running calls, until ctx ends.
func stopGRPC(ctx context.Context, server *grpc.Server) error {
	done := make(chan struct{})
	go func() { server.GracefulStop(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		server.Stop()
		<-done
		return ctx.Err()
	}
}

// The windows say how much a client may send ahead of us. They are static: the
// default grows them to 16 MiB a connection by measuring the link, which costs pings and memory.
const (
	streamWindow = 1 << 20
	connWindow   = 4 << 20
)

// patience is how long gRPC's clients may take: until HTTP/2 is agreed on, until the first message of a
// connection is here, and for each message. What gRPC itself would wait for is 2 minutes and for ever.
type patience struct{ handshake, firstMessage, message time.Duration }

// usualPatience with a first message is no multiple of a usual interval of exporters, which may
// connect long before they export.
var usualPatience = patience{handshake: 10 * time.Second, firstMessage: 25 * time.Second, message: 30 * time.Second}

func serverOptions(cfg GRPCConfig) []grpc.ServerOption {
	options := []grpc.ServerOption{
		grpc.ForceServerCodecV2(bytesCodec{}),
		grpc.MaxRecvMsgSize(cfg.MaxRecvMsgSizeMiB << 20),
		grpc.MaxConcurrentStreams(cfg.MaxConcurrentStreams),
		grpc.ReadBufferSize(cfg.ReadBufferSize),
		grpc.WriteBufferSize(cfg.WriteBufferSize),
		grpc.StaticStreamWindowSize(streamWindow),
		grpc.StaticConnWindowSize(connWindow),
		grpc.MaxHeaderListSize(maxHeaderBytes),
	}
	if k := cfg.Keepalive; k != nil {
		p, e := k.ServerParameters, k.EnforcementPolicy
		options = append(options,
			grpc.KeepaliveParams(keepalive.ServerParameters{
				MaxConnectionIdle: p.MaxConnectionIdle, MaxConnectionAge: p.MaxConnectionAge,
				MaxConnectionAgeGrace: p.MaxConnectionAgeGrace, Time: p.Time, Timeout: p.Timeout,
			}),
			grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: e.MinTime, PermitWithoutStream: e.PermitWithoutStream}))
	}
	return options
}
