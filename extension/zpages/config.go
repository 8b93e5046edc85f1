// Package zpages shows on plain pages what the process runs and what it did last.
package zpages

import (
	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/transport"
)

// Config is the `zpages:` block, with upstream's keys.
//
// The pages are /debug/servicez, pipelinez, extensionz, featurez and tracez. While the extension runs, the process
// makes spans of the batches that it takes in and sends, and keeps the last of them for tracez.
type Config struct {
	transport.HTTPConfig `yaml:",inline"`
	// Go's published variables on /debug/expvarz.
	Expvar Expvar `yaml:"expvar"`
}

// Expvar is the `expvar:` block.
type Expvar struct {
	// Serve what expvar publishes at /debug/expvarz.
	Enabled bool `yaml:"enabled"`
}

// Validate asks for the address.
func (c *Config) Validate() error {
	if c.Endpoint == "" {
		return &config.Problem{Where: "endpoint", What: "is not set", Fix: "endpoint: localhost:55679  # the default"}
	}
	return nil
}

// Factory is listed in components/components.go.
var Factory = component.ExtensionFactory[Config]{
	Type:    "zpages",
	Summary: "Shows what runs, and the last spans of the process itself, on plain pages.",
	Default: func() Config { return Config{HTTPConfig: transport.HTTPConfig{Endpoint: "localhost:55679"}} },
	New:     newExtension,
}
