package transport

import (
	"context"
	"fmt"

	"golang.org/x/net/netutil"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
)

// UnaryMethod answers one call: message bytes in, message bytes out. request.Body is
// lent; see bytepool.Buffer. An error should come from package status.
type UnaryMethod func(ctx context.Context, request *Request) (reply []byte, err error)

// ListenGRPC opens a gRPC server at cfg.Endpoint with these methods, keyed by
// their full name: "/package.Service/Method". Owner is the name in the
// errors of others and in the status page. Messages that are too large or broken before a method
// sees them are answered by gRPC and counted as refused.
func (s *Servers) ListenGRPC(owner string, cfg GRPCConfig, methods map[string]UnaryMethod) (*Listener, error) {
	cfg = cfg.withDefaults()
	s.mu.Lock()
	defer s.mu.Unlock()
	fail := func(err error) (*Listener, error) { return nil, s.failed(owner, "grpc", cfg.Endpoint, err) }

	options := serverOptions(cfg)
	if cfg.TLS != nil {
		loaded, err := cfg.TLS.Load(s.log, "h2")
		if err != nil {
			return fail(err)
		}
		options = append(options, grpc.Creds(credentials.NewTLS(loaded)))
	}
	address := resolve(cfg.Endpoint)
	for _, l := range s.listeners {
		if l.addr != nil && l.addr.String() == address {
			return fail(fmt.Errorf("%s listens there already, with %s", l.owner, l.protocol))
		}
	}
	socket, err := listen(cfg.Endpoint)
	if err != nil {
		return fail(err)
	}
	l := &Listener{owner: owner, protocol: "grpc", endpoint: cfg.Endpoint, addr: socket.Addr()}
	server := grpc.NewServer(options...)
	for _, desc := range s.describe(cfg, methods, l) {
		server.RegisterService(desc, nil)
	}
	l.close = func(ctx context.Context) error {
		s.mu.Lock()
		s.forget(l)
		s.mu.Unlock()
		return stopGRPC(ctx, server)
	}
	s.listeners = append(s.listeners, l)
	go func() {
		if err := server.Serve(netutil.LimitListener(socket, cfg.MaxConnections)); err != nil {
			s.log.Error("the gRPC server ended", "address", l.addr.String(), "error", err)
		}
	}()
	return l, nil
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

func serverOptions(cfg GRPCConfig) []grpc.ServerOption {
	options := []grpc.ServerOption{
		grpc.ForceServerCodecV2(bytesCodec{}),
		//lint:ignore SA1019 there is no other way to get compressed messages from a server, and process-wide
		// compressors would do it to every other user of gRPC too.
		grpc.RPCDecompressor(asItCame{}),
		grpc.MaxRecvMsgSize(cfg.MaxRecvMsgSizeMiB << 20),
		grpc.MaxConcurrentStreams(cfg.MaxConcurrentStreams),
		grpc.ReadBufferSize(cfg.ReadBufferSize),
		grpc.WriteBufferSize(cfg.WriteBufferSize),
		grpc.StaticStreamWindowSize(streamWindow),
		grpc.StaticConnWindowSize(connWindow),
		grpc.MaxHeaderListSize(64 << 10),
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
