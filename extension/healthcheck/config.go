// Package healthcheck answers whoever wants to know whether the process is up:
// load balancers, orchestrators, scripts.
package healthcheck

import (
	"fmt"
	"strings"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/transport"
)

// Config is the `health_check:` block, with upstream's keys.
//
// It answers 200 while all runs, and 503 before and during shutdown, on any method. Besides,
// GET /livez answers 200 as long as the process answers, and GET /readyz says whether it wants requests;
// /readyz?verbose lists each component.
type Config struct {
	transport.HTTPConfig `yaml:",inline"`
	// Path of the answer. With / every path is answered.
	Path string `yaml:"path"`
	// Texts to answer in place of the JSON body.
	ResponseBody *ResponseBody `yaml:"response_body"`

	CheckCollectorPipeline config.Ignored     `yaml:"check_collector_pipeline"` // does nothing in upstream either
	UseV2                  config.Unsupported `yaml:"use_v2"`
	HTTP                   config.Unsupported `yaml:"http"` // refused by upstream too, unless a feature gate is on
	GRPC                   config.Unsupported `yaml:"grpc"`
	ComponentHealth        config.Unsupported `yaml:"component_health"`
}

// ResponseBody is the `response_body:` block.
type ResponseBody struct {
	// Answered with 200.
	Healthy string `yaml:"healthy"`
	// Answered with 503.
	Unhealthy string `yaml:"unhealthy"`
}

// Validate checks path and address.
func (c *Config) Validate() error {
	if c.Endpoint == "" {
		return &config.Problem{Where: "endpoint", What: "is not set", Fix: "endpoint: localhost:13133  # the default"}
	}
	if !strings.HasPrefix(c.Path, "/") {
		return &config.Problem{Where: "path", What: fmt.Sprintf("%q does not begin with /", c.Path), Fix: "path: /" + c.Path}
	}
	return nil
}

// Factory is listed in components/components.go.
var Factory = component.ExtensionFactory[Config]{
	Type:    "health_check",
	Summary: "Answers health checks over HTTP.",
	Default: func() Config {
		return Config{HTTPConfig: transport.HTTPConfig{Endpoint: "localhost:13133"}, Path: "/"}
	},
	New: newExtension,
}
