package config

import (
	"fmt"
	"slices"
	"strings"
)

// TelemetryTraces is service.telemetry.traces: spans of what the process does with batches. Without
// processors there are none.
type TelemetryTraces struct {
	// none makes no spans; the other levels are alike.
	Level string `yaml:"level"`
	// Where spans are sent.
	Processors []TelemetryProcessor `yaml:"processors"`
	// Which spans are made. By default those of all operations.
	Sampler *TelemetrySampler `yaml:"sampler"`

	Propagators Unsupported `yaml:"propagators"` // each process begins its own traces, as upstream without the key
	Limits      Unsupported `yaml:"limits"`
}

// Validate checks the level.
func (t *TelemetryTraces) Validate() error {
	if level := strings.ToLower(t.Level); !slices.Contains([]string{"", "none", "basic", "normal", "detailed"}, level) {
		return &Problem{Where: "level", What: fmt.Sprintf("%q is not known", t.Level), Fix: "level: basic  # or none"}
	}
	return nil
}

// TelemetrySampler is one of the samplers of the schema.
type TelemetrySampler struct {
	// All traces; an empty map.
	AlwaysOn *struct{} `yaml:"always_on"`
	// No trace; an empty map.
	AlwaysOff *struct{} `yaml:"always_off"`
	// A share of the traces.
	Ratio *struct {
		// Between 0 and 1.
		Ratio *float64 `yaml:"ratio"`
	} `yaml:"trace_id_ratio_based"`
	// What the parent says, and for a trace that begins here the sampler root.
	ParentBased *struct {
		// Which of the traces that begin here are made. All by default.
		Root *TelemetrySampler `yaml:"root"`

		RemoteParentSampled    Unsupported `yaml:"remote_parent_sampled"`
		RemoteParentNotSampled Unsupported `yaml:"remote_parent_not_sampled"`
		LocalParentSampled     Ignored     `yaml:"local_parent_sampled"`
		LocalParentNotSampled  Ignored     `yaml:"local_parent_not_sampled"`
	} `yaml:"parent_based"`

	JaegerRemote Unsupported `yaml:"jaeger_remote"`
}

// Validate checks the share.
func (s *TelemetrySampler) Validate() error {
	if s.Ratio != nil && s.Ratio.Ratio != nil && (*s.Ratio.Ratio < 0 || *s.Ratio.Ratio > 1) {
		return &Problem{Where: "trace_id_ratio_based.ratio", What: fmt.Sprintf("%g is not between 0 and 1", *s.Ratio.Ratio), Fix: "ratio: 0.1"}
	}
	return nil
}

// Share is the part of the traces that are made; nil is a sampler too.
func (s *TelemetrySampler) Share() float64 {
	switch {
	case s == nil:
		return 1
	case s.ParentBased != nil:
		return s.ParentBased.Root.Share()
	case s.AlwaysOff != nil:
		return 0
	case s.Ratio != nil && s.Ratio.Ratio != nil:
		return *s.Ratio.Ratio
	}
	return 1
}
