package jaeger

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/transport"
	"github.com/oriel-io/oriel/wire/jaeger"
)

// udpWay is Thrift over UDP, as to an agent.
type udpWay struct {
	*receiver
	cfg      UDP
	format   jaeger.Format
	name     string
	next     component.Sink
	listener atomic.Pointer[transport.UDPListener] // metrics may be read before it is there
	ready    chan struct{}                         // closed when listener is set: a datagram may come before
}

func newUDPWay(r *receiver, set *component.Settings, cfg UDP, format jaeger.Format, protocol string, next component.Sink) *udpWay {
	label := "udp_thrift_" + protocol
	w := &udpWay{
		receiver: r, cfg: cfg, format: format, name: "Jaeger " + protocol + " UDP", next: set.Via(label, next), ready: make(chan struct{}),
	}
	count := func(reason string, drops func(l *transport.UDPListener) int64) {
		set.Metrics.CounterFunc("oriel_receiver_dropped_datagrams", "Datagrams that were dropped before they were read, by the reason.", func() float64 {
			l := w.listener.Load()
			if l == nil {
				return 0
			}
			return float64(drops(l))
		}, "transport", label, "reason", reason)
	}
	count("queue full", func(l *transport.UDPListener) int64 { return l.Drops().Queue })
	count("memory limit", func(l *transport.UDPListener) int64 { return l.Drops().Memory })
	count("too large", func(l *transport.UDPListener) int64 { return l.Drops().TooLarge })
	count("shutdown", func(l *transport.UDPListener) int64 { return l.Drops().Stopped })
	count("socket buffer full", (*transport.UDPListener).KernelDrops)
	return w
}

func (w *udpWay) listen() (*transport.Listener, error) {
	l, err := w.servers.ListenUDP(w.owner, transport.UDPOptions{
		Endpoint: w.cfg.Endpoint, MaxBytes: w.cfg.MaxPacketSize, Queue: w.cfg.QueueSize, Workers: w.cfg.Workers, ReceiveBuffer: w.cfg.SocketBufferSize,
	}, w.serve)
	if err != nil {
		return nil, err
	}
	l.Named(w.name)
	w.listener.Store(l)
	close(w.ready)
	return l.Listener, nil
}

// serve takes one datagram. A sender over UDP cannot be told to try again.
func (w *udpWay) serve(ctx context.Context, d transport.Datagram) {
	<-w.ready
	from := &component.Client{Address: d.From.String()}
	batch, err := w.take(ctx, w.listener.Load().Listener, w.next, d.Data, w.format, from)
	var invalid *jaeger.Error
	if err != nil && !errors.As(err, &invalid) {
		w.drop(batch, "the pipeline refused it, and a sender over UDP is not told")
	}
}
