package hosted

import (
	"context"
	"errors"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/wire/otlp"
	upstream "go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/connector"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/receiver"
)

// Receiver makes a factory of ours from one of upstream's.
func Receiver(f receiver.Factory) component.Factory {
	from := signalOrigin(component.KindReceiver, f)
	from.make = func(b *build, signal otlp.Signal, cfg upstream.Config, out outlet) {
		set := receiver.Settings{ID: b.id, TelemetrySettings: b.telemetry, BuildInfo: b.info}
		switch signal {
		case otlp.Traces:
			b.add(f.CreateTraces(b.ctx, set, cfg, out))
		case otlp.Logs:
			b.add(f.CreateLogs(b.ctx, set, cfg, out))
		case otlp.Metrics:
			b.add(f.CreateMetrics(b.ctx, set, cfg, out))
		}
	}
	return receiverFactory{component.ReceiverFactory[Config]{
		Type: from.typ(), Summary: from.summary(), Aliases: from.aliases(), Signals: from.signals(), Default: from.config,
		New: func(cfg Config, set component.Settings, next component.Sink) (component.Component, error) {
			b := from.build(cfg.value, set, next)
			return &b.lifecycle, b.err
		},
	}, from}
}

// Processor makes a factory of ours from one of upstream's.
func Processor(f processor.Factory) component.Factory {
	from := signalOrigin(component.KindProcessor, f)
	from.make = func(b *build, signal otlp.Signal, cfg upstream.Config, out outlet) {
		set := processor.Settings{ID: b.id, TelemetrySettings: b.telemetry, BuildInfo: b.info}
		switch signal {
		case otlp.Traces:
			b.addTraces(f.CreateTraces(b.ctx, set, cfg, out))
		case otlp.Logs:
			b.addLogs(f.CreateLogs(b.ctx, set, cfg, out))
		case otlp.Metrics:
			b.addMetrics(f.CreateMetrics(b.ctx, set, cfg, out))
		}
	}
	return processorFactory{component.ProcessorFactory[Config]{
		Type: from.typ(), Summary: from.summary(), Aliases: from.aliases(), Signals: from.signals(), Default: from.config,
		New: func(cfg Config, set component.Settings, next component.Sink) (component.Stage, error) {
			b := from.build(cfg.value, set, next)
			return &b.stage, b.err
		},
	}, from}
}

// Exporter makes a factory of ours from one of upstream's. Its queue, its retries
// and what it counts as sent are upstream's own; see Config.DeliversItself.
func Exporter(f exporter.Factory) component.Factory {
	from := signalOrigin(component.KindExporter, f)
	from.make = func(b *build, signal otlp.Signal, cfg upstream.Config, _ outlet) {
		set := exporter.Settings{ID: b.id, TelemetrySettings: b.telemetry, BuildInfo: b.info}
		switch signal {
		case otlp.Traces:
			b.addTraces(f.CreateTraces(b.ctx, set, cfg))
		case otlp.Logs:
			b.addLogs(f.CreateLogs(b.ctx, set, cfg))
		case otlp.Metrics:
			b.addMetrics(f.CreateMetrics(b.ctx, set, cfg))
		}
	}
	return exporterFactory{component.ExporterFactory[Config]{
		Type: from.typ(), Summary: from.summary(), Aliases: from.aliases(), Signals: from.signals(), Default: from.config,
		New: func(cfg Config, set component.Settings) (component.Stage, error) {
			b := from.build(cfg.value, set, nil)
			return &b.stage, b.err
		},
	}, from}
}

// Connector makes a factory of ours from one of upstream's. One that chooses
// among its pipelines by their name (routing, failover, roundrobin) cannot be hosted; its
// block is then refused.
func Connector(f connector.Factory) component.Factory {
	from := &origin{kind: component.KindConnector, upstream: f, stability: map[otlp.Signal]upstream.StabilityLevel{}}
	pairs := pairsOf(f)
	for _, p := range pairs {
		from.stability[p.from] = p.level
		from.emits |= component.SignalsOf(p.to)
	}
	from.make = func(b *build, signal otlp.Signal, cfg upstream.Config, out outlet) {
		set := connector.Settings{ID: b.id, TelemetrySettings: b.telemetry, BuildInfo: b.info}
		for _, p := range pairs {
			if p.from == signal && b.emits.Has(p.to) {
				p.make(b, set, cfg, out)
			}
		}
	}
	return connectorFactory{component.ConnectorFactory[Config]{
		Type: from.typ(), Summary: from.summary(), Aliases: from.aliases(), Signals: from.signals(), Emits: from.emits, Default: from.config,
		New: func(cfg Config, set component.Settings, next component.Sink) (component.Stage, error) {
			b := from.build(cfg.value, set, next)
			return &b.stage, b.err
		},
	}, from}
}

// noSignal stands for the signal of an extension, which has none.
const noSignal otlp.Signal = 0

// Extension makes a factory of ours from one of upstream's.
func Extension(f extension.Factory) component.Factory {
	from := &origin{kind: component.KindExtension, upstream: f, stability: map[otlp.Signal]upstream.StabilityLevel{noSignal: f.Stability()}}
	from.make = func(b *build, _ otlp.Signal, cfg upstream.Config, _ outlet) {
		b.add(f.Create(b.ctx, extension.Settings{ID: b.id, TelemetrySettings: b.telemetry, BuildInfo: b.info}, cfg))
	}
	return extensionFactory{component.ExtensionFactory[Config]{
		Type: from.typ(), Summary: from.summary(), Aliases: from.aliases(), Default: from.config,
		New: func(cfg Config, set component.Settings) (component.Component, error) {
			set.Signals = component.SignalsOf(noSignal)
			return &lateExtension{create: func() *build { return from.build(cfg.value, set, nil) }}, nil
		},
	}, from}
}

// lateExtension makes upstream's extension only when it starts: some make their
// folder then, and a configuration that is only checked must leave no trace.
type lateExtension struct {
	create func() *build
	lifecycle
}

// Start makes the extension and starts it.
func (e *lateExtension) Start(ctx context.Context) error {
	b := e.create()
	if b.err != nil {
		return b.err
	}
	e.lifecycle = b.lifecycle
	return e.lifecycle.Start(ctx)
}

// Upstream is part of Bridged; nil before Start.
func (e *lateExtension) Upstream() upstream.Component {
	if len(e.made) == 0 {
		return nil
	}
	return e.made[0]
}

// build makes what a pipeline asks for: a component of theirs for each signal.
// Where those are one thing, as two signals on one socket are, they see to that themselves.
func (o *origin) build(cfg upstream.Config, set component.Settings, next component.Sink) *build {
	b := newBuild(set)
	for signal := noSignal; signal <= otlp.Metrics; signal++ {
		if set.Signals.Has(signal) {
			o.make(b, signal, cfg, outlet{next})
		}
	}
	return b
}

// try finds out whether a component can be made of cfg at all, as an upstream
// collector's `validate` does: a regular expression is read only then. Nothing is started, and
// extensions are not tried (see lateExtension). The pipelines are not known yet, so one signal for
// which it can be made is enough.
func (o *origin) try(cfg upstream.Config) error {
	if o.kind == component.KindExtension {
		return nil
	}
	var errs []error
	for signal, level := range o.stability {
		if level == upstream.StabilityLevelUndefined {
			continue
		}
		set := component.Settings{ID: component.ID{Type: o.typ()}, Log: discard, Signals: component.SignalsOf(signal), Emits: o.emits}
		b := o.build(cfg, set, nil)
		if b.err == nil {
			return nil
		}
		errs = append(errs, b.err)
	}
	if len(errs) == 0 {
		return errors.New("it carries no signal that this program knows")
	}
	return errs[0]
}
