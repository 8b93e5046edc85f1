// Package zipkin sends spans to servers that speak Zipkin's API, in JSON or protobuf.
// One Consume is one attempt; queue and retries are the pipeline's (component.Delivery).
//
// Begin with exporter.Consume; the translation is wire/zipkin's.
//
// Source: https://zipkin.io/zipkin-api/ (POST /api/v2/spans).
package zipkin

import (
	"errors"
	"fmt"
	"time"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/transport"
	"github.com/oriel-io/oriel/wire/otlp"
)

// Config is the `zipkin:` block of exporters, with upstream's keys. The endpoint is the whole URL.
type Config struct {
	component.Delivery         `yaml:",inline"`
	transport.HTTPClientConfig `yaml:",inline"`
	// json or proto, which is smaller and which servers since 2018 take.
	Format string `yaml:"format"`
	// The service of spans whose resource names none.
	DefaultServiceName string `yaml:"default_service_name"`
}

// Factory is listed in components/components.go.
var Factory = component.ExporterFactory[Config]{
	Type:    "zipkin",
	Summary: "Sends spans to Zipkin servers, in JSON or protobuf.",
	Signals: component.SignalsOf(otlp.Traces),
	Default: func() Config {
		cfg := Config{Delivery: component.DefaultDelivery(), HTTPClientConfig: transport.DefaultHTTPClient(), Format: "json", DefaultServiceName: "<missing service name>"}
		cfg.Timeout = 5 * time.Second
		cfg.WriteBufferSize = 512 << 10
		return cfg
	},
	New: newExporter,
}

// Validate checks the keys of this exporter alone.
func (c *Config) Validate() error {
	var problems []error
	if c.Endpoint == "" {
		problems = append(problems, &config.Problem{Where: "endpoint", What: "is not set", Fix: "endpoint: http://zipkin.example:9411/api/v2/spans"})
	}
	if c.Format != "json" && c.Format != "proto" {
		problems = append(problems, &config.Problem{Where: "format", What: fmt.Sprintf("%q is not known", c.Format), Fix: "format: json  # or proto"})
	}
	return errors.Join(problems...)
}
