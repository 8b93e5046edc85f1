package component

import (
	"runtime"
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
	// Again says that the process ran another configuration before this one. What its components have
	// written must be kept.
	Again bool

	// What runs, as the configuration names it.
	Pipelines  []PipelineInfo
	Extensions []string
}

// UserAgent is what exporters tell servers. It works on nil.
func (p *Process) UserAgent() string {
	name := "Oriel"
	if p != nil && p.Version != "" {
		name += "/" + p.Version
	}
	return name + " (" + runtime.GOOS + "/" + runtime.GOARCH + ")"
}

// PipelineInfo is one entry of service.pipelines.
type PipelineInfo struct {
	Name                             string // "traces/fast"
	Signal                           otlp.Signal
	Receivers, Processors, Exporters []string
}
