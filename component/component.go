// Package component holds the contracts between the parts that a
// configuration can name and the pipeline that connects them.
//
// # Lifecycle
//
//	New       the factory builds the component from its Config: no goroutine, socket or file.
//	Start     opens what it needs. Exporters start first, then connectors and processors, then receivers,
//	          so nobody is handed a batch before the way ahead is open. An error from Start ends the process.
//	Consume   (sinks) may run concurrently from any number of goroutines between Start and Shutdown.
//	Shutdown  drains, then closes; ctx carries the deadline of the drain. Receivers first, then along the data,
//	          so each component still has an open way ahead while it drains. May be called twice, and without Start.
//
// # Delivery
//
// Sink.Consume is synchronous: nil means that somebody else is now responsible
// for the batch. A queue in memory answers nil when the batch is queued, a
// queue on disk when it is fsynced, a component without queue when the next
// one has answered nil. Errors carry their kind (errors.go), and each receiver
// answers them in its protocol's own way. Whoever gives a batch up, or a part
// of it, calls Settings.Drop: there is no other way to lose an item.
package component

import (
	"context"
	"log/slog"
	"strings"

	"github.com/oriel-io/oriel/internal/budget"
	"github.com/oriel-io/oriel/selfmon"
	"github.com/oriel-io/oriel/transport"
	"github.com/oriel-io/oriel/wire/otlp"
)

// Sink takes batches of any signal that it was built for.
type Sink interface {
	// Consume hands over one batch. The batch is immutable and may be shared
	// with other sinks; see the package comment for what the answer means.
	Consume(ctx context.Context, batch *otlp.Batch) error
}

// Component is what has a lifecycle; see the package comment.
type Component interface {
	Start(ctx context.Context) error
	Shutdown(ctx context.Context) error
}

// Stage is a component in the path of data: a processor, connector or exporter.
type Stage interface {
	Component
	Sink
}

// Settings is what a component is given besides its configuration.
type Settings struct {
	ID  ID
	Log *slog.Logger // has the component's kind and id attached

	// Signals that the pipelines around this component carry. A receiver
	// refuses the others; a stage is never handed them.
	Signals Signals

	// Emits are, of a connector, the signals of the pipelines that it leads into; Signals are then those that it takes in.
	Emits Signals

	// Servers owns all listening sockets; receivers register handlers there.
	Servers *transport.Servers

	// Memory counts the telemetry that the process holds; whoever keeps batches
	// after Consume has answered counts their Held bytes there.
	Memory *budget.Budget

	// Extension finds a running extension by its id, nil if service.extensions does not name it. Extensions start
	// first, so it is complete from the Start of other components on.
	Extension func(id ID) Component

	// Extensions are all of them. Read only.
	Extensions func() map[ID]Component

	// Metrics makes counters, gauges and histograms that carry the component's labels.
	Metrics *selfmon.Scope

	// Arrival makes what Via returns; nil where nobody counts.
	Arrival func(transport string, next Sink) Sink

	// Health is where the component reports that it is degraded or has failed, and when it runs again. Start and
	// Shutdown are reported for it.
	Health *selfmon.Part

	// Process is the whole that the component runs in, complete from Start on.
	Process *Process

	// Drop records a batch that is given up. reason is one of few texts, without
	// ids or numbers: "the server refused it: InvalidArgument".
	Drop func(batch *otlp.Batch, reason string)

	// DropSome records that items of a batch are given up, where nobody
	// knows which ones: a server accepted it in part.
	DropSome func(batch *otlp.Batch, items int, reason string)
}

// Via is next for what comes over one transport of a receiver: it is counted
// with that label. transport is upstream's word for it: "grpc", "http",
// "http_v2_json". To be called in New, once for each; the items of a receiver
// that never calls it are counted without the label.
func (s *Settings) Via(transport string, next Sink) Sink {
	if s.Arrival == nil {
		return next
	}
	return s.Arrival(transport, next)
}

// Signals is a set of signals.
type Signals uint8

// SignalsOf makes a set.
func SignalsOf(list ...otlp.Signal) (s Signals) {
	for _, signal := range list {
		s |= 1 << signal
	}
	return s
}

// Has says whether the signal is in the set.
func (s Signals) Has(signal otlp.Signal) bool { return s&(1<<signal) != 0 }

// String lists the signals: "traces, logs".
func (s Signals) String() string {
	var names []string
	for signal := otlp.Traces; signal <= otlp.Metrics; signal++ {
		if s.Has(signal) {
			names = append(names, signal.String())
		}
	}
	return strings.Join(names, ", ")
}
