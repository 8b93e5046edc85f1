package hosted

import (
	"github.com/oriel-io/oriel/wire/otlp"
	upstream "go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/connector"
)

// pair is one way through a connector: upstream makes a component for each.
type pair struct {
	from, to otlp.Signal
	level    upstream.StabilityLevel
	make     func(b *build, set connector.Settings, cfg upstream.Config, out outlet)
}

// pairsOf are the ways that a factory has code for.
func pairsOf(f connector.Factory) (pairs []pair) {
	for _, p := range []pair{
		{otlp.Traces, otlp.Traces, f.TracesToTracesStability(), func(b *build, set connector.Settings, cfg upstream.Config, out outlet) {
			b.addTraces(f.CreateTracesToTraces(b.ctx, set, cfg, out))
		}},
		{otlp.Traces, otlp.Logs, f.TracesToLogsStability(), func(b *build, set connector.Settings, cfg upstream.Config, out outlet) {
			b.addTraces(f.CreateTracesToLogs(b.ctx, set, cfg, out))
		}},
		{otlp.Traces, otlp.Metrics, f.TracesToMetricsStability(), func(b *build, set connector.Settings, cfg upstream.Config, out outlet) {
			b.addTraces(f.CreateTracesToMetrics(b.ctx, set, cfg, out))
		}},
		{otlp.Logs, otlp.Traces, f.LogsToTracesStability(), func(b *build, set connector.Settings, cfg upstream.Config, out outlet) {
			b.addLogs(f.CreateLogsToTraces(b.ctx, set, cfg, out))
		}},
		{otlp.Logs, otlp.Logs, f.LogsToLogsStability(), func(b *build, set connector.Settings, cfg upstream.Config, out outlet) {
			b.addLogs(f.CreateLogsToLogs(b.ctx, set, cfg, out))
		}},
		{otlp.Logs, otlp.Metrics, f.LogsToMetricsStability(), func(b *build, set connector.Settings, cfg upstream.Config, out outlet) {
			b.addLogs(f.CreateLogsToMetrics(b.ctx, set, cfg, out))
		}},
		{otlp.Metrics, otlp.Traces, f.MetricsToTracesStability(), func(b *build, set connector.Settings, cfg upstream.Config, out outlet) {
			b.addMetrics(f.CreateMetricsToTraces(b.ctx, set, cfg, out))
		}},
		{otlp.Metrics, otlp.Logs, f.MetricsToLogsStability(), func(b *build, set connector.Settings, cfg upstream.Config, out outlet) {
			b.addMetrics(f.CreateMetricsToLogs(b.ctx, set, cfg, out))
		}},
		{otlp.Metrics, otlp.Metrics, f.MetricsToMetricsStability(), func(b *build, set connector.Settings, cfg upstream.Config, out outlet) {
			b.addMetrics(f.CreateMetricsToMetrics(b.ctx, set, cfg, out))
		}},
	} {
		if p.level != upstream.StabilityLevelUndefined {
			pairs = append(pairs, p)
		}
	}
	return pairs
}
