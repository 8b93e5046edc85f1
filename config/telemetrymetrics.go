package config

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// TelemetryMetrics is service.telemetry.metrics.
type TelemetryMetrics struct {
	// How much is shown: none, basic, normal (default) or detailed.
	Level string `yaml:"level"`
	// host:port of the scrape endpoint, in the form of older upstream versions.
	Address string `yaml:"address"`
	// Who reads metrics: scrapers that ask, and servers that are sent them. By default scrapers, on 127.0.0.1:8888.
	Readers []TelemetryReader `yaml:"readers"`

	Views Unsupported `yaml:"views"`
}

// Validate checks the level, and that somebody reads.
func (m *TelemetryMetrics) Validate() error {
	if m.Address != "" {
		if _, _, err := net.SplitHostPort(m.Address); err != nil {
			return &Problem{Where: "address", What: fmt.Sprintf("%q is not an address", m.Address), Fix: "address: localhost:8888"}
		}
	}
	switch strings.ToLower(m.Level) {
	case "basic", "normal", "detailed":
		if m.Readers != nil && len(m.Readers) == 0 && m.Address == "" {
			return &Problem{Where: "readers", What: "is empty, so nobody could read the metrics", Fix: "level: none\nor remove readers, for a scrape endpoint on port 8888"}
		}
		return nil
	case "none":
		return nil
	}
	return &Problem{Where: "level", What: fmt.Sprintf("%q is not known", m.Level), Fix: "level: normal  # or none, basic, detailed"}
}

// TelemetryReader is one of service.telemetry.metrics.readers.
type TelemetryReader struct {
	// Answers whoever asks.
	Pull *PullReader `yaml:"pull"`
	// Sends at intervals.
	Periodic *PeriodicReader `yaml:"periodic"`
}

// Validate asks for one of the two.
func (r *TelemetryReader) Validate() error {
	if (r.Pull == nil) == (r.Periodic == nil) {
		return &Problem{What: "want one of pull and periodic", Fix: "pull:\n  exporter:\n    prometheus:\n      host: localhost\n      port: 8888"}
	}
	return nil
}

// PullReader is a reader that answers.
type PullReader struct {
	// In which format; only that of Prometheus.
	Exporter struct {
		// Answers Prometheus on GET /metrics.
		Prometheus *PrometheusReader `yaml:"prometheus"`
	} `yaml:"exporter"`

	Producers Unsupported `yaml:"producers"`
}

// Validate asks for the exporter.
func (p *PullReader) Validate() error {
	if p.Exporter.Prometheus == nil {
		return &Problem{Where: "exporter", What: "is not set", Fix: "exporter:\n  prometheus:\n    host: localhost\n    port: 8888"}
	}
	return nil
}

// PrometheusReader is how metrics look to one scraper. Upstream's default reader has all three without_ on,
// a reader that a configuration names has them off.
type PrometheusReader struct {
	// Host to listen on.
	Host string `yaml:"host"`
	// Port to listen on.
	Port int `yaml:"port"`
	// Leave out the label otel_scope_name.
	WithoutScopeInfo bool `yaml:"without_scope_info"`
	// Leave out _seconds and _bytes at the end of names.
	WithoutUnits bool `yaml:"without_units"`
	// Leave out _total at the end of counters' names.
	WithoutTypeSuffix bool `yaml:"without_type_suffix"`
	// Which attributes of the resource are labels of every metric, besides those of target_info.
	WithResourceConstantLabels *IncludeExclude `yaml:"with_resource_constant_labels"`
}

// Validate checks the address.
func (p *PrometheusReader) Validate() error {
	switch {
	case p.Host == "":
		return &Problem{Where: "host", What: "is not set", Fix: "host: localhost"}
	case p.Port < 0 || p.Port > 65535:
		return &Problem{Where: "port", What: fmt.Sprintf("%d is not a port", p.Port), Fix: "port: 8888"}
	}
	return nil
}

// Address is host:port.
func (p *PrometheusReader) Address() string {
	return net.JoinHostPort(strings.Trim(p.Host, "[]"), strconv.Itoa(p.Port))
}

// IncludeExclude picks names. Nothing included means all.
type IncludeExclude struct {
	// Names to pick. All by default.
	Included []string `yaml:"included"`
	// Names not to pick, even if they are included.
	Excluded []string `yaml:"excluded"`
}

// PeriodicReader is a reader that sends.
type PeriodicReader struct {
	// Milliseconds between two sendings. 60000 by default.
	Interval int `yaml:"interval"`
	// Milliseconds after which a sending is given up. 30000 by default.
	Timeout int `yaml:"timeout"`
	// Where to.
	Exporter TelemetryExporter `yaml:"exporter"`

	Producers Unsupported `yaml:"producers"`
}

// SetDefaults are those of the schema.
func (p *PeriodicReader) SetDefaults() { p.Interval, p.Timeout = 60_000, 30_000 }

// Validate checks the times.
func (p *PeriodicReader) Validate() error {
	switch {
	case p.Interval < 1:
		return &Problem{Where: "interval", What: fmt.Sprintf("%d is not a number of milliseconds", p.Interval), Fix: "interval: 60000  # the default"}
	case p.Timeout < 1:
		return &Problem{Where: "timeout", What: fmt.Sprintf("%d is not a number of milliseconds", p.Timeout), Fix: "timeout: 30000  # the default"}
	}
	return nil
}

// Every is the interval as a duration.
func (p *PeriodicReader) Every() time.Duration { return time.Duration(p.Interval) * time.Millisecond }
