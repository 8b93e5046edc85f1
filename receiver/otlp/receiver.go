// Package otlp receives OTLP over gRPC and HTTP. A message in protobuf is verified and
// handed on as the bytes it is; one in JSON is made protobuf first.
//
// Begin with receiver.take, which both protocols share; grpc.go and http.go are how each
// of them answers, and format.go is what protobuf and JSON over HTTP differ in.
//
// Source: https://opentelemetry.io/docs/specs/otlp/
package otlp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/selfmon"
	"github.com/oriel-io/oriel/transport"
	"github.com/oriel-io/oriel/wire/otlp"
)

type receiver struct {
	cfg     Config
	grpc    component.Sink // for what comes over gRPC
	http    component.Sink
	signals component.Signals
	servers *transport.Servers
	owner   string
	log     *slog.Logger
	invalid *selfmon.Counter

	listeners []*transport.Listener
}

func newReceiver(cfg Config, set component.Settings, next component.Sink) (component.Component, error) {
	r := &receiver{
		cfg: cfg, signals: set.Signals, servers: set.Servers, owner: "receivers." + set.ID.String(), log: set.Log,
		invalid: set.Metrics.Counter("oriel_receiver_invalid_requests", "Requests that could not be read."),
	}
	if cfg.Protocols.GRPC != nil {
		r.grpc = set.Via("grpc", next)
	}
	if cfg.Protocols.HTTP != nil {
		r.http = set.Via("http", next)
	}
	return r, nil
}

// Start opens the listeners.
func (r *receiver) Start(ctx context.Context) error {
	open := []func() (*transport.Listener, error){}
	if g := r.cfg.Protocols.GRPC; g != nil {
		open = append(open, func() (*transport.Listener, error) { return r.listenGRPC(g.GRPCConfig) })
	}
	if h := r.cfg.Protocols.HTTP; h != nil {
		open = append(open, func() (*transport.Listener, error) { return r.listenHTTP(h) })
	}
	for _, listen := range open {
		l, err := listen()
		if err != nil {
			return errors.Join(err, r.Shutdown(ctx))
		}
		r.listeners = append(r.listeners, l)
	}
	return nil
}

// Shutdown stops listening and waits for running requests.
func (r *receiver) Shutdown(ctx context.Context) error {
	var errs []error
	for _, l := range r.listeners {
		errs = append(errs, l.Close(ctx))
	}
	return errors.Join(errs...)
}

// invalidError marks bytes that are not OTLP: the sender must not try again.
type invalidError struct{ err error }

func (e *invalidError) Error() string { return e.err.Error() }

// take reads one message and hands it on, with who sent it and the compressed
// form that it came in. request.Body is lent; read may replace it.
//
// Errors: *invalidError, *noPipelineError, *transport.BusyError, and what the pipeline says.
func (r *receiver) take(ctx context.Context, l *transport.Listener, next component.Sink, signal otlp.Signal, request *transport.Request,
	read func(otlp.Signal, *transport.Request) (*otlp.Batch, error)) error {
	if !r.signals.Has(signal) {
		l.Refused(1)
		return &noPipelineError{signal, r.owner}
	}
	batch, err := read(signal, request)
	if _, busy := errors.AsType[*transport.BusyError](err); busy {
		l.Refused(1)
		return err
	}
	if err != nil {
		l.Refused(1)
		r.invalid.Add(1)
		r.log.Warn("refused a request", "peer", request.Peer, "error", err)
		return &invalidError{err}
	}
	if batch.Items() == 0 {
		return nil // SDKs send empty batches at shutdown; there is nothing to be responsible for
	}
	ctx = component.WithClient(ctx, &component.Client{Address: request.Peer, Metadata: request.Metadata})
	if err := component.Lend(ctx, next, batch, request.Body); err != nil {
		l.Refused(batch.Items())
		return err
	}
	l.Received(batch.Items())
	return nil
}

// noPipelineError says that nothing takes this signal, and what to change.
type noPipelineError struct {
	signal otlp.Signal
	owner  string
}

func (e *noPipelineError) Error() string {
	return fmt.Sprintf("no pipeline takes %s: name %s in service.pipelines.%s.receivers", e.signal, e.owner, e.signal)
}
