package hosted

import (
	"github.com/oriel-io/oriel/component"
	upstream "go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/pdata/pcommon"
	tracenoop "go.opentelemetry.io/otel/trace/noop"
	"go.uber.org/zap"
)

// telemetry is how a hosted component logs and counts: into our log, and into
// our metrics with the component's labels.
func telemetry(set component.Settings) upstream.TelemetrySettings {
	return upstream.TelemetrySettings{
		Logger:         zap.New(zapCore{set.Log.Handler()}),
		MeterProvider:  newMeters(set.Metrics),
		TracerProvider: tracenoop.NewTracerProvider(),
		Resource:       pcommon.NewResource(),
	}
}
