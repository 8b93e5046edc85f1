package app

import (
	"context"
	"errors"
	"time"

	"github.com/oriel-io/oriel/internal/memory"
	"github.com/oriel-io/oriel/pipeline"
	"github.com/oriel-io/oriel/selfmon"
	"github.com/oriel-io/oriel/transport"
	"github.com/oriel-io/oriel/wire/otlp"
)

// running is one configuration that runs: what a reload replaces.
type running struct {
	plan    *pipeline.Plan
	graph   *pipeline.Graph
	metrics *selfmon.Registry
	health  *selfmon.Health
	// listeners are those for questions that the configuration decides on. The UI's is not among them.
	listeners []*transport.Listener
	// before is what earlier configurations took in.
	before [otlp.Metrics + 1]pipeline.Edge
}

// build makes the components of a plan; nothing is opened yet. before is what ran until now, or nil.
func (p *process) build(plan *pipeline.Plan, before *running) (*running, error) {
	r := &running{plan: plan, metrics: selfmon.NewRegistry(), health: selfmon.NewHealth()}
	if before != nil {
		r.metrics, r.health = before.metrics.Successor(), before.health.Successor()
	}
	graph, err := plan.Build(pipeline.Env{
		Log: p.log.Logger, Servers: p.servers, Metrics: r.metrics, Ledger: p.ledger, Memory: p.memory,
		Health: r.health, Tracer: p.tracer, Version: version(), Started: p.started, Again: before != nil,
	})
	if err != nil {
		return nil, err
	}
	r.graph = graph
	p.countProcess(r.metrics)
	p.countReloads(r.metrics)
	return r, nil
}

// open starts what was built, and answers questions about it; what it opened is closed again if it fails.
func (p *process) open(ctx context.Context, r *running) error {
	p.memory.SetLimit(memory.Cgroup() / 10 * 6) // a memory_limiter sets another in place of it
	if err := r.graph.Start(ctx); err != nil {
		return err
	}
	err := p.serveMetrics(r)
	if err == nil {
		err = p.serveAPIs(r)
	}
	if err != nil {
		brief, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		r.closeListeners(brief)
		return errors.Join(err, r.graph.Shutdown(brief))
	}
	return nil
}

// closeListeners stops answering questions.
func (r *running) closeListeners(ctx context.Context) {
	brief, cancel := context.WithTimeout(ctx, apiGrace)
	defer cancel()
	for _, l := range r.listeners {
		_ = l.Close(brief) // what is cut off then is an answer that can be asked for again
	}
	r.listeners = nil
}

// received is what receivers took in of a signal since the process started.
func (r *running) received(signal otlp.Signal) pipeline.Edge {
	sum, before := r.graph.Received(signal), r.before[signal]
	sum.Batches += before.Batches
	sum.Items += before.Items
	sum.Bytes += before.Bytes
	sum.Refused += before.Refused
	sum.LastMs = max(sum.LastMs, before.LastMs)
	return sum
}
