package jaeger

import (
	"context"
	"errors"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/transport"
	"github.com/oriel-io/oriel/wire/jaeger"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const postSpans = "/jaeger.api_v2.CollectorService/PostSpans"

// grpcWay is protobuf over gRPC.
type grpcWay struct {
	*receiver
	cfg      transport.GRPCConfig
	next     component.Sink
	listener *transport.Listener
	ready    chan struct{} // closed when listener is set: a call may come before
}

func (w *grpcWay) listen() (*transport.Listener, error) {
	l, err := w.servers.ListenGRPC(w.owner, w.cfg, map[string]transport.UnaryMethod{postSpans: w.serve})
	if err != nil {
		return nil, err
	}
	w.listener = l.Named("Jaeger gRPC")
	close(w.ready)
	return l, nil
}

// serve answers one call. An empty reply is a PostSpansResponse.
func (w *grpcWay) serve(ctx context.Context, request *transport.Request) ([]byte, error) {
	<-w.ready
	from := &component.Client{Address: request.Peer, Metadata: request.Metadata}
	_, err := w.take(ctx, w.listener, w.next, request.Body.Bytes(), jaeger.Proto, from)
	var invalid *jaeger.Error
	if errors.As(err, &invalid) {
		return nil, status.Error(codes.InvalidArgument, "cannot read the spans: "+err.Error())
	}
	return nil, component.RefuseGRPC(err)
}
