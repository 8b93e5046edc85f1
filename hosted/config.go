package hosted

import (
	"github.com/oriel-io/oriel/config"
	upstream "go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap/xconfmap"
)

// Config is a block of YAML that upstream's code reads and checks, into its own
// type. It is empty until the block is decoded, so listing a component costs nothing.
type Config struct {
	factory upstream.Factory
	value   upstream.Config
}

// configOf is what a factory's Default returns.
func configOf(f upstream.Factory) func() Config {
	return func() Config { return Config{factory: f} }
}

// UnmarshalConfig reads the block as an upstream collector would: its defaults,
// its decoder, its checks. What it complains about is given a place in the text.
func (c *Config) UnmarshalConfig(n *config.Node) (err error) {
	c.value, err = read(c.factory, n)
	return problemsOf(err, n, c.value, func(n *config.Node) error {
		_, err := read(c.factory, n)
		return err
	})
}

// read returns the settings as far as they could be decoded.
func read(f upstream.Factory, n *config.Node) (upstream.Config, error) {
	value := f.CreateDefaultConfig()
	conf, err := confOf(n)
	if err != nil {
		return value, err
	}
	// With a pointer to the interface, as upstream passes it: some decoders depend on that.
	if err := conf.Unmarshal(&value); err != nil {
		return value, err
	}
	return value, xconfmap.Validate(value)
}
