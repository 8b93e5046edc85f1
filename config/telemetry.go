package config

import (
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
)

// Telemetry is service.telemetry: how the process speaks of itself.
type Telemetry struct {
	Logs    TelemetryLogs    `yaml:"logs"`
	Metrics TelemetryMetrics `yaml:"metrics"`
	// Accepted so that upstream's files load; Oriel makes no traces of itself yet.
	Traces   Ignored           `yaml:"traces"`
	Resource map[string]string `yaml:"resource"`
}

// TelemetryLogs is service.telemetry.logs.
type TelemetryLogs struct {
	// debug, info (default), warn or error.
	Level string `yaml:"level"`
	// json or console. By default text on a terminal and JSON otherwise.
	Encoding string `yaml:"encoding"`

	Development       Ignored `yaml:"development"`
	DisableCaller     Ignored `yaml:"disable_caller"`
	DisableStacktrace Ignored `yaml:"disable_stacktrace"`
	Sampling          Ignored `yaml:"sampling"` // repeats are always held back

	InitialFields    Unsupported `yaml:"initial_fields"`
	OutputPaths      Unsupported `yaml:"output_paths"`
	ErrorOutputPaths Unsupported `yaml:"error_output_paths"`
	Processors       Unsupported `yaml:"processors"`
}

// Validate checks level and encoding.
func (l *TelemetryLogs) Validate() error {
	if _, ok := logLevels[strings.ToLower(l.Level)]; !ok {
		return &Problem{Where: "level", What: fmt.Sprintf("%q is not known", l.Level), Fix: "level: info  # or debug, warn, error"}
	}
	switch l.Encoding {
	case "", "json", "console":
		return nil
	}
	return &Problem{Where: "encoding", What: fmt.Sprintf("%q is not known", l.Encoding), Fix: "encoding: json  # or console"}
}

// logLevels are upstream's; those above error are used by nothing here.
var logLevels = map[string]slog.Level{
	"": slog.LevelInfo, "debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "warning": slog.LevelWarn,
	"error": slog.LevelError, "dpanic": slog.LevelError, "panic": slog.LevelError, "fatal": slog.LevelError,
}

// SlogLevel is the level in slog's terms.
func (l *TelemetryLogs) SlogLevel() slog.Level { return logLevels[strings.ToLower(l.Level)] }

// TelemetryMetrics is service.telemetry.metrics.
type TelemetryMetrics struct {
	// none switches the scrape endpoint off; the other levels are alike.
	Level string `yaml:"level"`
	// host:port of the scrape endpoint, in the form of older upstream versions.
	Address string `yaml:"address"`
	// Where metrics can be read; only pull by Prometheus.
	Readers []TelemetryReader `yaml:"readers"`

	Views Unsupported `yaml:"views"`
}

// TelemetryReader is one of service.telemetry.metrics.readers.
type TelemetryReader struct {
	Pull *struct {
		Exporter struct {
			Prometheus *struct {
				Host string `yaml:"host"`
				Port int    `yaml:"port"`

				WithoutScopeInfo  Ignored `yaml:"without_scope_info"`
				WithoutUnits      Ignored `yaml:"without_units"`
				WithoutTypeSuffix Ignored `yaml:"without_type_suffix"`
				WithResource      Ignored `yaml:"with_resource_constant_labels"`
			} `yaml:"prometheus"`
		} `yaml:"exporter"`
	} `yaml:"pull"`
	Periodic Unsupported `yaml:"periodic"`
}

// Validate checks the level.
func (m *TelemetryMetrics) Validate() error {
	switch m.Level {
	case "none", "basic", "normal", "detailed":
		return nil
	}
	return &Problem{Where: "level", What: fmt.Sprintf("%q is not known", m.Level), Fix: "level: normal  # or none, basic, detailed"}
}

func defaultTelemetry() Telemetry {
	return Telemetry{Metrics: TelemetryMetrics{Level: "normal"}}
}

// ScrapeAddress is where to answer Prometheus, "" for nowhere; explicit is
// false if that is only upstream's default.
func (m *TelemetryMetrics) ScrapeAddress() (address string, explicit bool) {
	if m.Level == "none" {
		return "", true
	}
	for _, r := range m.Readers {
		if r.Pull != nil && r.Pull.Exporter.Prometheus != nil {
			p := r.Pull.Exporter.Prometheus
			return net.JoinHostPort(p.Host, strconv.Itoa(p.Port)), true
		}
	}
	if m.Address != "" {
		return m.Address, true
	}
	return "127.0.0.1:8888", false
}
