// Package otlphttp sends OTLP over HTTP, as protobuf or JSON. Protobuf leaves as the
// bytes that came in, compressed too where both sides use the same compression. One
// Consume is one attempt; queue and retries are the pipeline's (component.Delivery).
//
// Begin with exporter.ConsumeBorrowed; answer.go is what the server's answers mean.
//
// Source: https://opentelemetry.io/docs/specs/otlp/#otlphttp
package otlphttp

import (
	"errors"
	"fmt"
	"time"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/transport"
	"github.com/oriel-io/oriel/wire/otlp"
)

// Config is the `otlphttp:` block, with upstream's keys.
type Config struct {
	component.Delivery         `yaml:",inline"`
	transport.HTTPClientConfig `yaml:",inline"`
	// URL for traces. By default endpoint with /v1/traces behind it.
	TracesEndpoint string `yaml:"traces_endpoint"`
	// URL for metrics. By default endpoint with /v1/metrics behind it.
	MetricsEndpoint string `yaml:"metrics_endpoint"`
	// URL for logs. By default endpoint with /v1/logs behind it.
	LogsEndpoint string `yaml:"logs_endpoint"`
	// proto (default) or json.
	Encoding string `yaml:"encoding"`

	ProfilesEndpoint config.Ignored `yaml:"profiles_endpoint"` // no pipeline carries profiles
}

// Factory is listed in components/components.go.
var Factory = component.ExporterFactory[Config]{
	Type:    "otlphttp",
	Aliases: []string{"otlp_http"},
	Summary: "Sends OTLP over HTTP.",
	Signals: component.SignalsOf(otlp.Traces, otlp.Logs, otlp.Metrics),
	Default: func() Config {
		cfg := Config{Delivery: component.DefaultDelivery(), HTTPClientConfig: transport.DefaultHTTPClient(), Encoding: encodingProto}
		cfg.Timeout = 30 * time.Second
		cfg.Compression = "gzip"
		cfg.WriteBufferSize = 512 << 10
		return cfg
	},
	New: newExporter,
}

const (
	encodingProto = "proto"
	encodingJSON  = "json"
)

// Validate reports all that is wrong with the keys of this exporter alone.
func (c *Config) Validate() error {
	var problems []error
	if c.Encoding != encodingProto && c.Encoding != encodingJSON {
		problems = append(problems, &config.Problem{Where: "encoding", What: fmt.Sprintf("%q is not known", c.Encoding), Fix: "encoding: proto  # or json"})
	}
	if c.Endpoint == "" && c.TracesEndpoint == "" && c.MetricsEndpoint == "" && c.LogsEndpoint == "" {
		problems = append(problems, &config.Problem{Where: "endpoint", What: "is not set", Fix: "endpoint: http://gateway.example:4318"})
	}
	for _, e := range [...]struct{ key, url string }{
		{"traces_endpoint", c.TracesEndpoint}, {"metrics_endpoint", c.MetricsEndpoint}, {"logs_endpoint", c.LogsEndpoint},
	} {
		if e.url != "" {
			problems = append(problems, transport.ValidateURL(e.key, e.url))
		}
	}
	return errors.Join(problems...)
}
