package pipeline

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/internal/budget"
	"github.com/oriel-io/oriel/selfmon"
	"github.com/oriel-io/oriel/transport"
	"github.com/oriel-io/oriel/wire/otlp"
)

// Env is what all components of a process share.
type Env struct {
	Log     *slog.Logger
	Servers *transport.Servers
	Metrics *selfmon.Registry
	Ledger  *Ledger
	Memory  *budget.Budget
	Health  *selfmon.Health // nil: nobody asks
	Tracer  *selfmon.Tracer // nil: no spans
	Version string
	Started time.Time
	Again   bool // another configuration ran before
}

// The factories of package component, as far as a Graph calls them.
type (
	receiverFactory interface {
		NewReceiver(cfg any, set component.Settings, next component.Sink) (component.Component, error)
	}
	processorFactory interface {
		NewProcessor(cfg any, set component.Settings, next component.Sink) (component.Stage, error)
	}
	exporterFactory interface {
		NewExporter(cfg any, set component.Settings) (component.Stage, error)
	}
	connectorFactory interface {
		NewConnector(cfg any, set component.Settings, next component.Sink) (component.Stage, error)
	}
	extensionFactory interface {
		NewExtension(cfg any, set component.Settings) (component.Component, error)
	}
)

// Build makes the components and connects them; nothing is opened yet.
func (p *Plan) Build(env Env) (*Graph, error) {
	if env.Health == nil {
		env.Health = selfmon.NewHealth()
	}
	b := &builder{
		plan: p, env: env, graph: &Graph{log: env.Log}, process: p.process(env),
		extensions: map[component.ID]component.Component{}, stages: map[*part]component.Stage{}, heads: map[*pipelinePlan]component.Sink{},
	}
	for _, part := range p.extensions {
		set := b.settings(part, 0)
		made, err := part.factory.(extensionFactory).NewExtension(part.cfg, set)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", part.name(), err)
		}
		b.graph.extensions = append(b.graph.extensions, node{part.name(), made, set.Health})
		b.extensions[part.id] = made
	}
	for _, pipeline := range p.pipelines {
		if _, err := b.head(pipeline); err != nil {
			return nil, err
		}
	}
	for _, part := range p.order {
		if part.kind != component.KindReceiver || !part.used {
			continue
		}
		if err := b.receiver(part); err != nil {
			return nil, fmt.Errorf("%s: %w", part.name(), err)
		}
	}
	return b.graph, nil
}

// process is what the components are told of the whole.
func (p *Plan) process(env Env) *component.Process {
	out := &component.Process{Version: env.Version, Started: env.Started, Health: env.Health, Tracer: env.Tracer, Again: env.Again}
	names := func(parts []*part) (ids []string) {
		for _, part := range parts {
			ids = append(ids, part.id.String())
		}
		return ids
	}
	for _, pipeline := range p.pipelines {
		out.Pipelines = append(out.Pipelines, component.PipelineInfo{
			Name: pipeline.text, Signal: pipeline.signal,
			Receivers: names(pipeline.receivers), Processors: names(pipeline.processors), Exporters: names(pipeline.exporters),
		})
	}
	out.Extensions = names(p.extensions)
	return out
}

// builder makes a Graph from its end: whatever a component hands on to is built
// before it. So stages come in the order in which they start.
type builder struct {
	plan    *Plan
	env     Env
	graph   *Graph
	process *component.Process
	// extensions is complete before anything else is built, and not changed after.
	extensions map[component.ID]component.Component
	stages     map[*part]component.Stage // exporters and connectors
	heads      map[*pipelinePlan]component.Sink
}

// carried are the signals of the pipelines that name the part, of a connector those that lead into it.
func (p *Plan) carried(part *part) (s component.Signals) {
	for _, pipeline := range p.pipelines {
		if part.kind == component.KindReceiver && slices.Contains(pipeline.receivers, part) || slices.Contains(pipeline.exporters, part) {
			s |= component.SignalsOf(pipeline.signal)
		}
	}
	return s
}

// emitted are the signals of the pipelines that a connector leads into.
func (p *Plan) emitted(part *part) (s component.Signals) {
	for _, pipeline := range p.pipelines {
		if part.kind == component.KindConnector && slices.Contains(pipeline.receivers, part) {
			s |= component.SignalsOf(pipeline.signal)
		}
	}
	return s
}

func (b *builder) settings(part *part, carried component.Signals) component.Settings {
	name, ledger, extensions := part.name(), b.env.Ledger, b.extensions
	return component.Settings{
		ID:         part.id,
		Memory:     b.env.Memory,
		Extension:  func(id component.ID) component.Component { return extensions[id] },
		Extensions: func() map[component.ID]component.Component { return extensions },
		Emits:      b.plan.emitted(part),
		Log:        b.env.Log.With("component", name),
		Signals:    carried,
		Servers:    b.env.Servers,
		Health:     b.env.Health.Part(name),
		Process:    b.process,
		Metrics:    b.env.Metrics.Scope(string(part.kind), part.id.String()),
		Drop:       func(batch *otlp.Batch, reason string) { ledger.Record(name, batch, batch.Items(), reason) },
		DropSome:   func(batch *otlp.Batch, items int, reason string) { ledger.Record(name, batch, items, reason) },
	}
}

// receiver makes a receiver; what it takes in is counted by transport.
func (b *builder) receiver(part *part) error {
	set := b.settings(part, b.plan.carried(part))
	whole := b.arrival(part, "", b.into(part))
	told := false
	set.Arrival = func(transport string, next component.Sink) component.Sink {
		told = true
		a := b.arrival(part, transport, next)
		a.count(set.Metrics.With("transport", transport), set.Signals)
		return a
	}
	made, err := part.factory.(receiverFactory).NewReceiver(part.cfg, set, whole)
	if err != nil {
		return err
	}
	if !told {
		whole.count(set.Metrics, set.Signals)
	}
	b.graph.receivers = append(b.graph.receivers, node{part.name(), made, set.Health})
	return nil
}

// head is the sink where a pipeline begins.
func (b *builder) head(pipeline *pipelinePlan) (component.Sink, error) {
	if head := b.heads[pipeline]; head != nil {
		return head, nil
	}
	last := "pipelines." + pipeline.text
	if n := len(pipeline.processors); n > 0 {
		last = pipeline.processors[n-1].name()
	}
	var ends []component.Sink
	for _, part := range pipeline.exporters {
		stage, err := b.exporter(part)
		if err != nil {
			return nil, err
		}
		ends = append(ends, b.edge(last, part.name(), pipeline.signal, stage))
	}
	head := sinks(ends)
	for i, part := range slices.Backward(pipeline.processors) {
		set := b.settings(part, component.SignalsOf(pipeline.signal))
		set.Log = set.Log.With("pipeline", pipeline.text)
		incoming, outgoing := passing(set.Metrics, pipeline.signal)
		if b.detailed() {
			head = &elsewhere{head}
		}
		stage, err := part.factory.(processorFactory).NewProcessor(part.cfg, set, &outlet{head, outgoing})
		if err != nil {
			return nil, fmt.Errorf("%s in pipeline %s: %w", part.name(), pipeline.text, err)
		}
		b.graph.stages = append(b.graph.stages, node{part.name(), stage, set.Health})
		from := "pipelines." + pipeline.text
		if i > 0 {
			from = pipeline.processors[i-1].name()
		}
		e := b.edge(from, part.name(), pipeline.signal, stage)
		e.incoming = incoming
		if b.detailed() {
			e.next = &timed{stage, set.Metrics.Histogram("otelcol_processor_internal_duration", "How long the processor worked on a batch.", selfmon.DurationBounds, "otel_signal", pipeline.signal.String())}
		}
		head = e
	}
	b.heads[pipeline] = head
	return head, nil
}

// detailed says whether metrics are wanted that cost something.
func (b *builder) detailed() bool {
	return strings.EqualFold(b.plan.Telemetry.Metrics.Level, "detailed")
}

// exporter makes an exporter or connector, once.
func (b *builder) exporter(part *part) (component.Stage, error) {
	if stage := b.stages[part]; stage != nil {
		return stage, nil
	}
	set := b.settings(part, b.plan.carried(part))
	stage, err := b.newExporter(part, set)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", part.name(), err)
	}
	b.stages[part] = stage
	b.graph.stages = append(b.graph.stages, node{part.name(), stage, set.Health})
	return stage, nil
}

func (b *builder) newExporter(part *part, set component.Settings) (component.Stage, error) {
	if part.kind == component.KindConnector {
		for _, pipeline := range b.plan.pipelines { // what it hands on to comes first
			if slices.Contains(pipeline.receivers, part) {
				if _, err := b.head(pipeline); err != nil {
					return nil, err
				}
			}
		}
		return part.factory.(connectorFactory).NewConnector(part.cfg, set, b.into(part))
	}
	made, err := part.factory.(exporterFactory).NewExporter(part.cfg, set)
	if err != nil {
		return nil, err
	}
	if own, ok := part.cfg.(interface{ DeliversItself() bool }); ok && own.DeliversItself() {
		return made, nil
	}
	if with, ok := part.cfg.(interface{ DeliveryConfig() *component.Delivery }); ok {
		return newSender(made, *with.DeliveryConfig(), set), nil
	}
	return newSender(made, component.Delivery{}, set), nil // no queue, no retry, counted alike
}

// into is where a receiver or connector sends: by signal to all pipelines that name it.
func (b *builder) into(part *part) component.Sink {
	var to bySignal
	for signal := otlp.Traces; signal <= otlp.Metrics; signal++ {
		var heads []component.Sink
		for _, pipeline := range b.plan.pipelines {
			if pipeline.signal == signal && slices.Contains(pipeline.receivers, part) {
				heads = append(heads, b.heads[pipeline])
			}
		}
		if len(heads) > 0 {
			e := b.edge(part.name(), "pipelines", signal, sinks(heads))
			to[signal] = e
			if part.kind == component.KindReceiver {
				e.receives = true
			}
		}
	}
	return &to
}

func (b *builder) edge(from, to string, signal otlp.Signal, next component.Sink) *edge {
	e := &edge{from: from, to: to, signal: signal, next: next}
	b.graph.edges = append(b.graph.edges, e)
	return e
}
