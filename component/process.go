package component

import (
	"time"

	"github.com/oriel-io/oriel/selfmon"
	"github.com/oriel-io/oriel/wire/otlp"
)

// Process is what components may know about the process that they run in;
// extensions show it.
type Process struct {
	Version string
	Started time.Time
	Health  *selfmon.Health
	Tracer  *selfmon.Tracer

	// What runs, as the configuration names it.
	Pipelines  []PipelineInfo
	Extensions []string
}

// PipelineInfo is one entry of service.pipelines.
type PipelineInfo struct {
	Name                             string // "traces/fast"
	Signal                           otlp.Signal
	Receivers, Processors, Exporters []string
}
