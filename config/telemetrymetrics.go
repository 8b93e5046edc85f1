package config

import (
	"fmt"
	"net"
	"strconv"
	"strings"
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

// Validate checks the level.
func (m *TelemetryMetrics) Validate() error {
	switch strings.ToLower(m.Level) {
	case "none", "basic", "normal", "detailed":
		return nil
	}
	return &Problem{Where: "level", What: fmt.Sprintf("%q is not known", m.Level), Fix: "level: normal  # or none, basic, detailed"}
}

// TelemetryReader is one of service.telemetry.metrics.readers.
type TelemetryReader struct {
	// Answers whoever asks.
	Pull     *PullReader `yaml:"pull"`
	Periodic Unsupported `yaml:"periodic"`
}

// Validate asks for it.
func (r *TelemetryReader) Validate() error {
	if r.Pull == nil {
		return &Problem{What: "has no pull", Fix: "pull:\n  exporter:\n    prometheus:\n      host: localhost\n      port: 8888"}
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
