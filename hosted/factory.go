package hosted

import (
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
	return receiverFactory{component.ReceiverFactory[Config]{
		Type: from.typ(), Summary: from.summary(), Aliases: from.aliases(), Signals: from.signals(), Default: configOf(f),
		New: func(cfg Config, set component.Settings, next component.Sink) (component.Component, error) {
			b, out := newBuild(set), outlet{next}
			to := receiver.Settings{ID: b.id, TelemetrySettings: b.telemetry, BuildInfo: buildInfo()}
			if b.has(otlp.Traces) {
				b.add(f.CreateTraces(b.ctx, to, cfg.value, out))
			}
			if b.has(otlp.Logs) {
				b.add(f.CreateLogs(b.ctx, to, cfg.value, out))
			}
			if b.has(otlp.Metrics) {
				b.add(f.CreateMetrics(b.ctx, to, cfg.value, out))
			}
			return &b.lifecycle, b.err
		},
	}, from}
}

// Processor makes a factory of ours from one of upstream's.
func Processor(f processor.Factory) component.Factory {
	from := signalOrigin(component.KindProcessor, f)
	return processorFactory{component.ProcessorFactory[Config]{
		Type: from.typ(), Summary: from.summary(), Aliases: from.aliases(), Signals: from.signals(), Default: configOf(f),
		New: func(cfg Config, set component.Settings, next component.Sink) (component.Stage, error) {
			b, out := newBuild(set), outlet{next}
			to := processor.Settings{ID: b.id, TelemetrySettings: b.telemetry, BuildInfo: buildInfo()}
			if b.has(otlp.Traces) {
				b.addTraces(f.CreateTraces(b.ctx, to, cfg.value, out))
			}
			if b.has(otlp.Logs) {
				b.addLogs(f.CreateLogs(b.ctx, to, cfg.value, out))
			}
			if b.has(otlp.Metrics) {
				b.addMetrics(f.CreateMetrics(b.ctx, to, cfg.value, out))
			}
			return &b.stage, b.err
		},
	}, from}
}

// Exporter makes a factory of ours from one of upstream's. Its queue and its
// retries are upstream's own.
func Exporter(f exporter.Factory) component.Factory {
	from := signalOrigin(component.KindExporter, f)
	return exporterFactory{component.ExporterFactory[Config]{
		Type: from.typ(), Summary: from.summary(), Aliases: from.aliases(), Signals: from.signals(), Default: configOf(f),
		New: func(cfg Config, set component.Settings) (component.Stage, error) {
			b := newBuild(set)
			to := exporter.Settings{ID: b.id, TelemetrySettings: b.telemetry, BuildInfo: buildInfo()}
			if b.has(otlp.Traces) {
				b.addTraces(f.CreateTraces(b.ctx, to, cfg.value))
			}
			if b.has(otlp.Logs) {
				b.addLogs(f.CreateLogs(b.ctx, to, cfg.value))
			}
			if b.has(otlp.Metrics) {
				b.addMetrics(f.CreateMetrics(b.ctx, to, cfg.value))
			}
			return &b.stage, b.err
		},
	}, from}
}

// Connector makes a factory of ours from one of upstream's. One that chooses
// among its pipelines by their name (routing, failover, roundrobin) cannot be hosted: it
// says so when it is made.
func Connector(f connector.Factory) component.Factory {
	from := &origin{component.KindConnector, f, map[otlp.Signal]upstream.StabilityLevel{}}
	pairs := pairsOf(f)
	var emits component.Signals
	for _, p := range pairs {
		from.stability[p.from] = p.level
		emits |= component.SignalsOf(p.to)
	}
	return connectorFactory{component.ConnectorFactory[Config]{
		Type: from.typ(), Summary: from.summary(), Aliases: from.aliases(), Signals: from.signals(), Emits: emits, Default: configOf(f),
		New: func(cfg Config, set component.Settings, next component.Sink) (component.Stage, error) {
			b := newBuild(set)
			to := connector.Settings{ID: b.id, TelemetrySettings: b.telemetry, BuildInfo: buildInfo()}
			for _, p := range pairs {
				if b.has(p.from) && b.emits.Has(p.to) {
					p.make(b, to, cfg.value, outlet{next})
				}
			}
			return &b.stage, b.err
		},
	}, from}
}

// Extension makes a factory of ours from one of upstream's.
func Extension(f extension.Factory) component.Factory {
	from := &origin{component.KindExtension, f, map[otlp.Signal]upstream.StabilityLevel{}}
	from.stability[0] = f.Stability()
	return extensionFactory{component.ExtensionFactory[Config]{
		Type: from.typ(), Summary: from.summary(), Aliases: from.aliases(), Default: configOf(f),
		New: func(cfg Config, set component.Settings) (component.Component, error) {
			b := newBuild(set)
			made, err := f.Create(b.ctx, extension.Settings{ID: b.id, TelemetrySettings: b.telemetry, BuildInfo: buildInfo()}, cfg.value)
			b.add(made, err)
			return &hostedExtension{b.lifecycle, made}, b.err
		},
	}, from}
}

// hostedExtension lets hosted components find the extension behind it.
type hostedExtension struct {
	lifecycle
	extension upstream.Component
}

// Upstream is part of Bridged.
func (e *hostedExtension) Upstream() upstream.Component { return e.extension }
