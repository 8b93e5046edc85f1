package config

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
)

// Telemetry is service.telemetry: how the process speaks of itself. The keys are those of upstream's
// service, which for readers, processors and exporters are those of the OpenTelemetry configuration schema 0.3.
type Telemetry struct {
	// The log of the process.
	Logs TelemetryLogs `yaml:"logs"`
	// The metrics of the process.
	Metrics TelemetryMetrics `yaml:"metrics"`
	// Traces of what the process does with batches.
	Traces TelemetryTraces `yaml:"traces"`
	// Attributes of the process in what it says of itself. service.name, service.version and service.instance.id
	// are there unless they are set to another text, or to null.
	Resource ResourceAttributes `yaml:"resource"`
}

// ResourceAttributes are texts by name; a nil takes an attribute away.
type ResourceAttributes map[string]*string

// UnmarshalConfig takes a map of texts; null is kept.
func (r *ResourceAttributes) UnmarshalConfig(n *Node) error {
	n.Reveal()
	if n.Kind == Null {
		return nil
	}
	if n.Kind != Map {
		return Problemf("", "is %s, want a map of attributes", n.Kind)
	}
	*r = ResourceAttributes{}
	for _, e := range n.Entries {
		text, ok := e.Value.AsText()
		switch {
		case ok:
			(*r)[e.Key] = &text
		case e.Value.Kind == Null:
			(*r)[e.Key] = nil
		default:
			return Problemf(e.Key, "is %s, want a text", e.Value.Kind)
		}
	}
	return nil
}

// TelemetryLogs is service.telemetry.logs.
type TelemetryLogs struct {
	// debug, info (default), warn or error.
	Level string `yaml:"level"`
	// json or console. By default text on a terminal and JSON otherwise.
	Encoding string `yaml:"encoding"`
	// How messages that repeat are held back.
	Sampling *LogSampling `yaml:"sampling"`
	// Where the log is written: stderr (default), stdout, or a file, which is appended to.
	OutputPaths []string `yaml:"output_paths"`
	// Fields that every entry carries.
	InitialFields map[string]any `yaml:"initial_fields"`
	// Where entries are sent besides.
	Processors []TelemetryProcessor `yaml:"processors"`

	Development        Ignored `yaml:"development"`
	DisableCaller      Ignored `yaml:"disable_caller"`     // entries name their component, not a line of the source
	DisableStacktrace  Ignored `yaml:"disable_stacktrace"` // there are none
	DisableZapResource Ignored `yaml:"disable_zap_resource"`
	ErrorOutputPaths   Ignored `yaml:"error_output_paths"` // of upstream's log library; ours has no such errors
}

// LogSampling is service.telemetry.logs.sampling.
type LogSampling struct {
	// false writes every entry.
	Enabled bool `yaml:"enabled"`
	// The time within which entries of one message are counted.
	Tick time.Duration `yaml:"tick"`
	// How many entries of one message are written within a tick before the rest is held back.
	Initial int `yaml:"initial"`
	// Of the rest, one in how many is written all the same. 0: none.
	Thereafter int `yaml:"thereafter"`
}

// SetDefaults are upstream's.
func (s *LogSampling) SetDefaults() { *s = LogSampling{true, 10 * time.Second, 10, 100} }

// Validate checks the numbers.
func (s *LogSampling) Validate() error {
	switch {
	case !s.Enabled:
		return nil
	case s.Tick <= 0:
		return &Problem{Where: "tick", What: fmt.Sprintf("%s is not a time", s.Tick), Fix: "tick: 10s  # the default\nor enabled: false"}
	case s.Initial < 1:
		return &Problem{Where: "initial", What: fmt.Sprintf("%d is less than 1", s.Initial), Fix: "initial: 10  # the default"}
	case s.Thereafter < 0:
		return &Problem{Where: "thereafter", What: fmt.Sprintf("%d is negative", s.Thereafter), Fix: "thereafter: 100  # the default"}
	}
	return nil
}

// Validate checks level, encoding and paths.
func (l *TelemetryLogs) Validate() error {
	if _, ok := logLevels[strings.ToLower(l.Level)]; !ok {
		return &Problem{Where: "level", What: fmt.Sprintf("%q is not known", l.Level), Fix: "level: info  # or debug, warn, error"}
	}
	if !slices.Contains([]string{"", "json", "console"}, l.Encoding) {
		return &Problem{Where: "encoding", What: fmt.Sprintf("%q is not known", l.Encoding), Fix: "encoding: json  # or console"}
	}
	for i, path := range l.OutputPaths {
		if scheme, _, ok := strings.Cut(path, "://"); path == "" || ok && scheme != "file" {
			return &Problem{Where: fmt.Sprintf("output_paths[%d]", i), What: fmt.Sprintf("%q is not a file", path), Fix: "output_paths: [stderr]  # or stdout, or the path of a file"}
		}
	}
	return nil
}

// logLevels are upstream's; those above error are used by nothing here.
var logLevels = map[string]slog.Level{
	"": slog.LevelInfo, "debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "warning": slog.LevelWarn,
	"error": slog.LevelError, "dpanic": slog.LevelError, "panic": slog.LevelError, "fatal": slog.LevelError,
}

// SlogLevel is the level in slog's terms.
func (l *TelemetryLogs) SlogLevel() slog.Level { return logLevels[strings.ToLower(l.Level)] }

func defaultTelemetry() Telemetry {
	return Telemetry{Metrics: TelemetryMetrics{Level: "normal"}}
}
