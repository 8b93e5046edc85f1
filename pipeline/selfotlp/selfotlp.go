// Package selfotlp sends what the process says of itself, its log, metrics and
// spans, to servers that speak OTLP, as service.telemetry asks.
//
// Begin with New. encode.go makes OTLP of what package selfmon holds; an outbox gathers
// entries and spans and sends them at intervals. Nothing here stands in the way of telemetry that the process
// forwards: what finds no room in an outbox is dropped and counted.
package selfotlp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/selfmon"
	"github.com/oriel-io/oriel/wire/otlp"
)

// Options are what Exports need besides their configuration.
type Options struct {
	Resource []string // attributes of the process, pairs of name and value
	Version  string
	Started  time.Time
	Level    selfmon.Level
	// Registry is the metrics of what runs now.
	Registry func() *selfmon.Registry
	Log      *slog.Logger
}

// Exports are all that is sent. The zero value sends nothing.
type Exports struct {
	targets []*target
	logs    []*outbox[entry]
	spans   []*outbox[selfmon.SpanData]
	share   float64
	readers []*reader

	running sync.WaitGroup
	stop    context.CancelFunc
}

// New makes what the configuration asks for. Nothing is sent before Start.
//
// Errors: files of certificates that cannot be read.
func New(cfg *config.Telemetry, o Options) (*Exports, error) {
	e, err := build(cfg, o)
	if err != nil {
		return nil, errors.Join(err, e.Shutdown(context.Background()))
	}
	return e, nil
}

func build(cfg *config.Telemetry, o Options) (*Exports, error) {
	e := &Exports{share: cfg.Traces.Sampler.Share()}
	enc := newEncoder(o)
	var errs []error
	open := func(where string, signal otlp.Signal, to config.TelemetryExporter) *target {
		t, err := newTarget(signal, to.OTLP, o)
		if err != nil {
			errs = append(errs, fmt.Errorf("service.telemetry.%s: %w", where, err))
			return nil
		}
		e.targets = append(e.targets, t)
		return t
	}
	for i, p := range cfg.Logs.Processors {
		rules, to := rulesOf(p)
		if t := open(fmt.Sprintf("logs.processors[%d]", i), otlp.Logs, to); t != nil {
			e.logs = append(e.logs, newOutbox(rules, t, enc.logs, o))
		}
	}
	if !strings.EqualFold(cfg.Traces.Level, "none") {
		for i, p := range cfg.Traces.Processors {
			rules, to := rulesOf(p)
			if t := open(fmt.Sprintf("traces.processors[%d]", i), otlp.Traces, to); t != nil {
				e.spans = append(e.spans, newOutbox(rules, t, enc.spans, o))
			}
		}
	}
	if !strings.EqualFold(cfg.Metrics.Level, "none") {
		for i, r := range cfg.Metrics.Readers {
			if r.Periodic == nil {
				continue
			}
			if t := open(fmt.Sprintf("metrics.readers[%d]", i), otlp.Metrics, r.Periodic.Exporter); t != nil {
				e.readers = append(e.readers, &reader{r.Periodic.Every(), time.Duration(r.Periodic.Timeout) * time.Millisecond, t, enc, o})
			}
		}
	}
	return e, errors.Join(errs...)
}

// Start begins to send.
func (e *Exports) Start() {
	ctx, cancel := context.WithCancel(context.Background())
	e.stop = cancel
	for _, box := range e.logs {
		e.running.Go(func() { box.run(ctx) })
	}
	for _, box := range e.spans {
		e.running.Go(func() { box.run(ctx) })
	}
	for _, r := range e.readers {
		e.running.Go(func() { r.run(ctx) })
	}
}

// Shutdown sends what is left until ctx ends. Without Start it sends nothing.
func (e *Exports) Shutdown(ctx context.Context) error {
	if e.stop != nil {
		e.stop()
		e.running.Wait()
		e.last(ctx)
	}
	var errs []error
	for _, t := range e.targets {
		errs = append(errs, t.close())
	}
	e.targets, e.logs, e.spans, e.readers, e.stop = nil, nil, nil, nil, nil
	return errors.Join(errs...)
}

// last sends what is left.
func (e *Exports) last(ctx context.Context) {
	var last sync.WaitGroup
	for _, box := range e.logs {
		last.Go(func() { box.flush(ctx) })
	}
	for _, box := range e.spans {
		last.Go(func() { box.flush(ctx) })
	}
	for _, r := range e.readers {
		last.Go(func() { r.send(ctx) })
	}
	last.Wait()
}

// LogHandlers get the entries of the log.
func (e *Exports) LogHandlers() (out []slog.Handler) {
	for _, box := range e.logs {
		out = append(out, &handler{box: box})
	}
	return out
}

// Trace has a tracer make spans for these exports, or none.
func (e *Exports) Trace(tracer *selfmon.Tracer) {
	var sinks []func(selfmon.SpanData)
	for _, box := range e.spans {
		sinks = append(sinks, box.add)
	}
	tracer.Configure(e.share, sinks...)
}
