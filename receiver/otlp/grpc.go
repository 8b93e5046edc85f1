package otlp

import (
	"context"
	"errors"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/transport"
	"github.com/oriel-io/oriel/wire/otlp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// grpcMethods are the three services of OTLP.
var grpcMethods = map[otlp.Signal]string{
	otlp.Traces:  "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
	otlp.Logs:    "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
	otlp.Metrics: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
}

func (r *receiver) listenGRPC(cfg transport.GRPCConfig) (*transport.Listener, error) {
	var l *transport.Listener
	ready := make(chan struct{}) // a call may come before ListenGRPC has returned
	methods := map[string]transport.UnaryMethod{}
	for signal, method := range grpcMethods {
		methods[method] = func(ctx context.Context, request *transport.Request) ([]byte, error) {
			<-ready
			// An empty reply says that all was accepted.
			return nil, grpcError(r.take(ctx, l, r.grpc, signal, request, readProtobuf))
		}
	}
	opened, err := r.servers.ListenGRPC(r.owner, cfg, methods)
	if err != nil {
		return nil, err
	}
	l = opened.Named("OTLP gRPC")
	close(ready)
	return l, nil
}

// grpcError is the answer to the sender. SDKs drop a batch that is refused with
// RESOURCE_EXHAUSTED without RetryInfo, so that is never left out.
//
// Source: https://opentelemetry.io/docs/specs/otlp/#failures
func grpcError(err error) error {
	if err == nil {
		return nil
	}
	var invalid *invalidError
	var noPipeline *noPipelineError
	switch {
	case errors.As(err, &invalid):
		return status.Error(codes.InvalidArgument, err.Error())
	case errors.As(err, &noPipeline):
		return status.Error(codes.Unimplemented, err.Error())
	}
	return component.RefuseGRPC(err)
}
