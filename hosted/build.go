package hosted

import (
	"context"
	"errors"
	"log/slog"

	"github.com/oriel-io/oriel/component"
	upstream "go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
)

// build is one hosted component in the making.
type build struct {
	stage
	ctx       context.Context // theirs want one where ours builds without
	id        upstream.ID
	telemetry upstream.TelemetrySettings
	info      upstream.BuildInfo
	emits     component.Signals
	err       error
}

// discard is the log of what is made only to see whether it can be.
var discard = slog.New(slog.DiscardHandler)

func newBuild(set component.Settings) *build {
	b := &build{ctx: context.Background(), id: upstreamID(set.ID), telemetry: telemetry(set), emits: set.Emits}
	b.host = &host{set.Extensions, set.Log, set.Health}
	b.info = buildInfo(set.Process)
	return b
}

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

// buildInfo is what hosted components say the program is. Some of them put the
// version into what they send, as that of the instrumentation scope.
func buildInfo(p *component.Process) upstream.BuildInfo {
	out := upstream.BuildInfo{Command: "oriel", Description: "Oriel"}
	if p != nil {
		out.Version = p.Version
	}
	return out
}
