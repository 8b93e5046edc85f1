package otlp

import (
	"fmt"
	"strings"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/transport"
	"github.com/oriel-io/oriel/wire/otlp"
)

// Config is the `otlp:` block.
type Config struct {
	// Which of the two to serve; at least one.
	Protocols Protocols `yaml:"protocols"`
}

// Protocols are optional blocks: one that is there, even if it is empty, is served.
type Protocols struct {
	// OTLP over gRPC.
	GRPC *GRPC `yaml:"grpc"`
	// OTLP over HTTP.
	HTTP *HTTP `yaml:"http"`
}

// GRPC is the `grpc:` block.
type GRPC struct {
	transport.GRPCConfig `yaml:",inline"`
}

// SetDefaults listens on loopback only.
func (g *GRPC) SetDefaults() { g.Endpoint = "127.0.0.1:4317" }

// HTTP is the `http:` block.
type HTTP struct {
	transport.HTTPConfig `yaml:",inline"`
	// Path that traces are sent to.
	TracesURLPath string `yaml:"traces_url_path"`
	// Path that logs are sent to.
	LogsURLPath string `yaml:"logs_url_path"`
	// Path that metrics are sent to.
	MetricsURLPath string `yaml:"metrics_url_path"`
}

// SetDefaults listens on loopback only, at the paths of the OTLP specification.
func (h *HTTP) SetDefaults() {
	h.Endpoint = "127.0.0.1:4318"
	h.TracesURLPath, h.LogsURLPath, h.MetricsURLPath = "/v1/traces", "/v1/logs", "/v1/metrics"
}

// Validate requires a protocol.
func (c *Config) Validate() error {
	if c.Protocols.GRPC == nil && c.Protocols.HTTP == nil {
		return &config.Problem{Where: "protocols", What: "no protocol is given, so nothing would listen", Fix: "protocols:\n  grpc:\n  http:"}
	}
	return nil
}

// Validate checks the paths.
func (h *HTTP) Validate() error {
	for key, path := range map[string]string{"traces_url_path": h.TracesURLPath, "logs_url_path": h.LogsURLPath, "metrics_url_path": h.MetricsURLPath} {
		if path == "" || strings.ContainsAny(path, "{}: ") {
			return &config.Problem{Where: key, What: fmt.Sprintf("%q is not a path", path), Fix: key + ": /v1/traces"}
		}
	}
	return nil
}

// Factory is listed in components/components.go.
var Factory = component.ReceiverFactory[Config]{
	Type:    "otlp",
	Summary: "Receives OTLP over gRPC and HTTP.",
	Signals: component.SignalsOf(otlp.Traces, otlp.Logs, otlp.Metrics),
	Default: func() Config { return Config{} },
	New:     newReceiver,
}
