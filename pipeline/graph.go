package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/selfmon"
	"github.com/oriel-io/oriel/wire/otlp"
)

// Graph is all components of a process, connected.
type Graph struct {
	log        *slog.Logger
	extensions []node
	stages     []node // what is handed on to stands before who hands on
	receivers  []node
	edges      []*edge

	started []node
}

type node struct {
	name   string
	made   component.Component
	health *selfmon.Part
}

// Start starts extensions, then stages against the flow of data, then
// receivers. If one fails, what was started is shut down again.
func (g *Graph) Start(ctx context.Context) error {
	for _, n := range slices.Concat(g.extensions, g.stages, g.receivers) {
		if err := n.made.Start(ctx); err != nil {
			n.health.Report(selfmon.Failed, err.Error())
			// A sender that has started its exporter before it failed is in the list as well.
			g.started = append(g.started, n)
			return errors.Join(fmt.Errorf("%s: %w", n.name, err), g.Shutdown(ctx))
		}
		if n.health.State().Condition == selfmon.Starting { // it may have reported otherwise
			n.health.Report(selfmon.Running, "")
		}
		g.started = append(g.started, n)
	}
	return nil
}

// Shutdown stops all in the opposite order, so that each component can still
// hand on what it holds. ctx carries the deadline of the drain; all are shut
// down, even after it or after an error.
func (g *Graph) Shutdown(ctx context.Context) error {
	var errs []error
	for _, n := range slices.Backward(g.started) {
		errs = append(errs, n.stop(ctx))
	}
	g.started = nil
	return errors.Join(errs...)
}

// Edges is what has passed each connection.
func (g *Graph) Edges() []Edge {
	out := make([]Edge, len(g.edges))
	for i, e := range g.edges {
		out[i] = e.view()
	}
	return out
}

// Received sums up what receivers took in of a signal.
func (g *Graph) Received(signal otlp.Signal) (sum Edge) {
	sum.Signal = signal
	for _, e := range g.edges {
		if e.signal != signal || !e.receives {
			continue
		}
		v := e.view()
		sum.Batches += v.Batches
		sum.Items += v.Items
		sum.Bytes += v.Bytes
		sum.Refused += v.Refused
		sum.LastMs = max(sum.LastMs, v.LastMs)
	}
	return sum
}
