package hosted

import (
	"context"
	"errors"
	"runtime/debug"
	"sync"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/wire/otlp"
	upstream "go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
)

// build is one hosted component in the making.
type build struct {
	stage
	ctx       context.Context // theirs want one where ours builds without
	id        upstream.ID
	telemetry upstream.TelemetrySettings
	takes     component.Signals
	emits     component.Signals
	err       error
}

func newBuild(set component.Settings) *build {
	b := &build{ctx: context.Background(), id: upstreamID(set.ID), telemetry: telemetry(set), takes: set.Signals, emits: set.Emits}
	b.host = &host{set.Extensions, set.Log, set.Health}
	return b
}

func (b *build) has(signal otlp.Signal) bool { return b.takes.Has(signal) }

// add keeps what a factory has made, or its error.
func (b *build) add(made upstream.Component, err error) {
	if err != nil {
		b.err = errors.Join(b.err, err)
		return
	}
	b.made = append(b.made, made)
}

// traces, logs and metrics are what stages of theirs are.
type (
	traces interface {
		upstream.Component
		consumer.Traces
	}
	logs interface {
		upstream.Component
		consumer.Logs
	}
	metrics interface {
		upstream.Component
		consumer.Metrics
	}
)

func (b *build) addTraces(made traces, err error) {
	b.add(made, err)
	b.in.traces = append(b.in.traces, made)
}

func (b *build) addLogs(made logs, err error) {
	b.add(made, err)
	b.in.logs = append(b.in.logs, made)
}

func (b *build) addMetrics(made metrics, err error) {
	b.add(made, err)
	b.in.metrics = append(b.in.metrics, made)
}

// buildInfo is what hosted components say the program is.
var buildInfo = sync.OnceValue(func() upstream.BuildInfo {
	out := upstream.BuildInfo{Command: "oriel", Description: "Oriel", Version: "dev"}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		out.Version = info.Main.Version
	}
	return out
})
