// Package jaeger receives Jaeger's spans over gRPC, HTTP and UDP, in place of a
// Jaeger collector and agent. What becomes of each field is told in wire/jaeger.
//
// Begin with receiver.take, which all protocols share; grpc.go, http.go and udp.go are how each
// of them answers. Datagrams are never answered, so what the pipeline refuses of them is lost, and counted.
package jaeger

import (
	"context"
	"errors"
	"log/slog"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/selfmon"
	"github.com/oriel-io/oriel/transport"
	"github.com/oriel-io/oriel/wire/jaeger"
	"github.com/oriel-io/oriel/wire/otlp"
)

type receiver struct {
	servers *transport.Servers
	owner   string
	log     *slog.Logger
	invalid *selfmon.Counter
	drop    func(batch *otlp.Batch, reason string)
	ways    []way

	listeners []*transport.Listener
}

// way is one of the protocols.
type way interface {
	listen() (*transport.Listener, error)
}

func newReceiver(cfg Config, set component.Settings, next component.Sink) (component.Component, error) {
	r := &receiver{
		servers: set.Servers, owner: "receivers." + set.ID.String(), log: set.Log, drop: set.Drop,
		invalid: set.Metrics.Counter("oriel_receiver_invalid_requests", "Requests that could not be read."),
	}
	p := cfg.Protocols
	if p.GRPC != nil {
		r.ways = append(r.ways, &grpcWay{receiver: r, cfg: p.GRPC.GRPCConfig, next: set.Via("grpc", next), ready: make(chan struct{})})
	}
	if p.ThriftHTTP != nil {
		r.ways = append(r.ways, &httpWay{receiver: r, cfg: p.ThriftHTTP.HTTPConfig, next: set.Via("collector_http", next), ready: make(chan struct{})})
	}
	if p.ThriftCompact != nil {
		r.ways = append(r.ways, newUDPWay(r, &set, p.ThriftCompact.UDP, jaeger.AgentCompact, "compact", next))
	}
	if p.ThriftBinary != nil {
		r.ways = append(r.ways, newUDPWay(r, &set, p.ThriftBinary.UDP, jaeger.AgentBinary, "binary", next))
	}
	return r, nil
}

// Start opens the listeners.
func (r *receiver) Start(ctx context.Context) error {
	for _, w := range r.ways {
		l, err := w.listen()
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

// take reads spans and hands them on. It returns the batch too, nil if there is none to be responsible for.
//
// Errors: *jaeger.Error, and what the pipeline says.
func (r *receiver) take(ctx context.Context, l *transport.Listener, next component.Sink, body []byte, format jaeger.Format, from *component.Client) (*otlp.Batch, error) {
	batch, err := jaeger.ToOTLP(body, format)
	if err != nil {
		l.Refused(1)
		r.invalid.Add(1)
		r.log.Warn("refused a request", "peer", from.Address, "error", err)
		return nil, err
	}
	if batch.Items() == 0 {
		return nil, nil
	}
	if err := next.Consume(component.WithClient(ctx, from), batch); err != nil {
		l.Refused(batch.Items())
		return batch, err
	}
	l.Received(batch.Items())
	return batch, nil
}
